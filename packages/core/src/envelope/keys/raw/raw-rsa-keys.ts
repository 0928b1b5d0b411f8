import { equalBytes, utf8 } from "../../../vocabulary/bytes.js"
import type { KeySource } from "../key-source.js"
import { wrapLocally } from "../local-wrapping.js"
import { firstUnwrapped, onlyFor, wrapFailed } from "../refusals.js"
import { derOfSome, type PemOrDer } from "./pem.js"
import { checkNames, type RawKeyNames } from "./raw-key-names.js"
import { type RsaCipher, type RsaPadding, webCryptoRsa } from "./rsa-cipher.js"

export interface RawRsaKeysOptions extends RawKeyNames {
  readonly padding: RsaPadding
  /** SubjectPublicKeyInfo. Without it, these keys only decrypt. */
  readonly publicKey?: PemOrDer | undefined
  /** PKCS #8. Without it, these keys only encrypt. */
  readonly privateKey?: PemOrDer | undefined
  /** Default: that of WebCrypto, which has no `pkcs1`. */
  readonly rsa?: RsaCipher | undefined
}

/**
 * Data keys wrapped under an RSA key that the program holds, or whose public key it holds.
 *
 * RSA binds no encryption context to the data key: the header of the message does. With PKCS #1
 * v1.5 nothing says whether a data key is genuine until that header is verified; prefer OAEP.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/raw-rsa-keyring.md.
 */
export function rawRsaKeys(options: RawRsaKeysOptions): KeySource {
  checkNames(options)
  const { namespace, padding, rsa = webCryptoRsa() } = options
  const providerInfo = utf8(options.name)
  const publicKey = derOfSome(options.publicKey, "PUBLIC KEY", "publicKey")
  const privateKey = derOfSome(options.privateKey, "PRIVATE KEY", "privateKey")
  if (publicKey === undefined && privateKey === undefined) {
    throw new TypeError("`publicKey` or `privateKey` is needed")
  }
  return Object.freeze<KeySource>({
    async wrap(request) {
      if (publicKey === undefined) throw onlyFor("decryption")
      return wrapLocally(request, async (dataKey) => {
        try {
          const ciphertext = await rsa.encrypt(padding, publicKey, dataKey)
          return { providerId: namespace, providerInfo, ciphertext }
        } catch (error) {
          throw wrapFailed(error)
        }
      })
    },
    async unwrap({ suite, encryptedDataKeys }) {
      const own = encryptedDataKeys.filter(
        (one) => one.providerId === namespace && equalBytes(one.providerInfo, providerInfo),
      )
      if (own.length === 0) return undefined
      if (privateKey === undefined) throw onlyFor("encryption")
      return firstUnwrapped(own, suite.keyBytes, ({ ciphertext }) =>
        rsa.decrypt(padding, privateKey, ciphertext),
      )
    },
  })
}
