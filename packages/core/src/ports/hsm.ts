import type { Eventually } from "../vocabulary/eventually.js"
import type { CryptoHsm } from "./crypto-hsm.js"
import type { DomainHsm } from "./domain-hsm.js"
import type { TokenHsm } from "./token-hsm.js"

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
export interface Hsm extends DomainHsm, TokenHsm, CryptoHsm {}

/** What can go wrong with an HSM; but for `wrong-length`, none of it is the caller's doing. */
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
  /** A plaintext is longer, or shorter, than what the key can encrypt. */
  | "wrong-length"
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
  /**
   * Wipes the secret of the seal, which then neither seals nor opens. For whoever made the seal: an
   * HSM does not close it, because HSMs may share one.
   */
  close(): Eventually<void>
}
