import { parseSpki } from "../../../formats/keys/spki.js"
import { concatBytes, equalBytes, utf8 } from "../../../vocabulary/bytes.js"
import type { Entropy } from "../../cipher/bulk-cipher.js"
import { EnvelopeError } from "../../envelope-error.js"
import { type EncryptionContext, encodeContext } from "../../message/encryption-context.js"
import { uint16 } from "../../message/numbers.js"
import { deriveInCounterMode } from "../counter-mode.js"
import type { KeySource } from "../key-source.js"
import { parseKmsArn } from "../kms/kms-arn.js"
import { checkClient, grantsOf, type KmsEncapsulates } from "../kms/kms-client.js"
import { ivBytes, openDataKey, sealDataKey, tagBytes, wrapLocally } from "../local-wrapping.js"
import { copyOf } from "../own-bytes.js"
import { derOfSome, type PemOrDer } from "../raw/pem.js"
import { firstUnwrapped, wrapFailed } from "../refusals.js"

/** Source: FIPS 203, table 3. */
const parameterSets = Object.freeze({
  "ML-KEM-512": { keySpec: "ML_KEM_512", ciphertextBytes: 768 },
  "ML-KEM-768": { keySpec: "ML_KEM_768", ciphertextBytes: 1088 },
  "ML-KEM-1024": { keySpec: "ML_KEM_1024", ciphertextBytes: 1568 },
} as const)

export type MlKemParameterSet = keyof typeof parameterSets

export interface KmsMlKemKeysOptions {
  /** The ARN of a KMS key with the usage ENCAPSULATE_DECAPSULATE. */
  readonly keyId: string
  readonly parameterSet: MlKemParameterSet
  /**
   * SubjectPublicKeyInfo, as GetPublicKey answers it, or in PEM: then secrets are encapsulated
   * here. Default: the KMS encapsulates.
   */
  readonly publicKey?: PemOrDer | undefined
  readonly grantTokens?: readonly string[] | undefined
}

/** A secret, and what only the private key makes it of again. */
interface Encapsulated {
  readonly sharedSecret: Uint8Array
  readonly encapsulated: Uint8Array
}

const providerId = "aws-kms-ml-kem"
const version = 1
const [saltBytes, sharedSecretBytes, wrappingKeyBytes] = [32, 32, 32]
const zeroIv = new Uint8Array(ivBytes)

/** What stands between secret and data key: in the derivation and as the AAD. */
const fixedInfo = (
  parameterSet: MlKemParameterSet,
  arn: string,
  context: EncryptionContext,
): Uint8Array => {
  const fields = [
    utf8("AWS-KMS-ML-KEM-KEY-DERIVATION"),
    utf8(parameterSet),
    utf8("HMAC_SHA384"),
    utf8(arn),
    Uint8Array.of(version),
    encodeContext(context),
  ]
  return concatBytes(...fields.flatMap((field) => [uint16(field.length), field]))
}

/** Encapsulates here, for a public key that is at hand. */
function localEncapsulation(parameterSet: MlKemParameterSet, der: Uint8Array) {
  const publicKey = parseSpki(parameterSets[parameterSet].keySpec, der)
  if (publicKey === undefined) {
    throw new TypeError("`publicKey` is not a public key of that parameter set")
  }
  return async (entropy: Entropy): Promise<Encapsulated> => {
    const { ml_kem512, ml_kem768, ml_kem1024 } = await import("@noble/post-quantum/ml-kem.js")
    const scheme = { "ML-KEM-512": ml_kem512, "ML-KEM-768": ml_kem768, "ML-KEM-1024": ml_kem1024 }
    const seed = entropy(new Uint8Array(32))
    try {
      const { sharedSecret, cipherText } = scheme[parameterSet].encapsulate(publicKey, seed)
      return { sharedSecret, encapsulated: cipherText }
    } finally {
      seed.fill(0)
    }
  }
}

/**
 * Data keys under a secret that is encapsulated for an ML-KEM key of a KMS, which a quantum
 * computer does not open. To unwrap them, the KMS is asked.
 *
 * Experimental: the specification is a preview (0.1.0), and what is written may change with it.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-ml-kem-keyring.md.
 */
