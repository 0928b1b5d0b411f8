import type { DecidedQuestion, DecisionSink } from "@keywright/core"
import type { CallRecord } from "../call-record.js"

/** What a kit can testify of its calls. */
export interface Witness {
  readonly calls: readonly CallRecord[]
  /** What a call asked of policies, in the order in which it asked. */
  questionsOf(requestId: string): readonly DecidedQuestion[]
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

/** A witness of a kit, and the sink by which it learns what is asked. */
export function createWitness(calls: readonly CallRecord[]): {
  readonly witness: Witness
  readonly note: DecisionSink
} {
  const questions = new Map<string, DecidedQuestion[]>()
  const byKey = new Map<string, DecidedQuestion>()
  return {
    note: (question) => {
      const { requestId, request } = question
      byKey.set(request.resource, question)
      byKey.set(request.resource.replace(/^.*:key\//, ""), question)
      if (requestId === undefined) return
      const ofCall = questions.get(requestId)
      if (ofCall === undefined) questions.set(requestId, [question])
      else ofCall.push(question)
    },
    witness: Object.freeze<Witness>({
      calls,
      questionsOf: (requestId) => questions.get(requestId) ?? [],
      aliasesOf: (key) => {
        const question = byKey.get(key)
        return question === undefined ? [] : aliasesIn(question)
      },
    }),
  }
}
