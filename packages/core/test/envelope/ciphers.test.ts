import { createCipheriv, createHash, createHmac } from "node:crypto"
import { afterEach, describe, expect, it, vi } from "vitest"
import { defaultCipher } from "../../src/envelope/cipher/web-crypto-cipher.js"
import { nobleCipher, webCryptoCipher } from "../../src/envelope/index.js"
import { webCryptoRsa } from "../../src/envelope/keys/raw/rsa-cipher.js"
import { bytesOf, joined } from "./support/envelopes.js"

const [iv, aad, plaintext] = [bytesOf(12), bytesOf(5), bytesOf(40)]

function sealedByNode(key: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-gcm` as "aes-256-gcm", key, iv)
  cipher.setAAD(aad)
  return joined([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

describe.each([nobleCipher(), webCryptoCipher()])("the cipher $name", (cipher) => {
  it.each([16, 24, 32])("is AES-GCM under keys of %i bytes", async (length) => {
    const bytes = bytesOf(length)
    const key = await cipher.key(bytes)
    bytes.fill(0)
    const sealed = joined([...(await key.seal(iv, aad, plaintext))])
    expect(sealed).toEqual(sealedByNode(bytesOf(length)))
    expect(await key.open(iv, aad, sealed)).toEqual(plaintext)
    expect(await key.open(iv, aad, sealed.with(0, (sealed[0] ?? 0) ^ 1))).toBeUndefined()
    expect(await key.open(iv, plaintext, sealed)).toBeUndefined()
    expect(await key.open(iv, aad, sealed.subarray(0, 15))).toBeUndefined()
  })

  it.each([16, 24, 32])("does nothing with a key of %i bytes that was wiped", async (length) => {
    const key = await cipher.key(bytesOf(length))
    const sealed = joined([...(await key.seal(iv, aad, plaintext))])
    key.wipe()
    key.wipe()
    await expect((async () => key.seal(iv, aad, plaintext))()).rejects.toThrow(TypeError)
    await expect((async () => key.open(iv, aad, sealed))()).rejects.toThrow(TypeError)
  })

  it("has the hashes and the HMAC of suites", () => {
    for (const name of ["sha256", "sha384"] as const) {
      const running = cipher.hash(name)
      running.update(aad)
      running.update(plaintext)
      const expected = createHash(name).update(aad).update(plaintext).digest("hex")
      expect(Buffer.from(running.digest()).toString("hex")).toBe(expected)
    }
    for (const name of ["sha256", "sha384", "sha512"] as const) {
      const expected = createHmac(name, iv).update(plaintext).digest("hex")
      expect(Buffer.from(cipher.hmac(name, iv, plaintext)).toString("hex")).toBe(expected)
    }
  })
})

describe("where there is no WebCrypto", () => {
  afterEach(() => vi.unstubAllGlobals())

  it.each([undefined, {}])("as in a runtime whose `crypto` is %o, noble encrypts", (crypto) => {
    expect(defaultCipher().name).toBe("web-crypto")
    vi.stubGlobal("crypto", crypto)
    expect(defaultCipher().name).toBe("noble")
    for (const make of [webCryptoCipher, webCryptoRsa]) {
      expect(make).toThrow(TypeError)
      expect(make).toThrow("this runtime has no `crypto.subtle`")
    }
  })
})

describe("the cipher of WebCrypto", () => {
  afterEach(() => vi.unstubAllGlobals())

  it("has its keys imported so that nobody gets them out again, and none of 24 bytes", async () => {
    const asked: unknown[] = []
    const importKey = async (...given: unknown[]) => void asked.push(given)
    vi.stubGlobal("crypto", { subtle: { importKey } })
    // Some browsers have no AES-192.
    const key = await webCryptoCipher().key(bytesOf(24))
    expect(joined([...(await key.seal(iv, aad, plaintext))])).toEqual(sealedByNode(bytesOf(24)))
    expect(asked).toEqual([])
    await webCryptoCipher().key(bytesOf(32))
    expect(asked).toEqual([["raw", bytesOf(32), "AES-GCM", false, ["encrypt", "decrypt"]]])
  })
})

describe("the RSA of WebCrypto", () => {
  afterEach(() => vi.unstubAllGlobals())

  it("has its keys imported for one use, and decrypts nothing that was shortened", async () => {
    const asked: unknown[] = []
    vi.stubGlobal("crypto", {
      subtle: {
        importKey: async (...given: unknown[]) => {
          asked.push(given)
          return { algorithm: { modulusLength: 2041 } }
        },
        encrypt: async () => bytesOf(256).buffer,
        decrypt: async () => bytesOf(32).buffer,
      },
    })
    const rsa = webCryptoRsa()
    expect(await rsa.encrypt("oaep-sha256", aad, plaintext)).toEqual(bytesOf(256))
    expect(await rsa.decrypt("oaep-sha1", iv, bytesOf(256))).toEqual(bytesOf(32))
    expect(asked).toEqual([
      ["spki", aad, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]],
      ["pkcs8", iv, { name: "RSA-OAEP", hash: "SHA-1" }, false, ["decrypt"]],
    ])
    // Some runtimes take a ciphertext without its leading zeros.
    expect(await rsa.decrypt("oaep-sha1", iv, bytesOf(255))).toBeUndefined()
    expect(await rsa.decrypt("oaep-sha1", iv, bytesOf(257))).toBeUndefined()
  })
})
