import type { WrappingAlgorithm, WrappingKeySpec } from "../vocabulary/import-wrapping.js"
import type { KeySpec, KeyUsage } from "../vocabulary/key-specs.js"

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
