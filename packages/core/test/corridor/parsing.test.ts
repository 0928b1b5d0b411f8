import { describe, expect, it } from "vitest"
import { parseRequest } from "../../src/engine/corridor/parse-input.js"
import { messageTypes } from "../../src/vocabulary/algorithms.js"
import { limits } from "../../src/vocabulary/limits.js"
import { unknownKeyId } from "../support/accounts.js"

const allocate = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes)
const parse = (operation: string, input: unknown) => parseRequest(operation, input, allocate)

/** What an input is refused for, without the count in front. */
function failuresOf(operation: string, input: unknown): string {
  try {
    parse(operation, input)
  } catch (error) {
    expect((error as Error).name).toBe("ValidationException")
    return (error as Error).message
  }
  return "none"
}
const one = (failure: string): string => `1 validation error detected: ${failure}`
const at = (value: string, member: string, constraint: string): string =>
  `${value} at '${member}' failed to satisfy constraint: ${constraint}`

const KeyId = unknownKeyId

/** Of what is wrong, how it is said. */
const wrong: readonly [string, string, object, string][] = [
  ["missing", "DescribeKey", {}, at("Value null", "keyId", "Member must not be null")],
  ["null", "DescribeKey", { KeyId: null }, at("Value null", "keyId", "Member must not be null")],
  [
    "too short",
    "TagResource",
    { KeyId, Tags: [{ TagKey: "", TagValue: "" }] },
    at("Value ''", "tags.1.member.tagKey", "Member must have length greater than or equal to 1"),
  ],
  [
    "too long, shown at its beginning",
    "DescribeKey",
    { KeyId: "k".repeat(3000) },
    at(
      `Value '${"k".repeat(limits.shownCharactersMax)}...'`,
      "keyId",
      "Member must have length less than or equal to 2048",
    ),
  ],
  [
    "too small",
    "ListKeys",
    { Limit: 0 },
    at("Value '0'", "limit", "Member must have value greater than or equal to 1"),
  ],
  [
    "too big",
    "ListKeys",
    { Limit: 1001 },
    at("Value '1001'", "limit", "Member must have value less than or equal to 1000"),
  ],
  [
    "another word",
    "Sign",
    {
      KeyId,
      Message: new Uint8Array(1),
      SigningAlgorithm: "ED25519_SHA_512",
      MessageType: "WHOLE",
    },
    at(
      "Value 'WHOLE'",
      "messageType",
      `Member must satisfy enum value set: [${messageTypes.join(", ")}]`,
    ),
  ],
  [
    "of another type, unshown",
    "DescribeKey",
    { KeyId: 7 },
    at("Value", "keyId", "Member must be of type string"),
  ],
  [
    "no blob, unshown",
    "Encrypt",
    { KeyId, Plaintext: "secret" },
    at("Value", "plaintext", "Member must be of type blob"),
  ],
  [
    "in a list",
    "TagResource",
    {
      KeyId,
      Tags: [
        { TagKey: "a", TagValue: "b" },
        { TagKey: 7, TagValue: "b" },
      ],
    },
    at("Value", "tags.2.member.tagKey", "Member must be of type string"),
  ],
  [
    "missing in a list",
    "TagResource",
    { KeyId, Tags: [{ TagValue: "b" }] },
    at("Value null", "tags.1.member.tagKey", "Member must not be null"),
  ],
]

