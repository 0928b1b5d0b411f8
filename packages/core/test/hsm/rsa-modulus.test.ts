import { checkPrimeSync, createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { materialRulesOf } from "../../src/software-hsm/boundary/materials.js"
import { openSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { sealOf } from "../support/hosts.js"

const { boundary } = openSoftwareHsm({ seal: sealOf() })

const generated = (modulusLength: number): Uint8Array =>
  generateKeyPairSync("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  }).privateKey

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`)

/** A prime of 1,024 bits whose second bit is zero, so that two of them have 2,047 together. */
function shortPrime(): bigint {
  for (;;) {
    const bytes = randomBytes(128)
    bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f)
    bytes[127] = (bytes[127] ?? 0) | 1
    const candidate = numberOf(bytes)
    if ((candidate - 1n) % 65_537n !== 0n && checkPrimeSync(candidate)) return candidate
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let [b, e] = [base % modulus, exponent]; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % modulus
    b = (b * b) % modulus
  }
  return result
}

/** The inverse of a number modulo a prime, by Fermat. */
const inverse = (number: bigint, prime: bigint): bigint => power(number, prime - 2n, prime)

/** The private exponent of 65537 for p and q: by the prime 65537, and exact. */
function exponentOf(p: bigint, q: bigint): bigint {
  const phi = (p - 1n) * (q - 1n)
  const k = (65_537n - inverse(phi % 65_537n, 65_537n)) % 65_537n
  return (1n + k * phi) / 65_537n
}

/** A key with two primes of the right length, whose product is a bit too short. */
function ofShortPrimes(): Uint8Array {
  for (;;) {
    const [p, q] = [shortPrime(), shortPrime()]
    if (p <= q || (p * q).toString(2).length !== 2047) continue
    const d = exponentOf(p, q)
    const text = (number: bigint): string => {
      const hex = number.toString(16)
      return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString(
        "base64url",
      )
    }
    const numbers = { n: p * q, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
    const members = Object.entries(numbers).map(([name, number]) => [name, text(number)])
    const key = { kty: "RSA", e: "AQAB", ...Object.fromEntries(members) }
    return createPrivateKey({ key, format: "jwk" }).export({ type: "pkcs8", format: "der" })
  }
}

describe("an RSA key that is imported as one of 2,048 bits", () => {
  const read = async (pkcs8: Uint8Array) =>
    materialRulesOf("RSA_2048").read(boundary, "RSA_2048", pkcs8)

  it("has a modulus of 2,048 bits", async () => {
    expect(await read(generated(2048))).toBeInstanceOf(Uint8Array)
    for (const bits of [2040, 2041, 2056, 3072]) {
      expect(await read(generated(bits)), `${bits} bits`).toBeUndefined()
    }
  })

  it("and not of one bit less, whatever the length of its primes", async () => {
    expect(await read(ofShortPrimes())).toBeUndefined()
  })
})
