import { describe, expect, it } from "vitest"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { account, aliasArnOf, keyArnOf, unknownKeyId, userOf } from "../support/accounts.js"
import { startMs } from "../support/clock.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { dumpOf, readRecord, tamper } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { madeAliases, openWorld } from "../support/world.js"

const prefixHelp =
  'Alias must start with the prefix "alias/". Please see ' +
  "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"

type BadName = readonly [title: string, name: string, error: KmsErrorName, message: string | RegExp]

const characters = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
const failed = (value: string, constraint: string) =>
  `1 validation error detected: Value '${value}' at 'aliasName' failed to satisfy constraint: ${constraint}`

const badNames: readonly BadName[] = [
  ["without its prefix", "orders", "ValidationException", prefixHelp],
  ["with the prefix in another case", "Alias/orders", "ValidationException", prefixHelp],
  ["that is the prefix without slash", "alias", "ValidationException", prefixHelp],
  ["that is an alias ARN", aliasArnOf("alias/orders"), "ValidationException", prefixHelp],
  ["that is reserved", "alias/aws/s3", "NotAuthorizedException", /./],
  ["with a space", "alias/my orders", "ValidationException", failed("alias/my orders", characters)],
  ["with a dot", "alias/a.b", "ValidationException", failed("alias/a.b", characters)],
  ["with a line end", "alias/a\n", "ValidationException", failed("alias/a\n", characters)],
  ["beyond ASCII", "alias/ä", "ValidationException", failed("alias/ä", characters)],
  [
    "with a colon",
    "alias/a:b",
    "ValidationException",
    "alias/a:b contains invalid characters for an alias",
  ],
  ["that is only the prefix", "alias/", "ValidationException", /./],
  [
    "of 257 characters",
    `alias/${"a".repeat(251)}`,
    "ValidationException",
    failed(`alias/${"a".repeat(251)}`, "Member must have length less than or equal to 256"),
  ],
]

