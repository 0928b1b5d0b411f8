import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto"
import type { Binding, KeySpec } from "@keywright/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "../../src/pkcs11.js"
import { binding } from "../support/isolated.js"
import { hasToken, skipped, softHsm } from "../support/softhsm.js"

const curves: readonly (readonly [KeySpec, string])[] = [
  ["ECC_NIST_P256", "prime256v1"],
  ["ECC_NIST_P384", "secp384r1"],
  ["ECC_NIST_P521", "secp521r1"],
]

describe.skipIf(!hasToken)(`a secret that a token agrees on${skipped}`, () => {
  const soft = hasToken ? softHsm() : (undefined as never)
  let token: Pkcs11Token
  beforeAll(async () => {
    token = await openPkcs11Token(soft.options())
  })
  afterAll(() => token.close())

  it.each(curves)(
    "is that of OpenSSL on %s, with its leading zeros",
    async (keySpec, namedCurve) => {
      const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
      await hsm.createDomain("aws/eu-central-1")
      const of: Binding = { ...binding, keySpec, keyUsage: "KEY_AGREEMENT" }
      const key = { token: await hsm.generateKey(of), binding: of }
      const spki = Buffer.from(await hsm.publicKey(key))
      const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" })
      for (const zeros of [0, 1]) {
        // One secret in 256 begins with a zero byte; on P-521 every second one does.
        for (;;) {
          const own = generateKeyPairSync("ec", { namedCurve })
          const secret = diffieHellman({ privateKey: own.privateKey, publicKey })
          if (secret.findIndex((byte) => byte !== 0) !== zeros) continue
          const theirs = own.publicKey.export({ format: "der", type: "spki" })
          const agreed = hsm.deriveSharedSecret({ ...key, algorithm: "ECDH", publicKey: theirs })
          expect(Buffer.from((await agreed) as Uint8Array)).toEqual(secret)
          break
        }
      }
    },
  )
})
