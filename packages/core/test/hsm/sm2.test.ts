import { execFileSync } from "node:child_process"
import { createPublicKey, generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { weierstrass } from "@noble/curves/abstract/weierstrass.js"
import { afterAll, describe, expect, it } from "vitest"
import { decodeDerPair, encodeDerPair } from "../../src/formats/keys/der.js"
import { encodePairMaterial } from "../../src/formats/keys/pair-material.js"
import { parsePkcs8 } from "../../src/formats/keys/pkcs8.js"
import { encodeSm2Ciphertext, parseSm2Ciphertext } from "../../src/formats/keys/sm2-ciphertext.js"
import { parseSpki } from "../../src/formats/keys/spki.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { concatBytes, hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { hex } from "../formats/vectors.js"

const suite = nobleSuite()

/** Source: GB/T 32918.5-2017. */
const n = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const Point = weierstrass<bigint>({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
})
const modN = (number: bigint): bigint => ((number % n) + n) % n
const bytesOf = (number: bigint): Uint8Array => hex(number.toString(16).padStart(64, "0"))

/** The example key of GB/T 32918.5-2017, annexes A and C. */
const privateKey = hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
const publicKey = hex(
  "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
)

async function open(privateKey: Uint8Array, publicKey: Uint8Array) {
  const material = encodePairMaterial({ privateKey, publicKey, expanded: new Uint8Array(0) })
  const signing = await suite.keys.SM2.SIGN_VERIFY(material, suite.entropy)
  const encryption = await suite.keys.SM2.ENCRYPT_DECRYPT(material, suite.entropy)
  return { signing, encryption }
}

describe("SM2 agrees with the examples of its standard", () => {
  it("on the public key", async () => {
    const material = await suite.keys.SM2.pair.complete(
      { privateKey, publicKey: undefined },
      suite.entropy,
    )
    expect(material && hexOf(material)).toBe(hexOf(concatBytes(privateKey, publicKey)))
  })

  it("on a signature", async () => {
    const { signing } = await open(privateKey, publicKey)
    const signature = encodeDerPair(
      hex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"),
      hex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"),
    )
    const input = { algorithm: "SM2DSA", messageType: "RAW" } as const
    const genuine = { ...input, message: utf8("message digest") }
    expect(await signing.verify(genuine, signature)).toBe(true)
    expect(await signing.verify({ ...input, message: utf8("message") }, signature)).toBe(false)
  })

  it("on a ciphertext", async () => {
    const { encryption } = await open(privateKey, publicKey)
    const ciphertext = encodeSm2Ciphertext({
      point: hex(
        "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73" +
          "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0",
      ),
      check: hex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"),
      masked: hex("21886ca989ca9c7d58087307ca93092d651efa"),
    })
    const opened = await encryption.decrypt("SM2PKE", ciphertext)
    expect(opened && hexOf(opened)).toBe(hexOf(utf8("encryption standard")))
    const parsed = parseSm2Ciphertext(ciphertext)
    expect(parsed && hexOf(encodeSm2Ciphertext(parsed))).toBe(hexOf(ciphertext))
  })

  it("and refuses the private key that has no use, and those out of range", async () => {
    const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
    for (const number of [0n, order - 1n, order, order + 1n]) {
      const scalar = hex(number.toString(16).padStart(64, "0"))
      const parts = { privateKey: scalar, publicKey: undefined }
      expect(await suite.keys.SM2.pair.complete(parts, suite.entropy)).toBeUndefined()
    }
  })

  it("and refuses signatures with numbers out of range", async () => {
    const { signing } = await open(privateKey, publicKey)
    const input = { algorithm: "SM2DSA", messageType: "DIGEST", message: new Uint8Array(32) }
    const signature = await signing.sign(input as never)
    const [r, s] = decodeDerPair(signature, 32) as [Uint8Array, Uint8Array]
    const order = bytesOf(n)
    const zero = new Uint8Array(1)
    expect(await signing.verify(input as never, signature)).toBe(true)
    for (const [one, two] of [
      [zero, s],
      [r, zero],
      [order, s],
      [r, order],
      [s, r],
    ] as const) {
      expect(await signing.verify(input as never, encodeDerPair(one, two))).toBe(false)
    }
  })

  // Whoever chooses the digest can make each of these fit the equation of the standard.
  it.each([
    ["r is 0", 0n, 7n],
    ["s is 0", 7n, 0n],
    ["r and s are the order together", n - 7n, 7n],
    ["s is more than the order", 9n, n + 7n],
  ])("and refuses a signature made for its digest when %s", async (_, r, s) => {
    const { signing } = await open(privateKey, publicKey)
    const accepted = (r: bigint, s: bigint) => {
      const k = modN(s + modN(r + s) * BigInt(`0x${hexOf(privateKey)}`))
      const digest = modN(r - Point.BASE.multiply(k).toAffine().x)
      const input = { algorithm: "SM2DSA", messageType: "DIGEST", message: bytesOf(digest) }
      return signing.verify(input as never, encodeDerPair(bytesOf(r), bytesOf(s)))
    }
    expect(await accepted(9n, 7n)).toBe(true)
    expect(await accepted(r, s)).toBe(false)
  })
})

/** The command speaks SM2 as node:crypto does not. */
const openssl = (...args: readonly string[]): void => {
  execFileSync("openssl", args, { stdio: "pipe" })
}
const hasOpenssl = ((): boolean => {
  try {
    return execFileSync("openssl", ["version"], { stdio: "pipe" })
      .toString()
      .startsWith("OpenSSL 3")
  } catch {
    return false
  }
})()
const reason = hasOpenssl ? "" : " (skipped: there is no OpenSSL 3 command here)"

describe("SM2 agrees with the openssl command", () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-sm2-"))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = (name: string): string => join(folder, name)
  const write = (name: string, bytes: Uint8Array): string => {
    writeFileSync(file(name), bytes)
    return file(name)
  }
  const pair = generateKeyPairSync("ec", { namedCurve: "SM2" })
  const pkcs8 = pair.privateKey.export({ format: "der", type: "pkcs8" })
  const spki = createPublicKey(pair.privateKey).export({ format: "der", type: "spki" })
  const parts = parsePkcs8("SM2", pkcs8)
  const point = parseSpki("SM2", spki)
  const keys = open(parts?.privateKey as Uint8Array, point as Uint8Array)
  const message = utf8("what both must understand")
  const distinguished = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
  const withKey = ["-inkey", file("key.pem")]
  const withPublicKey = ["-pubin", "-inkey", file("public.pem")]

  it.skipIf(!hasOpenssl)(`on signatures, both ways${reason}`, async () => {
    write("key.pem", utf8(pair.privateKey.export({ format: "pem", type: "pkcs8" }) as string))
    write("public.pem", utf8(pair.publicKey.export({ format: "pem", type: "spki" }) as string))
    const { signing } = await keys
    const input = { algorithm: "SM2DSA", messageType: "RAW", message } as const
    const io = ["-in", write("message", message)]
    openssl("pkeyutl", "-sign", ...withKey, ...io, ...distinguished, "-out", file("signature"))
    expect(await signing.verify(input, readFileSync(file("signature")))).toBe(true)
    const made = write("ours", await signing.sign(input))
    openssl("pkeyutl", "-verify", ...withPublicKey, ...io, ...distinguished, "-sigfile", made)
    const other = ["-in", write("other", utf8("something else"))]
    expect(() =>
      openssl("pkeyutl", "-verify", ...withPublicKey, ...other, ...distinguished, "-sigfile", made),
    ).toThrow("Command failed: openssl pkeyutl -verify")
  })

  it.skipIf(!hasOpenssl)(`on ciphertexts, both ways${reason}`, async () => {
    const { encryption } = await keys
    const io = ["-in", write("message", message), "-out", file("ciphertext")]
    openssl("pkeyutl", "-encrypt", ...withPublicKey, ...io)
    const opened = await encryption.decrypt("SM2PKE", readFileSync(file("ciphertext")))
    expect(opened && hexOf(opened)).toBe(hexOf(message))
    const ciphertext = await encryption.encrypt("SM2PKE", message)
    const made = ["-in", write("ours", ciphertext as Uint8Array), "-out", file("opened")]
    openssl("pkeyutl", "-decrypt", ...withKey, ...made)
    expect(hexOf(readFileSync(file("opened")))).toBe(hexOf(message))
  })
})
