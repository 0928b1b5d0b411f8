import type { KmsClient } from "@keywright/core"
import { describe, expect, it } from "vitest"
import { shops } from "./support/shops.js"

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** How many calls that were made at once ended how. */
async function endingsOf(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const endings: Record<string, number> = {}
  const nameOf = (error: unknown): string => (error as Error).name
  for (const ending of await Promise.all(calls.map((call) => call.then(() => "OK", nameOf)))) {
    endings[ending] = (endings[ending] ?? 0) + 1
  }
  return endings
}

async function newKey(owner: KmsClient): Promise<string> {
  return (await owner.createKey({})).KeyMetadata?.KeyId ?? ""
}

interface Scene {
  readonly owner: KmsClient
  readonly key: string
  /** Sixteen others. */
  readonly keys: readonly string[]
  readonly CiphertextBlob: Uint8Array
}

const Plaintext = new Uint8Array(32)

async function sceneOf(owner: KmsClient): Promise<Scene> {
  const key = await newKey(owner)
  const keys = await Promise.all(times(16, () => newKey(owner)))
  const { CiphertextBlob = Plaintext } = await owner.encrypt({ KeyId: key, Plaintext })
  return { owner, key, keys, CiphertextBlob }
}

const tag = (KeyId: string, i: number) => ({
  KeyId,
  Tags: [{ TagKey: `k${i % 50}`, TagValue: `${i}` }],
})

type Act = (scene: Scene, i: number) => Promise<unknown>

const oneOf = ({ keys }: Scene, i: number): string => keys[i % keys.length] ?? ""

/** What many callers do at once. */
const acts: Readonly<Record<string, Act>> = {
  "TagResource on one key": ({ owner, key }, i) => owner.tagResource(tag(key, i)),
  "UpdateKeyDescription on one key": ({ owner, key }, i) =>
    owner.updateKeyDescription({ KeyId: key, Description: `${i}` }),
  "CreateGrant on one key": ({ owner, key }, i) =>
    owner.createGrant({
      KeyId: key,
      GranteePrincipal: `arn:aws:iam::111122223333:role/r${i}`,
      Operations: ["Decrypt"],
    }),
  "TagResource on different keys": (scene, i) =>
    scene.owner.tagResource(tag(oneOf(scene, i), i >> 4)),
  "CreateAlias on different keys": (scene, i) =>
    scene.owner.createAlias({ AliasName: `alias/a${i}`, TargetKeyId: oneOf(scene, i) }),
  CreateKey: ({ owner }) => owner.createKey({}),
  "Encrypt on one key": ({ owner, key }) => owner.encrypt({ KeyId: key, Plaintext }),
  "Decrypt, and one call in twenty writes": ({ owner, key, CiphertextBlob }, i) =>
    i % 20 === 0 ? owner.tagResource(tag(key, i)) : owner.decrypt({ CiphertextBlob }),
}

describe.each(shops)("of many calls at once on %s", (_, open) => {
  it.each(
    Object.keys(acts).flatMap((name) => [
      [64, name],
      [512, name],
    ]),
  )("all %i succeed: %s", async (count, name) => {
    await using shop = await open()
    const scene = await sceneOf(shop.kms.as(shop.kms.administrator))
    const calls = times(Number(count), (i) => (acts[name] as Act)(scene, i))
    expect(await endingsOf(calls)).toEqual({ OK: count })
  })

  it("each of 64 callers gets all its turns when all begin again at once", async () => {
    await using shop = await open()
    const scene = await sceneOf(shop.kms.as(shop.kms.administrator))
    const turns = times(64, async (caller) => {
      for (let turn = 0; turn < 4; turn += 1) {
        await acts["TagResource on one key"]?.(scene, caller)
        await acts["CreateKey"]?.(scene, caller)
      }
    })
    expect(await endingsOf(turns)).toEqual({ OK: 64 })
    const { Keys } = await scene.owner.listKeys({ Limit: 1000 })
    expect(Keys).toHaveLength(17 + 64 * 4)
  })
})
