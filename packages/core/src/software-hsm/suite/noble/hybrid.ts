import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import type { Entropy } from "../../../ports/entropy.js"
import { concatBytes } from "../../../vocabulary/bytes.js"

/*
 * What a transfer between regions stands on: Ed25519 signatures (RFC 8032), and a shared secret of
 * X25519 (RFC 7748) and ML-KEM-768 (FIPS 203), which holds as long as either of the two does.
 */

export const replicationPublicKey = (secret: Uint8Array): Uint8Array => ed25519.getPublicKey(secret)

export const signStatement = (secret: Uint8Array, statement: Uint8Array): Uint8Array =>
  ed25519.sign(statement, secret)

/** False for every signature that is not genuine, and for every key that is none. */
export function verifyStatement(
  publicKey: Uint8Array,
  statement: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return ed25519.verify(signature, statement, publicKey, { zip215: false })
  } catch {
    return false
  }
}

/** The bytes of a hybrid private key: the X25519 scalar and the ML-KEM seed. */
export const hybridSecretBytes = 32 + 64

export interface HybridPublicKey {
  readonly x25519: Uint8Array
  readonly mlKem: Uint8Array
}

const split = (secret: Uint8Array) => ({
  scalar: secret.subarray(0, 32),
  seed: secret.subarray(32),
})

export function hybridPublicKey(secret: Uint8Array): HybridPublicKey {
  const { scalar, seed } = split(secret)
  const { publicKey, secretKey } = ml_kem768.keygen(seed)
  secretKey.fill(0)
  return { x25519: x25519.getPublicKey(scalar), mlKem: publicKey }
}

/** Both secrets in a row, which the caller wipes, and what carries them to the key's holder. */
export interface HybridEncapsulation extends HybridPublicKey {
  readonly secrets: Uint8Array
}

function joined(mlKemSecret: Uint8Array, agree: () => Uint8Array): Uint8Array {
  try {
    const x25519Secret = agree()
    const secrets = concatBytes(mlKemSecret, x25519Secret)
    x25519Secret.fill(0)
    return secrets
  } finally {
    mlKemSecret.fill(0)
  }
}

/** Uses 32 bytes that are drawn for it, and wipes them. */
function withDrawn<T>(entropy: Entropy, use: (drawn: Uint8Array) => T): T {
  const drawn = entropy(new Uint8Array(32))
  try {
    return use(drawn)
  } finally {
    drawn.fill(0)
  }
}

function encapsulated(
  publicKey: HybridPublicKey,
  ephemeral: Uint8Array,
  message: Uint8Array,
): HybridEncapsulation | undefined {
  try {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey.mlKem, message)
    const agree = () => x25519.getSharedSecret(ephemeral, publicKey.x25519)
    const secrets = joined(sharedSecret, agree)
    return { secrets, x25519: x25519.getPublicKey(ephemeral), mlKem: cipherText }
  } catch {
    return undefined
  }
}

/** `undefined` when the public key is none: a point of low order, a vector out of its modulus. */
export const encapsulateHybrid = (
  publicKey: HybridPublicKey,
  entropy: Entropy,
): HybridEncapsulation | undefined =>
  withDrawn(entropy, (ephemeral) =>
    withDrawn(entropy, (message) => encapsulated(publicKey, ephemeral, message)),
  )

/** Both secrets in a row; another ciphertext gives others and no error. */
export function decapsulateHybrid(
  secret: Uint8Array,
  { x25519: ephemeral, mlKem }: HybridPublicKey,
): Uint8Array | undefined {
  const { scalar, seed } = split(secret)
  const { secretKey } = ml_kem768.keygen(seed)
  try {
    const agree = () => x25519.getSharedSecret(scalar, ephemeral)
    return joined(ml_kem768.decapsulate(mlKem, secretKey), agree)
  } catch {
    return undefined
  } finally {
    secretKey.fill(0)
  }
}
