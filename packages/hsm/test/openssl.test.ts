import * as nodeCrypto from "node:crypto"
import { createHash } from "node:crypto"
import { createSoftwareHsm, type KeySpec, keySpecTable, rootKeySeal } from "@keywright/core"
import { type CryptoSuite, nobleSuite } from "@keywright/core/suite"
import { describe, expect, it } from "vitest"
import { sharedVectors, skipReason } from "../../core/test/formats/vectors.js"
import { thinned, type VectorFile, vectorCases } from "../../core/test/hsm/suite-vectors.js"
import { isPrime } from "../src/openssl/rsa.js"
import { opensslSuite, repeatableSuite } from "../src/openssl.js"

const suite = opensslSuite()
const keySpecs = Object.keys(keySpecTable) as KeySpec[]

/** What takes seconds is thinned out; SLOW=1 takes all of it. */
const isDear = /^RSA_[34]|\/ecdh_secp(?:384|521)/
const isSlow = process.env.SLOW !== undefined
/** Since Node 24. */
const hasLattices = "encapsulate" in nodeCrypto

describe("the software HSM on OpenSSL", () => {
  it("knows every key spec", () => {
    const seal = rootKeySeal(new Uint8Array(32).fill(1))
    expect(createSoftwareHsm({ seal, suite }).keySpecs).toEqual(keySpecs)
  })
})

/**
 * Where noble does the work, its own tests have taken the vectors already. Those of encapsulation
 * and of signatures by a lattice say which randomness is drawn, which OpenSSL does not ask us for.
 */
const isOpenssl = hasLattices
  ? /aes_gcm|hmac|rsa|ecdsa|ed25519|ecdh|mldsa_\d+_verify|mlkem_\d+_test/
  : /aes_gcm|hmac|rsa|ecdsa|ed25519|ecdh/
/** Noble verifies digests and µ. */
const isHalfNoble = /ecdsa|mldsa/

describe("the suite on OpenSSL agrees with Wycheproof", () => {
  for (const { file, check } of vectorCases) {
    const data = sharedVectors<VectorFile>(file)
    const isTaken = isOpenssl.test(file) || isSlow
    if (!isTaken) continue
    it.skipIf(data === undefined)(`on ${file}${data ? "" : ` ${skipReason(file)}`}`, async () => {
      const stride = (isDear.test(file) || isHalfNoble.test(file)) && !isSlow ? 8 : 1
      const chosen = thinned(data as VectorFile, stride)
      expect(await check(suite, chosen)).toBeGreaterThan(10)
    })
  }
})

/** Says the same on every run, and how much of it was heard. */
function countedEntropy(seed: string) {
  let blocks = 0
  let drawn = 0
  const entropy = (target: Uint8Array): Uint8Array => {
    for (let offset = 0; offset < target.length; offset += 32) {
      const block = createHash("sha256").update(`${seed} ${blocks}`).digest()
      target.set(block.subarray(0, target.length - offset), offset)
      blocks += 1
    }
    drawn += target.length
    return target
  }
  return { entropy, drawn: () => drawn }
}

describe("the suite for what is made from a seed", () => {
  const pairs = (suite: CryptoSuite) =>
    Object.entries(suite.keys).flatMap(([spec, { pair }]) => (pair ? [{ spec, pair }] : []))
  const repeatable = new Map(pairs(repeatableSuite()).map(({ spec, pair }) => [spec, pair]))

  it.each(pairs(nobleSuite()))(
    "makes the key that the suite in TypeScript makes of the same entropy: $spec",
    async ({ spec, pair }) => {
      if (isDear.test(spec) && !isSlow) return
      const [ours, theirs] = [countedEntropy(spec), countedEntropy(spec)]
      const made = await repeatable.get(spec)?.generate(ours.entropy)
      expect(made).toEqual(await pair.generate(theirs.entropy))
      expect(ours.drawn()).toBe(theirs.drawn())
      expect(ours.drawn()).toBeGreaterThan(0)
    },
  )

  it("tells primes from their products", async () => {
    const noBases = () => new Uint8Array(0)
    const bytesOf = (number: bigint) => Buffer.from(number.toString(16).padStart(400, "0"), "hex")
    // Source: RFC 8032, section 5.1, and the Mersenne primes of 521 and 607 bits.
    const primes = [2n ** 255n - 19n, 2n ** 521n - 1n, 2n ** 607n - 1n]
    for (const prime of primes) {
      expect(await isPrime(bytesOf(prime), noBases)).toBe(true)
      for (const other of primes) expect(await isPrime(bytesOf(prime * other), noBases)).toBe(false)
    }
  })
})
