import type { Eventually } from "../vocabulary/eventually.js"
import type { KeySpec } from "../vocabulary/key-specs.js"
import type { Binding, BoundToken, KeyBinding, WrappingBinding } from "./bindings.js"

export interface ImportRequest {
  /** A wrapping key, under the token and the binding that it was made with. */
  readonly wrapping: { readonly token: Uint8Array; readonly binding: WrappingBinding }
  readonly wrappedMaterial: Uint8Array
  /**
   * What the material is for: its origin is `EXTERNAL`, or the HSM refuses it (`unsupported`). The
   * id of the material follows from the key id and the material itself.
   */
  readonly binding: KeyBinding
}

/**
 * How an import ended. The same material for the same key id always has the same id, and other
 * material, or material of another key, never has it. The id is nothing that the key computes: no
 * MAC under it. `undecryptable`: the wrapped material does not open.
 * `unsuitable`: what was wrapped is no key material of that spec.
 */
export type ImportResult =
  | { readonly outcome: "imported"; readonly token: Uint8Array; readonly keyMaterialId: string }
  | { readonly outcome: "undecryptable" }
  | { readonly outcome: "unsuitable" }

/** The second step of an HSM: key tokens, made here or out of what comes from outside. */
export interface TokenHsm {
  /** The specs for which this HSM can make and use keys. */
  readonly keySpecs: readonly KeySpec[]

  /** Makes key material for the binding and returns its token. */
  generateKey(binding: Binding): Eventually<Uint8Array>

  /** The public key of a key pair, as SubjectPublicKeyInfo in DER. */
  publicKey(request: BoundToken): Eventually<Uint8Array>

  /** True when the token is wrapped under the current domain key. */
  isCurrent(token: Uint8Array): Eventually<boolean>

  /** Wraps the same material again, under the current domain key. */
  rewrap(request: BoundToken): Eventually<Uint8Array>

  /** Makes a key pair under which key material can be wrapped for import. */
  generateWrappingKey(binding: WrappingBinding): Eventually<{
    readonly token: Uint8Array
    readonly publicKey: Uint8Array
  }>

  /** Unwraps key material that was made elsewhere, and wraps it into a key token. */
  importKey(request: ImportRequest): Eventually<ImportResult>
}