describe("an input that is wrong", () => {
  it.each(wrong)("is refused in the words of AWS: %s", (_, operation, input, failure) => {
    expect(failuresOf(operation, input)).toBe(one(failure))
  })

  it("shows a pattern as AWS writes it", () => {
    const message = failuresOf("CreateAlias", { AliasName: "alias/ü", TargetKeyId: KeyId })
    expect(message).toBe(
      one(
        at(
          "Value 'alias/ü'",
          "aliasName",
          "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
        ),
      ),
    )
  })

  it("shows a value of just so many characters whole, and never half of one", () => {
    const shown = (value: string) =>
      /Value '([^']*)'/.exec(failuresOf("CreateKey", { KeySpec: value }))?.[1]
    const whole = "k".repeat(limits.shownCharactersMax)
    expect(shown(whole)).toBe(whole)
    expect(shown(`${whole}k`)).toBe(`${whole}...`)
    const half = `${whole.slice(1)}\u{1F511}`
    expect(shown(half)).toBe(`${whole.slice(1)}\uFFFD...`)
  })

  it("names ten failures at most, and counts those that it names", () => {
    const Tags = Array.from({ length: 12 }, () => ({ TagKey: 7, TagValue: "b" }))
    const message = failuresOf("TagResource", { KeyId, Tags })
    expect(message).toMatch(/^10 validation errors detected: /)
    expect(message.split("; ")).toHaveLength(10)
  })

  it("says nothing of the bounds of JavaScript's numbers", () => {
    for (const Limit of [2 ** 60, -(2 ** 60)]) {
      const message = failuresOf("ListKeys", { Limit })
      expect(message).toMatch(/^1 validation error detected: .* than or equal to (?:1|1000)$/)
    }
  })

  it("that runs code of its own is refused as a whole", () => {
    const input = {
      get KeyId(): never {
        throw new Error("secret")
      },
    }
    expect(failuresOf("DescribeKey", input)).toBe(
      one("Value at 'input' failed to satisfy constraint: Member must be readable"),
    )
  })

  it("is none of an operation that there is not", () => {
    for (const operation of ["", "describeKey", "constructor", "__proto__"]) {
      expect(() => parse(operation, {})).toThrow(
        expect.objectContaining({ name: "UnknownOperationException" }),
      )
    }
  })
})

it("what an item of a list inherits is missing, and what it inherits is not looked at", () => {
  const Tags = [Object.create({ TagKey: 7 }, { TagValue: { value: "b", enumerable: true } })]
  expect(failuresOf("TagResource", { KeyId, Tags })).toBe(
    one(at("Value null", "tags.1.member.tagKey", "Member must not be null")),
  )
})

describe("an input that is understood", () => {
  it("has the members of the operation that are its own, and no others", () => {
    const inherited = Object.assign(Object.create({ GrantTokens: ["x"] }), { KeyId: "a", Other: 1 })
    expect(parse("DescribeKey", inherited).input).toEqual({ KeyId: "a" })
    for (const nothing of [undefined, null, 7, "text"])
      expect(parse("ListKeys", nothing).input).toEqual({})
  })

  it("has copies of blobs, whatever a class of its own says of their length", () => {
    class Lying extends Uint8Array {
      override get length(): number {
        return 1
      }
    }
    for (const Plaintext of [
      Uint8Array.of(1, 2, 3),
      new Lying(3).fill(7),
      Buffer.from([4, 5, 6]),
    ]) {
      const { Plaintext: copy } = parse("Encrypt", { KeyId: "a", Plaintext }).input as {
        Plaintext: Uint8Array
      }
      expect(copy).not.toBe(Plaintext)
      expect(copy.buffer).not.toBe(Plaintext.buffer)
      expect(copy).toHaveLength(3)
      const before = copy[0]
      Plaintext.fill(9)
      expect(copy[0]).toBe(before)
    }
  })

  it("is copied into the memory that it is given, and not where it is longer than any blob", () => {
    const asked: number[] = []
    const counting = (lengthBytes: number) => {
      asked.push(lengthBytes)
      return allocate(lengthBytes)
    }
    const max = limits.attestationDocumentBytesMax
    parseRequest("Encrypt", { KeyId: "a", Plaintext: new Uint8Array(4096) }, counting)
    for (const length of [max, max + 1]) {
      const input = { KeyId: "a", Plaintext: new Uint8Array(length) }
      expect(() => parseRequest("Encrypt", input, counting)).toThrow("less than or equal to 4096")
    }
    expect(asked).toEqual([4096, max])
  })
})
