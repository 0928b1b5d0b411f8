import type { Requester } from "../model/requester.js"
import { wouldHaveSucceeded } from "../operations/dry-run.js"
import type { LocatedKey, LocatedKeyStore, Outcome } from "../operations/row.js"
import { invariant, type KmsError } from "../vocabulary/errors.js"
import { andThen, type Eventually, inTurn } from "../vocabulary/eventually.js"
import { limits } from "../vocabulary/limits.js"
import { admit, admitKeyStore } from "./admit.js"
import type { Question } from "./authorize.js"
import { refusalByDecision } from "./decide.js"
import { followUp } from "./due.js"
import { asKmsError, internalFailure } from "./failures.js"
import { type Inquiry, inquire, type Request, rowOf } from "./inquire.js"
import { type Notes, newNotes, record } from "./notes.js"
import type { Parts } from "./parts.js"
import { prepareKey } from "./prepare-key.js"
import { replyFor } from "./recipient.js"
import type { ReadSet } from "./records.js"
import { decideAndTell } from "./tell-decision.js"
import { parseInput } from "./validate.js"

export interface Answer {
  readonly requestId: string
  /** Made for this call: whoever gets it may add to it. */
  readonly reply: object
}

/** Step 3: every permission is needed; the first one that is missing refuses the call. */
function authorize(parts: Parts, { found, questions }: Inquiry, notes: Notes): Eventually<void> {
  const authorizeOne = (question: Question) =>
    andThen(decideAndTell(question, notes, parts.decisions), (decision) => {
      notes.decisions.push(decision)
      const refusal = refusalByDecision(question, decision)
      if (refusal !== undefined) throw refusal
    })
  return andThen(inTurn(questions, authorizeOne), () => {
    const isComplete = found.every(({ located }) => located.kind !== "missing key")
    invariant(isComplete, "what is not there is not authorized")
  })
}

/** Step 4. */
function admitAll({ found }: Inquiry, { row, input, operation }: Request): void {
  row.check?.(input)
  for (const { subject, located } of found) {
    if (located.kind === "key" && "role" in subject) admit(subject, located.key, input, operation)
    if (located.kind === "key store" && subject.by === "key store") {
      admitKeyStore(subject, located.keyStore, input)
    }
  }
}

/** A call that may run: what it is about, as it is now. */
interface Admitted {
  readonly nowMs: number
  readonly reads: ReadSet
  readonly inquiry: Inquiry
}

/** Steps 2 to 4. */
function admitted(parts: Parts, request: Request, notes: Notes): Eventually<Admitted> {
  const nowMs = parts.clock()
  return andThen(parts.reader.begin(), (reads) =>
    andThen(inquire(parts, request, reads, nowMs), (inquiry) => {
      const { keyList } = inquiry.subjects
      notes.decisions = []
      notes.resources = []
      for (const key of keyList) if (!key.isDraft) notes.resources.push(key.arn)
      if (!notes.isCounted) parts.throttle?.admitUse(request, keyList)
      notes.isCounted = true
      return andThen(authorize(parts, inquiry, notes), () => {
        admitAll(inquiry, request)
        return { nowMs, reads, inquiry }
      })
    }),
  )
}

/** The custom key store that the whole call works in. */
function workplaceOf({ found, subjects }: Inquiry): LocatedKeyStore | undefined {
  const isInStore = found.some(
    ({ subject }) => subject.by === "key store" && subject.hsm === "of the store",
  )
  return isInStore ? subjects.keyStore : undefined
}

/** Step 6. */
function perform(
  parts: Parts,
  { row, input, requester, operation, scratch }: Request,
  { requestId }: Notes,
  { nowMs, reads, inquiry }: Admitted,
): Eventually<Outcome<object>> {
  const { place, entropy, authorizer, domain, keyStores, regions } = parts
  const { asker, subjects } = inquiry
  const { keys, keyList, alias, keyStore } = subjects
  const caller = { requester, operation, requestId }
  const workplaces = { caller, keys: keyList, keyStore: workplaceOf(inquiry) }
  return domain.use((hsm) =>
    row.perform({
      input,
      requester,
      operation,
      requestId,
      place,
      nowMs,
      keys,
      alias,
      keyStore,
      hsm: keyStores.hsmFor(hsm, workplaces),
      backings: keyStores.backings,
      entropy,
      allocate: scratch.allocate,
      records: reads,
      couldPutKeyPolicy: (key, policy, region = place.region) =>
        authorizer.couldPutKeyPolicy(asker, key, policy, { nowMs, region }),
      regions: {
        knows: regions.knows,
        consult: (region, key) => regions.consult(region, { operation, key, input, requester }),
      },
      quotas: parts.quotas,
      lastUsageOf: (key) => parts.lastUsages.lastOf(reads, key),
    }),
  )
}

