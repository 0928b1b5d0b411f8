import type { Change } from "../../model/changes.js"
import { awaitsReplicas } from "../../model/elsewhere.js"
import type { LocatedKey, LocatedKeyStore, Outcome } from "../../operations/call.js"
import { isHsmError } from "../../ports/hsm.js"
import { invariant } from "../../vocabulary/errors.js"
import { andThen, type Eventually, inTurn } from "../../vocabulary/eventually.js"
import { wouldHaveSucceeded } from "../../vocabulary/refusals/requests.js"
import { admit as admitKey, admitKeyStore } from "../access/admit.js"
import { decideAndTell, questionsOf, refusalByDecision } from "../access/decide.js"
import type { Question } from "../access/question.js"
import { followUp } from "../due/announce.js"
import { settleReplicas } from "../due/elsewhere.js"
import { prepareKey } from "../due/prepare-key.js"
import type { Host } from "../host/host.js"
import type { Inquiry, Request } from "../subjects/inquiry.js"
import { inquire } from "./inquire.js"
import { replyFor } from "./recipient.js"
import { type AttemptStep, attemptSteps } from "./steps.js"
import type { WriteTurn } from "./write-turn.js"

/** A call on its way through the corridor. Its steps fill it in, at each attempt anew. */
export interface Walk {
  readonly request: Request
  /** Of a call that writes. */
  turn: WriteTurn | undefined
  /** Kept until an attempt has found more: the record of a failure tells of it, too. */
  inquiry: Inquiry | undefined
  /** What the operation has answered and proposed. */
  proposed: Outcome<object> | undefined
  /** The same, once it stands. */
  outcome: Outcome<object> | undefined
  /** Whether something has changed what was read: then the call begins again. */
  isOutdated: boolean
  /** Whether the request counts in its quotas already: it does so once. */
  isCounted: boolean
}

export const newWalk = (request: Request): Walk => ({
  request,
  turn: undefined,
  inquiry: undefined,
  proposed: undefined,
  outcome: undefined,
  isOutdated: false,
  isCounted: false,
})

type Step = (host: Host, walk: Walk) => Eventually<void>

export function inquiryOf({ inquiry }: Walk): Inquiry {
  invariant(inquiry, "nothing is decided before it is found")
  return inquiry
}

function proposedBy({ proposed }: Walk): Outcome<object> {
  invariant(proposed, "nothing is committed before it is performed")
  return proposed
}

const isDryRun = ({ request }: Walk): boolean => request.input["DryRun"] === true

const locate: Step = (host, walk) =>
  andThen(inquire(host, walk.request, walk.turn?.begin), (inquiry) => {
    walk.inquiry = inquiry
    const counted = walk.isCounted
      ? undefined
      : host.throttle?.countUse(walk.request, inquiry.keyList)
    walk.isCounted = true
    if (counted === undefined) return hearOfReplicas(host, walk, inquiry)
    return counted.then(() => hearOfReplicas(host, walk, inquiry))
  })

const isAwaiting = ({ record }: LocatedKey): boolean => awaitsReplicas(record)

/** A key that waits for its replicas may be gone by now, which nobody here knows. */
function hearOfReplicas(host: Host, walk: Walk, { keyList, alias }: Inquiry): Eventually<void> {
  const target = alias?.target
  const isTarget = target !== undefined && awaitsReplicas(target)
  if (!isTarget && !keyList.some(isAwaiting)) return
  const keys = [...keyList.map(({ record }) => record), ...(isTarget ? [target] : [])]
  return settleReplicas(host, keys.filter(awaitsReplicas)).then((hasAnswered) => {
    walk.isOutdated = hasAnswered
  })
}

/** Every permission is needed; the first one that is missing refuses the call. */
const authorize: Step = (host, walk) => {
  const inquiry = inquiryOf(walk)
  const decideOne = (question: Question): Eventually<void> =>
    andThen(decideAndTell(question, walk.request, host.decisions), (decision) => {
      inquiry.decisions.push(decision)
      const refusal = refusalByDecision(question, decision)
      if (refusal !== undefined) throw refusal
    })
  return inTurn(questionsOf(host.authorizer, inquiry), decideOne)
}

const admit: Step = (_host, walk) => {
  const { row, input, operation } = walk.request
  row.check?.(input)
  for (const { subject, located } of inquiryOf(walk).found) {
    invariant(located.kind !== "missing key", "what is not there is not authorized")
    if (located.kind === "key" && "role" in subject) {
      admitKey(subject, located.key, input, operation)
    }
    if (located.kind === "key store" && subject.by === "key store") {
      admitKeyStore(subject, located.keyStore, input)
    }
  }
}

/**
 * A call that writes goes on only in its turn. Nothing is prepared for a dry run, and the key that
 * its call would make is as good as made.
 */
