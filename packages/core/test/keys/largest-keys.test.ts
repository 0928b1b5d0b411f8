import { describe, expect, it } from "vitest"
import { account } from "../support/accounts.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

const Plaintext = Uint8Array.of(1, 2, 3)

/** Lets a key rotate until it does so no more; answers how many materials it has then. */
async function rotateOut({ root, kms, clock }: World, KeyId: string): Promise<number> {
  await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
  for (let i = 0; i < 205; i += 1) {
    clock.advanceDays(91)
    expect(await kms.sweep()).toMatchObject({ unsettled: [], unreadable: [] })
  }
  const IncludeKeyMaterial = "ALL_KEY_MATERIAL"
  const { Rotations = [] } = await root.listKeyRotations({ KeyId, IncludeKeyMaterial, Limit: 1000 })
  return Rotations.length
}

describe("a key with as many key materials as it may have", () => {
  it("rotates no more, and can be used as ever", async () => {
    const world = await openWorld()
    const { root } = world
    const KeyId = await world.newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    expect(await rotateOut(world, KeyId)).toBe(200)
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    const fresh = blobIn(await root.encrypt({ KeyId, Plaintext }))
    expect((await root.decrypt({ CiphertextBlob: fresh })).Plaintext).toEqual(Plaintext)
    await expectRefusal(root.rotateKeyOnDemand({ KeyId }), "LimitExceededException")
    await root.disableKeyRotation({ KeyId })
    await root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })
  })

  it("takes the longest policy, description, tags and aliases too", async () => {
    const world = await openWorld()
    const { root } = world
    const KeyId = await world.newKey()
    await rotateOut(world, KeyId)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const statement = (Sid: string) => ({
      Sid,
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    })
    const rest = { Version: "2012-10-17", Statement: [statement("")] }
    const filler = "\t".repeat(32_768 - JSON.stringify(rest).length)
    const calls = [
      () => root.putKeyPolicy({ KeyId, Policy: `${filler}${JSON.stringify(rest)}` }),
      () => root.updateKeyDescription({ KeyId, Description: "\u0001".repeat(8192) }),
      ...Array.from({ length: 5 }, (_, i) => () => {
        const Tags = Array.from({ length: 10 }, (__, j) => ({
          TagKey: `${i}${j}${"鍵".repeat(126)}`,
          TagValue: "鍵".repeat(256),
        }))
        return root.tagResource({ KeyId, Tags })
      }),
      ...Array.from({ length: 50 }, (_, i) => () => {
        const AliasName = `alias/${String(i).padStart(250, "a")}`
        return root.createAlias({ AliasName, TargetKeyId: KeyId })
      }),
    ]
    for (const call of calls) await call()
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    blobIn(await root.encrypt({ KeyId, Plaintext }))
  })
})
