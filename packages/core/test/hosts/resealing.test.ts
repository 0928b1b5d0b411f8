import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import type { Seal } from "../../src/ports/hsm.js"
import { passphraseSeal } from "../../src/software-hsm/seals/passphrase-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { createClock } from "../support/clock.js"
import { sweepAll } from "../support/domain-keys.js"
import { openHost, sealOf } from "../support/hosts.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"

const Plaintext = Uint8Array.of(1, 2, 3)
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }
const seals = {
  old: () => sealOf(1),
  next: () => sealOf(2),
  words: () => passphraseSeal("correct horse battery staple", cheap),
}

interface Given {
  readonly seal: Seal
  readonly formerSeals?: readonly Seal[]
}

const hostUnder = (storage: Storage, given: Given, clock = createClock()): Promise<Kms> =>
  openHost({ storage, clock, hsm: createSoftwareHsm(given) })

const clientOf = (kms: Kms) => kms.as(kms.administrator)

/** Whether a host under a seal opens the store, and what is in it. */
async function opens(storage: Storage, seal: Seal, CiphertextBlob: Uint8Array): Promise<boolean> {
  let kms: Kms
  try {
    kms = await hostUnder(storage, { seal })
  } catch (error) {
    expect(error).toMatchObject({ code: "sealed-by-another" })
    return false
  }
  expect((await clientOf(kms).decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  return true
}

async function oldWorld() {
  const storage = createMemoryStorage()
  const old = await hostUnder(storage, { seal: seals.old() })
  const KeyId = await newKey(clientOf(old))
  const text = blobIn(await clientOf(old).encrypt({ KeyId, Plaintext }))
  const stored = async (): Promise<string> => {
    const [entry] = await storage.get(["domain"])
    return Buffer.from(entry?.value ?? []).toString()
  }
  return { storage, old, KeyId, text, stored }
}

describe("kms.reseal", () => {
  it("lets the new seal open the domain, while the old one does so still", async () => {
    const { storage, text } = await oldWorld()
    const both = await hostUnder(storage, { seal: seals.next(), formerSeals: [seals.old()] })
    await both.reseal()
    expect(await opens(storage, seals.next(), text)).toBe(true)
    expect(await opens(storage, seals.old(), text)).toBe(true)
    await both.reseal({ former: "retired" })
    expect(await opens(storage, seals.next(), text)).toBe(true)
    expect(await opens(storage, seals.old(), text)).toBe(false)
  })

  it("leads from a root key to a passphrase and back", async () => {
    const { storage, text } = await oldWorld()
    const there = await hostUnder(storage, { seal: seals.words(), formerSeals: [seals.old()] })
    await there.reseal({ former: "retired" })
    expect(await opens(storage, seals.words(), text)).toBe(true)
    expect(await opens(storage, seals.old(), text)).toBe(false)
    const back = await hostUnder(storage, { seal: seals.next(), formerSeals: [seals.words()] })
    await back.reseal({ former: "retired" })
    expect(await opens(storage, seals.next(), text)).toBe(true)
    expect(await opens(storage, seals.words(), text)).toBe(false)
  })

  it("leaves hosts under the old seal at work, also when either side rotates meanwhile", async () => {
    const { storage, old, KeyId, text } = await oldWorld()
    const both = await hostUnder(storage, { seal: seals.next(), formerSeals: [seals.old()] })
    await both.reseal()
    const next = await hostUnder(storage, { seal: seals.next() })
    for (const rotates of [old, both, next]) {
      await rotates.rotateDomainKey()
      const made = await newKey(clientOf(rotates))
      for (const kms of [old, both, next]) {
        await clientOf(kms).encrypt({ KeyId: made, Plaintext })
        await clientOf(kms).updateKeyDescription({ KeyId, Description: kms.region })
        await newKey(clientOf(kms))
      }
    }
    expect(await opens(storage, seals.old(), text)).toBe(true)
    expect(await opens(storage, seals.next(), text)).toBe(true)
  })

  it("does nothing more when it is called again", async () => {
    const { storage, stored } = await oldWorld()
    const both = await hostUnder(storage, { seal: seals.next(), formerSeals: [seals.old()] })
    await both.reseal()
    const once = await stored()
    await both.reseal()
    await (await hostUnder(storage, { seal: seals.next() })).reseal()
    expect(await stored()).toBe(once)
  })

  it("an old copy of the domain opens nothing once sweeps have done their work", async () => {
    const { storage } = await oldWorld()
    const [copy] = await storage.get(["domain"])
    const clock = createClock()
    const both = await hostUnder(storage, { seal: seals.next(), formerSeals: [seals.old()] }, clock)
    await both.reseal({ former: "retired" })
    await sweepAll(both)
    const value = Uint8Array.from(copy?.value ?? [])
    await storage.commit({ expect: [], put: [{ key: "domain", value }], remove: [] })
    await expect(hostUnder(storage, { seal: seals.old() })).rejects.toThrow(/not its newest/)
  })

  it("can fail at any call to the storage, and be called again", async () => {
    for (const moment of ["before", "after"] as const) {
      for (let calls = 0, isBroken = true; isBroken; calls += 1) {
        const { storage, text } = await oldWorld()
        const faulty = faultyStorage(storage)
        const both = await hostUnder(faulty, { seal: seals.next(), formerSeals: [seals.old()] })
        faulty.breakAfter(calls, moment)
        const change = async () => {
          await both.reseal()
          await both.reseal({ former: "retired" })
        }
        await change().catch(() => undefined)
        isBroken = faulty.mend()
        const canOpen = [
          await opens(storage, seals.next(), text),
          await opens(storage, seals.old(), text),
        ]
        expect(canOpen).toContain(true)
        await change()
        expect(await opens(storage, seals.next(), text)).toBe(true)
        expect(await opens(storage, seals.old(), text)).toBe(false)
      }
    }
  })

  it("takes no other word for what becomes of former seals", async () => {
    const { old } = await oldWorld()
    await expect(old.reseal({ former: "gone" as "kept" })).rejects.toThrow(TypeError)
  })

  it("has room for eight seals", async () => {
    const { storage } = await oldWorld()
    for (let seed = 2; seed <= 8; seed += 1) {
      await (await hostUnder(storage, { seal: sealOf(seed), formerSeals: [sealOf()] })).reseal()
    }
    const ninth = await hostUnder(storage, { seal: sealOf(9), formerSeals: [sealOf()] })
    await expect(ninth.reseal()).rejects.toMatchObject({ code: "unsupported" })
    await ninth.reseal({ former: "retired" })
    await hostUnder(storage, { seal: sealOf(9) })
  })
})
