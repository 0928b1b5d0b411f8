/**
 * The way to another region. `deliver` carries a message to a host of that region, hands it to
 * `kms.regions.receive` there, and resolves to the bytes that this answers. Messages are signed:
 * a link may lose, repeat, reorder and change them, and only the first does any harm, which is
 * delay. It does see what they say, but for key material; so it runs over something like TLS.
 *
 * Rejects when the region cannot be reached. One that does not settle in time counts as that.
 */
export interface RegionLink {
  deliver(message: Uint8Array): Promise<Uint8Array>
}

export type RegionErrorCode =
  /** There was no answer in time. The message may have arrived. */
  | "unreachable"
  /** A message or an answer is not what the region that it names has signed. */
  | "not-genuine"
  /** The region was never connected, or under another replication key. */
  | "unknown-region"

/** What can go wrong between regions; none of it is the caller's doing. */
export class RegionError extends Error {
  override readonly name = "RegionError"
  readonly code: RegionErrorCode

  constructor(code: RegionErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
