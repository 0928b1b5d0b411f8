import { hasReplicas, overduePrimary } from "../../model/elsewhere.js"
import { withMaterial } from "../../model/key-materials.js"
import { newUuid } from "../../model/uuids.js"
import { newMaterial } from "../../operations/bound-tokens.js"
import type { LocatedKey } from "../../operations/call.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import type { Host } from "../host/host.js"
import type { ReadSet } from "../records/read-set.js"
import { settleElsewhere, settleReplicas } from "./elsewhere.js"
import { isRotationDue, rotateBeside } from "./rotate.js"

/**
 * What must have happened before a key is used: one that AWS manages is made, a rotation that is
 * due is done, here or by the primary of a replica, and replicas that are gone are known to be,
 * where the call depends on that. True when the key was changed, by this host or by another one
 * that was quicker: then what was read of it is outdated. What cannot be done now makes no call
 * fail and none wait for long: the key is used as it is.
 */
export function prepareKey(
  host: Host,
  reads: ReadSet,
  key: LocatedKey,
  { nowMs, asksReplicas }: { readonly nowMs: number; readonly asksReplicas?: true | undefined },
): Eventually<boolean> {
  const { record } = key
  if (key.isDraft) return makeManagedKey(host, reads, key, nowMs)
  if (isRotationDue(record, nowMs)) return rotateBeside(host, reads, record, nowMs)
  const primary = overduePrimary(record, nowMs)
  if (primary !== undefined) return settleElsewhere(host, record, primary)
  return asksReplicas === true && hasReplicas(record) && settleReplicas(host, [record])
}

/** The alias must not be there yet: of two hosts that make the key, one does. */
async function makeManagedKey(
  { place, entropy, domain, commit }: Host,
  reads: ReadSet,
  { record, aliasName }: LocatedKey,
  nowMs: number,
): Promise<true> {
  const draft = { ...record, keyId: newUuid(entropy) }
  const material = await domain.use((hsm) => newMaterial({ place, entropy, hsm, nowMs }, draft))
  const { account, keyId } = draft
  const alias = { account, name: aliasName ?? "", keyId, createdMs: nowMs, updatedMs: nowMs }
  const changes = [
    { kind: "key", after: withMaterial(draft, { ...material, state: "CURRENT" }) },
    { kind: "alias", after: alias },
  ] as const
  await commit(changes, reads)
  return true
}
