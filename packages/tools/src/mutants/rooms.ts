/*
 * The rooms whose tests are put to the proof: what is changed by mistake, and which tests must
 * notice. A mistake is tried against the tests of its room alone, because those of all rooms
 * together take minutes for each.
 */

export interface MutantRoom {
  /** From the root of the repository, as are the tests. */
  readonly folders: readonly string[]
  /** Folders, or files. */
  readonly tests: readonly string[]
  /** Of a hundred mistakes that change something, so many must be noticed. */
  readonly percent: number
}

const security = 95
const other = 90

const within =
  (folder: string) =>
  (...rooms: readonly string[]) =>
    rooms.map((room) => `packages/${folder}/${room}`)
const core = within("core/src")
const coreTests = within("core/test")

export const mutantRooms: Readonly<Record<string, MutantRoom>> = {
  "software-hsm": {
    folders: core("software-hsm/boundary", "software-hsm/methods", "software-hsm/seals"),
    tests: [
      ...coreTests("hsm"),
      "packages/core/test/formats/sealed-domain.test.ts",
      "packages/testing/test/conformance/software-hsm.test.ts",
      "packages/hsm/test/wiping.test.ts",
    ],
    percent: security,
  },
  suites: {
    folders: [...core("software-hsm/suite"), "packages/hsm/src"],
    tests: [...coreTests("hsm"), "packages/hsm/test"],
    percent: security,
  },
  "formats-keys": {
    folders: core("formats/keys"),
    tests: [
      ...coreTests("formats", "hsm/foreign-public-keys.test.ts", "hsm/primitives.test.ts"),
      "packages/hsm/test/wiping.test.ts",
    ],
    percent: security,
  },
  "formats-opaque": {
    folders: core("formats/opaque", "formats/binding.ts", "formats/fields.ts"),
    tests: coreTests("formats", "hosts/backups.test.ts", "hosts/sealed-records.test.ts"),
    percent: security,
  },
  "formats-stored": {
    folders: core("formats/stored", "formats/text-map.ts"),
    tests: coreTests(
      "formats",
      "access/grants.test.ts",
      "hosts/ties.test.ts",
      "keys/create-key.test.ts",
    ),
    percent: security,
  },
  "formats-xks": {
    folders: core("formats/xks"),
    tests: coreTests(
      "key-stores/formats.test.ts",
      "key-stores/xks-messages.test.ts",
      "key-stores/external.test.ts",
    ),
    percent: security,
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
    percent: security,
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
    percent: security,
  },
  subjects: {
    folders: core("engine/subjects"),
    tests: coreTests(
      "calls",
      "keys",
      // Grants are retired by name, and keys stand in key stores.
      "access/grants.test.ts",
      "key-stores/external.test.ts",
      "key-stores/key-stores.test.ts",
    ),
    percent: security,
  },
  regions: { folders: core("engine/regions"), tests: coreTests("regions"), percent: security },
  envelope: { folders: core("envelope"), tests: coreTests("envelope"), percent: security },
  identity: {
    folders: ["packages/identity/src"],
    tests: ["packages/identity/test"],
    percent: security,
  },
  policy: {
    folders: within("policy/src")("compile", "decide", "operators", "parse"),
    tests: ["packages/policy/test"],
    percent: security,
  },
  attestation: {
    folders: ["packages/attestation/src"],
    tests: ["packages/attestation/test"],
    percent: security,
  },
  records: {
    folders: core("engine/records", "engine/hsms", "engine/care"),
    tests: coreTests("hosts"),
    percent: other,
  },
  corridor: {
    folders: core("engine/corridor"),
    tests: coreTests("calls", "access/enclaves.test.ts"),
    percent: other,
  },
  due: { folders: core("engine/due"), tests: coreTests("keys", "hosts"), percent: other },
  operations: { folders: core("operations"), tests: coreTests("calls", "keys"), percent: other },
  storage: {
    folders: ["packages/storage/src"],
    tests: ["packages/storage/test"],
    percent: other,
  },
  kit: {
    folders: ["packages/testing/src"],
    tests: ["packages/testing/test"],
    percent: other,
  },
}
