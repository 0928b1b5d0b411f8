import { describe, expect, it } from "vitest"
import { encodeMarker } from "../../src/formats/opaque/marker.js"
import type { catalogue } from "../../src/operations/catalogue.js"
import {
  account,
  aliasArnOf,
  keyArnOf,
  otherAccount,
  rootOf,
  unknownKeyId,
  userOf,
} from "../support/accounts.js"
import { identityOf, keyPolicyOf, mayDoAll } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { madeAliases, newKey, openWorld } from "../support/world.js"

const masked = (principal: string, action: string) =>
  `User: ${principal} is not authorized to perform: ${action} on this resource because the ` +
  "resource does not exist in this Region, no resource-based policies allow access, or a " +
  "resource-based policy explicitly denies access"

const eve = userOf(otherAccount, "eve")

/** The members besides the key that each operation about a key needs, and where the key goes. */
const keyCalls = {
  CancelKeyDeletion: {},
  DescribeKey: {},
  DisableKey: {},
  EnableKey: {},
  Encrypt: { Plaintext: Uint8Array.of(1) },
  GenerateDataKey: { KeySpec: "AES_256" },
  GenerateDataKeyWithoutPlaintext: { KeySpec: "AES_256" },
  GetKeyLastUsage: {},
  GetKeyPolicy: {},
  ListKeyPolicies: {},
  ListResourceTags: {},
  PutKeyPolicy: { Policy: keyPolicyOf({}) },
  ScheduleKeyDeletion: {},
  TagResource: { Tags: [{ TagKey: "a", TagValue: "b" }] },
  UntagResource: { TagKeys: ["a"] },
  UpdateKeyDescription: { Description: "mine" },
} as const satisfies { readonly [name in keyof typeof catalogue]?: object }

/** Section 2.2 of the facts: what is possible on a key of another account. */
const crossAccount = [
  "DescribeKey",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
]

