import { type Rooms, within } from "./room-parts.js"

const core = within("core/src")
const awsSdkTests = (...names: readonly string[]) =>
  within("aws-sdk/test")(...names.map((name) => `${name}.test.ts`))
const kit = within("testing/src")
const kitTests = within("testing/test")
const keywrightTests = (...names: readonly string[]) =>
  within("keywright/test")(...names.map((name) => `${name}.test.ts`))

/** The rooms of the packages around the core that carry no security. */
export const aroundTheCore: Rooms = {
  "aws-sdk": {
    folders: ["packages/aws-sdk/src"],
    // Not those that try every operation, of whose replies the codecs are proved by their own.
    tests: awsSdkTests(
      "authorization",
      "callers",
      "cbor",
      "cbor-protocol",
      "dialects",
      "direct-protocol",
      "errors",
      "forms",
      "identify",
      "install",
      "json-codec",
      "presigned",
      "protocol",
      "region-hosts",
      "sts",
      "sts-replies",
      "types",
      "v2",
      "verify",
    ),
  },
  keywright: {
    folders: ["packages/keywright/src"],
    // Not those of many callers and long work, which are the engine's, nor of other processes.
    tests: keywrightTests(
      "backup",
      "command/access-rows",
      "command/care-rows",
      "command/choices",
      "command/help",
      "command/key-rows",
      "command/shown",
      "command/terminal",
      "exports",
      "file-anchor",
      "files/backup-file",
      "files/open-database",
      "files/owned-file",
      "files/root-key-file",
      "files/write-ahead-log",
      "root-keys",
      "telemetry",
      "telemetry/follow-calls",
      "wrong-options",
    ),
  },
  kit: {
    folders: [
      ...core("software-hsm/fixture-hsm.ts"),
      ...kit(
        "assert.ts",
        "call-record.ts",
        "clock.ts",
        "coverage",
        "coverage.ts",
        "create-test-kms.ts",
        "fault-row.ts",
        "faults",
        "fixtures",
        "guard.ts",
        "index.ts",
        "jest-globals.ts",
        "jest.ts",
        "keep-last.ts",
        "kit.ts",
        "matchers",
        "matchers.ts",
        "moments.ts",
        "region-door.ts",
        "sdk-door.ts",
        "seed",
        "system.ts",
        "test-kms.ts",
        "vitest-coverage.ts",
        "vitest-reporter.ts",
        "vitest.ts",
        "world",
      ),
    ],
    // Not those of its engines behind boundaries, of other test runners, and of long runs.
    tests: kitTests(
      "captures.test.ts",
      "clock.test.ts",
      ...["mutators", "policy-coverage", "records", "render", "thresholds"].map(
        (name) => `coverage/${name}.test.ts`,
      ),
      "create-test-kms.test.ts",
      "durations.test.ts",
      "fault-keys.test.ts",
      "faults.test.ts",
      "fixture-errors.test.ts",
      "fixture-jwk.test.ts",
      "fixture-shapes.test.ts",
      "fixture-texts.test.ts",
      "fixture-worlds.test.ts",
      "fixtures.test.ts",
      "guard.test.ts",
      "hmac-drbg.test.ts",
      "install.test.ts",
      ...["matchers", "names-and-calls", "restored", "witnesses"].map(
        (name) => `matchers/${name}.test.ts`,
      ),
      "materials.test.ts",
      "plan.test.ts",
      "readers.test.ts",
      "seed.test.ts",
      "snapshot.test.ts",
      "switch-storage.test.ts",
    ),
  },
  // What checks a history that somebody else has written down.
  histories: {
    folders: kit("histories", "histories.ts"),
    tests: kitTests(
      "histories/kms-model.test.ts",
      "histories/model-rows.test.ts",
      "histories/recorder.test.ts",
      "histories/search.test.ts",
    ),
  },
  // What authors of an HSM run, against HSMs that each break one promise.
  "hsm-conformance": {
    folders: kit("conformance", "conformance.ts"),
    tests: kitTests("conformance/hsm-detects.test.ts", "conformance/software-hsm.test.ts"),
  },
}
