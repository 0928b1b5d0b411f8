import { getKeysMax } from "@keywright/storage"
import { RecordError, type RecordFormat } from "../formats/stored/record-format.js"
import type { Tie } from "../model/ties.js"
import type { Eventually } from "../vocabulary/eventually.js"
import { limits } from "../vocabulary/limits.js"
import type { Records } from "./call.js"

/*
 * How one follows a record to another. What was read at two moments may disagree because another
 * host has changed both in between. Only what disagrees in one state of the store is wrong.
 */

/** What an attempt has read was never there together: the call is attempted again. */
export class TornReadError extends Error {
  override readonly name = "TornReadError"
}

/** A record and the one to which it leads, which agree. */
export interface Followed<From, To> {
  readonly from: From
  readonly to: To
}

const disagreement = <From, To>({ from, to }: Tie<From, To>, key: string, other: string) =>
  new RecordError(
    key,
    `the ${from.kind} record \`${key}\` and the ${to.kind} record \`${other}\` do not agree`,
  )

const placed = <Value>(format: RecordFormat<Value>, key: string) => ({ format, key })

/**
 * Where a record leads now: both are read in one state of the store. `undefined` when it is gone,
 * or leads nowhere any more. Throws `RecordError` when the two do not agree.
 */
async function followNow<From, To>(
  records: Pick<Records, "together">,
  tie: Tie<From, To>,
  known: From,
): Promise<Followed<From, To | undefined> | undefined> {
  const key = tie.from.keyOf(known)
  let from = known
  for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
    const other = tie.leadsTo(from)
    if (other === undefined) return undefined
    const [now, to] = await records.together(placed(tie.from, key), placed(tie.to, other))
    if (now === undefined) return undefined
    if (tie.leadsTo(now) === other) {
      if (tie.agrees(now, to)) return { from: now, to }
      throw disagreement(tie, key, other)
    }
    from = now
  }
  throw new TornReadError()
}

/** By record, the one with which it was found to agree last: records are kept by revision. */
const agreed = new WeakMap<object, unknown>()

/**
 * Goes on when two records that an attempt has read agree. Throws `RecordError` when they do not,
 * and {@link TornReadError} when that is so only because they changed while they were read.
 */
export function requireAgreement<From extends object, To>(
  records: Pick<Records, "together">,
  tie: Tie<From, To>,
  from: From,
  to: To | undefined,
): Eventually<void> {
  if (to !== undefined && agreed.get(from) === to) return
  if (tie.agrees(from, to)) return void agreed.set(from, to)
  return followNow(records, tie, from).then(() => {
    throw new TornReadError()
  })
}

/**
 * Where the records of a list lead, without those that are gone meanwhile. No commit expects what
 * is read. Throws `RecordError` for the first that does not agree with where it leads.
 */
export async function followAll<From, To>(
  records: Pick<Records, "lookAt" | "together">,
  tie: Tie<From, To>,
  froms: readonly From[],
): Promise<readonly Followed<From, To>[]> {
  const followed: Followed<From, To>[] = []
  for (let start = 0; start < froms.length; start += getKeysMax) {
    const some = froms.slice(start, start + getKeysMax)
    const leading = some.flatMap((from) => {
      const key = tie.leadsTo(from)
      return key === undefined ? [] : [{ from, key }]
    })
    const tos = await records.lookAt(
      tie.to,
      leading.map(({ key }) => key),
    )
    for (const [i, { from }] of leading.entries()) {
      const read = { from, to: tos[i] }
      const now = tie.agrees(from, read.to) ? read : await followNow(records, tie, from)
      if (now?.to !== undefined) followed.push({ from: now.from, to: now.to })
    }
  }
  return followed
}