export function kmsMlKemKeys(client: KmsEncapsulates, options: KmsMlKemKeysOptions): KeySource {
  checkClient(client, "encapsulate", "decapsulate")
  const { keyId, parameterSet } = options
  if (parseKmsArn(keyId)?.type !== "key") throw new TypeError("`keyId` must be the ARN of a key")
  if (!Object.hasOwn(parameterSets, parameterSet)) {
    throw new TypeError("`parameterSet` must be ML-KEM-512, ML-KEM-768 or ML-KEM-1024")
  }
  const { ciphertextBytes } = parameterSets[parameterSet]
  const der = derOfSome(options.publicKey, "PUBLIC KEY", "publicKey")
  const request = {
    KeyId: keyId,
    EncapsulationAlgorithm: "ML_KEM" as const,
    ...grantsOf(options.grantTokens),
  }
  const arn = utf8(keyId)
  const providerInfo = concatBytes(Uint8Array.of(version), uint16(arn.length), arn)

  async function askToEncapsulate(): Promise<Encapsulated> {
    const { SharedSecret, SharedSecretCiphertextBlob } = await client.encapsulate(request)
    const isWhole =
      SharedSecret?.length === sharedSecretBytes &&
      SharedSecretCiphertextBlob?.length === ciphertextBytes
    if (!isWhole) throw new EnvelopeError("keys", "the KMS answered no secret of that kind")
    return { sharedSecret: copyOf(SharedSecret), encapsulated: copyOf(SharedSecretCiphertextBlob) }
  }

  const encapsulate = der === undefined ? askToEncapsulate : localEncapsulation(parameterSet, der)

  /** Wipes the secret. */
  function wrappingKeyOf(sharedSecret: Uint8Array, info: Uint8Array, salt: Uint8Array) {
    const key = deriveInCounterMode("sha384", sharedSecret, info, salt, wrappingKeyBytes)
    sharedSecret.fill(0)
    return key
  }

  return Object.freeze<KeySource>({
    wrap: (wrapRequest) =>
      wrapLocally(wrapRequest, async (dataKey, context) => {
        const { cipher, entropy } = wrapRequest
        const { sharedSecret, encapsulated } = await encapsulate(entropy).catch(
          (error: unknown) => {
            throw wrapFailed(error)
          },
        )
        const info = fixedInfo(parameterSet, keyId, context)
        const salt = entropy(new Uint8Array(saltBytes))
        const wrappingKey = wrappingKeyOf(sharedSecret, info, salt)
        const sealed = await sealDataKey(cipher, wrappingKey, zeroIv, info, dataKey)
        wrappingKey.fill(0)
        return { providerId, providerInfo, ciphertext: concatBytes(encapsulated, salt, sealed) }
      }),

    unwrap: async ({ suite, context, cipher, encryptedDataKeys }) => {
      const bytes = ciphertextBytes + saltBytes + suite.keyBytes + tagBytes
      const ours = encryptedDataKeys.filter(
        (one) =>
          one.providerId === providerId &&
          equalBytes(one.providerInfo, providerInfo) &&
          one.ciphertext.length === bytes,
      )
      return firstUnwrapped(ours, suite.keyBytes, async ({ ciphertext }) => {
        const SharedSecretCiphertextBlob = copyOf(ciphertext.subarray(0, ciphertextBytes))
        const answer = await client.decapsulate({ ...request, SharedSecretCiphertextBlob })
        if (answer.SharedSecret?.length !== sharedSecretBytes) return undefined
        const info = fixedInfo(parameterSet, keyId, context)
        const sealedAt = ciphertextBytes + saltBytes
        const salt = ciphertext.subarray(ciphertextBytes, sealedAt)
        const wrappingKey = wrappingKeyOf(copyOf(answer.SharedSecret), info, salt)
        const sealed = ciphertext.subarray(sealedAt)
        const dataKey = await openDataKey(cipher, wrappingKey, zeroIv, info, sealed)
        wrappingKey.fill(0)
        return dataKey
      })
    },
  })
}
