import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "@keywright/hsm/pkcs11"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasNss, nssSkipped, nssToken } from "../../../hsm/test/support/nss.js"
import {
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"

describe.skipIf(!hasNss)(`an HSM in front of NSS${nssSkipped}`, () => {
  let token: Pkcs11Token
  const options = hasNss ? nssToken() : undefined
  beforeAll(async () => {
    if (options) token = await openPkcs11Token(options)
  })
  afterAll(() => token?.close())

  const source = {
    make: () => pkcs11Hsm({ token, seal: pkcs11Seal(token), handsOver: true }),
    makeStranger: () => pkcs11Hsm({ token, seal: pkcs11Seal(token, { label: "another seal" }) }),
  }
  const secrets = ["SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"] as const

  const all = [...secrets, "RSA_2048", "RSA_3072", "RSA_4096"] as const
  /** Making large primes takes seconds; SLOW=1 waits for them. */
  const specs = all.filter((spec) => process.env.SLOW !== undefined || !/^RSA_[34]/.test(spec))

  it("declares symmetric keys, HMAC and RSA: NSS unwraps no curve", () => {
    expect(token.mechanisms.family).toBe("pkcs11-3")
    expect(token.keySpecs).toEqual(all)
  })
  it("refuses a wrong PIN without saying what it was", async () => {
    if (!options) return
    await token.close()
    const wrong = { ...options, pin: () => "not-the-PIN-0" }
    const refusal = await openPkcs11Token(wrong).catch((error: Error) => error)
    expect(refusal).toMatchObject({ name: "HsmError", message: expect.stringMatching(/PIN/) })
    expect(String(refusal)).not.toContain("not-the-PIN")
    token = await openPkcs11Token(options)
  })

  it("is initialized with a text and nothing else", async () => {
    const parameters = ["configdir"] as unknown as string
    const refusal = openPkcs11Token({ ...options, parameters } as NonNullable<typeof options>)
    await expect(refusal).rejects.toThrow(new TypeError("`parameters` must be a text"))
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
