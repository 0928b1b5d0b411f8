import { describe, expect, it, test } from "vitest"
import { placesOf, withPlaces } from "../src/fixtures/fixture-error.js"
import type { KeyFixture } from "../src/fixtures/fixtures.js"
import { formatFixtures, parseFixtures, readLocalStackKeys } from "../src/fixtures/index.js"
import { parseText } from "../src/fixtures/yaml-text.js"

const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"

describe("a text of fixtures", () => {
  it.each<[string, string]>([
    ["a: *b", "an alias has no anchor before it, or repeats too much"],
    ["a: 1\n---\nb: 2", "there is more than one document"],
    ["a: 1\na: 2", "the same name is there twice"],
    ["[1", "a quote, a bracket, a colon, a comma or a space is missing"],
    ['a: "1', "a quote, a bracket, a colon, a comma or a space is missing"],
    ["a: !x 1", "is no tag that is known here"],
    ["a: @b", "a text that begins so needs quotes"],
    ["a: &b &c 1", "a value has one anchor"],
    ["a: !!str !!str 1", "a value has one tag"],
    ["a:\n\t- b", "tabs do not indent"],
    ['a: "\\q"', "is no escape sequence, in double quotes"],
    ["a: b: c", "a name is followed by one value, not by another name on the same line"],
    ["a: }", "is not what can stand here"],
    ["%YAML 3\n---\na: 1", "is no directive of YAML"],
    ["[\n  - b]", "there are no blocks between brackets"],
  ])("is none: %j", (text, what) => {
    const read = () => parseText(text, "world.yaml")
    expect(read).toThrow(expect.objectContaining({ name: "FixtureError" }))
    expect(read).toThrow(new RegExp(`^world\\.yaml:\\d+:\\d+: ${what}$`))
  })

  test("says where everything stands, or would stand", () => {
    const { value, locate } = parseText("keys:\n  - id: a\n    tags: {b: c}\n", "w.yaml")
    expect(value).toEqual({ keys: [{ id: "a", tags: { b: "c" } }] })
    const places: readonly (readonly [readonly (string | number)[], string])[] = [
      [[], "w.yaml:1:1"],
      [["keys"], "w.yaml:2:3 (keys)"],
      [["keys", 0], "w.yaml:2:5 (keys[0])"],
      [["keys", 0, "id"], "w.yaml:2:9 (keys[0].id)"],
      [["keys", 0, "tags", "b"], "w.yaml:3:15 (keys[0].tags.b)"],
      [["keys", 0, "alias"], "w.yaml:2:5 (keys[0].alias)"],
      [["keys", 7, "id"], "w.yaml:2:3 (keys[7].id)"],
      [["others", 7], "w.yaml:1:1 (others[7])"],
    ]
    expect(places.map(([path]) => [path, locate(path)])).toEqual(places)
  })

  test("keeps long digits as they are written, and short ones are numbers", () => {
    const { value } = parseText("a: 111122223333\nb: 11112222333\nc: 000000000001\nd: 1", "w")
    expect(value).toEqual({ a: "111122223333", b: 11_112_222_333, c: "000000000001", d: 1 })
  })

  test("is written as it is read", () => {
    const key = {
      id,
      created: new Date(0),
      material: { base64: "AQID" },
      description: "a ".repeat(100),
      tags: { a: "1" },
      policy: { a: [null, 1, true] },
    }
    const fixtures = { keys: [{ ...key, material: Uint8Array.of(1, 2, 3) }, key] }
    const plain = { keys: [{ ...key, created: "1970-01-01T00:00:00.000Z" }] }
    for (const format of ["yaml", "json"] as const) {
      const text = formatFixtures(fixtures as never, format)
      expect(text.endsWith("\n")).toBe(true)
      expect(parseFixtures(text).keys).toEqual([plain.keys[0], plain.keys[0]])
    }
    expect(formatFixtures(fixtures as never)).toBe(formatFixtures(fixtures as never, "yaml"))
    expect(formatFixtures(fixtures as never)).not.toContain("*")
    expect(JSON.parse(formatFixtures({ keys: [] }, "json"))).toEqual({ keys: [] })
    expect(formatFixtures({ keys: [] }, "json")).toBe('{\n  "keys": []\n}\n')
  })

  test("is named fixtures where it has no name, and may be empty", () => {
    expect(parseFixtures("")).toEqual({})
    expect(() => parseFixtures("keys: 1")).toThrow(/^fixtures:1:7 \(keys\): /)
    expect(placesOf({})(["keys", 1, "id"])).toBe("fixtures.keys[1].id")
    const placed = withPlaces({}, () => "here")
    expect([placesOf(placed)([]), Object.keys(placed)]).toEqual(["here", []])
  })
})

describe("an input for LocalStack", () => {
  it.each<[Parameters<typeof readLocalStackKeys>[0][number], KeyFixture]>([
    [{}, { tags: {} }],
    [
      {
        Description: "d",
        KeySpec: "RSA_2048",
        CustomerMasterKeySpec: "HMAC_256",
        KeyUsage: "SIGN_VERIFY",
        Origin: "EXTERNAL",
        Policy: "{}",
        MultiRegion: true,
      },
      {
        ...{ description: "d", spec: "RSA_2048", usage: "SIGN_VERIFY", origin: "EXTERNAL" },
        ...{ policy: "{}", multiRegion: true, tags: {} },
      },
    ],
    [
      { CustomerMasterKeySpec: "HMAC_256", Origin: "AWS_KMS" },
      { spec: "HMAC_256", origin: "AWS_KMS", tags: {} },
    ],
    [
      {
        Tags: [
          { TagKey: "_custom_id_", TagValue: id },
          { TagKey: "_custom_key_material_", TagValue: "AQ==" },
          { TagKey: "team", TagValue: "a" },
        ],
      },
      { id, material: { base64: "AQ==" }, tags: { team: "a" } },
    ],
  ])("is a fixture (%#)", (input, fixture) => {
    expect(readLocalStackKeys([input])).toEqual({ keys: [fixture] })
  })

  test("for a custom key store is none", () => {
    expect(() => readLocalStackKeys([{}, { Origin: "AWS_CLOUDHSM" }])).toThrow(
      "inputs[1].Origin: a key in a custom key store is no fixture",
    )
  })
})
