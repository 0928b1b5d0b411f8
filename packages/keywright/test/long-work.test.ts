import type { BackupTarget, Kms, KmsClient } from "@keywright/core"
import { describe, expect, it } from "vitest"
import { type Shop, shops } from "./support/shops.js"
import { longestShare } from "./support/stretches.js"

/*
 * Long work lets timers and sockets have their turn. Each is a hundred milliseconds or more of
 * work, of which no stretch may be half.
 */

const dayMs = 86_400_000
const Plaintext = new Uint8Array(32)
const policyBytes = 32_000

interface Scene {
  readonly shop: Shop
  readonly kms: Kms
  readonly owner: KmsClient
}

/** Sets the scene, and answers the work. */
type Prepare = (scene: Scene) => Promise<() => Promise<unknown>>

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

async function again(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += 1) await act()
}

async function makeKeys({ owner }: Scene, count: number, Policy?: string): Promise<string[]> {
  const made = await Promise.all(times(count, () => owner.createKey({ Policy })))
  return made.map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? "")
}

/** One that lets everybody in, and has as many parts as there is room for. */
const hostilePolicy = (index: number): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: `s${index}`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: "kms:*",
        Resource: "*",
        Condition: {
          StringNotLike: { "kms:EncryptionContext:x": times(1300, (i) => `${index}*a*b${i}`) },
        },
      },
    ],
  }).slice(0, policyBytes)

const nowhere: BackupTarget = {
  write: async () => undefined,
  close: async () => undefined,
  abort: async () => undefined,
}

const kinds: Readonly<Record<string, Prepare>> = {
  "a sweep of keys that are to be destroyed": async (scene) => {
    for (const KeyId of await makeKeys(scene, 200)) {
      await scene.owner.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    }
    scene.shop.time.nowMs += 8 * dayMs
    return () => scene.kms.sweep()
  },

  "a sweep of keys that are to be rotated": async (scene) => {
    for (const KeyId of await makeKeys(scene, 150)) {
      await scene.owner.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    }
    scene.shop.time.nowMs += 91 * dayMs
    return () => scene.kms.sweep()
  },

  "a sweep of a key with thousands of grants": async (scene) => {
    const { owner, shop, kms } = scene
    const [KeyId = ""] = await makeKeys(scene, 1)
    await Promise.all(
      times(800, (i) =>
        owner.createGrant({
          KeyId,
          GranteePrincipal: `arn:aws:iam::111122223333:role/r${i}`,
          Operations: ["Decrypt"],
        }),
      ),
    )
    await owner.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    shop.time.nowMs += 8 * dayMs
    return () => kms.sweep()
  },

  "writing down last usages": async (scene) => {
    const ids = await makeKeys(scene, 500)
    for (const KeyId of ids) await scene.owner.encrypt({ KeyId, Plaintext })
    return () => scene.kms.sweep()
  },

  "lists of keys": async (scene) => {
    await makeKeys(scene, 1000)
    return () => again(20, () => scene.owner.listKeys({ Limit: 1000 }))
  },

  "lists of grants": async (scene) => {
    const [KeyId = ""] = await makeKeys(scene, 1)
    const GranteePrincipal = scene.kms.administrator
    const grant = { KeyId, GranteePrincipal, Operations: ["Decrypt" as const] }
    await Promise.all(times(300, () => scene.owner.createGrant(grant)))
    return () => again(60, () => scene.owner.listGrants({ KeyId, Limit: 100 }))
  },

  "hostile policies that are put in a loop": async (scene) => {
    const [KeyId = ""] = await makeKeys(scene, 1)
    return async () => {
      for (let i = 0; i < 30; i += 1) {
        await scene.owner.putKeyPolicy({ KeyId, Policy: hostilePolicy(i) })
      }
    }
  },

  "keys with hostile policies that are used in turn": async (scene) => {
    const ids: string[] = []
    for (let i = 0; i < 30; i += 1) ids.push(...(await makeKeys(scene, 1, hostilePolicy(i))))
    const client = scene.kms.as("arn:aws:iam::111122223333:role/App")
    const EncryptionContext = { x: "a".repeat(8000) }
    return async () => {
      for (let round = 0; round < 3; round += 1) {
        for (const KeyId of ids) {
          await client.encrypt({ KeyId, Plaintext, EncryptionContext }).catch(() => undefined)
        }
      }
    }
  },

  "verifying the store": async (scene) => {
    await makeKeys(scene, 600)
    return () => again(4, () => scene.kms.verify())
  },

  "a backup": async (scene) => {
    await makeKeys(scene, 600)
    return () => again(4, () => scene.kms.backup(nowhere))
  },

  "putting all under a new domain key": async (scene) => {
    await makeKeys(scene, 400)
    return async () => {
      await scene.kms.reseal({ former: "retired" })
      for (let next: string | undefined; ; ) {
        next = (await scene.kms.sweep({ after: next })).next
        if (next === undefined) return
      }
    }
  },

  "a thousand calls at once that use a key": async (scene) => {
    const [KeyId = ""] = await makeKeys(scene, 1)
    return () => Promise.all(times(1000, () => scene.owner.encrypt({ KeyId, Plaintext })))
  },

  "a thousand calls at once that make keys": async (scene) => () => makeKeys(scene, 1000),

  "a loop of calls": async (scene) => {
    const [KeyId = ""] = await makeKeys(scene, 1)
    return () => again(2000, () => scene.owner.encrypt({ KeyId, Plaintext }))
  },
}

describe.each(shops)("long work on %s lets everything else have its turn", (_, open) => {
  it.each(Object.keys(kinds))("%s", async (name) => {
    await using shop = await open()
    const { kms } = shop
    const act = await (kinds[name] as Prepare)({ shop, kms, owner: kms.as(kms.administrator) })
    expect(await longestShare(act)).toBeLessThan(1 / 2)
  })
})
