import type { RegionReply, RegionRequest } from "../../formats/regions/region-bodies.js"
import { keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import type { KnownCaller } from "../../model/caller.js"
import { asKmsError } from "../../model/failures.js"
import { asOf } from "../../model/key-materials.js"
import { isDeleted } from "../../model/keys.js"
import { awaitsReplica, relationOf, withoutReplica, withReport } from "../../model/replicas.js"
import type { LocatedKey } from "../../operations/call.js"
import { findRow } from "../../operations/catalogue.js"
import { keyArn, type Region } from "../../vocabulary/arns.js"
import { pick } from "../../vocabulary/pick.js"
import { noSuchKey } from "../../vocabulary/refusals/keys.js"
import { anotherPrimary } from "../../vocabulary/refusals/materials.js"
import { unsupportedOperation } from "../../vocabulary/refusals/requests.js"
import { admit } from "../access/admit.js"
import { decideAndTell, questionsOf, refusalByDecision } from "../access/decide.js"
import { newInquiry, noteFound } from "../subjects/inquiry.js"
import type { BareHost } from "./bare-host.js"
import type { Responder } from "./courier.js"
import type { TakeNote } from "./notes.js"
import type { Settler } from "./settler.js"
import type { Synchronizer } from "./synchronize.js"

interface Answerers {
  readonly synchronizer: Synchronizer
  readonly settler: Settler
  readonly takeNote: TakeNote
}

type Responses = {
  readonly [Kind in RegionRequest["kind"]]: (
    from: Region,
    request: Extract<RegionRequest, { kind: Kind }>,
  ) => Promise<RegionReply>
}

/** What this region answers to each kind of message. */
export function createAnswers(
  host: BareHost,
  { synchronizer, settler, takeNote }: Answerers,
): Responder {
  const { place, reader, authorizer, clock } = host

  /** Whether somebody may do here what an operation elsewhere needs; throws the refusal. */
  const requirePermission = async (
    from: Region,
    request: Extract<RegionRequest, { kind: "consult" }>,
  ): Promise<void> => {
    const { account, keyId, operation, input } = request
    const row = findRow(operation)
    if (row?.elsewhere === undefined) throw unsupportedOperation()
    const subject = row.elsewhere
    const nowMs = clock()
    const reads = await reader.begin()
    const stored = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
    const arn = keyArn(place, account, keyId)
    if (stored?.multiRegion === undefined || isDeleted(stored, nowMs)) {
      throw noSuchKey({ key: arn })
    }
    const record = asOf(stored, nowMs)
    const key: LocatedKey = { arn, record, state: record.state }
    const caller = request.requester as KnownCaller
    const inquiry = newInquiry({ row, caller, input }, { place, nowMs, reads })
    inquiry.identity = await authorizer.identify(caller)
    noteFound(inquiry, subject, { kind: "key", key })
    for (const question of questionsOf(authorizer, inquiry)) {
      const decision = await decideAndTell(question, { operation }, host.decisions)
      const refusal = refusalByDecision(question, decision)
      if (refusal !== undefined) throw refusal
    }
    admit(subject, key, input, operation)
    if (relationOf(stored).primaryRegion === from) return
    throw anotherPrimary({ arn })
  }

  const responses: Responses = {
    synchronize: synchronizer.synchronize,
    report: (from, { report, account, keyId }) =>
      takeNote({ region: from, account, keyId }, (key) => withReport(key, from, report)),
    gone: (from, { replica, account, keyId }) =>
      takeNote({ region: from, account, keyId }, (key) =>
        withoutReplica(key, from, replica, clock()),
      ),
    settle: settler.answer,
    confirm: async (from, { account, keyId, since }) => {
      const reads = await reader.begin()
      const key = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
      const isAwaited = key?.multiRegion !== undefined && awaitsReplica(key, from, since)
      return isAwaited ? { kind: "permitted" } : { kind: "declined", reason: "it is not awaited" }
    },
    consult: async (from, request) => {
      try {
        await requirePermission(from, request)
        return { kind: "permitted" }
      } catch (thrown) {
        const { name, message } = asKmsError(thrown)
        return { kind: "refused", name, message }
      }
    },
  }
  return (from, request) => pick<Responder>(responses, request.kind)(from, request)
}
