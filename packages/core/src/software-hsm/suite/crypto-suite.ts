import type { PrivateKeyParts } from "../../formats/keys/pkcs8.js"
import type { Entropy } from "../../ports/entropy.js"
import type {
  EncryptionAlgorithm,
  MessageType,
  SigningAlgorithm,
} from "../../vocabulary/algorithms.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import type { KeyPairSpec, KeySpec, KeySpecWith, keySpecTable } from "../../vocabulary/key-specs.js"

/**
 * An AES-256-GCM key that is used many times. IVs have 12 bytes, tags 16, and the tag follows the
 * encrypted plaintext.
 */
export interface AeadKey {
  encrypt(iv: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array
  /** `undefined` when the tag does not match. Returns fresh bytes. */
  decrypt(iv: Uint8Array, ciphertext: Uint8Array, aad: Uint8Array): Uint8Array | undefined
  /** Forgets the key; it is not used afterwards. */
  wipe(): void
}

/** A message as Sign and Verify take it. Its length fits algorithm and type. */
export interface SignInput {
  readonly algorithm: SigningAlgorithm
  readonly messageType: MessageType
  readonly message: Uint8Array
}

export interface SigningKey {
  sign(input: SignInput): Eventually<Uint8Array>
  /** False for every signature that is not genuine, malformed ones among them. */
  verify(input: SignInput, signature: Uint8Array): Eventually<boolean>
}

/** The algorithms of key pairs that encrypt. */
export type AsymmetricEncryption = Exclude<EncryptionAlgorithm, "SYMMETRIC_DEFAULT">

export interface EncryptionKey {
  /** `undefined` when the plaintext is longer than the key can encrypt. */
  encrypt(
    algorithm: AsymmetricEncryption,
    plaintext: Uint8Array,
  ): Eventually<Uint8Array | undefined>
  /** `undefined` when the ciphertext is not genuine. */
  decrypt(
    algorithm: AsymmetricEncryption,
    ciphertext: Uint8Array,
  ): Eventually<Uint8Array | undefined>
}

export interface AgreementKey {
  /** The x-coordinate shared with an uncompressed point; `undefined` when it is off the curve. */
  agree(publicKey: Uint8Array): Eventually<Uint8Array | undefined>
}

export interface EncapsulationKey {
  encapsulate(): Eventually<Encapsulated>
  /** `undefined` only for a wrong length: implicit rejection answers all else with a secret. */
  decapsulate(ciphertext: Uint8Array): Eventually<Uint8Array | undefined>
}

export interface Encapsulated {
  readonly sharedSecret: Uint8Array
  readonly ciphertext: Uint8Array
}

export interface MacKey {
  mac(message: Uint8Array): Uint8Array
}

/**
 * Opens key material for use. The open key may keep views into the material: the caller leaves it
 * alone as long as it uses the key, and wipes it then.
 */
export type Opener<Key> = (material: Uint8Array, entropy: Entropy) => Eventually<Key>

/** Makes key material of one spec, in the form of `formats/keys/pair-material.ts`. */
export interface KeyPairMaker {
  generate(entropy: Entropy): Eventually<Uint8Array>
  /** From an imported private key; `undefined` when it is not a key of this spec. */
  complete(parts: PrivateKeyParts, entropy: Entropy): Eventually<Uint8Array | undefined>
}

/** What opens key material for each usage. */
export interface KeyOpeners {
  readonly ENCRYPT_DECRYPT: Opener<EncryptionKey>
  readonly SIGN_VERIFY: Opener<SigningKey>
  readonly GENERATE_VERIFY_MAC: Opener<MacKey>
  readonly KEY_AGREEMENT: Opener<AgreementKey>
  readonly ENCAPSULATE_DECAPSULATE: Opener<EncapsulationKey>
}

/** What a suite does for keys of one spec. A suite that lacks a part of it lacks the spec. */
export interface SuiteRow extends Partial<KeyOpeners> {
  readonly pair?: KeyPairMaker
}

/** The specs that are a suite's to know: with a symmetric key the HSM encrypts on its own. */
export type SuiteSpec = Exclude<KeySpec, KeySpecWith<{ readonly kind: "symmetric-encryption" }>>

type UsagesOf<Spec extends KeySpec> = Extract<
  keyof (typeof keySpecTable)[Spec]["usages"],
  keyof KeyOpeners
>

/** All that a suite must do for a spec: open its keys for each usage, and make key pairs. */
export type FullSuiteRow<Spec extends SuiteSpec> = Pick<KeyOpeners, UsagesOf<Spec>> &
  (Spec extends KeyPairSpec ? { readonly pair: KeyPairMaker } : unknown)

/** All rows: a suite that is to know every spec lacks none of them. */
export type FullSuiteKeys = { readonly [Spec in SuiteSpec]: FullSuiteRow<Spec> }

/** Specs that differ in their numbers only. */
export type RsaSpec = Extract<KeySpec, `RSA_${string}`>
export type CurveSpec = Extract<KeySpec, `ECC_NIST_P${string}` | `ECC_SECG_${string}`>
export type HmacSpec = Extract<KeySpec, `HMAC_${string}`>
export type MlDsaSpec = Extract<KeySpec, `ML_DSA_${string}`>
export type MlKemSpec = Extract<KeySpec, `ML_KEM_${string}`>

/**
 * The cryptography that the software HSM stands on: plain functions of bytes, without policy,
 * state or formats of our own. A suite changes no argument.
 */
export interface CryptoSuite {
  /** For people and reports. */
  readonly name: string
  /** Where the HSM draws keys, nonces and IVs. */
  readonly entropy: Entropy
  /** AES-256-GCM under a key of 32 bytes that is kept, and copied. */
  readonly aeadKey: (key: Uint8Array) => AeadKey
  /**
   * AES-256-GCM under a key that is used this once. Fills `target`, which has 16 bytes more than
   * the plaintext.
   */
  readonly encryptInto: (
    target: Uint8Array,
    key: Uint8Array,
    iv: Uint8Array,
    plaintext: Uint8Array,
    aad: Uint8Array,
  ) => void
  /** The inverse; `undefined` when the tag does not match. */
  readonly decryptOnce: (
    key: Uint8Array,
    iv: Uint8Array,
    ciphertext: Uint8Array,
    aad: Uint8Array,
  ) => Uint8Array | undefined
  readonly sha256: (message: Uint8Array) => Uint8Array
  readonly hmacSha256: (key: Uint8Array, message: Uint8Array) => Uint8Array
  /** AES key unwrap with padding (RFC 5649); `undefined` when it is not genuine. */
  readonly unwrapPadded: (key: Uint8Array, wrapped: Uint8Array) => Uint8Array | undefined
  /** A row for each spec that the suite knows. */
  readonly keys: { readonly [Spec in SuiteSpec]?: SuiteRow }
}

/** A suite that knows every spec. */
export interface FullCryptoSuite extends CryptoSuite {
  readonly keys: FullSuiteKeys
}
