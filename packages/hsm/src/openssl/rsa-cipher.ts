import {
  constants,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto"
import type { RsaCipher, RsaPadding } from "@keywright/core/envelope"
import { der, plain } from "./bytes.js"

const { RSA_PKCS1_PADDING, RSA_PKCS1_OAEP_PADDING } = constants

const oaep = (oaepHash: string) => ({ padding: RSA_PKCS1_OAEP_PADDING, oaepHash })

const paddings: Readonly<Record<RsaPadding, { readonly padding: number; oaepHash?: string }>> =
  Object.freeze({
    pkcs1: { padding: RSA_PKCS1_PADDING },
    "oaep-sha1": oaep("sha1"),
    "oaep-sha256": oaep("sha256"),
    "oaep-sha384": oaep("sha384"),
    "oaep-sha512": oaep("sha512"),
  })

/** A Node whose OpenSSL would tell good padding from bad by its time refuses to decrypt. */
const isRefusal = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | undefined)?.code === "ERR_INVALID_ARG_VALUE"

/**
 * RSA on OpenSSL, for `rawRsaKeys({ rsa })` and `kmsRsaKeys(…)`: every padding, PKCS #1 v1.5 too.
 * To decrypt that one takes Node 24: there a ciphertext that is not genuine decrypts to bytes that
 * mean nothing, and older ones refuse because they would tell the two apart.
 */
export const opensslRsa = (): RsaCipher =>
  Object.freeze<RsaCipher>({
    async encrypt(padding, publicKey, plaintext) {
      const key = createPublicKey(der(publicKey, "spki"))
      return plain(publicEncrypt({ key, ...paddings[padding] }, plaintext))
    },
    async decrypt(padding, privateKey, ciphertext) {
      const key = createPrivateKey(der(privateKey, "pkcs8"))
      const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
      // RFC 8017, section 7.1.2, step 1. OpenSSL takes one without its leading zeros.
      if (ciphertext.length !== Math.ceil(modulusLength / 8)) return undefined
      try {
        return plain(privateDecrypt({ key, ...paddings[padding] }, ciphertext))
      } catch (error) {
        if (isRefusal(error)) throw error
        return undefined
      }
    },
  })
