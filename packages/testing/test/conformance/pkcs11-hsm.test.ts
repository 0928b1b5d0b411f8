import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "@keywright/hsm/pkcs11"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasToken, skipped, softHsm } from "../../../hsm/test/support/softhsm.js"
import {
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"

describe.skipIf(!hasToken)(`an HSM in front of SoftHSM${skipped}`, () => {
  let token: Pkcs11Token
  const soft = hasToken ? softHsm() : undefined
  beforeAll(async () => {
    if (soft) token = await openPkcs11Token(soft.options())
  })
  afterAll(() => token?.close())

  const source = {
    make: () => pkcs11Hsm({ token, seal: pkcs11Seal(token), handsOver: true }),
    makeStranger: () => pkcs11Hsm({ token, seal: pkcs11Seal(token, { label: "another seal" }) }),
  }
  const all = [
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
  ] as const
  /** Making large primes takes seconds; SLOW=1 waits for them. */
  const specs = all.filter((spec) => process.env.SLOW !== undefined || !/^RSA_[34]/.test(spec))

  it("says which key specs the token knows", () => {
    expect(token.keySpecs).toEqual(all)
    expect([...source.make().keySpecs].sort()).toEqual([...all].sort())
  })
  for (const { name, run } of [
    ...hsmConformance,
    ...hsmKeyConformance(specs),
    ...hsmImportConformance(),
    ...regionHsmConformance,
  ]) {
    it(name, () => run(source))
  }
})
