import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import { outboxKey } from "../../formats/stored/region-records.js"
import { awaitedReplicas, quietUntil, type RelatedKey } from "../../model/elsewhere.js"
import { RegionError } from "../../ports/region-link.js"
import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import { isRotationDue, rotateBeside } from "./rotate.js"

/*
 * What time does to related keys is done in one region and true in all of them: a replica asks its
 * primary for a rotation, and a primary its replicas whether they are gone. A region that does not
 * answer makes no call fail.
 */

type KeyName = Pick<KeyRecord, "account" | "keyId">

/**
 * Asks another region, and takes in what it says. True when it has answered: then what was read of
 * the key may be outdated.
 */
export const settleElsewhere = (
  host: Host,
  { account, keyId }: KeyName,
  { region, known }: RelatedKey,
): Promise<boolean> =>
  host.sideWork.attempt({
    name: `${outboxKey({ region, account, keyId })}/${known}`,
    write: "news of a region",
    // One that was down has had its time.
    waitMs: host.regions.isUp(region) ? limits.regionNewsMs : limits.sideWorkMs,
    run: async () => {
      const isNews = host.regions.isUp(region)
      try {
        const saidMs = await host.regions.settle(region, { account, keyId })
        return { hasChanged: true, quietUntilMs: quietUntil(saidMs, host.clock()) }
      } catch (error) {
        // That a region is down is told once, and not for each of its keys.
        if (isNews || !(error instanceof RegionError)) throw error
        return { hasChanged: false, quietUntilMs: quietUntil(undefined, host.clock()) }
      }
    },
  })

/** Asks after the replicas that primaries wait for. True when any region has answered. */
export async function settleReplicas(host: Host, keys: readonly KeyRecord[]): Promise<boolean> {
  const asking = keys.flatMap((key) =>
    awaitedReplicas(key).map((replica) => settleElsewhere(host, key, replica)),
  )
  return (await Promise.all(asking)).includes(true)
}

/** Does here what is due of a key that another region asks about, and tells of it. */
export async function settleHere(host: Host, { account, keyId }: KeyName): Promise<void> {
  for (let attempts = 0; attempts < limits.deliveryAttemptsMax; attempts += 1) {
    const reads = await host.reader.begin()
    const key = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
    const nowMs = host.clock()
    if (key === undefined || !isRotationDue(key, nowMs)) break
    if (!(await rotateBeside(host, reads, key, nowMs))) return
  }
  // It may have been told and have lost that.
  await host.sideWork.attempt({
    name: `told/${account}/${keyId}`,
    write: "news of a region",
    waitMs: limits.sideWorkMs,
    run: async () => {
      await host.regions.announce({ account, keyId })
      return { hasChanged: true }
    },
  })
}