/** Nobody gets what a dry run has made, which may be a secret. */
function endDryRun({ reply }: Outcome<object>): never {
  for (const value of Object.values(reply)) if (value instanceof Uint8Array) value.fill(0)
  throw wouldHaveSucceeded()
}

/** Step 5. True when that changed what was read. */
function prepareKeys(
  parts: Parts,
  { nowMs, reads, inquiry }: Admitted,
  isDryRun: boolean,
): Eventually<boolean> {
  let hasChanged = false
  const prepareOne = (key: LocatedKey): Eventually<void> => {
    if (isDryRun && key.isDraft) throw wouldHaveSucceeded()
    if (isDryRun || hasChanged) return
    return andThen(prepareKey(parts, reads, key, nowMs), (changed) => {
      hasChanged = changed
    })
  }
  return andThen(inTurn(inquiry.subjects.keyList, prepareOne), () => hasChanged)
}

/** Step 7, and what the caller's enclave alone may read. */
async function finish(
  parts: Parts,
  { row }: Request,
  { reads, inquiry }: Admitted,
  outcome: Outcome<object>,
): Promise<Outcome<object> | undefined> {
  if (outcome.changes !== undefined && outcome.changes.length > 0) {
    if (!(await parts.commit(outcome.changes, reads))) return undefined
    await followUp(parts, outcome.changes)
  }
  if (inquiry.attestation === undefined) return outcome
  const reply = await replyFor(parts, row, inquiry.attestation, outcome.reply)
  return { ...outcome, reply }
}

/** Steps 2 to 7. `undefined` when another host changed what was read: then begin again. */
function attempt(
  parts: Parts,
  request: Request,
  notes: Notes,
): Eventually<Outcome<object> | undefined> {
  const isDryRun = request.input["DryRun"] === true
  return andThen(admitted(parts, request, notes), (ready) =>
    andThen(prepareKeys(parts, ready, isDryRun), (hasChanged) => {
      if (hasChanged) return undefined
      return andThen(perform(parts, request, notes, ready), (outcome) => {
        if (isDryRun) endDryRun(outcome)
        const isDone = outcome.changes === undefined && ready.inquiry.attestation === undefined
        return isDone ? outcome : finish(parts, request, ready, outcome)
      })
    }),
  )
}

/**
 * Walks a call through the corridor: parse, locate, authorize, admit, perform, dry run, commit,
 * record, reply. What is thrown is always a {@link KmsError}.
 */
export async function answer(
  parts: Parts,
  requester: Requester,
  operation: string,
  rawInput: unknown,
): Promise<Answer> {
  const notes = newNotes(parts, requester, operation)
  const scratch = parts.scratches.borrow()
  try {
    const row = rowOf(operation)
    notes.row = row
    const input = parseInput(row.input(), rawInput, scratch.allocate)
    notes.input = input
    const request = { operation, row, requester, input, scratch }
    parts.throttle?.admit(request)
    let outcome: Outcome<object> | undefined
    for (let attempts = 0; outcome === undefined; attempts += 1) {
      if (attempts === limits.commitAttemptsMax) throw internalFailure()
      const attempted = attempt(parts, request, notes)
      outcome = attempted instanceof Promise ? await attempted : attempted
    }
    if (outcome.keyMaterialIds) notes.keyMaterialIds = outcome.keyMaterialIds
    if (outcome.created) notes.resources.push(outcome.created)
    if (parts.audit !== undefined) await record(parts, notes)
    if (row.effect === "use" && parts.lastUsages.note(notes)) await parts.lastUsages.makeRoom()
    return { requestId: notes.requestId, reply: outcome.reply }
  } catch (thrown) {
    throw await refuse(parts, notes, thrown)
  } finally {
    parts.scratches.giveBack(scratch)
  }
}

/** The error that the caller gets, recorded. */
async function refuse(parts: Parts, notes: Notes, thrown: unknown): Promise<KmsError> {
  let error = asKmsError(thrown, notes.row?.tokenRefusal)
  try {
    await record(parts, notes, error)
  } catch (unrecorded) {
    error = internalFailure(unrecorded)
  }
  error.requestId = notes.requestId
  return error
}
