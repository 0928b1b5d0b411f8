import type { Eventually } from "../vocabulary/eventually.js"
import type {
  EncapsulationAlgorithm,
  EncryptionAlgorithm,
  KeyAgreementAlgorithm,
  KeySpec,
  KeyUsage,
  MacAlgorithm,
  SigningAlgorithm,
} from "../vocabulary/key-specs.js"

export type { Eventually }

/** What a key token belongs to. Authenticated with the token: another binding does not open it. */
export interface Binding {
  readonly partition: string
  readonly account: string
  readonly keyId: string
  readonly keyMaterialId: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
}

/** Key material wrapped by the HSM, and what it belongs to. */
export interface BoundToken {
  readonly token: Uint8Array
  readonly binding: Binding
}

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

/**
 * What the bytes of a message are: the message itself, its digest, which is signed as it is, or
 * the message representative µ of ML-DSA (FIPS 204, algorithm 7, line 6).
 */
export type MessageType = "RAW" | "DIGEST" | "EXTERNAL_MU"

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

/** The keys under which key material can be wrapped for import. */
export type WrappingKeySpec = "RSA_2048" | "RSA_3072" | "RSA_4096" | "SM2"

/**
 * How key material is wrapped for import. AES_KEY_WRAP puts an AES key under OAEP, and the key
 * material under that key by RFC 5649.
 */
export type WrappingAlgorithm =
  | "RSAES_OAEP_SHA_1"
  | "RSAES_OAEP_SHA_256"
  | "RSA_AES_KEY_WRAP_SHA_1"
  | "RSA_AES_KEY_WRAP_SHA_256"
  | "SM2PKE"

/**
 * What a wrapping key is for. Authenticated with its token, like a {@link Binding}. An HSM has no
 * clock: whether the wrapping key is still valid is for the engine to decide.
 */
export interface WrappingBinding {
  readonly partition: string
  readonly account: string
  readonly keyId: string
  readonly wrappingKeySpec: WrappingKeySpec
  readonly wrappingAlgorithm: WrappingAlgorithm
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly validToMs: number
}

export interface ImportRequest {
  /** A wrapping key, under the token and the binding that it was made with. */
  readonly wrapping: { readonly token: Uint8Array; readonly binding: WrappingBinding }
  readonly wrappedMaterial: Uint8Array
  /** What the material is for. Its id follows from the key id and the material itself. */
  readonly binding: Omit<Binding, "keyMaterialId">
}

/**
 * How an import ended. The same material for the same key id always has the same id, so a second
 * import can be told from another. `undecryptable`: the wrapped material does not open.
 * `unsuitable`: what was wrapped is no key material of that spec.
 */
export type ImportResult =
  | { readonly outcome: "imported"; readonly token: Uint8Array; readonly keyMaterialId: string }
  | { readonly outcome: "undecryptable" }
  | { readonly outcome: "unsuitable" }

export type HsmState = "locked" | "operational" | "zeroized"

/**
 * The boundary inside which key material exists in the clear.
 *
 * Arguments and results are plain data that can be cloned to a worker, a process or a token. Bytes
 * of arguments are used again after their call: an HSM reads them before it first waits. No result
 * but a data key is a key in the clear, and of a domain only its sealed state is kept, elsewhere.
 *
 * An answer of `undefined` means that the input was understood and is not genuine: a ciphertext
 * that does not authenticate, a public key that is no point of the curve. Everything else that
 * goes wrong throws {@link HsmError}: `unsupported` when spec, usage and algorithm do not go
 * together, `malformed` when a message has a length that the algorithm cannot take.
 */
export interface Hsm {
  /** The specs for which this HSM can make and use keys. */
  readonly keySpecs: readonly KeySpec[]

  state(): HsmState

  /**
   * Makes a new domain with one domain key, becomes operational in it, and returns the sealed
   * domain state. The name is authenticated with the state.
   */
  createDomain(name: string): Eventually<Uint8Array>

  /**
   * Opens a sealed domain state and becomes operational with the keys that it has and no others.
   * Throws `sealed-by-another` when the seal does not open it, and `malformed` when it is not a
   * domain state; neither changes anything.
   */
  openDomain(name: string, sealedState: Uint8Array): Eventually<void>

  /**
   * Returns a sealed state with one domain key more, which becomes the current one only when
   * that state is opened: so a state that was never stored is never used.
   */
  rotateDomainKey(name: string, sealedState: Uint8Array): Eventually<Uint8Array>

  /** True when the token is wrapped under the current domain key. */
  isCurrent(token: Uint8Array): Eventually<boolean>

  /** Wraps the same material again, under the current domain key. */
  rewrap(request: BoundToken): Eventually<Uint8Array>

  /** Makes key material for the binding and returns its token. */
  generateKey(binding: Binding): Eventually<Uint8Array>

  encrypt(request: EncryptRequest): Eventually<Uint8Array>

  /** `undefined` when ciphertext and `aad` are not what this key encrypted. */
  decrypt(request: DecryptRequest): Eventually<Uint8Array | undefined>

  /** Decrypts and encrypts without letting the plaintext out. `undefined` as for decrypt. */
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

  /** The public key of a key pair, as SubjectPublicKeyInfo in DER. */
  publicKey(request: BoundToken): Eventually<Uint8Array>

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

  /** Makes a key pair under which key material can be wrapped for import. */
  generateWrappingKey(binding: WrappingBinding): Eventually<{
    readonly token: Uint8Array
    readonly publicKey: Uint8Array
  }>

  /** Unwraps key material that was made elsewhere, and wraps it into a key token. */
  importKey(request: ImportRequest): Eventually<ImportResult>

  generateRandom(lengthBytes: number): Eventually<Uint8Array>

  /** Wipes domain keys and everything opened. The HSM is `zeroized` and stays so. */
  close(): Eventually<void>
}

/** What can go wrong with an HSM; none of it is the caller's doing. */
export type HsmErrorCode =
  /** Not open, wiped, or not to be reached. The call can be made again later. */
  | "unavailable"
  /** The token is wrapped under a domain key that this HSM has not: open the newer state. */
  | "unknown-domain-key"
  /** The token is damaged, or its binding is not the one given. */
  | "token-refused"
  /** The seal does not open the domain state. */
  | "sealed-by-another"
  /** The bytes are not of the format that they should be of. */
  | "malformed"
  /** The HSM does not know the key spec or the algorithm. */
  | "unsupported"

export class HsmError extends Error {
  override readonly name = "HsmError"
  readonly code: HsmErrorCode

  constructor(code: HsmErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** By name and not by class, so that an error which crossed a worker is one too. */
export const isHsmError = (value: unknown): value is HsmError =>
  value instanceof Error && value.name === "HsmError" && "code" in value

/**
 * What protects a domain state at rest. `open` answers `undefined` when the sealed bytes are not
 * this seal's or are damaged, which it cannot tell apart; it throws only when it cannot do its
 * work at all. `context` is authenticated and must be the same for both.
 */
export interface Seal {
  seal(state: Uint8Array, context: Uint8Array): Eventually<Uint8Array>
  open(sealed: Uint8Array, context: Uint8Array): Eventually<Uint8Array | undefined>
}
