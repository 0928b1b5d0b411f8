import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import { FixtureError, formatFixtures, parseFixtures } from "../src/fixtures/index.js"
import { createTestKms, type Fixtures } from "../src/index.js"

const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"

/** What is wrong with a world, the place that is named, and what is said of it. */
const wrongs: readonly [why: string, keys: readonly object[], place: string, what: string][] = [
  ["two keys with one id", [{ id }, { id }], "[1].id", `the key id ${id} is also at`],
  [
    "one alias for two keys",
    [{ alias: "alias/a" }, { alias: "alias/a" }],
    "[1].alias",
    "is also at",
  ],
  ["an id that is none", [{ id: "orders" }], "[0].id", "must be a UUID"],
  [
    "a multi-Region id of another key",
    [{ id: `mrk-${"0".repeat(32)}` }],
    "[0].id",
    "begin with mrk-",
  ],
  ["an alias without alias/", [{ alias: "app" }], "[0].alias", ""],
  ["an unknown member", [{ name: "a" }], "[0].name", "name"],
  ["an unknown spec", [{ spec: "AES" }], "[0].spec", "SYMMETRIC_DEFAULT"],
  ["a usage of another spec", [{ usage: "SIGN_VERIFY" }], "[0].usage", "is no usage of"],
  [
    "an alias of AWS for a key of a customer",
    [{ alias: "alias/aws/s3" }],
    "[0].alias",
    "AWS managed",
  ],
  [
    "an origin of other specs",
    [{ spec: "ML_DSA_44", origin: "EXTERNAL" }],
    "[0].origin",
    "no origin",
  ],
  ["a tag of AWS", [{ tags: { "aws:a": "b" } }], "[0].tags", "none may begin with aws:"],
  ["an alias twice", [{ alias: ["alias/a", "alias/a"] }], "[0].alias", "none twice"],
  [
    "a rotation of a key pair",
    [{ spec: "ECC_NIST_P256", rotation: { periodDays: 90 } }],
    "[0].rotation",
    "only symmetric",
  ],
  [
    "a key in use without material",
    [{ origin: "EXTERNAL", state: "Enabled" }],
    "[0].state",
    "needs",
  ],
  [
    "a key with material that waits for it",
    [{ state: "PendingImport" }],
    "[0].state",
    "has key material",
  ],
  ["an unknown state", [{ state: "Happy" }], "[0].state", "PendingDeletion"],
  [
    "a deletion without its state",
    [{ deletion: "2030-01-01" }],
    "[0].deletion",
    "exactly in the state",
  ],
  [
    "a primary that waits for its replicas, and not for how long",
    [{ multiRegion: true, state: "PendingReplicaDeletion" }],
    "[0].pendingWindowDays",
    "exactly in the state PendingReplicaDeletion",
  ],
  [
    "a waiting period that no deletion has",
    [{ multiRegion: true, state: "PendingReplicaDeletion", pendingWindowDays: 31 }],
    "[0].pendingWindowDays",
    "",
  ],
  ["a policy that does not parse", [{}, { policy: "{" }], "[1].policy", "malformed"],
  [
    "a policy that says nothing",
    [{ policy: { Version: "2012-10-17", Statement: [{ Effect: "Maybe" }] } }],
    "[0].policy",
    "malformed",
  ],
  ["a moment that is none", [{ created: "yesterday" }], "[0].created", "ISO 8601"],
  ["a region that is not there", [{ region: "moon-1" }], "[0].region", "only us-east-1"],
  ["an account of two digits", [{ account: 42 }], "[0].account", ""],
  [
    "material twice",
    [{ material: "11", materials: [{}] }],
    "[0].materials",
    "the one or the other",
  ],
  [
    "a key pair with two materials",
    [{ spec: "ECC_NIST_P256", materials: [{}, {}] }],
    "[0].materials",
    "has one key material",
  ],
  [
    "the same material twice",
    [{ materials: [{ material: "11".repeat(32) }, { material: "11".repeat(32) }] }],
    "[0].materials[1]",
    "the same key material once more",
  ],
  [
    "a grant to nobody",
    [{ grants: [{ operations: ["Encrypt"] }] }],
    "[0].grants[0]",
    "GranteePrincipal",
  ],
  [
    "a grant of what the key cannot do",
    [{ grants: [{ granteePrincipal: "arn:aws:iam::111122223333:role/A", operations: ["Sign"] }] }],
    "[0].grants[0]",
    "Operation Sign is not valid",
  ],
]

