import type { WrappingAlgorithm, WrappingKeySpec } from "../vocabulary/import-wrapping.js"
import type { KeySpec, KeyUsage, Origin } from "../vocabulary/key-specs.js"

/** What a key token belongs to. Authenticated with the token: another binding does not open it. */
export interface Binding {
  readonly partition: string
  readonly account: string
  readonly keyId: string
  readonly keyMaterialId: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  /** Where the material came from: what was imported is never taken for what was generated. */
  readonly origin: Origin
  /** The custom key store that the key is in. A member of a binding is never an empty text. */
  readonly keyStoreId: string | undefined
  /** The key that it stands for in an external key store. */
  readonly xksKeyId: string | undefined
}

/** What all key materials of one KMS key are bound to. */
export type KeyBinding = Omit<Binding, "keyMaterialId">

/** Key material wrapped by the HSM, and what it belongs to. */
export interface BoundToken {
  readonly token: Uint8Array
  readonly binding: Binding
}

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
