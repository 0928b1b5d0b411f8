import { beforeAll, describe, expect, it } from "vitest"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { account, aliasArnOf, keyArnOf, otherAccount, unknownKeyId } from "../support/accounts.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string
let multi: string
let blob: Uint8Array

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
  multi = await world.newKey({ MultiRegion: true })
  await world.root.createAlias({ AliasName: "alias/App/one_2-3", TargetKeyId: key })
  await world.root.createAlias({ AliasName: "alias/multi", TargetKeyId: multi })
  blob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext: Uint8Array.of(1) }))
})

describe("a key is named by", () => {
  const forms = [
    ["its id", () => key, () => key],
    ["its ARN", () => keyArnOf(key), () => key],
    ["an alias name", () => "alias/App/one_2-3", () => key],
    ["an alias ARN", () => aliasArnOf("alias/App/one_2-3"), () => key],
    ["its multi-Region id", () => multi, () => multi],
    ["the ARN of a multi-Region key", () => keyArnOf(multi), () => multi],
    ["an alias of a multi-Region key", () => "alias/multi", () => multi],
  ] as const

  it.each(forms)("%s, wherever it is used", async (_, name, id) => {
    const { root } = world
    const KeyId = name()
    const arn = keyArnOf(id())
    expect((await root.describeKey({ KeyId })).KeyMetadata?.Arn).toBe(arn)
    const encrypted = await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1, 2) })
    expect(encrypted.KeyId).toBe(arn)
    const CiphertextBlob = blobIn(encrypted)
    const decrypted = await root.decrypt({ KeyId, CiphertextBlob })
    expect(decrypted).toMatchObject({ KeyId: arn, Plaintext: Uint8Array.of(1, 2) })
    expect((await root.generateDataKey({ KeyId, KeySpec: "AES_128" })).KeyId).toBe(arn)
    const moved = await root.reEncrypt({
      CiphertextBlob,
      SourceKeyId: KeyId,
      DestinationKeyId: KeyId,
    })
    expect(moved).toMatchObject({ SourceKeyId: arn, KeyId: arn })
  })
})

describe("a key is managed only by id or ARN", () => {
  const calls = [
    ["CancelKeyDeletion", {}],
    ["CreateAlias", { AliasName: "alias/new" }, "TargetKeyId"],
    ["DisableKey", {}],
    ["EnableKey", {}],
    ["GetKeyLastUsage", {}],
    ["GetKeyPolicy", {}],
    ["ListAliases", {}],
    ["ListKeyPolicies", {}],
    ["ListResourceTags", {}],
    ["PutKeyPolicy", { Policy: "{}" }],
    ["ScheduleKeyDeletion", {}],
    ["TagResource", { Tags: [] }],
    ["UntagResource", { TagKeys: [] }],
    ["UpdateAlias", { AliasName: "alias/multi" }, "TargetKeyId"],
    ["UpdateKeyDescription", { Description: "" }],
  ] as const

  const aliases = [
    "alias/App/one_2-3",
    aliasArnOf("alias/App/one_2-3"),
    "alias/unknown",
    "arn:aws:kms:eu-west-1:111122223333:alias/elsewhere",
  ]

  it.each(calls)("%s refuses an alias", async (operation, members, member: string = "KeyId") => {
    for (const alias of aliases) {
      const call = world.call(operation, { ...members, [member]: alias })
      const isTarget = member === "TargetKeyId"
      await expectRefusal(
        call,
        isTarget ? "ValidationException" : "InvalidArnException",
        isTarget
          ? "Aliases must refer to keys. Not aliases"
          : "Key Aliases are not supported for this operation.",
      )
    }
  })
})

type Malformed = readonly [title: string, text: string, name: KmsErrorName, message: string]

