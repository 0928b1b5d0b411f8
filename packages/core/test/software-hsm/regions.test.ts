import { beforeEach, describe, expect, it } from "vitest"
import type { Binding, BoundToken } from "../../src/ports/hsm.js"
import type { PeerDomain, RegionHsm } from "../../src/ports/region-hsm.js"
import { rootKeySeal } from "../../src/software-hsm/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { hexOf } from "../../src/vocabulary/bytes.js"
import { hex, publishedVectors } from "../formats/vectors.js"

const binding: Binding = Object.freeze({
  partition: "aws",
  account: "111122223333",
  keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
})

interface Side {
  readonly hsm: RegionHsm
  readonly name: string
  readonly replicationKey: Uint8Array
  readonly publicKey: Uint8Array
}

async function openSide(name: string, seed: number): Promise<Side> {
  const seal = rootKeySeal(new Uint8Array(32).fill(seed))
  const hsm = createSoftwareHsm({ seal })
  await hsm.createDomain(name)
  const { token, publicKey } = await hsm.generateReplicationKey()
  return { hsm, name, replicationKey: token, publicKey }
}

const peerOf = async (here: Side, there: Side): Promise<PeerDomain> => ({
  name: there.name,
  endorsement: await here.hsm.endorseDomain(there.name, there.publicKey),
})

let us: Side
let eu: Side
let usInEu: PeerDomain
let euInUs: PeerDomain
let key: BoundToken

beforeEach(async () => {
  us = await openSide("aws:us-east-1", 1)
  eu = await openSide("aws:eu-west-1", 2)
  usInEu = await peerOf(eu, us)
  euInUs = await peerOf(us, eu)
  key = { token: await us.hsm.generateKey(binding), binding }
})

const offerFrom = (side: Side, source: PeerDomain, of: Partial<Binding> = {}) => {
  const { keyMaterialId: _, ...rest } = { ...binding, ...of }
  return side.hsm.offerTransfer({ replicationKey: side.replicationKey, source, binding: rest })
}
const wrap = (offer: Uint8Array, target = euInUs, keys: readonly BoundToken[] = [key]) =>
  us.hsm.wrapForRegion({ replicationKey: us.replicationKey, target, offer, keys })

const flips = function* (bytes: Uint8Array, step: number) {
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield copy
  }
}

