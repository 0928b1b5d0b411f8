import { equalBytes } from "../../../vocabulary/bytes.js"
import { EnvelopeError } from "../../envelope-error.js"
import type { KeySource } from "../key-source.js"
import { checkClient, grantsOf, type KmsAgrees } from "../kms/kms-client.js"
import { copyOf } from "../own-bytes.js"
import type { PemOrDer } from "../raw/pem.js"
import { type Curve, curveNamed, type EcdhCurve } from "./curves.js"
import { areBetween, ecdhSource } from "./ecdh-source.js"
import { pointOf } from "./key-forms.js"

export interface KmsEcdhDiscoveryOptions {
  readonly curve: EcdhCurve
  /** A KMS key with the usage KEY_AGREEMENT and the key spec of the curve. */
  readonly keyId: string
  /** The public key of that KMS key. Default: the KMS is asked for it, once. */
  readonly ownPublicKey?: PemOrDer | undefined
  readonly grantTokens?: readonly string[] | undefined
}

export interface KmsEcdhKeysOptions extends KmsEcdhDiscoveryOptions {
  /** SubjectPublicKeyInfo: the key of the other party. */
  readonly publicKey: PemOrDer
}

/** One party whose private key is in a KMS. */
function kmsParty(client: KmsAgrees, curve: Curve, options: KmsEcdhDiscoveryOptions) {
  checkClient(client, "getPublicKey", "deriveSharedSecret")
  const { keyId: KeyId, ownPublicKey } = options
  if (typeof KeyId !== "string" || KeyId === "") throw new TypeError("`keyId` may not be empty")
  const grants = grantsOf(options.grantTokens)
  const given =
    ownPublicKey === undefined ? undefined : pointOf(curve, ownPublicKey, "ownPublicKey")
  let asked: Promise<Uint8Array> | undefined

  async function askForPoint(): Promise<Uint8Array> {
    const { KeyUsage, KeySpec, PublicKey } = await client.getPublicKey({ KeyId, ...grants })
    const isRight = KeyUsage === "KEY_AGREEMENT" && KeySpec === curve.keySpec
    const point = isRight && PublicKey !== undefined ? curve.pointOfSpki(PublicKey) : undefined
    if (point !== undefined) return point
    throw new EnvelopeError("keys", "the KMS key is none for key agreement on that curve")
  }

  /** A call that failed is not remembered: the next one asks again. */
  function ownPoint(): Promise<Uint8Array> {
    if (given !== undefined) return Promise.resolve(given)
    asked ??= askForPoint().catch((error: unknown) => {
      asked = undefined
      throw error
    })
    return asked
  }

  async function agree(other: Uint8Array): Promise<Uint8Array> {
    const { SharedSecret } = await client.deriveSharedSecret({
      KeyId,
      KeyAgreementAlgorithm: "ECDH",
      PublicKey: curve.spkiOfPoint(other),
      ...grants,
    })
    if (SharedSecret !== undefined && SharedSecret.length > 0) return copyOf(SharedSecret)
    throw new EnvelopeError("keys", "the KMS answered no shared secret")
  }

  return { ownPoint, agree }
}

const providerId = "aws-kms-ecdh"

/**
 * Data keys that a KMS key and another party's key pair agree on, through DeriveSharedSecret.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-ecdh-keyring.md and
 * framework/key-agreement-schemas.md, "KmsPrivateKeyToStaticPublicKey".
 */
export function kmsEcdhKeys(client: KmsAgrees, options: KmsEcdhKeysOptions): KeySource {
  const curve = curveNamed(options.curve)
  const { ownPoint, agree } = kmsParty(client, curve, options)
  const other = pointOf(curve, options.publicKey, "publicKey")
  return ecdhSource({
    curve,
    providerId,
    agreeToWrap: async () => ({
      sender: await ownPoint(),
      recipient: other,
      sharedSecret: await agree(other),
    }),
    agreeToUnwrap: async (parties) =>
      areBetween(await ownPoint(), other, parties) ? agree(other) : undefined,
  })
}

/**
 * Decrypts what anyone encrypted for this KMS key; encrypts nothing. Says nothing about who the
 * sender was.
 *
 * Source: framework/key-agreement-schemas.md, "KmsPublicKeyDiscovery".
 */
export function kmsEcdhDiscovery(client: KmsAgrees, options: KmsEcdhDiscoveryOptions): KeySource {
  const curve = curveNamed(options.curve)
  const { ownPoint, agree } = kmsParty(client, curve, options)
  return ecdhSource({
    curve,
    providerId,
    agreeToWrap: undefined,
    agreeToUnwrap: async ({ sender, recipient }) =>
      equalBytes(await ownPoint(), recipient) ? agree(sender) : undefined,
  })
}
