import type { DecidedQuestion, DecisionSink } from "@keywright/core"
import type { CallRecord } from "../call-record.js"
import { keepLast } from "../keep-last.js"

/** What a kit can testify of its calls. */
export interface Witness {
  readonly calls: readonly CallRecord[]
  /** The question that policies answered with a refusal, which ended the call. */
  refusedQuestion(call: CallRecord): DecidedQuestion | undefined
  /** The aliases that a key had when it was asked about last. By its id: in all regions. */
  aliasesOf(key: string): readonly string[]
}

/** A witness, and what it testifies of: a kit as a whole, or one call, as far as it saw it. */
type Testimony =
  | { readonly of: "kit"; readonly witness: Witness }
  | { readonly of: "call"; readonly witness: Witness; readonly call: CallRecord | undefined }

/** Where a testimony is kept on an object: nothing prints, copies or compares it. */
const place: unique symbol = Symbol.for("keywright.testimony") as typeof place

type Marked = { readonly [place]?: Testimony }

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** Lets an object tell of which call it came. Does nothing to one that cannot be written to. */
export function testify<Target>(target: Target, testimony: Testimony): Target {
  if (isObject(target) && Object.isExtensible(target)) {
    Object.defineProperty(target, place, { value: testimony, configurable: true })
  }
  return target
}

const links = ["$response", "cause"] as const
const linksMax = 8

/** The testimony on an object, on the reply of the SDK behind it, or on what caused it. */
export function testimonyOf(value: unknown, depth = 0): Testimony | undefined {
  if (!isObject(value) || depth > linksMax) return undefined
  const own = (value as Marked)[place]
  if (own !== undefined) return own
  for (const link of links) {
    if (!(link in value)) continue
    const found = testimonyOf((value as Readonly<Record<string, unknown>>)[link], depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

const aliasKey = "kms:resourcealiases"

function aliasesIn({ request }: DecidedQuestion): readonly string[] {
  const { context } = request
  const value = typeof context === "function" ? context(aliasKey) : context[aliasKey]
  return value === undefined ? [] : [value].flat().map(String)
}

/** The last call with a request id: a seed that is restored gives the same ids once more. */
export const lastCallOf = ({ calls }: Witness, requestId: string | undefined) =>
  calls.findLast((call) => call.requestId === requestId)

/**
 * A witness of a kit, and how it learns of questions and calls. It keeps the last calls, what was
 * refused of them, and the last question for each of as many keys.
 */
export function createWitness(callsMax: number): {
  readonly witness: Witness
  readonly note: DecisionSink
  readonly record: (call: CallRecord) => void
} {
  const calls: CallRecord[] = []
  // By request id only while the call is under way.
  const pending = new Map<string, DecidedQuestion>()
  const refused = new WeakMap<CallRecord, DecidedQuestion>()
  const latest = new Map<string, DecidedQuestion>()
  return {
    note: (question) => {
      const { requestId, request, decision } = question
      // The key that was asked about last stands last, and the one that waits longest goes.
      latest.delete(request.resource)
      latest.set(request.resource, question)
      const [oldest] = latest.keys()
      if (latest.size > callsMax && oldest !== undefined) latest.delete(oldest)
      if (decision.effect !== "allow" && requestId !== undefined) pending.set(requestId, question)
    },
    record: (call) => {
      const question = pending.get(call.requestId)
      pending.delete(call.requestId)
      if (question !== undefined) refused.set(call, question)
      keepLast(calls, call, callsMax)
    },
    witness: Object.freeze<Witness>({
      calls,
      refusedQuestion: (call) => refused.get(call),
      aliasesOf: (key) => {
        const isMeant = (arn: string) => arn === key || arn.endsWith(`:key/${key}`)
        return [...latest].filter(([arn]) => isMeant(arn)).flatMap(([, last]) => aliasesIn(last))
      },
    }),
  }
}
