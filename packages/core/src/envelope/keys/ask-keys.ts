import { EnvelopeError } from "../envelope-error.js"
import type { KeySource, UnwrapRequest, WrappedDataKey, WrapRequest } from "./key-source.js"

const failed = (cause: unknown): unknown =>
  cause instanceof EnvelopeError
    ? cause
    : new EnvelopeError("keys", "the key source failed", { cause })

/** {@link KeySource.wrap} of a source that may be somebody else's, its answer checked. */
export async function askToWrap(keys: KeySource, request: WrapRequest): Promise<WrappedDataKey> {
  let wrapped: WrappedDataKey
  try {
    wrapped = await keys.wrap(request)
  } catch (cause) {
    throw failed(cause)
  }
  if (wrapped.dataKey.length !== request.suite.keyBytes) {
    wrapped.dataKey.fill(0)
    throw new EnvelopeError("keys", "the key source made a data key of another length")
  }
  return wrapped
}

/** {@link KeySource.unwrap} of a source that may be somebody else's, its answer checked. */
export async function askToUnwrap(keys: KeySource, request: UnwrapRequest): Promise<Uint8Array> {
  let dataKey: Uint8Array | undefined
  try {
    dataKey = await keys.unwrap(request)
  } catch (cause) {
    throw failed(cause)
  }
  if (dataKey === undefined) {
    throw new EnvelopeError("keys", "no key source could unwrap the data key")
  }
  if (dataKey.length !== request.suite.keyBytes) {
    dataKey.fill(0)
    throw new EnvelopeError("keys", "the key source unwrapped a data key of another length")
  }
  return dataKey
}