describe("two accounts in one engine", () => {
  it("see only their own keys and aliases in lists", async () => {
    const { root, stranger } = await openWorld()
    const [mine, theirs] = [await newKey(root), await newKey(stranger)]
    await root.createAlias({ AliasName: "alias/same", TargetKeyId: mine })
    await stranger.createAlias({ AliasName: "alias/same", TargetKeyId: theirs })
    expect((await root.listKeys({})).Keys).toEqual([{ KeyId: mine, KeyArn: keyArnOf(mine) }])
    expect((await stranger.listKeys({})).Keys).toEqual([
      { KeyId: theirs, KeyArn: keyArnOf(theirs, otherAccount) },
    ])
    expect(await madeAliases(root)).toMatchObject([
      { AliasName: "alias/same", AliasArn: aliasArnOf("alias/same"), TargetKeyId: mine },
    ])
    expect(await madeAliases(stranger)).toMatchObject([
      { AliasArn: aliasArnOf("alias/same", otherAccount), TargetKeyId: theirs },
    ])
  })

  it.each(Object.entries(keyCalls))(
    "%s on a key of the other account reads alike whether the key is there or not",
    async (operation, members) => {
      const { call, newKey } = await openWorld({ identities: { [eve]: mayDoAll } })
      const plain = await newKey()
      const denying = await newKey({
        Policy: keyPolicyOf(
          { Principal: { AWS: rootOf(account) } },
          { Effect: "Deny", Principal: { AWS: rootOf(otherAccount) } },
        ),
      })
      for (const principal of [rootOf(otherAccount), eve]) {
        for (const id of [plain, denying, unknownKeyId]) {
          const calling = call(operation, { ...members, KeyId: keyArnOf(id) }, principal)
          await expectRefusal(
            calling,
            "AccessDeniedException",
            masked(principal, `kms:${operation}`),
          )
        }
      }
    },
  )

  it("cannot tell a foreign alias that is there from one that is not", async () => {
    const { root, newKey, stranger } = await openWorld()
    await root.createAlias({ AliasName: "alias/there", TargetKeyId: await newKey() })
    for (const name of ["alias/there", "alias/missing"]) {
      await expectRefusal(
        stranger.describeKey({ KeyId: aliasArnOf(name) }),
        "AccessDeniedException",
        masked(rootOf(otherAccount), "kms:DescribeKey"),
      )
    }
  })

  it.each(Object.entries(keyCalls))(
    "%s is possible on a foreign key only where the service allows it, whatever the policies say",
    async (operation, members) => {
      const { call, newKey, storage } = await openWorld({ identities: { [eve]: mayDoAll } })
      const KeyId = keyArnOf(await newKey({ Policy: keyPolicyOf({}) }))
      const before = await dumpOf(storage)
      for (const principal of [rootOf(otherAccount), eve]) {
        const calling = call(operation, { ...members, KeyId }, principal)
        if (crossAccount.includes(operation)) await calling
        else await expectRefusal(calling, "AccessDeniedException")
      }
      expect(await dumpOf(storage)).toEqual(before)
    },
  )

  it("need both sides: the key policy alone does not let a foreign user in", async () => {
    const { call, newKey } = await openWorld({
      identities: { [eve]: identityOf({ Action: "kms:ListKeys" }) },
    })
    const KeyId = keyArnOf(await newKey({ Policy: keyPolicyOf({}) }))
    await expectRefusal(
      call("DescribeKey", { KeyId }, eve),
      "AccessDeniedException",
      masked(eve, "kms:DescribeKey"),
    )
    await expectRefusal(
      call("DescribeKey", { KeyId }, userOf(otherAccount, "unknown")),
      "AccessDeniedException",
      masked(userOf(otherAccount, "unknown"), "kms:DescribeKey"),
    )
  })

  it("can use a foreign key by ARN, alias ARN and ciphertext once both sides allow", async () => {
    const { root, stranger, newKey } = await openWorld()
    const id = await newKey({ Policy: keyPolicyOf({}) })
    await root.createAlias({ AliasName: "alias/shared", TargetKeyId: id })
    for (const KeyId of [keyArnOf(id), aliasArnOf("alias/shared")]) {
      const reply = await stranger.encrypt({ KeyId, Plaintext: Uint8Array.of(5) })
      expect(reply.KeyId).toBe(keyArnOf(id))
      const CiphertextBlob = blobIn(reply)
      expect((await stranger.decrypt({ CiphertextBlob })).Plaintext).toEqual(Uint8Array.of(5))
      expect((await stranger.decrypt({ CiphertextBlob, KeyId })).KeyId).toBe(keyArnOf(id))
      expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Uint8Array.of(5))
    }
  })

  it("cannot decrypt the other's ciphertext, and learn nothing about its key", async () => {
    const { root, stranger, newKey, clock } = await openWorld()
    const KeyId = await newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const own = await newKeyOf(stranger)
    const alive = await refusalOf(stranger.decrypt({ CiphertextBlob }))
    expect(alive.name).toBe("AccessDeniedException")
    const move = { CiphertextBlob, DestinationKeyId: own }
    expect((await refusalOf(stranger.reEncrypt(move))).name).toBe("AccessDeniedException")
    await root.disableKey({ KeyId })
    expect((await refusalOf(stranger.decrypt({ CiphertextBlob }))).message).toBe(alive.message)
    await root.scheduleKeyDeletion({ KeyId })
    clock.advanceDays(31)
    expect((await refusalOf(stranger.decrypt({ CiphertextBlob }))).message).toBe(alive.message)
    expect(alive.message).not.toContain(KeyId)
    expect(alive.message).not.toContain(account)
  })

  it("cannot move data into a foreign key that does not let them", async () => {
    const { stranger, newKey } = await openWorld()
    const own = await newKeyOf(stranger)
    const theirs = await newKey()
    const reply = await stranger.encrypt({ KeyId: own, Plaintext: Uint8Array.of(1) })
    await expectRefusal(
      stranger.reEncrypt({ CiphertextBlob: blobIn(reply), DestinationKeyId: keyArnOf(theirs) }),
      "AccessDeniedException",
      masked(rootOf(otherAccount), "kms:ReEncryptTo"),
    )
  })

  it("cannot name a foreign key by its bare id, but where the ciphertext names it too", async () => {
    const { stranger, newKey, root } = await openWorld()
    const KeyId = await newKey({ Policy: keyPolicyOf({}) })
    const encrypting = stranger.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    await expectRefusal(
      encrypting,
      "NotFoundException",
      `Key '${keyArnOf(KeyId, otherAccount)}' does not exist`,
    )
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const decrypted = await stranger.decrypt({ CiphertextBlob, KeyId })
    expect(decrypted.Plaintext).toEqual(Uint8Array.of(1))
  })

  it("cannot put an alias on a foreign key, nor move one there", async () => {
    const { stranger, newKey } = await openWorld()
    const closed = keyArnOf(await newKey())
    const open = keyArnOf(await newKey({ Policy: keyPolicyOf({}) }))
    const own = await newKeyOf(stranger)
    await stranger.createAlias({ AliasName: "alias/own", TargetKeyId: own })
    for (const TargetKeyId of [closed, open, keyArnOf(unknownKeyId)]) {
      const making = stranger.createAlias({ AliasName: "alias/x", TargetKeyId })
      expect((await refusalOf(making)).name).toMatch(/^(?:AccessDenied|NotFound)Exception$/)
      const moving = stranger.updateAlias({ AliasName: "alias/own", TargetKeyId })
      expect((await refusalOf(moving)).name).toMatch(/^(?:AccessDenied|NotFound)Exception$/)
    }
    expect(await madeAliases(stranger)).toMatchObject([{ TargetKeyId: own }])
  })

  it("cannot list the aliases of a foreign key, nor learn whether it is there", async () => {
    const { root, stranger, newKey } = await openWorld()
    const id = await newKey({ Policy: keyPolicyOf({}) })
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: id })
    for (const one of [id, unknownKeyId]) {
      const KeyId = keyArnOf(one)
      const message = `Key '${KeyId}' does not exist`
      await expectRefusal(stranger.listAliases({ KeyId }), "NotFoundException", message)
    }
  })

  it("cannot tell by RetireGrant whether a foreign key is there", async () => {
    const { call, newKey } = await openWorld()
    const GrantId = "a".repeat(64)
    for (const id of [await newKey(), unknownKeyId]) {
      const input = { KeyId: keyArnOf(id), GrantId }
      const error = await refusalOf(call("RetireGrant", input, rootOf(otherAccount)))
      expect([error.name, error.message.replace(id, "ID")]).toEqual([
        "AccessDeniedException",
        masked(rootOf(otherAccount), "kms:RetireGrant"),
      ])
    }
  })

  it("cannot go on in the other's list with its marker, nor with a forged one", async () => {
    const { root, stranger } = await openWorld()
    for (let i = 0; i < 3; i += 1) await newKey(root)
    await newKey(stranger)
    const { NextMarker } = await root.listKeys({ Limit: 1 })
    await expectRefusal(stranger.listKeys({ Marker: NextMarker }), "InvalidMarkerException")
    const Marker = encodeMarker({
      list: "ListKeys",
      account: otherAccount,
      after: "../111122223333/",
    })
    const { Keys = [] } = await stranger.listKeys({ Marker })
    expect(Keys.every(({ KeyArn }) => KeyArn?.includes(`:${otherAccount}:`))).toBe(true)
  })
})

const newKeyOf = (client: Parameters<typeof newKey>[0]) => newKey(client)

describe("a caller of another partition", () => {
  it("is nobody here, also with the number of an account of ours", async () => {
    const { kms, newKey } = await openWorld()
    const KeyId = await newKey()
    const principal = `arn:aws-cn:iam::${account}:root`
    await expect(
      Promise.resolve().then(() => kms.call({ principal }, "DescribeKey", { KeyId })),
    ).rejects.toThrow("`principal` must be the name of an AW")
  })
})
