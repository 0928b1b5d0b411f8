import type { KmsClient } from "@keywright/core"
import { describe, expect, it } from "vitest"
import { type Shop, shops } from "./support/shops.js"

const Plaintext = new Uint8Array(32)
const dayMs = 86_400_000

async function makeKeys(owner: KmsClient, count: number): Promise<readonly string[]> {
  const made = await Promise.all(Array.from({ length: count }, () => owner.createKey({})))
  return made.map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? "")
}

/** Counts turns of the event loop while something is done. */
async function turnsDuring(act: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  await act()
  isOver = true
  return turns
}

/** Two ways in which a storage cannot write, on each storage. */
const troubles = shops.flatMap(([storage, open]) =>
  (["lock", "fill"] as const).map((kind) => {
    const words = { lock: "whose lock is held elsewhere", fill: "on a disk that is full" }
    return [`${storage} ${words[kind]}`, open, kind] as const
  }),
)

describe.each(troubles)("on %s", (_, open, kind) => {
  const openShop = async (): Promise<Shop & { readonly owner: KmsClient }> => {
    const shop = await open()
    return { ...shop, owner: shop.kms.as(shop.kms.administrator) }
  }

  it("1,100 keys can be used, and used again", async () => {
    await using shop = await openShop()
    const { owner } = shop
    const ids = await makeKeys(owner, 1100)
    const end = shop[kind]()
    const useAll = async (): Promise<void> => {
      for (const KeyId of ids) await owner.encrypt({ KeyId, Plaintext })
    }
    expect(await turnsDuring(useAll)).toBeGreaterThan(2)
    await useAll()
    const [KeyId = ""] = ids
    await owner.describeKey({ KeyId })
    end()
    await owner.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })
  })

  it("a key whose rotation is due can be used and read, and rotates later", async () => {
    await using shop = await openShop()
    const { owner, time } = shop
    const [KeyId = ""] = await makeKeys(owner, 1)
    await owner.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    const { CiphertextBlob } = await owner.encrypt({ KeyId, Plaintext })
    time.nowMs += 91 * dayMs
    const end = shop[kind]()
    await owner.decrypt({ CiphertextBlob })
    await owner.describeKey({ KeyId })
    await owner.getKeyPolicy({ KeyId })
    await owner.encrypt({ KeyId, Plaintext })
    end()
    time.nowMs += 60_000
    // What has waited for the lock goes on beside the calls.
    const rotations = async () => {
      await owner.encrypt({ KeyId, Plaintext })
      return (await owner.listKeyRotations({ KeyId })).Rotations?.length
    }
    await expect.poll(rotations).toBe(1)
  })

  it("what writes ends well or with an error, and what reads goes on meanwhile", async () => {
    await using shop = await openShop()
    const { owner } = shop
    const [KeyId = ""] = await makeKeys(owner, 1)
    const end = shop[kind]()
    // Longer than a page of the file.
    const described = (i: number) => ({ KeyId, Description: `${i}`.padEnd(8000, ".") })
    const read = async () => (await owner.describeKey({ KeyId })).KeyMetadata?.Description
    const writing = Array.from({ length: 16 }, (_, i) =>
      owner.updateKeyDescription(described(i)).then(
        () => "OK",
        (error: Error) => error.name,
      ),
    )
    for (let i = 0; i < 50; i += 1) await owner.encrypt({ KeyId, Plaintext })
    expect(await read()).toBe("")
    if (kind === "fill") await Promise.all(writing)
    end()
    const endings = new Set(await Promise.all(writing))
    expect([...endings]).toEqual([kind === "lock" ? "OK" : "KMSInternalException"])
    expect(await read()).toBe(kind === "lock" ? described(15).Description : "")
    await owner.updateKeyDescription(described(20))
    expect(await read()).toBe(described(20).Description)
  })
})
