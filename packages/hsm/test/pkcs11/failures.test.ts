import { type Binding, isHsmError, type RegionHsm } from "@keywright/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "../../src/pkcs11.js"
import { binding } from "../support/isolated.js"
import { type FaultKind, hasToken, skipped, softHsm, tokenFaults } from "../support/softhsm.js"
import { suiteOf } from "../support/token-suite.js"

const name = "aws/eu-central-1"
const aad = new Uint8Array(8)
const plaintext = Uint8Array.of(1, 2, 3)
const curve = (keyUsage: "SIGN_VERIFY" | "KEY_AGREEMENT"): Binding => ({
  ...binding,
  keySpec: "ECC_NIST_P256",
  keyUsage,
})
/** Codes that say that the token was reset. */
const resets = [0xb3, 0x101, 0x82, 3]

describe.skipIf(!hasToken)(`an HSM whose token fails${skipped}`, () => {
  const soft = hasToken ? softHsm() : undefined
  const faults = hasToken ? tokenFaults() : undefined
  let label = ""
  let token: Pkcs11Token
  let hsm: RegionHsm
  let sealed: Uint8Array
  const keys: Record<string, { token: Uint8Array; binding: Binding }> = {}
  beforeAll(async () => {
    if (soft === undefined || faults === undefined) return
    const options = soft.options()
    label = options.label
    token = await openPkcs11Token({ ...options, load: faults.load })
    hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token), handsOver: true })
    sealed = await hsm.createDomain(name)
    for (const [as, of] of Object.entries({
      symmetric: binding,
      signing: curve("SIGN_VERIFY"),
      agreeing: curve("KEY_AGREEMENT"),
    })) {
      keys[as] = { token: await hsm.generateKey(of), binding: of }
    }
  })
  afterAll(() => token?.close())

  const key = (as: string) => keys[as] as { token: Uint8Array; binding: Binding }
  const sign = { algorithm: "ECDSA_SHA_256", messageType: "RAW", message: aad } as const
  const operations: Readonly<Record<string, () => unknown>> = {
    generateKey: () => hsm.generateKey(binding),
    "generateKey of a pair": () => hsm.generateKey(curve("SIGN_VERIFY")),
    encrypt: () => hsm.encrypt({ ...key("symmetric"), aad, plaintext }),
    generateDataKey: () => hsm.generateDataKey({ ...key("symmetric"), aad, lengthBytes: 32 }),
    sign: () => hsm.sign({ ...key("signing"), ...sign }),
    deriveSharedSecret: async () => {
      const publicKey = await hsm.publicKey(key("signing"))
      return hsm.deriveSharedSecret({ ...key("agreeing"), algorithm: "ECDH", publicKey })
    },
    rewrap: () => hsm.rewrap(key("signing")),
    rotateDomainKey: () => hsm.rotateDomainKey(name, sealed),
    openDomain: () => hsm.openDomain(name, sealed),
    resealDomain: () => hsm.resealDomain(name, sealed, "retired"),
  }

  let callsMade = 0

  /** How a call ended that was made while the call of that number failed. */
  async function ending(
    operation: string,
    at: number | undefined,
    code?: number,
    which?: FaultKind,
  ) {
    faults?.plan(at, code, which)
    try {
      await operations[operation]?.()
      return undefined
    } catch (error) {
      return error
    } finally {
      callsMade = faults?.calls.length ?? 0
      faults?.plan(undefined)
    }
  }
  const count = (): number => soft?.countObjects(label) ?? -1

  it.each(Object.keys(operations))(
    "%s leaves nothing behind whichever call of the token fails, and works the next time",
    async (operation) => {
      for (const kind of [undefined, "once it was made"] as const) {
        const standing = count()
        let at = 1
        for (; ; at += 1) {
          const error = await ending(operation, at, undefined, kind)
          // After its last call there is nothing to fail.
          if (error === undefined) break
          expect(isHsmError(error) && error.code).toBe("unavailable")
          expect(String(error)).toBe("HsmError: the token failed (0x30)")
          expect(count()).toBe(standing)
        }
        expect(at).toBeGreaterThan(2)
      }
    },
  )

  it("is not told that a seal is wrong, or a key missing, because it was logged out", async () => {
    const other = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
    await soft?.logOut(label)
    await other.openDomain(name, sealed)
    await soft?.logOut(label)
    await other.rewrap(key("symmetric"))
    await other.openDomain(name, await other.rotateDomainKey(name, sealed))
    await soft?.logOut(label)
    await other.rewrap(key("symmetric"))
  })

  it("takes a key in, and hands one over, after it was logged out", async () => {
    const { device } = await suiteOf(token)
    const material = new Uint8Array(32).fill(4)
    await soft?.logOut(label)
    const kept = device.take("HMAC_256", material)
    await soft?.logOut(label)
    expect(device.give("HMAC_256", kept)).toEqual(material)
  })

  it("is reached again after somebody ended all sessions, or the library itself", async () => {
    for (const end of [
      () => soft?.cryptoki.C_CloseAllSessions(soft.slotOf(label)),
      () => soft?.cryptoki.C_Finalize(),
    ]) {
      end()
      const ciphertext = await hsm.encrypt({ ...key("symmetric"), aad, plaintext })
      end()
      const opened = await hsm.decrypt({ ...key("symmetric"), aad, ciphertext })
      expect(opened).toEqual(plaintext)
      end()
      await hsm.generateKey(curve("SIGN_VERIFY"))
    }
  })

  it.each(resets)("whatever call is met by a reset (%i), the call is made again", async (code) => {
    for (const operation of ["encrypt", "sign", "deriveSharedSecret", "generateKey"]) {
      const standing = count()
      let at = 1
      do {
        expect(await ending(operation, at, code)).toBe(undefined)
        expect(count()).toBe(standing)
        at += 1
      } while (at <= callsMade)
    }
  })

  it("makes one domain key, and a good one, whichever answer is lost by a reset", async () => {
    let at = 1
    do {
      const standing = count()
      faults?.plan(at, 0xb3, "once it was made")
      const rotated = await hsm.rotateDomainKey(name, sealed)
      callsMade = faults?.calls.length ?? 0
      faults?.plan(undefined)
      expect(count()).toBe(standing + 1)
      await hsm.openDomain(name, rotated)
      await hsm.openDomain(name, sealed)
      at += 1
    } while (at <= callsMade)
  })

  it.each([
    [0x31, "the token has no memory left (0x31)"],
    [0x32, "the token is not there (0x32)"],
    [0xa4, "the PIN of the token is locked (0xa4)"],
    [0xb1, "the token has no session left (0xb1)"],
    [0xe2, "the token takes no new keys (0xe2)"],
  ])("code %i is told in words", async (code, text) => {
    // A reset is met again by the second attempt.
    const error = await ending("generateKey", 1, code, "and all after it")
    expect(isHsmError(error) && error.message).toBe(text)
    expect(await ending("generateKey", undefined)).toBe(undefined)
  })
})
