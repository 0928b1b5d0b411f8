import type { KnownCaller } from "../../model/caller.js"
import { asKmsError } from "../../model/failures.js"
import type { LocatedKey, LocatedKeyStore, Outcome } from "../../operations/row.js"
import { invariant, type KmsError } from "../../vocabulary/errors.js"
import { andThen, type Eventually, inTurn } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import { internalFailure, wouldHaveSucceeded } from "../../vocabulary/refusals/requests.js"
import { admit, admitKeyStore } from "../access/admit.js"
import type { Question } from "../access/authorize.js"
import { decideAndTell, refusalByDecision } from "../access/decide.js"
import { prepareKey } from "../due/prepare-key.js"
import { followUp } from "../due/rotate.js"
import type { Host } from "../host/host.js"
import type { ReadSet } from "../records/record-reader.js"
import { type Inquiry, inquire, type Request, rowOf } from "./inquire.js"
import { parseInput } from "./parse-input.js"
import { replyFor } from "./recipient.js"
import { type CallTrace, newTrace, record } from "./trace.js"

export interface Answer {
  readonly requestId: string
  /** Made for this call: whoever gets it may add to it. */
  readonly reply: object
}

/** Step 3: every permission is needed; the first one that is missing refuses the call. */
function authorize(host: Host, { found, questions }: Inquiry, trace: CallTrace): Eventually<void> {
  const authorizeOne = (question: Question) =>
    andThen(decideAndTell(question, trace, host.decisions), (decision) => {
      trace.decisions.push(decision)
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
function admitted(host: Host, request: Request, trace: CallTrace): Eventually<Admitted> {
  const nowMs = host.clock()
  return andThen(host.reader.begin(), (reads) =>
    andThen(inquire(host, request, reads, nowMs), (inquiry) => {
      const { keyList } = inquiry.subjects
      trace.decisions = []
      trace.resources = []
      for (const key of keyList) if (!key.isDraft) trace.resources.push(key.arn)
      if (!trace.isCounted) host.throttle?.admitUse(request, keyList)
      trace.isCounted = true
      return andThen(authorize(host, inquiry, trace), () => {
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
  host: Host,
  { row, input, caller, operation, scratch }: Request,
  { requestId }: CallTrace,
  { nowMs, reads, inquiry }: Admitted,
): Eventually<Outcome<object>> {
  const { place, entropy, authorizer, domain, keyStores, regions } = host
  const { asker, subjects } = inquiry
  const { keys, keyList, alias, keyStore } = subjects
  const call = { caller, operation, requestId }
  const workplaces = { call, keys: keyList, keyStore: workplaceOf(inquiry) }
  return domain.use((hsm) =>
    row.perform({
      input,
      caller,
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
        consult: (region, key) => regions.consult(region, { operation, key, input, caller }),
      },
      quotas: host.quotas,
      lastUsageOf: (key) => host.lastUsages.lastOf(reads, key),
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
  host: Host,
  { nowMs, reads, inquiry }: Admitted,
  isDryRun: boolean,
): Eventually<boolean> {
  let hasChanged = false
  const prepareOne = (key: LocatedKey): Eventually<void> => {
    if (isDryRun && key.isDraft) throw wouldHaveSucceeded()
    if (isDryRun || hasChanged) return
    return andThen(prepareKey(host, reads, key, nowMs), (changed) => {
      hasChanged = changed
    })
  }
  return andThen(inTurn(inquiry.subjects.keyList, prepareOne), () => hasChanged)
}

/** Step 7, and what the caller's enclave alone may read. */
async function finish(
  host: Host,
  { row }: Request,
  { reads, inquiry }: Admitted,
  outcome: Outcome<object>,
): Promise<Outcome<object> | undefined> {
  if (outcome.changes !== undefined && outcome.changes.length > 0) {
    if (!(await host.commit(outcome.changes, reads))) return undefined
    await followUp(host, outcome.changes)
  }
  if (inquiry.attestation === undefined) return outcome
  const reply = await replyFor(host, row, inquiry.attestation, outcome.reply)
  return { ...outcome, reply }
}

/** Steps 2 to 7. `undefined` when another host changed what was read: then begin again. */
function attempt(
  host: Host,
  request: Request,
  trace: CallTrace,
): Eventually<Outcome<object> | undefined> {
  const isDryRun = request.input["DryRun"] === true
  return andThen(admitted(host, request, trace), (ready) =>
    andThen(prepareKeys(host, ready, isDryRun), (hasChanged) => {
      if (hasChanged) return undefined
      return andThen(perform(host, request, trace, ready), (outcome) => {
        if (isDryRun) endDryRun(outcome)
        const isDone = outcome.changes === undefined && ready.inquiry.attestation === undefined
        return isDone ? outcome : finish(host, request, ready, outcome)
      })
    }),
  )
}

/**
 * Walks a call through the corridor: parse, locate, authorize, admit, perform, dry run, commit,
 * record, reply. What is thrown is always a {@link KmsError}.
 */
export async function answer(
  host: Host,
  caller: KnownCaller,
  operation: string,
  rawInput: unknown,
): Promise<Answer> {
  const trace = newTrace(host, caller, operation)
  const scratch = host.scratches.borrow()
  try {
    const row = rowOf(operation)
    trace.row = row
    const input = parseInput(row.input(), rawInput, scratch.allocate)
    trace.input = input
    const request = { operation, row, caller, input, scratch }
    host.throttle?.admit(request)
    let outcome: Outcome<object> | undefined
    for (let attempts = 0; outcome === undefined; attempts += 1) {
      if (attempts === limits.commitAttemptsMax) throw internalFailure()
      const attempted = attempt(host, request, trace)
      outcome = attempted instanceof Promise ? await attempted : attempted
    }
    if (outcome.keyMaterialIds) trace.keyMaterialIds = outcome.keyMaterialIds
    if (outcome.created) trace.resources.push(outcome.created)
    if (host.audit !== undefined) await record(host, trace)
    if (row.effect === "use" && host.lastUsages.note(trace)) await host.lastUsages.makeRoom()
    return { requestId: trace.requestId, reply: outcome.reply }
  } catch (thrown) {
    throw await refuse(host, trace, thrown)
  } finally {
    host.scratches.giveBack(scratch)
  }
}

/** The error that the caller gets, recorded. */
async function refuse(host: Host, trace: CallTrace, thrown: unknown): Promise<KmsError> {
  let error = asKmsError(thrown, trace.row?.tokenRefusal)
  try {
    await record(host, trace, error)
  } catch (unrecorded) {
    error = internalFailure(unrecorded)
  }
  error.requestId = trace.requestId
  return error
}
