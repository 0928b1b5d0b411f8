import { createDecipheriv, type DecipherGCM, randomBytes } from "node:crypto"
import { type BulkCipher, nobleCipher, webCryptoCipher } from "@keywright/core/envelope"
import { describe, expect, it, vi } from "vitest"
import { opensslCipher } from "../src/openssl.js"

const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length))
const [iv, aad] = [random(12), random(72)]
const ciphers = [opensslCipher(), webCryptoCipher(), nobleCipher()]

const sealed = async (cipher: BulkCipher, key: Uint8Array, plaintext: Uint8Array) => {
  const opened = await cipher.key(key)
  return Uint8Array.from(Buffer.concat([...(await opened.seal(iv, aad, plaintext))]))
}

describe.each([16, 24, 32])("AES-GCM with a key of %i bytes", (keyBytes) => {
  const key = random(keyBytes)

  it("is the same in OpenSSL, WebCrypto and TypeScript", async () => {
    for (const length of [0, 1, 16, 1000, 65_536]) {
      const plaintext = random(length)
      const [first, ...others] = await Promise.all(
        ciphers.map((one) => sealed(one, key, plaintext)),
      )
      expect(first).toHaveLength(length + 16)
      for (const other of others) expect(other).toEqual(first)
      for (const cipher of ciphers) {
        const opened = await (await cipher.key(key)).open(iv, aad, first ?? iv)
        expect(opened).toEqual(plaintext)
        expect(opened?.constructor).toBe(Uint8Array)
      }
    }
  })

  it("leaves nothing of what it decrypted and is not genuine: OpenSSL", async () => {
    const opened = await opensslCipher().key(key)
    const whole = await sealed(opensslCipher(), key, random(40))
    const any = createDecipheriv("aes-256-gcm", random(32), iv)
    const update = vi.spyOn(Object.getPrototypeOf(any) as DecipherGCM, "update")
    whole[50] = (whole[50] as number) ^ 1
    expect(await opened.open(iv, aad, whole)).toBeUndefined()
    const [decrypted] = update.mock.results.map(({ value }) => value as unknown as Uint8Array)
    update.mockRestore()
    expect(decrypted).toHaveLength(40)
    expect(decrypted?.every((byte) => byte === 0)).toBe(true)
  })

  it("opens nothing that was changed, cut, or moved to another place", async () => {
    const whole = await sealed(opensslCipher(), key, random(40))
    for (const cipher of ciphers) {
      const opened = await cipher.key(key)
      for (let at = 0; at < whole.length; at += 1) {
        const changed = whole.slice()
        changed[at] = (changed[at] as number) ^ 1
        expect(await opened.open(iv, aad, changed)).toBeUndefined()
      }
      for (const length of [0, 1, 15, 16, 55]) {
        expect(await opened.open(iv, aad, whole.slice(0, length))).toBeUndefined()
      }
      expect(await opened.open(random(12), aad, whole)).toBeUndefined()
      expect(await opened.open(iv, random(72), whole)).toBeUndefined()
    }
  })

  it("copies its key, and cannot be used once it was wiped", async () => {
    for (const cipher of ciphers) {
      const given = key.slice()
      const opened = await cipher.key(given)
      given.fill(0)
      const [first] = await opened.seal(iv, aad, new Uint8Array(0))
      expect(first?.length ?? 0).toBeLessThanOrEqual(16)
      expect(await sealed(cipher, key, new Uint8Array(5))).toHaveLength(21)
      opened.wipe()
      await expect((async () => opened.seal(iv, aad, given))()).rejects.toThrow(TypeError)
    }
  })
})

it("refuses a key that is none of AES", async () => {
  expect(() => opensslCipher().key(random(31))).toThrow(RangeError)
})

it.each(["sha256", "sha384"] as const)("hashes %s as they do", (name) => {
  const [first, ...others] = ciphers.map((cipher) => {
    const running = cipher.hash(name)
    running.update(iv)
    running.update(aad)
    return running.digest()
  })
  for (const other of others) expect(other).toEqual(first)
})

it.each(["sha256", "sha384", "sha512"] as const)("makes HMACs of %s as they do", (name) => {
  const [first, ...others] = ciphers.map((cipher) => cipher.hmac(name, iv, aad))
  for (const other of others) expect(other).toEqual(first)
  const [empty, ...rest] = ciphers.map((cipher) => cipher.hmac(name, new Uint8Array(0), aad))
  for (const other of rest) expect(other).toEqual(empty)
})