describe("a fixture that cannot be honoured is named by its place in the object:", () => {
  test.each(wrongs)("%s", async (_why, keys, place, what) => {
    const error = await createTestKms({ fixtures: { keys } as Fixtures }).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: "FixtureError", place: `fixtures.keys${place}` })
    expect(error.message).toContain(what)
  })

  test("an identity with a policy that does not parse", async () => {
    const identities = { "arn:aws:iam::111122223333:role/A": { policies: ["{"] } }
    const error = await createTestKms({ fixtures: { identities } }).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: "FixtureError" })
    expect(error.place).toBe("fixtures.identities.arn:aws:iam::111122223333:role/A.policies[0]")
  })
})

/** Reads a text and makes a world of it; the error that one of the two throws. */
const errorOf = async (text: string, file: string): Promise<FixtureError> => {
  try {
    await createTestKms({ fixtures: parseFixtures(text, file) })
  } catch (error) {
    return error as FixtureError
  }
  throw new Error("nothing was wrong")
}

describe("a fixture that cannot be honoured is named by its line and column in the file:", () => {
  test.each(wrongs)("%s", async (_why, keys, place, what) => {
    for (const format of ["yaml", "json"] as const) {
      const text = formatFixtures({ keys } as Fixtures, format)
      const error = await errorOf(text, `world.${format}`)
      expect(error).toMatchObject({ name: "FixtureError" })
      expect(error.message).toContain(what)
      const [, line, column] = /^world\.\w+:(\d+):(\d+) \(keys/.exec(error.place) ?? []
      expect(error.place).toContain(`(keys${place})`)
      expect(text.split("\n")[Number(line) - 1]?.length).toBeGreaterThanOrEqual(Number(column))
    }
  })

  test("the very place", async () => {
    const text = `# two keys
keys:
  - alias: alias/app
    id: ${id}
  - description: the same once more
    id: ${id}
`
    const error = await errorOf(text, "world.yaml")
    expect(error.message).toBe(
      `world.yaml:6:9 (keys[1].id): the key id ${id} is also at world.yaml:4:9 (keys[0].id)`,
    )
  })

  test.each([
    ["keys: [", "world.yaml:1:"],
    ["keys: []\nkeys: []", "world.yaml:2:1"],
    ["keys:\n  - id: &a x\n    id: y", "world.yaml:3:5"],
    ["- keys", "world.yaml:1:1"],
    ["keys: !!js/function 'x'", "world.yaml:1:"],
    [
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]",
      "world.yaml:1:1",
    ],
  ])("a text that says nothing sensible: %s", async (text, place) => {
    const error = await errorOf(text, "world.yaml")
    expect(error).toMatchObject({ name: "FixtureError" })
    expect(error.place.startsWith(place)).toBe(true)
  })

  test.each([
    "*SECRET",
    "!SECRET x",
    "SECRET: SECRET",
    '"\\qSECRET"',
    "|SECRET\n",
    "@SECRET",
    "`SECRET",
    "[SECRET",
    '"SECRET',
    "-----BEGIN PRIVATE KEY-----\n   SECRET\n   -----END PRIVATE KEY-----",
    "SECRET\n - material:\n  SECRET",
    "\n   - *SECRET : x",
    "\t- SECRET",
    "&SECRET &SECRET x",
  ])("what is no YAML is refused without being quoted, it may be key material: %s", (material) => {
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue()
    try {
      parseFixtures(`keys:\n - material: ${material}`)
    } catch (error) {
      expect(error).toBeInstanceOf(FixtureError)
      expect(`${inspect(error)} ${warned.mock.calls}`).not.toMatch(/SECRET|: undefined/)
      return
    } finally {
      warned.mockRestore()
    }
    throw new Error("it is read")
  })

  test("no text makes anything but fixtures or a FixtureError", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((tail) => `keys:\n  - id: ${tail}`),
    )
    fc.assert(
      fc.property(text, (anything) => {
        try {
          parseFixtures(anything)
        } catch (error) {
          expect(error).toBeInstanceOf(FixtureError)
        }
      }),
      { numRuns: 300 },
    )
  })
})
