import { equalBytes } from "../../../vocabulary/bytes.js"
import type { KeySource } from "../key-source.js"
import type { PemOrDer } from "../raw/pem.js"
import { curveNamed, type EcdhCurve } from "./curves.js"
import { areBetween, ecdhSource } from "./ecdh-source.js"
import { pointOf, scalarOf } from "./key-forms.js"

const providerId = "raw-ecdh"

export interface RawEcdhKeysOptions {
  readonly curve: EcdhCurve
  /** PKCS #8: our own key. */
  readonly privateKey: PemOrDer
  /** SubjectPublicKeyInfo: the key of the other party. */
  readonly publicKey: PemOrDer
}

/**
 * Data keys that two parties with a key pair each agree on. Either of them encrypts for the other
 * and decrypts what passed between them.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/raw-ecdh-keyring.md and
 * framework/key-agreement-schemas.md, "RawPrivateKeyToStaticPublicKey".
 */
export function rawEcdhKeys(options: RawEcdhKeysOptions): KeySource {
  const curve = curveNamed(options.curve)
  const scalar = scalarOf(curve, options.privateKey, "privateKey")
  const own = curve.pointOfScalar(scalar)
  const other = pointOf(curve, options.publicKey, "publicKey")
  return ecdhSource({
    curve,
    providerId,
    agreeToWrap: async () => ({
      sender: own,
      recipient: other,
      sharedSecret: curve.agree(scalar, other),
    }),
    agreeToUnwrap: async (parties) =>
      areBetween(own, other, parties) ? curve.agree(scalar, other) : undefined,
  })
}

export interface RawEcdhEphemeralKeysOptions {
  readonly curve: EcdhCurve
  /** SubjectPublicKeyInfo: who can decrypt; a KMS key as well. */
  readonly publicKey: PemOrDer
}

/**
 * Encrypts for who holds the private key, under a key pair that is made for each data key and
 * forgotten; decrypts nothing.
 *
 * Source: framework/key-agreement-schemas.md, "EphemeralPrivateKeyToStaticPublicKey".
 */
export function rawEcdhEphemeralKeys(options: RawEcdhEphemeralKeysOptions): KeySource {
  const curve = curveNamed(options.curve)
  const recipient = pointOf(curve, options.publicKey, "publicKey")
  return ecdhSource({
    curve,
    providerId,
    async agreeToWrap({ entropy }) {
      const seed = entropy(new Uint8Array(curve.seedBytes))
      const scalar = curve.scalarOf(seed)
      const sender = curve.pointOfScalar(scalar)
      const sharedSecret = curve.agree(scalar, recipient)
      seed.fill(0)
      scalar.fill(0)
      return { sender, recipient, sharedSecret }
    },
    agreeToUnwrap: undefined,
  })
}

export interface RawEcdhDiscoveryOptions {
  readonly curve: EcdhCurve
  /** PKCS #8: the recipient's key. */
  readonly privateKey: PemOrDer
}

/**
 * Decrypts what anyone encrypted for this private key; encrypts nothing. Says nothing about who
 * the sender was.
 *
 * Source: framework/key-agreement-schemas.md, "PublicKeyDiscovery".
 */
export function rawEcdhDiscovery(options: RawEcdhDiscoveryOptions): KeySource {
  const curve = curveNamed(options.curve)
  const scalar = scalarOf(curve, options.privateKey, "privateKey")
  const own = curve.pointOfScalar(scalar)
  return ecdhSource({
    curve,
    providerId,
    agreeToWrap: undefined,
    agreeToUnwrap: async ({ sender, recipient }) =>
      equalBytes(own, recipient) ? curve.agree(scalar, sender) : undefined,
  })
}
