import { type Rooms, within } from "./room-parts.js"

const core = within("core/src")
const coreTests = within("core/test")
const hsm = within("hsm/src")
const hsmTests = within("hsm/test")
const policy = within("policy/src")
const policyTests = (...names: readonly string[]) =>
  within("policy/test")(...names.map((name) => `${name}.test.ts`))

/** The rooms that carry security. */
export const carryingSecurity: Rooms = {
  "software-hsm": {
    folders: core(
      "software-hsm/boundary",
      "software-hsm/methods",
      "software-hsm/seals",
      "software-hsm/software-hsm.ts",
    ),
    tests: [
      ...coreTests("hsm", "formats/sealed-domain.test.ts", "hosts/domain-keys.test.ts"),
      "packages/testing/test/conformance/software-hsm.test.ts",
      "packages/hsm/test/wiping.test.ts",
    ],
  },
  suite: {
    folders: core("software-hsm/suite"),
    tests: [
      ...coreTests(
        "hsm/foreign-material.test.ts",
        "hsm/foreign-public-keys.test.ts",
        "hsm/imports.test.ts",
        "hsm/noble-suite.test.ts",
        "hsm/noble-vectors.test.ts",
        "hsm/primitives.test.ts",
        "hsm/rsa-modulus.test.ts",
        "hsm/rsa-numbers.test.ts",
        "hsm/rsa-padding.test.ts",
        "hsm/sm2.test.ts",
        "hsm/sm3.test.ts",
        "hsm/software-hsm.test.ts",
      ),
      ...hsmTests(
        "cross-check.test.ts",
        "lengths.test.ts",
        "material-ids.test.ts",
        "openssl-keys.test.ts",
      ),
    ],
  },
  openssl: {
    folders: hsm("openssl", "openssl.ts"),
    tests: [
      ...hsmTests(
        "bulk-cipher.test.ts",
        "coverage.test.ts",
        "cross-check.test.ts",
        "lengths.test.ts",
        "material-ids.test.ts",
        "openssl.test.ts",
        "openssl-keys.test.ts",
        "rsa-cipher.test.ts",
        "system-entropy.test.ts",
        "wiping.test.ts",
      ),
    ],
  },
  // What runs on the other side of a boundary is built, and has no switches: this side is tried.
  isolated: {
    folders: hsm(
      "isolated/inside",
      "isolated/outside",
      "isolated.ts",
      "isolated-program.ts",
      "later.ts",
    ),
    // Its memory is searched in other processes, which takes long and shows nothing of this side.
    tests: hsmTests(
      "isolated/hostile.test.ts",
      "isolated/inside.test.ts",
      "isolated/isolation.test.ts",
      "isolated/lifecycle.test.ts",
      "isolated/outside.test.ts",
      "isolated/plans.test.ts",
      "isolated/serving.test.ts",
    ),
  },
  "isolated-wire": {
    folders: hsm("isolated/links", "isolated/wire"),
    tests: hsmTests(
      "isolated/attentive.test.ts",
      "isolated/codecs.test.ts",
      "isolated/frames.test.ts",
      "isolated/methods.test.ts",
      "isolated/outside.test.ts",
      "isolated/serving.test.ts",
      "isolated/wire.test.ts",
    ),
  },
  pkcs11: {
    folders: hsm("pkcs11", "pkcs11.ts"),
    tests: hsmTests("pkcs11"),
  },
  fleet: {
    folders: hsm("fleet", "fleet.ts", "own-arguments.ts", "quorum", "quorum.ts"),
    tests: [
      ...hsmTests(
        "fleet.test.ts",
        "fleet-members.test.ts",
        "own-arguments.test.ts",
        "quorum.test.ts",
      ),
      "packages/testing/test/conformance/hsm-fleet.test.ts",
    ],
  },
  "formats-keys": {
    folders: core("formats/keys"),
    tests: [
      ...coreTests("formats", "hsm/foreign-public-keys.test.ts", "hsm/primitives.test.ts"),
      "packages/hsm/test/wiping.test.ts",
    ],
  },
  "formats-opaque": {
    folders: core("formats/opaque", "formats/binding.ts", "formats/fields.ts"),
    tests: coreTests("formats", "hosts/backups.test.ts", "hosts/sealed-records.test.ts"),
  },
  "formats-stored": {
    folders: core("formats/base64-shape.ts", "formats/stored", "formats/text-map.ts"),
    tests: coreTests(
      "formats",
      "access/ending-grants.test.ts",
      "access/grants.test.ts",
      "hosts/ties.test.ts",
      "keys/create-key.test.ts",
    ),
  },
  "formats-xks": {
    folders: core("formats/xks"),
    tests: coreTests(
      "key-stores/formats.test.ts",
      "key-stores/xks-messages.test.ts",
      "key-stores/external.test.ts",
    ),
  },
  "formats-regions": {
    folders: core("formats/regions"),
    tests: coreTests(
      "formats/regions.test.ts",
      "formats/region-bodies.test.ts",
      "formats/region-statements.test.ts",
      "regions/messages.test.ts",
      "regions/lying-regions.test.ts",
    ),
  },
  access: {
    folders: core("engine/access"),
    tests: coreTests(
      "access",
      "calls",
      // What their states, origins and regions admit, and refuse.
      "key-stores/cloudhsm.test.ts",
      "key-stores/external.test.ts",
      "key-stores/key-stores.test.ts",
      "keys/import.test.ts",
      "keys/rotation.test.ts",
      "regions/primary.test.ts",
      "regions/replication.test.ts",
      "regions/rotation.test.ts",
    ),
  },
  subjects: {
    folders: core("engine/subjects"),
    tests: coreTests(
      "calls",
      "keys",
      // Grants are retired by name, aliases are facts, and keys stand in accounts and key stores.
      "access/accounts.test.ts",
      "access/conditions.test.ts",
      "access/ending-grants.test.ts",
      "access/grants.test.ts",
      "key-stores/external.test.ts",
      "key-stores/key-stores.test.ts",
    ),
  },
  regions: {
    folders: core("engine/regions"),
    tests: coreTests(
      "regions/answers.test.ts",
      "regions/courier.test.ts",
      "regions/known-regions.test.ts",
      "regions/lying-regions.test.ts",
      "regions/many-messages.test.ts",
      "regions/messages.test.ts",
      "regions/noting.test.ts",
      "regions/outbox.test.ts",
      "regions/primary.test.ts",
      "regions/synchronizing.test.ts",
      "regions/trust.test.ts",
      "regions/what-is-left.test.ts",
    ),
  },
  envelope: { folders: core("envelope"), tests: coreTests("envelope") },
  identity: {
    folders: ["packages/identity/src"],
    tests: ["packages/identity/test"],
  },
  "policy-parse": {
    folders: policy("parse"),
    tests: policyTests("json", "grammar", "plain-document", "references", "hostile", "write-time"),
  },
  "policy-operators": {
    folders: policy("operators"),
    tests: policyTests(
      "operator-values",
      "addresses",
      "form-keeper",
      "choices",
      "lint",
      "hostile",
      "conditions",
      "globs",
    ),
  },
  "policy-compile": {
    folders: policy("compile"),
    tests: policyTests(
      "form-keeper",
      "plain-document",
      "choices",
      "counterfactuals",
      "grants",
      "messages",
      "references",
      "requests",
      "resources",
      "hostile",
      "decisions",
      "conditions",
    ),
  },
  "policy-decide": {
    folders: policy("decide"),
    tests: policyTests(
      "context",
      "choices",
      "grants",
      "messages",
      "references",
      "requests",
      "hostile",
      "decisions",
      "conditions",
    ),
  },
  attestation: {
    folders: ["packages/attestation/src"],
    tests: ["packages/attestation/test"],
  },
}
