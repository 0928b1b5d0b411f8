import { EnvelopeError } from "../envelope-error.js"

const causeOf = (failures: readonly unknown[]): unknown =>
  failures.length === 1 ? failures[0] : new AggregateError(failures)

/** The refusal of a source that could not make or wrap a data key. */
export const wrapFailed = (cause: unknown): EnvelopeError =>
  cause instanceof EnvelopeError
    ? cause
    : new EnvelopeError("keys", "the data key could not be wrapped", { cause })

/** The refusal of a source that has nothing to wrap with, or nothing to unwrap with. */
export const onlyFor = (does: "encryption" | "decryption"): EnvelopeError =>
  new EnvelopeError("keys", `these keys are for ${does} only`)

/**
 * The first data key that one of the candidates yields. `undefined` from `open` is a candidate
 * that is not ours or not genuine; what it throws is remembered, and told when none yields.
 */
export async function firstUnwrapped<Candidate>(
  candidates: readonly Candidate[],
  keyBytes: number,
  open: (candidate: Candidate) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const failures: unknown[] = []
  for (const candidate of candidates) {
    try {
      const dataKey = await open(candidate)
      if (dataKey?.length === keyBytes) return dataKey
      dataKey?.fill(0)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 0) return undefined
  const cause = causeOf(failures)
  throw new EnvelopeError("keys", "the data key could not be unwrapped", { cause })
}
