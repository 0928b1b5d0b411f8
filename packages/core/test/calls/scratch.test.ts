import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createScratches } from "../../src/engine/host/scratch.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { openHost, sealOf } from "../support/hosts.js"
import { blobIn } from "../support/replies.js"
import { newKey } from "../support/world.js"

/** What a clone to a worker would carry: the whole memory behind the bytes, as it is now. */
const cloneOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer.slice(0))

const longContext = (department: string) => ({
  department,
  note: "an encryption context that takes more than a few bytes",
})

/** A plaintext of one call, which looks like that of no other. */
const plaintextOf = (department: string) => Buffer.from(`${department} `.repeat(40))

/** A host whose HSM answers when `answered` does, and the clones of all that it was handed. */
async function hostWithClones(answered: () => Promise<void>) {
  const inner = createSoftwareHsm({ seal: sealOf() })
  const clones: Buffer[] = []
  const hsm: RegionHsm = {
    ...inner,
    encrypt: async (request) => {
      await answered()
      clones.push(cloneOf(request.plaintext))
      if ("aad" in request) clones.push(cloneOf(request.aad))
      return inner.encrypt(request)
    },
    decrypt: async (request) => {
      await answered()
      clones.push(cloneOf(request.ciphertext))
      if ("aad" in request) clones.push(cloneOf(request.aad))
      return inner.decrypt(request)
    },
  }
  const host = await openHost({ storage: createMemoryStorage(), hsm })
  const client = host.as(host.administrator)
  const KeyId = await newKey(client)
  const roundTrip = async (department: string) => {
    const EncryptionContext = longContext(department)
    const Plaintext = plaintextOf(department)
    const sealed = await client.encrypt({ KeyId, Plaintext, EncryptionContext })
    const opened = await client.decrypt({ CiphertextBlob: blobIn(sealed), EncryptionContext })
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext)
    return opened
  }
  return { clones, roundTrip }
}

const departments = ["one", "two", "three", "four"]

/** Every clone is of one call: it has the bytes of one department at most. */
function expectOfOneCall(clones: readonly Buffer[]): void {
  expect(clones.length).toBe(4 * departments.length)
  const found = clones.map((clone) => departments.filter((name) => clone.includes(name)))
  for (const names of found) expect(names.length).toBeLessThan(2)
  expect(new Set(found.flat()).size).toBe(departments.length)
}

describe("bytes that an HSM is handed", () => {
  it("lie in no memory that has bytes of an earlier call: a clone shows nothing else", async () => {
    const { clones, roundTrip } = await hostWithClones(async () => undefined)
    for (const department of departments) await roundTrip(department)
    expectOfOneCall(clones)
  })

  it("lie in no memory that has bytes of another call that is under way", async () => {
    const { clones, roundTrip } = await hostWithClones(
      () => new Promise((resolve) => setImmediate(resolve)),
    )
    await Promise.all(departments.map(roundTrip))
    expectOfOneCall(clones)
  })

  it("are not the memory of an answer, which is the caller's to keep", async () => {
    const { roundTrip } = await hostWithClones(async () => undefined)
    const first = await roundTrip("one")
    await roundTrip("two")
    expect(Buffer.from(first.Plaintext ?? [])).toEqual(plaintextOf("one"))
  })

  it("may be transferred to another thread: the next call has memory of its own", async () => {
    const inner = createSoftwareHsm({ seal: sealOf() })
    const encrypt: RegionHsm["encrypt"] = (request) => {
      const made = inner.encrypt(request)
      structuredClone(request.plaintext, { transfer: [request.plaintext.buffer as ArrayBuffer] })
      return made
    }
    const host = await openHost({ storage: createMemoryStorage(), hsm: { ...inner, encrypt } })
    const client = host.as(host.administrator)
    const KeyId = await newKey(client)
    for (const department of departments) {
      const Plaintext = plaintextOf(department)
      const CiphertextBlob = blobIn(await client.encrypt({ KeyId, Plaintext }))
      const opened = await client.decrypt({ CiphertextBlob })
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext)
    }
  })
})

describe("the scratch of a call", () => {
  it("is wiped when the call is over, also what did not fit into it", () => {
    const scratches = createScratches()
    const scratch = scratches.borrow()
    const all = [1, 64, 65, 5000, 5000, 10_000].map((length) => scratch.allocate(length))
    for (const bytes of all) bytes.fill(1)
    scratches.giveBack(scratch)
    for (const bytes of all) expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it("hands out every byte once, and belongs to one call at a time", () => {
    const scratches = createScratches()
    const [first, second] = [scratches.borrow(), scratches.borrow()]
    const all = [first, second].flatMap((one) => [200, 300, 500].map((n) => one.allocate(n)))
    for (const [i, bytes] of all.entries()) bytes.fill(i)
    for (const [i, bytes] of all.entries()) expect(bytes.every((byte) => byte === i)).toBe(true)
  })

  it("is used again by later calls", () => {
    const scratches = createScratches()
    const scratch = scratches.borrow()
    const { buffer } = scratch.allocate(100)
    scratches.giveBack(scratch)
    expect(scratches.borrow().allocate(200).buffer).toBe(buffer)
  })

  it("has room for eight thousand bytes, to the last one", () => {
    const scratches = createScratches()
    const scratch = scratches.borrow()
    const { buffer } = scratch.allocate(8192)
    scratches.giveBack(scratch)
    expect(scratch.allocate(8192).buffer).toBe(buffer)
    expect(scratch.allocate(65).buffer).not.toBe(buffer)
  })

  it("is kept for later calls up to a bound, and not when its memory is gone", () => {
    const scratches = createScratches()
    const all = Array.from({ length: 70 }, () => scratches.borrow())
    for (const one of all) one.allocate(100)
    for (const one of all) scratches.giveBack(one)
    const again = all.map(() => scratches.borrow())
    expect(again.filter((one) => all.includes(one))).toHaveLength(64)
    const [first] = again
    const buffer = first?.allocate(100).buffer as ArrayBuffer
    structuredClone(buffer, { transfer: [buffer] })
    if (first !== undefined) scratches.giveBack(first)
    expect(scratches.borrow()).not.toBe(first)
  })
})
