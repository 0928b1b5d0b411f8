import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import {
  aliasTarget,
  type KeyGroup,
  nextDueMs,
  readKeyGroups,
  readKeys,
  writeKeyGroup,
} from "../../src/engine/records/key-groups.js"
import { keyCountFormat, keyCountKey } from "../../src/formats/stored/key-count-record.js"
import { account, otherAccount } from "../support/accounts.js"
import { aliasRecord, grantRecord, keyId, keyRecord } from "../support/example-records.js"

const otherKeyId = keyId.replace("1234", "4321")
const hex = (i: number) => i.toString(16).padStart(64, "0")
const group = (members: Partial<KeyGroup> = {}): KeyGroup => ({
  key: keyRecord(),
  aliases: [],
  grants: [],
  ...members,
})
const aliases = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) =>
    aliasRecord({ name: `alias/a${String(i + from).padStart(3, "0")}` }),
  )
const grants = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) =>
    grantRecord({ grantId: hex(i + from), name: `n${i + from}` }),
  )

const countIn = async (storage: Storage, owner = account) => {
  const [entry] = await storage.get([keyCountKey(owner)])
  return entry && keyCountFormat.decode(entry.value, keyCountKey(owner)).keys
}

describe("a key with all that hangs on it", () => {
  it("is read as it was written, in the order of accounts and keys", async () => {
    const storage = createMemoryStorage()
    const groups = [
      group({ aliases: aliases(3), grants: grants(2) }),
      group({ key: keyRecord({ keyId: otherKeyId }) }),
      group({
        key: keyRecord({ account: otherAccount }),
        aliases: [aliasRecord({ account: otherAccount })],
      }),
    ]
    for (const one of [...groups].reverse()) expect(await writeKeyGroup(storage, one)).toBe(true)
    expect(await readKeyGroups(storage)).toEqual(groups)
    expect(await readKeys(storage)).toEqual(groups.map(({ key }) => key))
    expect([await countIn(storage), await countIn(storage, otherAccount)]).toEqual([2, 1])
  })

  it("is written in as many commits as it takes, and none of them is too large", async () => {
    const inner = createMemoryStorage()
    const sizes: number[] = []
    const commit: Storage["commit"] = (change) => {
      sizes.push(change.put.length)
      return inner.commit(change)
    }
    const whole = group({ aliases: aliases(161), grants: grants(41) })
    expect(await writeKeyGroup({ ...inner, commit }, whole)).toBe(true)
    expect(sizes).toEqual([3, 80, 80, 1, 80, 80, 4])
    expect(await readKeyGroups(inner)).toEqual([whole])
  })

  it("is not counted when AWS manages it", async () => {
    const storage = createMemoryStorage()
    await writeKeyGroup(storage, group({ key: keyRecord({ keyManager: "AWS" }) }))
    expect(await countIn(storage)).toBeUndefined()
  })

  it("is not written over one of its id, nor its aliases and grants over others", async () => {
    const storage = createMemoryStorage()
    const first = group({ aliases: aliases(1), grants: grants(1) })
    await writeKeyGroup(storage, first)
    expect(await writeKeyGroup(storage, first)).toBe(false)
    expect(await countIn(storage)).toBe(1)
    const key = (id: string) => keyRecord({ keyId: keyId.replace("1234", id) })
    expect(await writeKeyGroup(storage, group({ key: key("2222"), aliases: aliases(1) }))).toBe(
      false,
    )
    expect(await writeKeyGroup(storage, group({ key: key("3333"), grants: grants(1) }))).toBe(false)
    // What was written until then stays.
    expect(await readKeys(storage)).toHaveLength(3)
  })

  it("is counted with those that others write meanwhile, or not written", async () => {
    const inner = createMemoryStorage()
    const get: Storage["get"] = async (keys) => {
      const entries = await inner.get(keys)
      const value = keyCountFormat.encode({ account, keys: 7 })
      await inner.commit({ expect: [], put: [{ key: keyCountKey(account), value }], remove: [] })
      return entries
    }
    expect(await writeKeyGroup({ ...inner, get }, group())).toBe(false)
    expect(await writeKeyGroup(inner, group())).toBe(true)
    expect(await countIn(inner)).toBe(8)
  })

  it("is read whole, however many pages that takes", async () => {
    const storage = createMemoryStorage()
    let pages = 0
    const list: Storage["list"] = (range) => {
      pages += 1
      return storage.list({ ...range, limit: 2 })
    }
    const whole = group({ aliases: aliases(5), grants: grants(3) })
    await writeKeyGroup(storage, whole)
    expect(await readKeyGroups({ ...storage, list })).toEqual([whole])
    expect(pages).toBe(1 + 3 + 2)
  })
})

describe("what a store says", () => {
  it("is the key that an alias stands for", async () => {
    const storage = createMemoryStorage()
    await writeKeyGroup(storage, group({ aliases: aliases(1) }))
    expect(await aliasTarget(storage, account, "alias/a000")).toBe(keyId)
    expect(await aliasTarget(storage, account, "alias/a001")).toBeUndefined()
    expect(await aliasTarget(storage, otherAccount, "alias/a000")).toBeUndefined()
  })

  it("is the moment at which something is due next, after a given one", async () => {
    const storage = createMemoryStorage()
    for (const [i, nextMs] of [50, 70].entries()) {
      const key = keyRecord({
        keyId: i === 0 ? keyId : otherKeyId,
        rotation: { periodDays: 90, nextMs },
      })
      await writeKeyGroup(storage, group({ key }))
    }
    for (const [afterMs, dueMs] of [
      [0, 50],
      [49, 50],
      [50, 70],
      [69, 70],
      [70, undefined],
    ] as const) {
      expect([afterMs, await nextDueMs(storage, afterMs)]).toEqual([afterMs, dueMs])
    }
  })
})
