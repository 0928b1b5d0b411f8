import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  verify,
} from "node:crypto"
import { encodeRsaMaterial, keySpecRow, parseRsaPrivateKey } from "@keywright/core/suite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openPkcs11Token, type Pkcs11Token } from "../../src/pkcs11.js"
import { hasNss, nssSkipped, nssToken } from "../support/nss.js"
import { rsaKeys } from "../support/rsa-keys.js"
import { hasToken, skipped, softHsm } from "../support/softhsm.js"
import { suiteOf } from "../support/token-suite.js"

// Sizes that no trial of a token makes keys of: it tries RSA_2048 for all three.

const specs = ["RSA_3072", "RSA_4096"] as const

function keyOf(spec: (typeof specs)[number]) {
  const der = Buffer.from(rsaKeys[spec], "base64")
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  const numbers = parseRsaPrivateKey(privateKey.export({ format: "der", type: "pkcs1" }))
  if (numbers === undefined) throw new Error("that is no RSA key")
  return { material: encodeRsaMaterial(numbers), publicKey: createPublicKey(privateKey) }
}

const places = [
  [`NSS${nssSkipped}`, hasNss, () => nssToken()],
  [`SoftHSM${skipped}`, hasToken, () => softHsm().options()],
] as const

for (const [name, isThere, options] of places) {
  describe.skipIf(!isThere)(`a large RSA key in a token of ${name}`, () => {
    const place = isThere ? options() : undefined
    let token: Pkcs11Token
    let parts: Awaited<ReturnType<typeof suiteOf>>
    beforeAll(async () => {
      if (place === undefined) return
      token = await openPkcs11Token(place)
      parts = await suiteOf(token)
    })
    afterAll(() => token?.close())

    it.each(specs)("is declared, goes in and comes out: %s", (spec) => {
      const { material } = keyOf(spec)
      expect(token.keySpecs).toContain(spec)
      const kept = parts.device.take(spec, material)
      expect(parts.device.give(spec, kept)).toEqual(material)
      expect(parts.device.give(spec, parts.device.renew(spec, kept))).toEqual(material)
    })

    it.each(specs)("makes signatures that OpenSSL verifies: %s", async (spec) => {
      const { material, publicKey } = keyOf(spec)
      const { device, suite } = parts
      const key = await suite.keys[spec]?.SIGN_VERIFY?.(device.take(spec, material), suite.entropy)
      const raw = new Uint8Array(300).fill(9)
      for (const algorithm of keySpecRow(spec).usages.SIGN_VERIFY?.SigningAlgorithms ?? []) {
        const hash = `sha${algorithm.slice(-3)}`
        const isPss = algorithm.includes("PSS")
        const padding = isPss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
        const saltLength = isPss ? constants.RSA_PSS_SALTLEN_DIGEST : undefined
        const digest = createHash(hash).update(raw).digest()
        for (const [messageType, message] of [
          ["RAW", raw],
          ["DIGEST", digest],
        ] as const) {
          const signature = await key?.sign({ algorithm, messageType, message })
          const options = { key: publicKey, padding, saltLength }
          expect(verify(hash, raw, options, signature as Uint8Array)).toBe(true)
        }
      }
    })

    it.each(specs)("decrypts what OpenSSL encrypted, and nothing else: %s", async (spec) => {
      const { material, publicKey } = keyOf(spec)
      const { device, suite } = parts
      const kept = device.take(spec, material)
      const key = await suite.keys[spec]?.ENCRYPT_DECRYPT?.(kept, suite.entropy)
      for (const oaepHash of ["sha1", "sha256"] as const) {
        const algorithm = `RSAES_OAEP_SHA_${oaepHash.slice(3)}` as "RSAES_OAEP_SHA_1"
        const hashBytes = oaepHash === "sha1" ? 20 : 32
        const modulusBytes = Number(spec.slice(4)) / 8
        for (const length of [1, modulusBytes - 2 * hashBytes - 2]) {
          const plaintext = new Uint8Array(length).fill(length)
          const padding = constants.RSA_PKCS1_OAEP_PADDING
          const sent = publicEncrypt({ key: publicKey, padding, oaepHash }, plaintext)
          expect(await key?.decrypt(algorithm, sent)).toEqual(plaintext)
          const changed = sent.map((byte, i) => (i === 200 ? byte ^ 1 : byte))
          expect(await key?.decrypt(algorithm, changed)).toBe(undefined)
        }
      }
    })
  })
}
