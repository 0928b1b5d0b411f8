import { createMemoryStorage, type Storage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import { storageAnchor } from "../../src/engine/hsms/anchoring.js"
import { createKms } from "../../src/kms.js"
import { openSealedStorage, type SealedStorageOptions } from "../../src/open-sealed-storage.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "../support/accounts.js"
import { openHost, sealOf } from "../support/hosts.js"
import { textBytes } from "../support/records.js"

let disk: Storage

beforeEach(() => {
  disk = createMemoryStorage()
})

const newHsm = () => createSoftwareHsm({ seal: sealOf() })
const open = (options: Partial<SealedStorageOptions> = {}) =>
  openSealedStorage({ name: "identity", storage: disk, hsm: newHsm(), ...options })

const putIn = (storage: Storage, key: string, value: Uint8Array) =>
  storage.commit({ expect: [], put: [{ key, value }], remove: [] })

const secret = textBytes("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

/** Everything that whoever reads the disk sees, as text. */
async function seen(storage: Storage): Promise<string> {
  const { entries } = await storage.list({ prefix: "", limit: 1000 })
  return entries.map(({ value }) => new TextDecoder("latin1").decode(value)).join("\n")
}

describe("a storage beside the engine's", () => {
  it("gives back what was put, also when it is opened again, and shows nothing of it", async () => {
    const first = await open()
    expect(await putIn(first.storage, "users/alice", secret)).toBe(true)
    expect(await seen(disk)).not.toContain("wJalr")
    await first.rotateDomainKey()
    await putIn(first.storage, "users/bob", secret)
    const [alice, bob] = await (await open()).storage.get(["users/alice", "users/bob"])
    expect([alice?.value, bob?.value]).toEqual([secret, secret])
  })

  it("refuses a record that was edited or moved, by name", async () => {
    const { storage } = await open()
    await putIn(storage, "users/alice", secret)
    await putIn(storage, "users/bob", textBytes("another"))
    const [alice] = await disk.get(["users/alice"])
    const sealed = alice?.value ?? new Uint8Array()
    await putIn(disk, "users/bob", sealed)
    await expect(storage.get(["users/bob"])).rejects.toThrow("users/bob")
    await putIn(
      disk,
      "users/alice",
      sealed.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    )
    await expect((await open()).storage.get(["users/alice"])).rejects.toThrow("users/alice")
  })

  it("notices an old copy of itself where it has an anchor", async () => {
    const anchor = storageAnchor(createMemoryStorage())
    const { storage } = await open({ anchor })
    await putIn(storage, "users/alice", secret)
    const { entries } = await disk.list({ prefix: "", limit: 1000 })
    await putIn(storage, "users/alice", textBytes("changed"))
    await disk.commit({ expect: [], put: entries, remove: [] })
    await expect(open({ anchor })).rejects.toHaveProperty("name", "StaleStoreError")
  })

  it("is none of a region, and none of another name", async () => {
    await open()
    const region = { region: "us-east-1", account, storage: disk, hsm: newHsm() }
    await expect(createKms(region)).rejects.toThrow("the storage belongs to the domain")
    await expect(open({ name: "another" })).rejects.toThrow("the storage belongs to the domain")
    const ofRegion = createMemoryStorage()
    await openHost({ storage: ofRegion })
    await expect(open({ storage: ofRegion })).rejects.toThrow("the storage belongs to the domain")
    await expect(open({ name: "Identity" })).rejects.toThrow(TypeError)
  })

  it("opens what it sealed for elsewhere in its place, and nothing else", async () => {
    const one = await open()
    const token = await one.sealElsewhere("session", secret)
    expect(await (await open()).openElsewhere("session", token)).toEqual(secret)
    await one.rotateDomainKey()
    expect(await one.openElsewhere("session", token)).toEqual(secret)
    expect(await one.openElsewhere("another", token)).toBeUndefined()
    for (let i = 0; i < token.length; i += 1) {
      const changed = token.map((byte, at) => (at === i ? byte ^ 1 : byte))
      expect(await one.openElsewhere("session", changed)).toBeUndefined()
    }
    const other = await openSealedStorage({
      name: "identity",
      storage: createMemoryStorage(),
      hsm: newHsm(),
    })
    expect(await other.openElsewhere("session", token)).toBeUndefined()
  })

  it("takes no token for a record, and no record for a token", async () => {
    const { storage, sealElsewhere, openElsewhere } = await open()
    await putIn(disk, "session", await sealElsewhere("session", secret))
    await expect(storage.get(["session"])).rejects.toThrow("session")
    await putIn(storage, "users/alice", secret)
    const [entry] = await disk.get(["users/alice"])
    const record = entry?.value ?? new Uint8Array()
    expect(await openElsewhere("users/alice", record)).toBeUndefined()
  })
})
