import type { AbortSignalLike } from "./http.js"

/** The error by whose name AWS SDK clients know that a call was given up. */
function abortError({ reason }: AbortSignalLike): Error {
  const error = new Error("Request aborted", reason === undefined ? undefined : { cause: reason })
  return Object.assign(error, { name: "AbortError" })
}

/**
 * Does some work unless the signal says otherwise, before or meanwhile. What has begun goes on;
 * only its answer is dropped, as with a request that has left for a server.
 */
export async function unlessAborted<Value>(
  signal: AbortSignalLike | undefined,
  work: () => Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return work()
  if (signal.aborted) throw abortError(signal)
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError(signal))
    const settled = () => signal.removeEventListener?.("abort", onAbort)
    if (signal.addEventListener) signal.addEventListener("abort", onAbort)
    else signal.onabort = onAbort
    work().then(resolve, reject).finally(settled)
  })
}