describe("key material on its way from one HSM to another", () => {
  it("arrives under the other domain's key, and is the same", async () => {
    const { offer, offerToken } = await offerFrom(eu, usInEu)
    const transfer = (await wrap(offer)) as Uint8Array
    const receipt = { source: usInEu, offer, offerToken, transfer, bindings: [binding] }
    const [token = new Uint8Array()] = (await eu.hsm.unwrapFromRegion(receipt)) ?? []
    const [plaintext, aad] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    const ciphertext = await us.hsm.encrypt({ ...key, plaintext, aad })
    expect(await eu.hsm.decrypt({ token, binding, ciphertext, aad })).toEqual(plaintext)
    await expect(async () =>
      us.hsm.decrypt({ token, binding, ciphertext, aad }),
    ).rejects.toMatchObject({
      name: "HsmError",
    })
  })

  it("goes several at once, each to its own place", async () => {
    const second = { ...binding, keyMaterialId: "6f".repeat(32) }
    const keys = [key, { token: await us.hsm.generateKey(second), binding: second }]
    const { offer, offerToken } = await offerFrom(eu, usInEu)
    const transfer = (await wrap(offer, euInUs, keys)) as Uint8Array
    const receipt = { source: usInEu, offer, offerToken, transfer }
    const bindings = [binding, second]
    expect(await eu.hsm.unwrapFromRegion({ ...receipt, bindings })).toHaveLength(2)
    for (const wrong of [bindings.toReversed(), [binding], [...bindings, binding]]) {
      expect(await eu.hsm.unwrapFromRegion({ ...receipt, bindings: wrong })).toBeUndefined()
    }
  })

  it("is wrapped for no offer but that of the target, for this domain and this key", async () => {
    const third = await openSide("aws:ap-south-1", 3)
    const usInThird = await peerOf(third, us)
    const fromThird = await offerFrom(third, usInThird)
    expect(await wrap(fromThird.offer)).toBeUndefined()
    const euInThird = await peerOf(third, eu)
    const forEu = await offerFrom(third, euInThird)
    expect(await wrap(forEu.offer, await peerOf(us, third))).toBeUndefined()
    const other = await offerFrom(eu, usInEu, { keyId: `mrk-${"0".repeat(32)}` })
    expect(await wrap(other.offer)).toBeUndefined()
    expect(await wrap(new Uint8Array(100))).toBeUndefined()
  })

  it("is wrapped for no offer with a flipped bit", async () => {
    const { offer } = await offerFrom(eu, usInEu)
    for (const flipped of flips(offer, 211)) expect(await wrap(flipped)).toBeUndefined()
  })

  it("is wrapped for no domain that was not endorsed here", async () => {
    const { offer } = await offerFrom(eu, usInEu)
    const refused = { name: "HsmError", code: "token-refused" }
    for (const target of [
      { ...euInUs, name: "aws:ap-south-1" },
      { ...euInUs, endorsement: us.replicationKey },
      { ...euInUs, endorsement: key.token },
    ]) {
      await expect(async () => wrap(offer, target)).rejects.toMatchObject(refused)
    }
    const foreign = { ...euInUs, endorsement: usInEu.endorsement }
    await expect(async () => wrap(offer, foreign)).rejects.toMatchObject({ name: "HsmError" })
    await expect(async () => us.hsm.endorseDomain(us.name, us.publicKey)).rejects.toMatchObject({
      name: "HsmError",
    })
  })

  it("is not unwrapped when any part of it was changed, or by another sender", async () => {
    const { offer, offerToken } = await offerFrom(eu, usInEu)
    const transfer = (await wrap(offer)) as Uint8Array
    const receipt = { source: usInEu, offer, offerToken, transfer, bindings: [binding] }
    for (const flipped of flips(transfer, 211)) {
      expect(await eu.hsm.unwrapFromRegion({ ...receipt, transfer: flipped })).toBeUndefined()
    }
    const second = await offerFrom(eu, usInEu)
    const crossed = { ...receipt, offer: second.offer, offerToken: second.offerToken }
    expect(await eu.hsm.unwrapFromRegion(crossed)).toBeUndefined()
    const mixed = { ...receipt, offer: second.offer }
    await expect(async () => eu.hsm.unwrapFromRegion(mixed)).rejects.toMatchObject({
      code: "token-refused",
    })
    const imposter = await openSide("aws:us-east-1", 4)
    const source = await peerOf(eu, imposter)
    expect(await eu.hsm.unwrapFromRegion({ ...receipt, source })).toBeUndefined()
    const bindings = [{ ...binding, keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" } as const]
    expect(await eu.hsm.unwrapFromRegion({ ...receipt, bindings })).toBeUndefined()
  })

  it("is as published", async () => {
    const [vector] = publishedVectors<Record<string, string>>("regions") as [Record<string, string>]
    const draws = (...script: string[]) => {
      const left = script.map((text) => hex(text))
      return (target: Uint8Array): Uint8Array => {
        const next = left[0]?.length === target.length ? left.shift() : undefined
        target.set(next ?? new Uint8Array(target.length).fill(9))
        return target
      }
    }
    const scripted = async (name: string, ...script: string[]) => {
      const seal = rootKeySeal(new Uint8Array(32).fill(1))
      // The first 32 bytes that a domain draws are its key.
      const entropy = draws("00".repeat(32), ...script)
      const hsm = createSoftwareHsm({ seal, entropy })
      await hsm.createDomain(name)
      return hsm
    }
    const member = (name: string) => vector[name] ?? ""
    const source = await scripted(
      member("source"),
      member("sourceSecret"),
      member("material"),
      member("ephemeral"),
      member("mlKemMessage"),
    )
    const target = await scripted(member("target"), member("targetSecret"), member("offerSecret"))
    const sourceKey = await source.generateReplicationKey()
    const targetKey = await target.generateReplicationKey()
    const token = await source.generateKey(binding)
    const { keyMaterialId: _, ...rest } = binding
    const { offer } = await target.offerTransfer({
      replicationKey: targetKey.token,
      source: {
        name: member("source"),
        endorsement: await target.endorseDomain(member("source"), sourceKey.publicKey),
      },
      binding: rest,
    })
    expect(hexOf(offer)).toBe(member("offer"))
    const transfer = await source.wrapForRegion({
      replicationKey: sourceKey.token,
      target: {
        name: member("target"),
        endorsement: await source.endorseDomain(member("target"), targetKey.publicKey),
      },
      offer,
      keys: [{ token, binding }],
    })
    expect(hexOf(transfer ?? new Uint8Array())).toBe(member("transfer"))
  })
})

describe("what a domain has signed", () => {
  it("is known as its own by those who have endorsed it, and by nobody else", async () => {
    const message = Uint8Array.of(1, 2, 3)
    const signature = await us.hsm.signForRegion(us.replicationKey, message)
    expect(await eu.hsm.verifyFromRegion(usInEu, message, signature)).toBe(true)
    expect(await eu.hsm.verifyFromRegion(usInEu, Uint8Array.of(1, 2), signature)).toBe(false)
    for (const flipped of flips(signature, 37)) {
      expect(await eu.hsm.verifyFromRegion(usInEu, message, flipped)).toBe(false)
    }
    expect(await eu.hsm.verifyFromRegion(usInEu, message, new Uint8Array(3))).toBe(false)
    expect(await us.hsm.verifyFromRegion(euInUs, message, signature)).toBe(false)
  })

  it("as a message is no signature of an offer", async () => {
    const { offer } = await offerFrom(eu, usInEu)
    const body = offer.subarray(0, -68)
    const signature = await eu.hsm.signForRegion(eu.replicationKey, body)
    const forged = offer.slice()
    forged.set(signature, offer.length - 64)
    expect(await wrap(forged)).toBeUndefined()
  })

  it("needs the domain's own replication key, and an HSM that is open", async () => {
    for (const token of [key.token, euInUs.endorsement]) {
      await expect(async () =>
        us.hsm.signForRegion(token, new Uint8Array(1)),
      ).rejects.toMatchObject({
        code: "token-refused",
      })
    }
    await us.hsm.close()
    await expect(async () => us.hsm.generateReplicationKey()).rejects.toMatchObject({
      code: "unavailable",
    })
  })
})
