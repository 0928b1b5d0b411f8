import { auditEvent } from "../../model/audit-event.js"
import type { CallHead } from "../../model/caller.js"
import { newUuid } from "../../model/uuids.js"
import { findRow } from "../../operations/catalogue.js"
import type { KmsError } from "../../vocabulary/errors.js"
import type { Host } from "../host/host.js"
import type { Request } from "../subjects/inquiry.js"
import type { Walk } from "./attempt.js"

/** The ARNs of the keys of a call, and of one that it made. */
export function resourcesOf({ inquiry, outcome }: Walk): readonly string[] {
  const arns: string[] = []
  for (const key of inquiry?.keyList ?? []) if (!key.isDraft) arns.push(key.arn)
  if (outcome?.created) arns.push(outcome.created)
  return arns
}

/** What the audit event may show of the input, algorithms also where they were defaulted. */
function shownOf({ row, input }: Request): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  for (const subject of row.subjects) {
    const algorithm = "use" in subject ? subject.use?.algorithm : undefined
    if (algorithm?.default !== undefined) shown[algorithm.member] = algorithm.default
  }
  for (const member of row.audit as readonly string[]) {
    if (input[member] !== undefined) shown[member] = input[member]
  }
  return shown
}

/**
 * Records a call, also one that failed before its input was understood: then it has walked nowhere.
 * Resolves to the id of the event. A sink that fails makes the call fail: nothing is answered that
 * was not recorded.
 */
export async function record(
  host: Host,
  head: CallHead,
  walk: Walk | undefined,
  error?: KmsError,
): Promise<string | undefined> {
  if (host.audit === undefined) return undefined
  const { clock, traceEntropy, place } = host
  const eventId = newUuid(traceEntropy)
  const happened = {
    eventId,
    timeMs: clock(),
    region: place.region,
    readOnly: findRow(head.operation)?.effect !== "write",
    shown: walk ? shownOf(walk.request) : {},
    resources: walk ? resourcesOf(walk) : [],
    keyMaterialIds: walk?.outcome?.keyMaterialIds ?? [],
    decisions: walk?.inquiry?.decisions ?? [],
  }
  await host.audit(auditEvent(head, happened, error))
  return eventId
}