const upper = "1234ABCD-12AB-34CD-56EF-1234567890AB"
const malformed: readonly Malformed[] = [
  [
    "a key id that no key has",
    unknownKeyId,
    "NotFoundException",
    `Key '${keyArnOf(unknownKeyId)}' does not exist`,
  ],
  [
    "the ARN of no key",
    keyArnOf(unknownKeyId),
    "NotFoundException",
    `Key '${keyArnOf(unknownKeyId)}' does not exist`,
  ],
  [
    "a multi-Region id that no key has",
    `mrk-${"0".repeat(32)}`,
    "NotFoundException",
    `Key '${keyArnOf(`mrk-${"0".repeat(32)}`)}' does not exist`,
  ],
  ["a word", "my-key", "NotFoundException", "Invalid keyId 'my-key'"],
  [
    "a UUID without dashes",
    unknownKeyId.replaceAll("-", ""),
    "NotFoundException",
    `Invalid keyId '${unknownKeyId.replaceAll("-", "")}'`,
  ],
  [
    "a UUID with a space",
    ` ${unknownKeyId}`,
    "NotFoundException",
    `Invalid keyId ' ${unknownKeyId}'`,
  ],
  [
    "a UUID with a line end",
    `${unknownKeyId}\n`,
    "NotFoundException",
    `Invalid keyId '${unknownKeyId}\n'`,
  ],
  ["a UUID in upper case", upper, "NotFoundException", `Invalid keyId '${upper}'`],
  ["mrk- and too few digits", "mrk-1234", "NotFoundException", "Invalid keyId 'mrk-1234'"],
  [
    "MRK- in upper case",
    `MRK-${"0".repeat(32)}`,
    "NotFoundException",
    `Invalid keyId 'MRK-${"0".repeat(32)}'`,
  ],
  ["a path that climbs", "../../domain", "NotFoundException", "Invalid keyId '../../domain'"],
  ["a key ARN with a word", keyArnOf("my-key"), "NotFoundException", "Invalid keyId my-key"],
  ["a key ARN without an id", keyArnOf(""), "NotFoundException", "Invalid keyId "],
  [
    "a key ARN with more behind the id",
    `${keyArnOf(unknownKeyId)}/x`,
    "NotFoundException",
    `Invalid keyId ${unknownKeyId}/x`,
  ],
  [
    "the ARN of another Region",
    `arn:aws:kms:eu-west-1:${account}:key/${unknownKeyId}`,
    "NotFoundException",
    "Invalid arn eu-west-1",
  ],
  [
    "the alias ARN of another Region",
    `arn:aws:kms:eu-west-1:${account}:alias/x`,
    "NotFoundException",
    "Invalid arn eu-west-1",
  ],
  [
    "the ARN of another partition",
    `arn:aws-cn:kms:us-east-1:${account}:key/${unknownKeyId}`,
    "NotFoundException",
    "Invalid arn us-east-1",
  ],
  [
    "an alias that is not there",
    "alias/unknown",
    "NotFoundException",
    `Alias ${aliasArnOf("alias/unknown")} is not found.`,
  ],
  [
    "an alias in another letter case",
    "alias/app/one_2-3",
    "NotFoundException",
    `Alias ${aliasArnOf("alias/app/one_2-3")} is not found.`,
  ],
  [
    "an alias ARN that is not there",
    aliasArnOf("alias/unknown"),
    "NotFoundException",
    `Alias ${aliasArnOf("alias/unknown")} is not found.`,
  ],
  [
    "alias/ and no name",
    "alias/",
    "NotFoundException",
    `Alias ${aliasArnOf("alias/")} is not found.`,
  ],
  [
    "an alias name longer than any alias",
    `alias/${"x".repeat(2000)}`,
    "NotFoundException",
    `Alias ${aliasArnOf(`alias/${"x".repeat(2000)}`)} is not found.`,
  ],
  [
    "an alias name with a control character",
    "alias/a\u0000b",
    "NotFoundException",
    `Alias ${aliasArnOf("alias/a\u0000b")} is not found.`,
  ],
  [
    "an alias ARN with a line end",
    `${aliasArnOf("alias/App/one_2-3")}\n`,
    "NotFoundException",
    `Alias ${aliasArnOf("alias/App/one_2-3\n")} is not found.`,
  ],
  [
    "an empty text",
    "",
    "ValidationException",
    "2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: " +
      "Member must have length greater than or equal to 1; Value '' at 'keyId' failed to " +
      "satisfy constraint: Member must satisfy regular expression pattern: ^\\p{ASCII}+$",
  ],
  [
    "a text beyond ASCII",
    "schlüssel",
    "ValidationException",
    "1 validation error detected: Value 'schlüssel' at 'keyId' failed to satisfy constraint: " +
      "Member must satisfy regular expression pattern: ^\\p{ASCII}+$",
  ],
  [
    "a text of 2049 characters",
    "k".repeat(2049),
    "ValidationException",
    `1 validation error detected: Value '${"k".repeat(300)}...' at 'keyId' failed to satisfy ` +
      "constraint: Member must have length less than or equal to 2048",
  ],
]

describe("what names no key is refused in the words of the service:", () => {
  it.each(malformed)("%s", async (_, KeyId, name, message) => {
    await expectRefusal(world.call("DescribeKey", { KeyId }), name, message)
    const encrypting = world.call("Encrypt", { KeyId, Plaintext: Uint8Array.of(1) })
    await expectRefusal(encrypting, name, message)
  })

  it.each([
    ["an ARN of another service", "arn:aws:s3:::bucket"],
    ["an ARN without its parts", "arn:aws:kms"],
    ["an ARN of nothing", "arn:"],
    ["an ARN without an account", "arn:aws:kms:us-east-1::key/1234"],
    ["an ARN with a wrong account", `arn:aws:kms:us-east-1:1234:key/${unknownKeyId}`],
    ["an ARN of another kind of resource", `arn:aws:kms:us-east-1:${account}:grant/1`],
    ["an ARN of an ARN", `arn:aws:kms:us-east-1:${account}:arn:aws:kms`],
    ["only colons", "arn:::::::::::"],
  ])("%s", async (_, KeyId) => {
    for (const operation of ["DescribeKey", "DisableKey"]) {
      const error = await world.call(operation, { KeyId }).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        name: expect.stringMatching(/^(?:NotFoundException|InvalidArnException)$/),
      })
    }
  })

  it.each(["SourceKeyId", "DestinationKeyId"])("also as %s of ReEncrypt", async (member) => {
    const input = { CiphertextBlob: blob, DestinationKeyId: key, [member]: "my-key" }
    const message = "Invalid keyId 'my-key'"
    await expectRefusal(world.call("ReEncrypt", input), "NotFoundException", message)
  })

  it("also as the key of a list of aliases", async () => {
    const listing = world.call("ListAliases", { KeyId: unknownKeyId })
    const message = `Key '${keyArnOf(unknownKeyId)}' does not exist`
    await expectRefusal(listing, "NotFoundException", message)
  })
})

describe("a key id without ARN", () => {
  it("is looked for in the account of the caller", async () => {
    await expectRefusal(
      world.stranger.describeKey({ KeyId: key }),
      "NotFoundException",
      `Key '${keyArnOf(key, otherAccount)}' does not exist`,
    )
    await expectRefusal(
      world.stranger.describeKey({ KeyId: "alias/App/one_2-3" }),
      "NotFoundException",
      `Alias ${aliasArnOf("alias/App/one_2-3", otherAccount)} is not found.`,
    )
  })
})