describe("an alias name", () => {
  it.each(badNames)(
    "%s is refused by all who make, move and delete",
    async (_, AliasName, error, message) => {
      const { call, newKey, storage } = await openWorld()
      const TargetKeyId = await newKey()
      const before = await dumpOf(storage)
      await expectRefusal(call("CreateAlias", { AliasName, TargetKeyId }), error, message)
      await expectRefusal(call("UpdateAlias", { AliasName, TargetKeyId }), error, message)
      await expectRefusal(call("DeleteAlias", { AliasName }), error, message)
      expect(await dumpOf(storage)).toEqual(before)
    },
  )

  it.each([
    "alias/a",
    "alias/A/b-c_d/0",
    "alias//",
    "alias/-",
    "alias/aws",
    `alias/${"x".repeat(250)}`,
  ])("%s is taken, found, and gone after DeleteAlias", async (AliasName) => {
    const { root, newKey, storage } = await openWorld()
    const TargetKeyId = await newKey()
    const before = await dumpOf(storage)
    await root.createAlias({ AliasName, TargetKeyId })
    expect((await root.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId).toBe(TargetKeyId)
    await root.deleteAlias({ AliasName })
    await expectRefusal(
      root.describeKey({ KeyId: AliasName }),
      "NotFoundException",
      `Alias ${aliasArnOf(AliasName)} is not found.`,
    )
    expect(await dumpOf(storage)).toEqual(before)
  })

  it("is case sensitive", async () => {
    const { root, newKey } = await openWorld()
    const [lower, upper] = [await newKey(), await newKey()]
    await root.createAlias({ AliasName: "alias/a", TargetKeyId: lower })
    await root.createAlias({ AliasName: "alias/A", TargetKeyId: upper })
    expect((await root.describeKey({ KeyId: "alias/A" })).KeyMetadata?.KeyId).toBe(upper)
  })
})

describe("CreateAlias", () => {
  it("refuses a name that is taken, also on the same key, and changes nothing", async () => {
    const { root, newKey, storage } = await openWorld()
    const [key, other] = [await newKey(), await newKey()]
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
    const before = await dumpOf(storage)
    for (const TargetKeyId of [key, other]) {
      await expectRefusal(
        root.createAlias({ AliasName: "alias/x", TargetKeyId }),
        "AlreadyExistsException",
        `An alias with the name ${aliasArnOf("alias/x")} already exists`,
      )
    }
    expect(await dumpOf(storage)).toEqual(before)
  })

  it("needs a key that is there", async () => {
    const { root } = await openWorld()
    await expectRefusal(
      root.createAlias({ AliasName: "alias/x", TargetKeyId: unknownKeyId }),
      "NotFoundException",
      `Key '${keyArnOf(unknownKeyId)}' does not exist`,
    )
  })

  it("gives a key at most 50 aliases, and so does UpdateAlias", async () => {
    const { root, newKey } = await openWorld()
    const [full, spare] = [await newKey(), await newKey()]
    for (let i = 0; i < 50; i += 1) {
      await root.createAlias({ AliasName: `alias/${i}`, TargetKeyId: full })
    }
    await root.createAlias({ AliasName: "alias/spare", TargetKeyId: spare })
    const more = { AliasName: "alias/50", TargetKeyId: full }
    const told = "Aliases per key quota for this account in this region is 50, current usage is 50."
    await expectRefusal(root.createAlias(more), "LimitExceededException", told)
    const moved = { AliasName: "alias/spare", TargetKeyId: full }
    await expectRefusal(root.updateAlias(moved), "LimitExceededException", told)
    await root.updateAlias({ AliasName: "alias/0", TargetKeyId: full })
    await root.deleteAlias({ AliasName: "alias/1" })
    await root.updateAlias(moved)
    await expectRefusal(root.createAlias(more), "LimitExceededException")
  })
})

describe("UpdateAlias", () => {
  it("moves the alias, keeps its creation date and renews the other", async () => {
    const { root, newKey, clock } = await openWorld()
    const [from, to] = [await newKey(), await newKey()]
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: from })
    clock.advanceDays(1)
    await root.updateAlias({ AliasName: "alias/x", TargetKeyId: keyArnOf(to) })
    expect(await madeAliases(root)).toEqual([
      {
        AliasName: "alias/x",
        AliasArn: aliasArnOf("alias/x"),
        TargetKeyId: to,
        CreationDate: new Date(startMs),
        LastUpdatedDate: new Date(clock.nowMs),
      },
    ])
    expect((await root.listAliases({ KeyId: from })).Aliases).toEqual([])
    expect((await root.listAliases({ KeyId: to })).Aliases).toHaveLength(1)
    expect((await root.describeKey({ KeyId: "alias/x" })).KeyMetadata?.KeyId).toBe(to)
  })

  it("may name the key that the alias has, and then renews its date alone", async () => {
    const { root, newKey, clock, storage } = await openWorld()
    const TargetKeyId = await newKey()
    await root.createAlias({ AliasName: "alias/x", TargetKeyId })
    const before = await dumpOf(storage)
    clock.advanceMs(1000)
    await root.updateAlias({ AliasName: "alias/x", TargetKeyId })
    const { Aliases } = await root.listAliases({ KeyId: TargetKeyId })
    expect(Aliases).toMatchObject([
      { CreationDate: new Date(startMs), LastUpdatedDate: new Date(startMs + 1000) },
    ])
    const keyRecord = `key/${account}/${TargetKeyId}`
    expect((await dumpOf(storage))[keyRecord]).toBe(before[keyRecord])
  })

  it("needs an alias that is there", async () => {
    const { root, newKey } = await openWorld()
    await expectRefusal(
      root.updateAlias({ AliasName: "alias/x", TargetKeyId: await newKey() }),
      "NotFoundException",
      `Alias ${aliasArnOf("alias/x")} is not found.`,
    )
  })

  it.each([
    [{ keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" }, "key type"],
    [{ keySpec: "RSA_2048", keyUsage: "ENCRYPT_DECRYPT" }, "key type"],
    [{ keySpec: "RSA_2048", keyUsage: "SIGN_VERIFY" }, "key type"],
  ])("refuses to move an alias to a key of %o", async (kind, trait) => {
    const { root, newKey, storage } = await openWorld()
    const [from, to] = [await newKey(), await newKey()]
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: from })
    await rewriteKey(storage, to, kind)
    const before = await dumpOf(storage)
    await expectRefusal(
      root.updateAlias({ AliasName: "alias/x", TargetKeyId: to }),
      "ValidationException",
      new RegExp(
        `^Alias alias/x cannot be changed from a CMK with ${trait} \\S+ to a CMK with ${trait} \\S+\\. ` +
          `The ${trait} of the current CMK and the new CMK must be the same\\.$`,
      ),
    )
    expect(await dumpOf(storage)).toEqual(before)
  })

  it("refuses to move an alias to a key of the same type and another usage", async () => {
    const { root, newKey, storage } = await openWorld()
    const [from, to] = [await newKey(), await newKey()]
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: from })
    await rewriteKey(storage, from, { keySpec: "RSA_2048", keyUsage: "ENCRYPT_DECRYPT" })
    await rewriteKey(storage, to, { keySpec: "RSA_4096", keyUsage: "SIGN_VERIFY" })
    await expectRefusal(
      root.updateAlias({ AliasName: "alias/x", TargetKeyId: to }),
      "ValidationException",
      "Alias alias/x cannot be changed from a CMK with key usage ENCRYPT_DECRYPT to a CMK with " +
        "key usage SIGN_VERIFY. The key usage of the current CMK and the new CMK must be the same.",
    )
  })
})

