import { generateKeyPairSync } from "node:crypto"
import process from "node:process"
import { type RsaPadding, webCryptoRsa } from "@keywright/core/envelope"
import { describe, expect, it } from "vitest"
import { opensslRsa } from "../src/openssl.js"

const pairOf = () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  return {
    publicKey: Uint8Array.from(publicKey.export({ type: "spki", format: "der" })),
    privateKey: Uint8Array.from(privateKey.export({ type: "pkcs8", format: "der" })),
  }
}
const [own, other] = [pairOf(), pairOf()]
const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const paddings: RsaPadding[] = ["oaep-sha1", "oaep-sha256", "oaep-sha384", "oaep-sha512"]

describe.each(paddings)("RSA with %s", (padding) => {
  const ciphers = { openssl: opensslRsa(), "web crypto": webCryptoRsa() }
  for (const [to, writer] of Object.entries(ciphers)) {
    for (const [from, reader] of Object.entries(ciphers)) {
      it(`of ${to} is read by ${from}`, async () => {
        const ciphertext = await writer.encrypt(padding, own.publicKey, secret)
        expect(await reader.decrypt(padding, own.privateKey, ciphertext)).toEqual(secret)
        expect(await reader.decrypt(padding, other.privateKey, ciphertext)).toBeUndefined()
        const flipped = ciphertext.with(9, (ciphertext[9] ?? 0) ^ 1)
        expect(await reader.decrypt(padding, own.privateKey, flipped)).toBeUndefined()
        expect(await reader.decrypt(padding, own.privateKey, secret)).toBeUndefined()
      })
    }
  }
})

it.each([opensslRsa(), webCryptoRsa()])(
  "a ciphertext that begins with a zero byte is none without it",
  async (rsa) => {
    let ciphertext = new Uint8Array()
    do ciphertext = Uint8Array.from(await rsa.encrypt("oaep-sha256", own.publicKey, secret))
    while (ciphertext[0] !== 0)
    const open = (bytes: Uint8Array) => rsa.decrypt("oaep-sha256", own.privateKey, bytes)
    expect(await open(ciphertext)).toEqual(secret)
    expect(await open(ciphertext.slice(1))).toBeUndefined()
    expect(await open(Uint8Array.of(0, ...ciphertext))).toBeUndefined()
  },
)

it("a key whose modulus fills no whole number of bytes opens what was encrypted for it", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2043,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  })
  const rsa = opensslRsa()
  const ciphertext = await rsa.encrypt("oaep-sha256", publicKey, secret)
  expect(await rsa.decrypt("oaep-sha256", privateKey, ciphertext)).toEqual(secret)
})

/** Older ones tell good padding from bad by their time, and Node does not let them. */
const [major = 0, minor = 0] = process.versions.openssl.split(".").map(Number)
const rejectsImplicitly = major > 3 || (major === 3 && minor >= 2)

describe("RSA with PKCS #1 v1.5", () => {
  it("encrypts with OpenSSL, and not with WebCrypto", async () => {
    expect(await opensslRsa().encrypt("pkcs1", own.publicKey, secret)).toHaveLength(256)
    await expect(webCryptoRsa().encrypt("pkcs1", own.publicKey, secret)).rejects.toThrow(TypeError)
  })

  it("decrypts where that does not tell whether a ciphertext was genuine, else not at all", async () => {
    const rsa = opensslRsa()
    const ciphertext = await rsa.encrypt("pkcs1", own.publicKey, secret)
    const opened = rsa.decrypt("pkcs1", own.privateKey, ciphertext)
    if (!rejectsImplicitly) {
      await expect(opened).rejects.toThrow("no longer supported")
      return
    }
    expect(await opened).toEqual(secret)
    expect(await rsa.decrypt("pkcs1", other.privateKey, ciphertext)).not.toEqual(secret)
  })
})

/** OpenSSL knows no such DER, and WebCrypto no such key. */
const noKey = /asn1 encoding routines|Invalid keyData|Failed to read asymmetric key/

it("what is no key is refused", async () => {
  for (const rsa of [opensslRsa(), webCryptoRsa()]) {
    await expect(rsa.encrypt("oaep-sha256", secret, secret)).rejects.toThrow(noKey)
    await expect(rsa.decrypt("oaep-sha256", secret, secret)).rejects.toThrow(noKey)
  }
})
