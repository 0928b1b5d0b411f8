import { p256, p384 } from "@noble/curves/nist.js"
import { describe, expect, it } from "vitest"
import { callersContext } from "../../src/envelope/message/envelope-header.js"
import {
  newSigningPair,
  readVerificationKey,
  signDigest,
  verifyDigest,
} from "../../src/envelope/message/signatures.js"
import { bytesOf } from "./support/envelopes.js"

const schemes = [
  ["ecdsa-p256-sha256", p256, 32, 48],
  ["ecdsa-p384-sha384", p384, 48, 72],
] as const
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")

describe.each(schemes)("a signing key of %s", (scheme, curve, hashBytes, seedBytes) => {
  it("comes of as many bytes as FIPS 186-5 asks for, which are wiped", () => {
    const drawn: Uint8Array[] = []
    const { signingKey, verificationKey } = newSigningPair(scheme, (target) => {
      drawn.push(target)
      return target.fill(7)
    })
    expect(drawn).toEqual([new Uint8Array(seedBytes)])
    expect(signingKey).toEqual(curve.utils.randomSecretKey(new Uint8Array(seedBytes).fill(7)))
    expect(verificationKey).toBe(base64(curve.getPublicKey(signingKey, true)))
  })

  it("is told from others by its verification key, which is a compressed point in Base64", () => {
    const [own, other] = [1, 2].map((fill) => newSigningPair(scheme, (target) => target.fill(fill)))
    if (own === undefined || other === undefined) return expect.fail("there are two")
    const point = readVerificationKey(scheme, own.verificationKey)
    expect(point && base64(point)).toBe(own.verificationKey)
    const [strange] = schemes.filter(([name]) => name !== scheme).map(([, one]) => one)
    for (const wrong of [
      "",
      "AAAA",
      `${own.verificationKey} `,
      own.verificationKey.slice(4),
      base64(curve.getPublicKey(own.signingKey, false)),
      base64(
        strange?.getPublicKey(new Uint8Array(strange.lengths.secretKey ?? 0).fill(1)) ?? bytesOf(1),
      ),
    ]) {
      expect(readVerificationKey(scheme, wrong), wrong).toBeUndefined()
    }
    const digest = bytesOf(hashBytes)
    const signature = signDigest(scheme, digest, own.signingKey)
    const isGenuine = ({ key = own.verificationKey, bytes = signature } = {}) => {
      const read = readVerificationKey(scheme, key) ?? expect.fail("it is one")
      return verifyDigest(scheme, digest, bytes, read)
    }
    expect(isGenuine()).toBe(true)
    expect(isGenuine({ key: other.verificationKey })).toBe(false)
    const flipped = signature.with(-1, (signature.at(-1) ?? 0) ^ 1)
    for (const bytes of [flipped, signature.slice(1), bytesOf(0), bytesOf(104)]) {
      expect(isGenuine({ bytes })).toBe(false)
    }
  })
})

describe("the pairs of the caller", () => {
  it("are those without the verification key, and stay as they are", () => {
    const frozen = Object.freeze({ tenant: "42" })
    expect(callersContext(frozen)).toBe(frozen)
    const signed = Object.freeze({ tenant: "42", "aws-crypto-public-key": "point" })
    expect(callersContext(signed)).toEqual(frozen)
    const loose = { tenant: "42" }
    const pairs = callersContext(loose)
    loose.tenant = "43"
    for (const one of [pairs, callersContext(signed)]) {
      expect(one).toEqual(frozen)
      expect(Object.isFrozen(one)).toBe(true)
    }
  })
})
