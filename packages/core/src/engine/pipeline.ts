import { auditEvent, type Trace } from "../model/audit-event.js"
import { newUuid } from "../model/identifiers.js"
import type { Requester } from "../model/requester.js"
import type { XksCaller } from "../model/xks-requests.js"
import { findRow } from "../operations/catalogue.js"
import { wouldHaveSucceeded } from "../operations/dry-run.js"
import type { AnyRow, Call, LocatedKey, Outcome, Role, Subject } from "../operations/row.js"
import type { Attestation } from "../ports/attestation.js"
import { invariant, KmsError } from "../vocabulary/errors.js"
import type { Eventually } from "../vocabulary/eventually.js"
import { limits } from "../vocabulary/limits.js"
import { admit, admitKeyStore } from "./admit.js"
import { type Asker, decide, type Question, refusalByDecision } from "./authorize.js"
import { followUp } from "./due.js"
import { storageChange } from "./entries.js"
import { asKmsError, internalFailure } from "./failures.js"
import { requireGrantTokens } from "./grants.js"
import type { Workplaces } from "./key-stores.js"
import { type Located, locate, prefetch } from "./locate.js"
import type { Parts } from "./parts.js"
import { prepareKey } from "./prepare-key.js"
import { attest, replyFor } from "./recipient.js"
import type { ReadSet } from "./records.js"
import { parseInput } from "./validate.js"

/** One call, from the moment that its input has been parsed. */
export interface Request {
  readonly operation: string
  readonly row: AnyRow
  readonly requester: Requester
  readonly input: Readonly<Record<string, unknown>>
}

export interface Answer {
  readonly requestId: string
  readonly reply: object
}

/** Something that the call is about, as it was found. */
interface Found {
  readonly subject: Subject
  readonly located: Located
}

/** The row of an operation; throws when there is none. */
export function rowOf(operation: string): AnyRow {
  const row = findRow(operation)
  if (row === undefined) throw new KmsError("UnknownOperationException")
  return row
}

/** Step 2: finds everything that the call is about. */
async function locateAll(
  { place }: Parts,
  { row, requester, input }: Request,
  reads: ReadSet,
  nowMs: number,
): Promise<readonly Found[]> {
  const search = { input, account: requester.account, place, nowMs, reads }
  await prefetch(row.subjects, search)
  const found: Found[] = []
  for (const subject of row.subjects) {
    const whenGiven = "whenGiven" in subject ? subject.whenGiven : undefined
    if (whenGiven !== undefined && input[whenGiven] === undefined) continue
    const located = await locate(subject, search)
    const isOwn = located.kind === "missing key" && located.account === requester.account
    if (isOwn) throw located.refusal
    found.push({ subject, located })
  }
  return found
}

/** The keys by their roles, the alias and the key store, as operations see them. */
type Subjects = Pick<Call<unknown>, "keys" | "alias" | "keyStore">

function subjectsOf(found: readonly Found[]): Subjects {
  const keys: { [role in Role]?: LocatedKey } = {}
  let alias: Subjects["alias"]
  let keyStore: Subjects["keyStore"]
  for (const { subject, located } of found) {
    if (located.kind === "key store") keyStore = located.keyStore
    if (located.kind === "key") keys["role" in subject ? subject.role : "key"] = located.key
    if (located.kind === "alias") alias = located.alias
  }
  return { keys, alias, keyStore }
}

/** What has been found, and the questions that it raises. */
export interface Inquiry {
  readonly found: readonly Found[]
  readonly subjects: Subjects
  readonly asker: Asker
  readonly attestation: Attestation | undefined
  readonly questions: readonly Question[]
}

/** Steps 2 and 3 up to the decision, which a call makes and an explanation only describes. */
export async function inquire(
  parts: Parts,
  request: Request,
  reads: ReadSet,
  nowMs: number,
): Promise<Inquiry> {
  const found = await locateAll(parts, request, reads, nowMs)
  const subjects = subjectsOf(found)
  const asker = await parts.authorizer.identify(request.requester)
  const { source, destination } = subjects.keys
  const isSameKey = source && destination && source.arn === destination.arn
  const { input } = request
  const tokens = input["GrantTokens"] as readonly string[] | undefined
  if (tokens !== undefined) await requireGrantTokens(reads, tokens)
  const attestation = await attest(parts, request, nowMs)
  const { keys } = subjects
  const trailingDays = await parts.lastUsages.trailingDays(reads, request.row, keys.key, nowMs)
  const setting = { asker, input, nowMs, reads, isSameKey, keys, attestation, trailingDays }
  const questions = found
    .map(({ subject, located }) => parts.authorizer.ask(subject, located, setting))
    .filter((question) => question !== undefined)
  return { found, subjects, asker, attestation, questions }
}