const rewriteKey = async (
  storage: Parameters<typeof tamper>[0],
  id: string,
  members: object,
): Promise<void> => {
  const key = `key/${account}/${id}`
  const record = await readRecord(storage, key)
  await tamper(storage, key, { ...record, value: { ...record.value, ...members } })
}

describe("who may make, move and delete an alias", () => {
  const alice = userOf(account)
  const aliasArn = aliasArnOf("alias/x")

  it.each([
    [
      "CreateAlias",
      "on the alias",
      [["kms:CreateAlias", "KEY"]],
      `kms:CreateAlias on resource: ${aliasArn}`,
    ],
    [
      "CreateAlias",
      "on the key",
      [["kms:CreateAlias", aliasArn]],
      "kms:CreateAlias on resource: KEY",
    ],
    [
      "UpdateAlias",
      "on the alias",
      [
        ["kms:UpdateAlias", "KEY"],
        ["kms:UpdateAlias", "NEXT"],
      ],
      `kms:UpdateAlias on resource: ${aliasArn}`,
    ],
    [
      "UpdateAlias",
      "on the current key",
      [
        ["kms:UpdateAlias", aliasArn],
        ["kms:UpdateAlias", "NEXT"],
      ],
      "kms:UpdateAlias on resource: KEY",
    ],
    [
      "UpdateAlias",
      "on the new key",
      [
        ["kms:UpdateAlias", aliasArn],
        ["kms:UpdateAlias", "KEY"],
      ],
      "kms:UpdateAlias on resource: NEXT",
    ],
    [
      "DeleteAlias",
      "on the alias",
      [["kms:DeleteAlias", "KEY"]],
      `kms:DeleteAlias on resource: ${aliasArn}`,
    ],
    [
      "DeleteAlias",
      "on the key",
      [["kms:DeleteAlias", aliasArn]],
      "kms:DeleteAlias on resource: KEY",
    ],
  ] as const)("%s needs permission %s", async (operation, _, given, missing) => {
    const arns: Record<string, string> = {}
    const named = (text: string) =>
      text.replaceAll("KEY", arns["KEY"] ?? "").replaceAll("NEXT", arns["NEXT"] ?? "")
    const { call, root, newKey } = await openWorld({
      identities: (arn) =>
        arn === alice
          ? identityOf(...given.map(([Action, on]) => ({ Action, Resource: named(on) })))
          : undefined,
    })
    const [key, next] = [await newKey(), await newKey()]
    Object.assign(arns, { KEY: keyArnOf(key), NEXT: keyArnOf(next) })
    if (operation !== "CreateAlias")
      await root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
    const TargetKeyId = operation === "UpdateAlias" ? next : key
    await expectRefusal(
      call(operation, { AliasName: "alias/x", TargetKeyId }, alice),
      "AccessDeniedException",
      `User: ${alice} is not authorized to perform: ${named(missing)} because no identity-based ` +
        `policy allows the kms:${operation} action`,
    )
  })

  it("a key policy cannot give permission on the alias", async () => {
    const { call, newKey } = await openWorld()
    const TargetKeyId = await newKey({ Policy: keyPolicyOf({}) })
    await expectRefusal(
      call("CreateAlias", { AliasName: "alias/x", TargetKeyId }, alice),
      "AccessDeniedException",
      /on resource: arn:aws:kms:us-east-1:111122223333:alias\/x because no identity-based policy/,
    )
  })

  it.each(["UpdateAlias", "DeleteAlias"])(
    "%s does not name its key by alias: kms:RequestAlias is absent",
    async (operation) => {
      const { call, root, newKey } = await openWorld({
        identities: { [alice]: identityOf({ Resource: aliasArn }) },
      })
      const key = await newKey({
        Policy: keyPolicyOf(
          { Principal: { AWS: `arn:aws:iam::${account}:root` } },
          {
            Principal: { AWS: alice },
            Condition: { StringEquals: { "kms:RequestAlias": "alias/x" } },
          },
        ),
      })
      await root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
      const input = { AliasName: "alias/x", TargetKeyId: key }
      await expectRefusal(call(operation, input, alice), "AccessDeniedException")
    },
  )
})
