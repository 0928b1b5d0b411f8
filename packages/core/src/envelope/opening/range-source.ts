/** A message whose bytes are read where they are wanted: a file, an object in a store. */
export interface RangeSource {
  readonly sizeBytes: number
  /** Exactly the bytes from `from` to before `to`, both within the size. */
  read(from: number, to: number): Promise<Uint8Array>
}

/** What is used of a Blob or a File. */
export interface BlobLike {
  readonly size: number
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** Throws `TypeError` for what no ranges can be read from. */
export function rangeSource(from: Uint8Array | BlobLike | RangeSource): RangeSource {
  if (from instanceof Uint8Array) {
    return { sizeBytes: from.length, read: async (start, end) => from.subarray(start, end) }
  }
  if ("read" in from && Number.isSafeInteger(from.sizeBytes)) return from
  if ("slice" in from && Number.isSafeInteger(from.size)) {
    return {
      sizeBytes: from.size,
      read: async (start, end) => new Uint8Array(await from.slice(start, end).arrayBuffer()),
    }
  }
  throw new TypeError("`source` must be bytes, a Blob, or `{ sizeBytes, read }`")
}