/** Step 3: every permission is needed; the first one that is missing refuses the call. */
async function authorize({ found, questions }: Inquiry, trace: Trace): Promise<void> {
  for (const question of questions) {
    const decision = await decide(question)
    trace.decisions.push(decision)
    const refusal = refusalByDecision(question, decision)
    if (refusal !== undefined) throw refusal
  }
  const isComplete = found.every(({ located }) => located.kind !== "missing key")
  invariant(isComplete, "what is not there is not authorized")
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

/** What decides which HSM the call works with. */
function workplacesOf({ found, subjects }: Inquiry, caller: XksCaller): Workplaces {
  const isInStore = found.some(
    ({ subject }) => subject.by === "key store" && subject.hsm === "of the store",
  )
  const keyStore = isInStore ? subjects.keyStore : undefined
  return { caller, keys: subjects.keys, keyStore }
}

/** Steps 2 to 7. `undefined` when another host changed what was read: then begin again. */
async function attempt(
  parts: Parts,
  request: Request,
  trace: Trace,
): Promise<Outcome<object> | undefined> {
  const { place, entropy, authorizer, domain, keyStores, storage } = parts
  const nowMs = parts.clock()
  const reads = await parts.reader.begin()
  const inquiry = await inquire(parts, request, reads, nowMs)
  const { subjects, asker } = inquiry
  trace.decisions.length = 0
  trace.resources.length = 0
  for (const key of Object.values(subjects.keys)) if (!key.isDraft) trace.resources.push(key.arn)
  await authorize(inquiry, trace)
  admitAll(inquiry, request)
  const isDryRun = request.input["DryRun"] === true
  for (const key of Object.values(subjects.keys)) {
    if (isDryRun && key.isDraft) throw wouldHaveSucceeded()
    if (!isDryRun && (await prepareKey(parts, reads, key, nowMs))) return undefined
  }

  const { requester, operation } = request
  const caller = { requester, operation, requestId: trace.requestId }
  const workplaces = workplacesOf(inquiry, caller)
  const outcome = await domain.use((hsm) =>
    request.row.perform({
      input: request.input,
      ...caller,
      place,
      nowMs,
      ...subjects,
      hsm: keyStores.hsmFor(hsm, workplaces),
      backings: keyStores.backings,
      entropy,
      records: reads,
      couldPutKeyPolicy: (key, policy, region = place.region) =>
        authorizer.couldPutKeyPolicy(asker, key, policy, { nowMs, region }),
      regions: regionsFor(parts, request),
      lastUsageOf: (key) => parts.lastUsages.lastOf(reads, key),
    }),
  )
  if (isDryRun) throw wouldHaveSucceeded()
  if (outcome.changes !== undefined && outcome.changes.length > 0) {
    const change = storageChange(outcome.changes, reads.expectations())
    if (!(await storage.commit(change))) return undefined
    await followUp(parts, outcome.changes)
  }
  const reply = await replyFor(parts, request.row, inquiry.attestation, outcome.reply)
  return { ...outcome, reply }
}

/** Other regions, as one call may ask them. */
const regionsFor = (
  { regions }: Parts,
  { operation, requester, input }: Request,
): Call<unknown>["regions"] => ({
  knows: regions.knows,
  consult: (region, key) => regions.consult(region, { operation, key, input, requester }),
})

async function attemptUntilCommitted(parts: Parts, request: Request, trace: Trace) {
  for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
    const outcome = await attempt(parts, request, trace)
    if (outcome !== undefined) return outcome
  }
  throw internalFailure()
}

/** What the audit event may show of the input, algorithms also where they were defaulted. */
function showInput({ audit, subjects }: AnyRow, input: Request["input"], trace: Trace): void {
  for (const subject of subjects) {
    const algorithm = "use" in subject ? subject.use?.algorithm : undefined
    if (algorithm?.default !== undefined) trace.shown[algorithm.member] = algorithm.default
  }
  for (const member of audit as readonly string[]) {
    if (input[member] !== undefined) trace.shown[member] = input[member]
  }
}

/** Step 8. A sink that fails makes the call fail: nothing is answered that was not recorded. */
function record(parts: Parts, trace: Trace, error?: KmsError): Eventually<void> {
  if (parts.audit === undefined) return
  const { clock, entropy, place } = parts
  trace.eventId = newUuid(entropy)
  const at = { eventId: trace.eventId, timeMs: clock(), region: place.region }
  return parts.audit(auditEvent(trace, at, error))
}

/** The id that the reply, the error and the audit event of a call share. */
function newRequestId({ entropy }: Parts): string {
  try {
    return newUuid(entropy)
  } catch (error) {
    throw internalFailure(error)
  }
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
  const requestId = newRequestId(parts)
  const trace: Trace = {
    requestId,
    operation,
    requester,
    readOnly: true,
    shown: {},
    decisions: [],
    resources: [],
    keyMaterialIds: [],
    eventId: undefined,
  }
  try {
    const row = rowOf(operation)
    trace.readOnly = row.effect !== "write"
    const input = parseInput(row.input(), rawInput)
    showInput(row, input, trace)
    const outcome = await attemptUntilCommitted(parts, { operation, row, requester, input }, trace)
    if (outcome.keyMaterialIds) trace.keyMaterialIds.push(...outcome.keyMaterialIds)
    if (outcome.created) trace.resources.push(outcome.created)
    await record(parts, trace)
    if (row.effect === "use" && parts.lastUsages.note(trace)) await parts.lastUsages.makeRoom()
    return { requestId, reply: outcome.reply }
  } catch (thrown) {
    throw await refuse(parts, trace, thrown)
  }
}

/** The error that the caller gets, recorded. */
async function refuse(parts: Parts, trace: Trace, thrown: unknown): Promise<KmsError> {
  let error = asKmsError(thrown)
  try {
    await record(parts, trace, error)
  } catch (unrecorded) {
    error = internalFailure(unrecorded)
  }
  error.requestId = trace.requestId
  return error
}
