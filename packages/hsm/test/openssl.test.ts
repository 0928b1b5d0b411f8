import { createHash } from "node:crypto"
import { createSoftwareHsm, type KeySpec, keySpecTable, rootKeySeal } from "@keywright/core"
import {
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "@keywright/testing/conformance"
import { describe, expect, it } from "vitest"
import { sharedVectors, skipReason } from "../../core/test/formats/vectors.js"
import {
  thinned,
  type VectorFile,
  vectorCases,
} from "../../core/test/software-hsm/suite-vectors.js"
import { opensslSuite } from "../src/openssl.js"

const suite = opensslSuite()
const keySpecs = Object.keys(keySpecTable) as KeySpec[]

/** Making large primes takes seconds; SLOW=1 waits for them. */
const isDear = /^RSA_[34]|\/ecdh_secp(?:384|521)/
const isSlow = process.env.SLOW !== undefined
const usualSpecs = keySpecs.filter((spec) => isSlow || !isDear.test(spec))
const seal = (byte: number) => rootKeySeal(new Uint8Array(32).fill(byte))
const source = {
  make: () => createSoftwareHsm({ seal: seal(1), suite }),
  makeStranger: () => createSoftwareHsm({ seal: seal(2), suite }),
}

describe("the software HSM on OpenSSL", () => {
  it("knows every key spec", () => {
    expect(source.make().keySpecs).toEqual(keySpecs)
  })
  for (const { name, run } of [...hsmConformance, ...regionHsmConformance]) {
    it(name, () => run(source))
  }
  for (const { name, run } of [...hsmKeyConformance(usualSpecs), ...hsmImportConformance()]) {
    it(name, { timeout: 60_000 }, () => run(source))
  }
})

/** Where noble does the work, its own tests have taken the vectors already. */
const isOpenssl = /aes_gcm|hmac|rsa|ecdsa_secp256r1|ed25519|ecdh/

describe("the suite on OpenSSL agrees with Wycheproof", () => {
  const digestOf = (name: string, message: Uint8Array): Uint8Array =>
    createHash(name).update(message).digest()
  for (const { file, check } of vectorCases(digestOf)) {
    const data = sharedVectors<VectorFile>(file)
    const isTaken = isOpenssl.test(file) || isSlow
    if (!isTaken) continue
    it.skipIf(data === undefined)(
      `on ${file}${data ? "" : ` ${skipReason(file)}`}`,
      { timeout: 60_000 },
      async () => {
        const stride = isDear.test(file) && !isSlow ? 8 : 1
        const chosen = thinned(data as VectorFile, stride)
        expect(await check(suite, chosen)).toBeGreaterThan(20)
      },
    )
  }
})
