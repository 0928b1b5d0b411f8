import type {
  EncapsulationAlgorithm,
  EncryptionAlgorithm,
  KeyAgreementAlgorithm,
  MacAlgorithm,
  MessageType,
  SigningAlgorithm,
} from "../vocabulary/algorithms.js"
import type { Eventually } from "../vocabulary/eventually.js"
import type { KeySpec } from "../vocabulary/key-specs.js"
import type { BoundToken } from "./bindings.js"

/**
 * How a key encrypts: a symmetric key authenticates `aad`, which is not part of the ciphertext; a
 * key pair has an algorithm and authenticates nothing else.
 */
export type EncryptionScheme =
  | { readonly aad: Uint8Array }
  | { readonly algorithm: Exclude<EncryptionAlgorithm, "SYMMETRIC_DEFAULT"> }

/** A key and how it encrypts. */
export type EncryptionTarget = BoundToken & EncryptionScheme

/** One message for a key. */
export type EncryptRequest = EncryptionTarget & { readonly plaintext: Uint8Array }

export type DecryptRequest = EncryptionTarget & { readonly ciphertext: Uint8Array }

export interface DataKeyRequest extends BoundToken {
  readonly lengthBytes: number
  readonly aad: Uint8Array
}

export interface DataKeyPairRequest extends BoundToken {
  /** A key pair of any spec but ML-DSA. */
  readonly keyPairSpec: KeySpec
  readonly aad: Uint8Array
}

export interface SignRequest extends BoundToken {
  readonly algorithm: SigningAlgorithm
  readonly messageType: MessageType
  readonly message: Uint8Array
}

export interface VerifyRequest extends SignRequest {
  readonly signature: Uint8Array
}

export interface MacRequest extends BoundToken {
  readonly algorithm: MacAlgorithm
  readonly message: Uint8Array
}

export interface VerifyMacRequest extends MacRequest {
  readonly mac: Uint8Array
}

export interface AgreementRequest extends BoundToken {
  readonly algorithm: KeyAgreementAlgorithm
  /** The other side's, as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array
}

export interface EncapsulateRequest extends BoundToken {
  readonly algorithm: EncapsulationAlgorithm
}

export interface DecapsulateRequest extends EncapsulateRequest {
  readonly ciphertext: Uint8Array
}

/** The third step of an HSM: what keys are for. */
export interface CryptoHsm {
  encrypt(request: EncryptRequest): Eventually<Uint8Array>

  /** `undefined` when ciphertext and `aad` are not what this key encrypted. */
  decrypt(request: DecryptRequest): Eventually<Uint8Array | undefined>

  /**
   * Decrypts and encrypts without letting the plaintext out. `undefined` as for decrypt; rejects
   * with `wrong-length` where the target cannot encrypt what was decrypted.
   */
  reEncrypt(from: DecryptRequest, to: EncryptionTarget): Eventually<Uint8Array | undefined>

  /** Random bytes, in the clear and encrypted under the key. */
  generateDataKey(request: DataKeyRequest): Eventually<{
    readonly plaintext: Uint8Array
    readonly ciphertext: Uint8Array
  }>

  /** The same without letting the plaintext out. */
  generateDataKeyWithoutPlaintext(request: DataKeyRequest): Eventually<Uint8Array>

  /** A new key pair: PKCS #8 in the clear and encrypted under the key, and SPKI; all in DER. */
  generateDataKeyPair(request: DataKeyPairRequest): Eventually<{
    readonly privateKey: Uint8Array
    readonly publicKey: Uint8Array
    readonly ciphertext: Uint8Array
  }>

  /** The same without letting the private key out. */
  generateDataKeyPairWithoutPlaintext(request: DataKeyPairRequest): Eventually<{
    readonly publicKey: Uint8Array
    readonly ciphertext: Uint8Array
  }>

  sign(request: SignRequest): Eventually<Uint8Array>

  /** False for every signature that is not genuine. */
  verify(request: VerifyRequest): Eventually<boolean>

  generateMac(request: MacRequest): Eventually<Uint8Array>

  /** False for every MAC that is not genuine. */
  verifyMac(request: VerifyMacRequest): Eventually<boolean>

  /** The raw shared secret; `undefined` when the public key cannot be used with this key. */
  deriveSharedSecret(request: AgreementRequest): Eventually<Uint8Array | undefined>

  /** A fresh shared secret, and the ciphertext that carries it to the holder of this key. */
  encapsulate(request: EncapsulateRequest): Eventually<{
    readonly sharedSecret: Uint8Array
    readonly ciphertext: Uint8Array
  }>

  /**
   * The shared secret in a ciphertext. `undefined` only when its length is wrong: another key or
   * a damaged ciphertext give another secret and no error (FIPS 203, implicit rejection).
   */
  decapsulate(request: DecapsulateRequest): Eventually<Uint8Array | undefined>
}
