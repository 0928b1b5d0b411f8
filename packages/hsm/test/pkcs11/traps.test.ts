import { HsmError } from "@keywright/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { opensslSuite } from "../../src/openssl.js"
import { knownWrappingKey } from "../../src/pkcs11/objects.js"
import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "../../src/pkcs11.js"
import { binding } from "../support/isolated.js"
import { hasNss, nssSkipped, nssToken } from "../support/nss.js"
import { hasToken, skipped, softHsm, tokenFaults } from "../support/softhsm.js"
import { suiteOf } from "../support/token-suite.js"

// What differs from one token to another, and what all of them ask of whoever uses them.

const name = "aws/eu-central-1"
const aad = new Uint8Array(8)
const plaintext = Uint8Array.of(1, 2, 3)

/** A secret that may be wrapped, by its attributes: class, key type, token, extractable, value. */
const secretOf = (value: Uint8Array) => [
  { type: 0, value: 4 },
  { type: 0x100, value: 0x10 },
  { type: 1, value: false },
  { type: 0x162, value: true },
  { type: 0x11, value },
]

/** A secret of 21 bytes wrapped in the token under the mechanism, and unwrapped beside it. */
function unwrappedBeside({ connection }: Pkcs11Token, mechanism: number): Uint8Array | undefined {
  const under = new Uint8Array(32).fill(3)
  const wrapped = connection.use(({ cryptoki, handle }) => {
    const key = cryptoki.C_CreateObject(handle, knownWrappingKey(under))
    const secret = cryptoki.C_CreateObject(handle, secretOf(new Uint8Array(21).fill(5)))
    const bytes = cryptoki.C_WrapKey(handle, { mechanism }, key, secret, new Uint8Array(64))
    for (const one of [key, secret]) cryptoki.C_DestroyObject(handle, one)
    return new Uint8Array(bytes)
  })
  return opensslSuite().unwrapPadded(under, wrapped)
}

const nss = hasNss ? nssToken() : (undefined as never)
const soft = hasToken ? softHsm().options() : (undefined as never)
const places = [
  [`NSS${nssSkipped}`, hasNss, nss],
  [`SoftHSM${skipped}`, hasToken, soft],
] as const

for (const [tokenName, isThere, place] of places) {
  describe.skipIf(!isThere)(`a token of ${tokenName}`, () => {
    let token: Pkcs11Token
    beforeAll(async () => {
      token = await openPkcs11Token(place)
    })
    afterAll(() => token?.close())

    it("serves whoever comes when it is initialized and logged in to already", async () => {
      const faults = tokenFaults()
      const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
      const sealed = await hsm.createDomain(name)
      const key = { token: await hsm.generateKey(binding), binding, aad }
      const second = await openPkcs11Token({ ...place, load: faults.load })
      // CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_USER_ALREADY_LOGGED_IN.
      expect(faults.refused).toContain("C_Initialize 0x191")
      expect(faults.refused).toContain("C_Login 0x100")
      const other = pkcs11Hsm({ token: second, seal: pkcs11Seal(second) })
      await other.openDomain(name, sealed)
      const ciphertext = await hsm.encrypt({ ...key, plaintext })
      expect(await other.decrypt({ ...key, ciphertext })).toEqual(plaintext)
      second.close()
      expect(await hsm.decrypt({ ...key, ciphertext })).toEqual(plaintext)
    })

    it("wraps as RFC 5649 says, by the number of its family", () => {
      const { wrap } = token.mechanisms
      // SoftHSM fills up with zeros what has no whole blocks.
      const opened = unwrappedBeside(token, wrap)
      expect(opened?.subarray(0, 21)).toEqual(new Uint8Array(21).fill(5))
      expect([...(opened?.subarray(21) ?? [])]).toEqual(
        tokenName.startsWith("NSS") ? [] : [0, 0, 0],
      )
    })

    it("hands keys over as they came, whatever their length and their end", async () => {
      const { device } = await suiteOf(token)
      for (const length of [28, 31, 32, 33, 64]) {
        for (const last of [0, 1]) {
          const material = new Uint8Array(length).fill(length)
          material[length - 1] = last
          const kept = device.take("HMAC_224", material)
          expect(device.give("HMAC_224", kept)).toEqual(material)
          expect(device.give("HMAC_224", device.renew("HMAC_224", kept))).toEqual(material)
        }
      }
      const made = await device.generate("HMAC_224")
      expect(device.give("HMAC_224", made)).toHaveLength(28)
    })
  })
}

describe.skipIf(!hasNss)(`NSS${nssSkipped}`, () => {
  let token: Pkcs11Token
  const faults = hasNss ? tokenFaults() : (undefined as never)
  beforeAll(async () => {
    token = await openPkcs11Token({ ...nss, load: faults.load })
  })
  afterAll(() => token?.close())

  it("means something else by the number by which SoftHSM wraps so", () => {
    expect(token.mechanisms.wrap).toBe(0x210b)
    expect(unwrappedBeside(token, 0x210a)).toBe(undefined)
  })

  it("lists the mechanisms of curves, unwraps none of their keys, and so has none", async () => {
    const { connection, keySpecs } = token
    const listed = connection.use(({ cryptoki }) => cryptoki.C_GetMechanismList(connection.slot()))
    // CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, CKM_ECDH1_DERIVE; CKR_TEMPLATE_INCOMPLETE.
    expect(listed).toEqual(expect.arrayContaining([0x1040, 0x1041, 0x1050]))
    expect(faults.refused).toContain("C_UnwrapKey 0xd0")
    expect(keySpecs.filter((spec) => spec.startsWith("ECC"))).toEqual([])
    const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
    await hsm.createDomain(name)
    const curve = { ...binding, keySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" } as const
    const refusal = (async () => hsm.generateKey(curve))()
    await expect(refusal).rejects.toMatchObject({ name: "HsmError", code: "unsupported" })
  })
})

describe.skipIf(!hasToken)(`SoftHSM${skipped}`, () => {
  it("does not know the number of PKCS #11 3.0, nor is it asked to wrap by it", async () => {
    const faults = tokenFaults()
    const token = await openPkcs11Token({ ...soft, load: faults.load })
    expect(token.mechanisms.wrap).toBe(0x210a)
    expect(faults.refused.filter((one) => one.startsWith("C_WrapKey"))).toEqual([])
    expect(() => unwrappedBeside(token, 0x210b)).toThrow(HsmError)
    // CKR_MECHANISM_INVALID.
    expect(faults.refused).toContain("C_WrapKey 0x70")
    token.close()
  })
})
