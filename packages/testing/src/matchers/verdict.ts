import type { CallRecord } from "../call-record.js"
import { lastCallOf, testimonyOf, type Witness } from "./witness.js"

/** What a matcher finds, for whatever test runner asked. */
export interface Verdict {
  readonly pass: boolean
  /** Why it failed; after a `not`, why it should not have passed. */
  readonly message: () => string
}

/** A kit, or anything else that knows the calls. */
export type Kit = object

/** A call, and who saw it. */
export interface Seen {
  readonly call: CallRecord | undefined
  readonly witness: Witness | undefined
}

const isCall = (value: object): value is CallRecord =>
  "operation" in value && "requestId" in value && "decisions" in value

/** The request id in an error or a reply, of the AWS SDK or of our own client. */
function requestIdIn(value: object): string | undefined {
  const { $metadata, requestId } = value as {
    readonly $metadata?: { readonly requestId?: unknown }
    readonly requestId?: unknown
  }
  const id = $metadata?.requestId ?? requestId
  return typeof id === "string" ? id : undefined
}

/** The witness of a kit. Throws `TypeError` for what is none. */
function witnessOf(kit: Kit): Witness {
  const witness = testimonyOf(kit)?.witness
  if (witness !== undefined) return witness
  return cannotTell("`in` must be a test kit")
}

/** The call behind an error, a reply or a record, as far as a kit can be found that saw it. */
export function seenBehind(subject: unknown, kit?: Kit): Seen {
  const testimony = testimonyOf(subject)
  const witness = kit === undefined ? testimony?.witness : witnessOf(kit)
  if (typeof subject !== "object" || subject === null) return { call: undefined, witness }
  if (isCall(subject)) return { call: subject, witness }
  if (testimony?.of === "call") {
    return { call: testimony.witness === witness ? testimony.call : undefined, witness }
  }
  return { call: witness && lastCallOf(witness, requestIdIn(subject)), witness }
}

/** What a subject is, in a few words for a message. */
export function described(subject: unknown): string {
  if (subject instanceof Error) return `${subject.name}: ${subject.message}`
  if (subject instanceof Uint8Array) return `${subject.length} bytes`
  return typeof subject === "object" && subject !== null
    ? `an object with ${Object.keys(subject).join(", ") || "no members"}`
    : String(subject)
}

/** Ends a matcher that can tell neither way, so that it does not hold after a `not` either. */
export function cannotTell(why: string): never {
  throw new TypeError(why)
}

export const unseen = (subject: unknown): never =>
  cannotTell(
    `no test kit has seen the call behind ${described(subject)}\n` +
      "  it must come from a client of a kit, or the kit be given: { in: kit }",
  )

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

/** Judges a value, or what a promise comes to, be it a reply or an error. */
export function settle<Judged>(
  subject: unknown,
  judge: (value: unknown) => Judged,
): Judged | Promise<Judged> {
  if (!isThenable(subject)) return judge(subject)
  return Promise.resolve(subject)
    .catch((error: unknown) => error)
    .then(judge)
}