const prepare: Step = (host, walk) => {
  const { keyList, reads, nowMs } = inquiryOf(walk)
  const isDry = isDryRun(walk)
  walk.isOutdated = walk.turn?.isHeld(reads) === false
  return inTurn(keyList, (key) => {
    if (isDry && key.isDraft) throw wouldHaveSucceeded()
    if (isDry || walk.isOutdated) return
    const { asksReplicas } = walk.request.row
    const prepared = prepareKey(host, reads, key, { nowMs, asksReplicas })
    if (prepared === false) return
    return andThen(prepared, (hasChanged) => {
      walk.isOutdated = hasChanged
    })
  })
}

/** The custom key store that the whole call works in. */
function workplaceOf({ found, keyStore }: Inquiry): LocatedKeyStore | undefined {
  const isInStore = found.some(
    ({ subject }) => subject.by === "key store" && subject.hsm === "of the store",
  )
  return isInStore ? keyStore : undefined
}

const perform: Step = (host, walk) => {
  const { request } = walk
  const { row, input, caller, operation, requestId, allocate } = request
  const { place, entropy, authorizer, domain, keyStores, regions, lastUsages, quotas } = host
  const inquiry = inquiryOf(walk)
  const { nowMs, reads, keys, keyList, alias, keyStore } = inquiry
  const performed = domain.use((hsm) =>
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
      hsm: keyStores.hsmFor(hsm, { call: request, keys: keyList, keyStore: workplaceOf(inquiry) }),
      backings: keyStores.backings,
      entropy,
      allocate,
      records: reads,
      couldPutKeyPolicy: (key, policy, region = place.region) =>
        authorizer.couldPutKeyPolicy(inquiry, key, policy, region),
      regions: {
        knows: regions.knows,
        consult: (region, key) => regions.consult(region, { operation, key, input, caller }),
      },
      quotas,
      lastUsageOf: lastUsages.lastOf,
    }),
  )
  return andThen(performed, (outcome) => {
    walk.proposed = outcome
  })
}

/** Nobody gets what a dry run has made, which may be a secret. */
const endDryRun: Step = (_host, walk) => {
  if (!isDryRun(walk)) return
  for (const value of Object.values(proposedBy(walk).reply)) {
    if (value instanceof Uint8Array) value.fill(0)
  }
  throw wouldHaveSucceeded()
}

/** Writes what is proposed, and encrypts what the caller's enclave alone may read. */
const commit: Step = (host, walk) => {
  const { attestation } = inquiryOf(walk)
  const proposed = proposedBy(walk)
  const written = proposed.changes?.length ? write(host, walk, proposed.changes) : undefined
  return andThen(written, () => {
    if (walk.isOutdated) return
    const sealed = replyFor(host, walk.request.row, attestation, proposed.reply)
    return andThen(sealed, (reply) => {
      walk.outcome = reply === proposed.reply ? proposed : { ...proposed, reply }
    })
  })
}

async function write(host: Host, walk: Walk, changes: readonly Change[]): Promise<void> {
  const { decided } = walk.turn ?? {}
  walk.isOutdated = !(await host.commit(changes, inquiryOf(walk).reads, { decided }))
  if (!walk.isOutdated) await followUp(host, changes)
}

const stepTable: { readonly [Name in AttemptStep]: Step } = {
  locate,
  authorize,
  admit,
  prepare,
  perform,
  "dry run": endDryRun,
  commit,
}

const steps = attemptSteps.map((name) => stepTable[name])

/**
 * Takes the steps in turn, as long as what was read is current. A closure around each of them would
 * cost the quickest call a tenth of its time.
 */
function takeSteps(host: Host, walk: Walk, from = 0): Eventually<void> {
  for (let i = from; i < steps.length && !walk.isOutdated; i += 1) {
    const done = steps[i]?.(host, walk)
    if (done instanceof Promise) return done.then(() => takeSteps(host, walk, i + 1))
  }
}

/** Throws what a call failed by, unless it was that a domain key was dropped meanwhile. */
function beginAgain({ domain }: Host, { inquiry }: Walk, thrown: unknown): void {
  const isOvertaken =
    isHsmError(thrown) &&
    thrown.code === "unknown-domain-key" &&
    inquiry !== undefined &&
    inquiry.reads.fence !== domain.fence()
  if (!isOvertaken) throw thrown
}

/** Walks a call to its outcome; there is none when something has changed what was read. */
export function attempt(host: Host, walk: Walk): Eventually<void> {
  walk.isOutdated = false
  try {
    const walked = takeSteps(host, walk)
    if (!(walked instanceof Promise)) return
    return walked.catch((thrown: unknown) => beginAgain(host, walk, thrown))
  } catch (thrown) {
    beginAgain(host, walk, thrown)
  }
}
