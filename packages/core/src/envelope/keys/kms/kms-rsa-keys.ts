import { sha384 } from "@noble/hashes/sha2.js"
import { concatBytes, equalBytes, utf8 } from "../../../vocabulary/bytes.js"
import { EnvelopeError } from "../../envelope-error.js"
import type { EncryptionContext } from "../../message/encryption-context.js"
import { encodeContext } from "../../message/encryption-context.js"
import type { AlgorithmSuite } from "../../message/suites.js"
import type { KeySource } from "../key-source.js"
import { wrapLocally } from "../local-wrapping.js"
import { copyOf } from "../own-bytes.js"
import { derOfSome, type PemOrDer } from "../raw/pem.js"
import { type RsaCipher, type RsaPadding, webCryptoRsa } from "../raw/rsa-cipher.js"
import { firstUnwrapped, onlyFor, wrapFailed } from "../refusals.js"
import { isSameMultiRegion, keyArnIn, parseKmsArn } from "./kms-arn.js"
import { checkClient, grantsOf, type KmsDataKeys } from "./kms-client.js"

const paddings = {
  RSAES_OAEP_SHA_1: "oaep-sha1",
  RSAES_OAEP_SHA_256: "oaep-sha256",
} as const satisfies Readonly<Record<string, RsaPadding>>

export interface KmsRsaKeysOptions {
  /** The ARN of a KMS key with the usage ENCRYPT_DECRYPT and an RSA key spec. */
  readonly keyId: string
  readonly algorithm: keyof typeof paddings
  /** As GetPublicKey answers it, or in PEM. Without it, these keys only decrypt. */
  readonly publicKey?: PemOrDer | undefined
  readonly grantTokens?: readonly string[] | undefined
  /** What encrypts under the public key. Default: that of WebCrypto. */
  readonly rsa?: RsaCipher | undefined
}

/** Source: framework/aws-kms/aws-kms-rsa-keyring.md. */
const providerId = "aws-kms-rsa"
const digestBytes = 48

/** Anyone may have the public key, so a signature would promise what it does not keep. */
function checkUnsigned({ signature, name }: AlgorithmSuite): void {
  if (signature === undefined) return
  throw new EnvelopeError("unsupported", `keys of KMS RSA take no signed suite, as ${name}`)
}

const digestOf = (context: EncryptionContext): Uint8Array => sha384(encodeContext(context))

/**
 * Data keys wrapped under the public key of an RSA key in a KMS, without asking it; to unwrap
 * them, the KMS is asked. For unsigned suites only.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-rsa-keyring.md.
 */
export function kmsRsaKeys(
  client: Pick<KmsDataKeys, "decrypt">,
  { keyId, algorithm, rsa = webCryptoRsa(), ...options }: KmsRsaKeysOptions,
): KeySource {
  checkClient(client, "decrypt")
  const own = parseKmsArn(keyId)
  if (own?.type !== "key") throw new TypeError("`keyId` must be the ARN of a key")
  if (!Object.hasOwn(paddings, algorithm)) throw new TypeError("`algorithm` is not one of RSA OAEP")
  const publicKey = derOfSome(options.publicKey, "PUBLIC KEY", "publicKey")
  const grants = grantsOf(options.grantTokens)
  const providerInfo = utf8(keyId)
  return Object.freeze<KeySource>({
    async wrap(request) {
      if (publicKey === undefined) throw onlyFor("decryption")
      checkUnsigned(request.suite)
      return wrapLocally(request, async (dataKey, context) => {
        const plaintext = concatBytes(digestOf(context), dataKey)
        try {
          const ciphertext = await rsa.encrypt(paddings[algorithm], publicKey, plaintext)
          return { providerId, providerInfo, ciphertext }
        } catch (error) {
          throw wrapFailed(error)
        } finally {
          plaintext.fill(0)
        }
      })
    },
    async unwrap({ suite, context, encryptedDataKeys }) {
      const ours = encryptedDataKeys.filter((one) => {
        const arn = one.providerId === providerId ? keyArnIn(one.providerInfo) : undefined
        return arn !== undefined && isSameMultiRegion(own, arn)
      })
      if (ours.length === 0) return undefined
      checkUnsigned(suite)
      const digest = digestOf(context)
      return firstUnwrapped(ours, suite.keyBytes, async ({ ciphertext }) => {
        const { KeyId, Plaintext } = await client.decrypt({
          KeyId: keyId,
          CiphertextBlob: ciphertext,
          EncryptionAlgorithm: algorithm,
          ...grants,
        })
        if (KeyId !== keyId || Plaintext === undefined) return undefined
        const isOfContext = equalBytes(Plaintext.subarray(0, digestBytes), digest)
        return isOfContext ? copyOf(Plaintext.subarray(digestBytes)) : undefined
      })
    },
  })
}
