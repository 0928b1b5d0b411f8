import type { DecidedQuestion, DecisionSink } from "@keywright/core"
import type { CallRecord } from "../call-record.js"

/** What a kit can testify of its calls. */
export interface Witness {
  readonly calls: readonly CallRecord[]
  /** The question that policies answered with a refusal, which ended the call. */
  refusedQuestion(requestId: string): DecidedQuestion | undefined
  /** The aliases that a key had when it was asked about last, by its ARN or its id. */
  aliasesOf(key: string): readonly string[]
}

/** A witness, and the call that it is asked about; none for a kit as a whole. */
interface Testimony {
  readonly witness: Witness
  readonly requestId?: string | undefined
}

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

/**
 * A witness of a kit, and the sink by which it learns what is asked. It keeps what was refused,
 * and of what was allowed the last question for each key: a kit may make many calls.
 */
export function createWitness(calls: readonly CallRecord[]): {
  readonly witness: Witness
  readonly note: DecisionSink
} {
  const refused = new Map<string, DecidedQuestion>()
  const latest = new Map<string, DecidedQuestion>()
  return {
    note: (question) => {
      const { requestId, request, decision } = question
      latest.set(request.resource, question)
      if (decision.effect !== "allow" && requestId !== undefined) refused.set(requestId, question)
    },
    witness: Object.freeze<Witness>({
      calls,
      refusedQuestion: (requestId) => refused.get(requestId),
      aliasesOf: (key) => {
        const isMeant = (arn: string) => arn === key || arn.endsWith(`:key/${key}`)
        const arn = [...latest.keys()].find(isMeant)
        const question = arn === undefined ? undefined : latest.get(arn)
        return question === undefined ? [] : aliasesIn(question)
      },
    }),
  }
}
