import { describe, expect, it } from "vitest"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const tag = (TagKey: string, TagValue = "v") => ({ TagKey, TagValue })
const tags = (count: number, prefix = "k") =>
  Array.from({ length: count }, (_, i) => tag(`${prefix}${String(i).padStart(3, "0")}`))

const failed = (value: string, at: string, constraint: string) =>
  `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`
const atMost = (limit: number) => `Member must have length less than or equal to ${limit}`

const refusals: readonly (readonly [string, readonly object[], KmsErrorName, string | RegExp])[] = [
  ["the same key twice", [tag("a"), tag("a")], "TagException", "Duplicate tag keys"],
  ["a reserved key", [tag("aws:a")], "TagException", "Tags beginning with aws: are reserved"],
  ["51 tags", tags(51), "TagException", "Too many tags"],
  ...["&", "<", "*", "?", "!", "#", "%", "'", "(", ",", ";", "[", "{", "|", "\\", "^", "~", "`"]
    .concat("\u0000", "\t", "\n", "\u007f", "\u200b", "🔑")
    .flatMap((character) => {
      const text = `My ${character} text`
      const told = JSON.stringify(character)
      return [
        [`a key with ${told}`, [tag(text)], "TagException", "Invalid tag"],
        [`a value with ${told}`, [tag("a", text)], "TagException", "Invalid tag"],
      ] as const
    }),
  [
    "an empty key",
    [tag("")],
    "ValidationException",
    failed("", "tags.1.member.tagKey", "Member must have length greater than or equal to 1"),
  ],
  [
    "a key of 129 characters",
    [tag("a"), tag("k".repeat(129))],
    "ValidationException",
    failed("k".repeat(129), "tags.2.member.tagKey", atMost(128)),
  ],
  [
    "a value of 257 characters",
    [tag("a", "v".repeat(257))],
    "ValidationException",
    failed("v".repeat(257), "tags.1.member.tagValue", atMost(256)),
  ],
  [
    "a tag without value",
    [{ TagKey: "a" }],
    "ValidationException",
    "1 validation error detected: Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null",
  ],
  [
    "a length and a reserved key: length first",
    [tag("aws:a"), tag("")],
    "ValidationException",
    /tags\.2\.member\.tagKey/,
  ],
  [
    "a key that is not well-formed",
    [tag("\ud800")],
    "ValidationException",
    /tags\.1\.member\.tagKey/,
  ],
  [
    "a value that is not well-formed",
    [tag("a", "x\udfff")],
    "ValidationException",
    /tags\.1\.member\.tagValue/,
  ],
]

describe("the tags of a key", () => {
  it("are added, overwritten by key, and taken away; unknown ones are nothing", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ Tags: [tag("a", "1")] })
    await root.tagResource({ KeyId, Tags: [tag("b", ""), tag("A", "2")] })
    await root.tagResource({ KeyId, Tags: [tag("a", "3")] })
    const listed = async () =>
      Object.fromEntries(
        ((await root.listResourceTags({ KeyId })).Tags ?? []).map((one) => [
          one.TagKey,
          one.TagValue,
        ]),
      )
    expect(await listed()).toEqual({ A: "2", a: "3", b: "" })
    await root.untagResource({ KeyId, TagKeys: ["a", "zzz", "aws:x"] })
    expect(await listed()).toEqual({ A: "2", b: "" })
    await root.untagResource({ KeyId, TagKeys: [] })
    await root.tagResource({ KeyId, Tags: [] })
    expect(await listed()).toEqual({ A: "2", b: "" })
  })

  it.each([
    "__proto__",
    "constructor",
    "hasOwnProperty",
    " ",
    "ключ 鍵",
    "a_.:/=+-@\u00a0\u30003٣",
    "k".repeat(128),
  ])("may have the key %s", async (name) => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ Tags: [tag(name, name)] })
    expect((await root.listResourceTags({ KeyId })).Tags).toEqual([tag(name, name)])
    await root.untagResource({ KeyId, TagKeys: [name] })
    expect((await root.listResourceTags({ KeyId })).Tags).toEqual([])
  })

  it("are at most 50, in one call or several; overwriting needs no room", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    await root.tagResource({ KeyId, Tags: tags(50) })
    await expectRefusal(
      root.tagResource({ KeyId, Tags: [tag("one-more")] }),
      "TagException",
      "Too many tags",
    )
    await root.tagResource({ KeyId, Tags: tags(50).map(({ TagKey }) => tag(TagKey, "new")) })
    await root.untagResource({ KeyId, TagKeys: ["k000"] })
    await root.tagResource({ KeyId, Tags: [tag("one-more")] })
  })

  it.each(refusals)("are refused, and nothing changes, for %s", async (_, Tags, name, message) => {
    const { call, newKey, storage } = await openWorld()
    const KeyId = await newKey({ Tags: tags(1, "x") })
    const before = await dumpOf(storage)
    await expectRefusal(call("TagResource", { KeyId, Tags }), name, message)
    expect(await dumpOf(storage)).toEqual(before)
    await expectRefusal(call("CreateKey", { Tags }), name, message)
  })

  it("are refused where tag keys are", async () => {
    const { call, newKey } = await openWorld()
    const KeyId = await newKey()
    await expectRefusal(
      call("UntagResource", { KeyId, TagKeys: ["a", ""] }),
      "ValidationException",
      "1 validation error detected: Value '' at 'tagKeys.2.member' failed to satisfy constraint: " +
        "Member must have length greater than or equal to 1",
    )
  })
})

describe("the description of a key", () => {
  it("is replaced, may be empty, and may be any text of 8192 characters", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ Description: "first" })
    for (const Description of ["second", "", "\u0000\n\ud800 ü 🔑", "d".repeat(8192)]) {
      await root.updateKeyDescription({ KeyId, Description })
      const { KeyMetadata } = await root.describeKey({ KeyId })
      expect(KeyMetadata?.Description).toBe(Description)
    }
  })

  it.each([
    [
      undefined,
      "Value null at 'description' failed to satisfy constraint: Member must not be null",
    ],
    [
      "d".repeat(8193),
      `Value '${"d".repeat(300)}...' at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192`,
    ],
  ])("is refused when it is missing or too long", async (Description, failure) => {
    const { call, newKey } = await openWorld()
    await expectRefusal(
      call("UpdateKeyDescription", { KeyId: await newKey(), Description }),
      "ValidationException",
      `1 validation error detected: ${failure}`,
    )
  })
})

describe("EnableKey and DisableKey", () => {
  it("may be called again and again", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    const state = async () => (await root.describeKey({ KeyId })).KeyMetadata
    for (const [operation, Enabled, KeyState] of [
      ["enableKey", true, "Enabled"],
      ["disableKey", false, "Disabled"],
      ["disableKey", false, "Disabled"],
      ["enableKey", true, "Enabled"],
      ["enableKey", true, "Enabled"],
    ] as const) {
      await root[operation]({ KeyId })
      expect(await state()).toMatchObject({ Enabled, KeyState })
    }
  })
})
