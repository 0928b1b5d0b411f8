import {
  constants,
  createHash,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from "node:crypto"
import { describe, expect, it } from "vitest"
import { hashBytes } from "../../src/software-hsm/suite/hashes.js"
import {
  decodeOaep,
  encodeOaep,
  encodePkcs1,
  encodePss,
  type NamedHash,
  oaepPlaintextBytesMax,
  verifyPss,
} from "../../src/software-hsm/suite/rsa/rsa-padding.js"

/*
 * The encodings of RFC 8017 by themselves, against those of node:crypto: its RSA without padding
 * shows what it has encoded, and takes what was encoded here.
 */

const raw = constants.RSA_NO_PADDING
const named = (name: "sha1" | "sha256" | "sha384" | "sha512"): NamedHash => ({
  name,
  hash: (message) => Uint8Array.from(createHash(name).update(message).digest()),
})
const keyOf = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength })
const { publicKey, privateKey } = keyOf(1024)
const modulusBytes = 128
const filled = (length: number) => Uint8Array.from({ length }, (_, i) => i + 1)

describe.each(["sha1", "sha256"] as const)("OAEP with %s", (name) => {
  const hash = named(name)
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: name }
  const most = modulusBytes - 2 * hashBytes[name] - 2
  const lengths = [0, 1, most - 1, most]
  const encoded = (length: number) =>
    encodeOaep(hash, filled(length), filled(hashBytes[name]), modulusBytes)

  it("takes two hashes and two bytes of a modulus", () => {
    expect(oaepPlaintextBytesMax(name, modulusBytes)).toBe(most)
  })

  it.each(lengths)("of %i bytes is read by node:crypto", (length) => {
    const ciphertext = publicEncrypt({ key: publicKey, padding: raw }, encoded(length))
    const plaintext = privateDecrypt({ key: privateKey, ...padding }, ciphertext)
    expect(Uint8Array.from(plaintext)).toEqual(filled(length))
  })

  it.each(lengths)("of %i bytes by node:crypto is read", (length) => {
    const ciphertext = publicEncrypt({ key: publicKey, ...padding }, filled(length))
    const em = Uint8Array.from(privateDecrypt({ key: privateKey, padding: raw }, ciphertext))
    expect(decodeOaep(hash, em)).toEqual(filled(length))
  })

  it("with any byte changed is none", () => {
    const em = encoded(5)
    expect(decodeOaep(hash, em)).toEqual(filled(5))
    for (const i of em.keys()) {
      const changed = em.with(i, (em[i] as number) ^ 1)
      expect(decodeOaep(hash, changed)).toBeUndefined()
    }
  })

  it("that is shorter than two hashes and two bytes is none", () => {
    const least = encodeOaep(hash, filled(0), filled(hashBytes[name]), 2 * hashBytes[name] + 2)
    expect(decodeOaep(hash, least)).toEqual(filled(0))
    for (const length of [0, 1, hashBytes[name] + 1, least.length - 1]) {
      expect(decodeOaep(hash, new Uint8Array(length))).toBeUndefined()
    }
  })

  it("without the one that ends its padding is none", () => {
    const seed = filled(hashBytes[name])
    const whole = encodeOaep(hash, filled(0), seed, modulusBytes)
    // The mask is that of the seed: what was one becomes zero, or two.
    for (const change of [1, 3]) {
      const wrong = whole.with(-1, (whole.at(-1) as number) ^ change)
      const masked = wrong.subarray(1 + seed.length)
      const other = encodeOaep(hash, filled(0), seed, modulusBytes).slice()
      other.set(masked, 1 + seed.length)
      other.set(reseeded(hash, other, whole, seed.length), 1)
      expect(decodeOaep(hash, other)).toBeUndefined()
    }
  })
})

/** The seed masked for another masked block: the mask of both cancels out. */
function reseeded(hash: NamedHash, other: Uint8Array, whole: Uint8Array, length: number) {
  const maskOf = (em: Uint8Array) => {
    const counted = Uint8Array.from([...em.subarray(1 + length), 0, 0, 0, 0])
    return hash.hash(counted).subarray(0, length)
  }
  const [old, own] = [maskOf(whole), maskOf(other)]
  return whole.subarray(1, 1 + length).map((byte, i) => byte ^ (old[i] ?? 0) ^ (own[i] ?? 0))
}

// Of 1025 bits the encoding is a byte shorter than the modulus, of 1032 all its bits are used.
describe.each([1024, 1025, 1026, 1032])("PSS under a modulus of %i bits", (bits) => {
  const pair = keyOf(bits)
  const emBytes = Math.ceil((bits - 1) / 8)
  const message = Buffer.from("message")

  it.each(["sha256", "sha384"] as const)("with %s is the one of node:crypto", (name) => {
    const hash = named(name)
    const digest = hash.hash(message)
    const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashBytes[name] }
    const theirs = sign(name, message, { key: pair.privateKey, ...options })
    const whole = publicEncrypt({ key: pair.publicKey, padding: raw }, theirs)
    const em = Uint8Array.from(whole.subarray(whole.length - emBytes))
    expect(verifyPss(hash, digest, em, bits)).toBe(true)
    const ours = encodePss(hash, digest, filled(hashBytes[name]), bits)
    expect(ours).toHaveLength(emBytes)
    const padded = Buffer.concat([Buffer.alloc(Math.ceil(bits / 8) - emBytes), ours])
    const signature = privateDecrypt({ key: pair.privateKey, padding: raw }, padded)
    expect(verify(name, message, { key: pair.publicKey, ...options }, signature)).toBe(true)
  })

  it("with any bit changed is none, the unused ones too", () => {
    const hash = named("sha256")
    const digest = hash.hash(message)
    const em = encodePss(hash, digest, filled(32), bits)
    for (const i of em.keys()) {
      for (const bit of [1, 128]) {
        const changed = em.with(i, (em[i] as number) ^ bit)
        expect(verifyPss(hash, digest, changed, bits)).toBe(false)
      }
    }
    expect(verifyPss(hash, hash.hash(digest), em, bits)).toBe(false)
  })

  it("of another length, or with a salt of another length, is none", () => {
    const hash = named("sha256")
    const digest = hash.hash(message)
    const em = encodePss(hash, digest, filled(32), bits)
    expect(verifyPss(hash, digest, em.subarray(1), bits)).toBe(false)
    expect(verifyPss(hash, digest, Uint8Array.from([0, ...em]), bits)).toBe(false)
    for (const salt of [0, 31, 33]) {
      expect(verifyPss(hash, digest, encodePss(hash, digest, filled(salt), bits), bits)).toBe(false)
    }
  })
})

it("PSS of a modulus that has no room for hash and salt is none", () => {
  const hash = named("sha512")
  for (const bits of [8, 512, 1024]) {
    expect(verifyPss(hash, filled(64), new Uint8Array(bits / 8).fill(0xbc), bits)).toBe(false)
  }
})

describe.each(["sha256", "sha384", "sha512"] as const)("PKCS #1 v1.5 with %s", (name) => {
  it("is what node:crypto signs", () => {
    const message = Buffer.from("message")
    const signature = sign(name, message, privateKey)
    const em = publicEncrypt({ key: publicKey, padding: raw }, signature)
    const digest = named(name).hash(message)
    expect(encodePkcs1(name, digest, modulusBytes)).toEqual(Uint8Array.from(em))
  })
})

it("there is no DigestInfo of a hash that no signature uses", () => {
  expect(() => encodePkcs1("sha1", filled(20), modulusBytes)).toThrow("no DigestInfo for sha1")
})
