import { type KeyRecord, nextDueMs, readKeys } from "@keywright/core/testing"
import type { Agenda, DueEvent } from "../clock.js"
import type { RegionWorld } from "./region-world.js"

type Moments = readonly (number | undefined)[]

/** When each event is to happen to a key, unless somebody calls before. */
const momentsOf: Readonly<Record<DueEvent, (key: KeyRecord) => Moments>> = {
  // A primary that waits for its replicas has no moment yet; the replicas have theirs.
  KeyDeletion: ({ deletionMs }) => [deletionMs],
  KeyMaterialExpiration: ({ materials, deletionMs = Number.POSITIVE_INFINITY }) =>
    materials.map(({ expiresMs }) => expiresMs).filter((atMs = deletionMs) => atMs < deletionMs),
  // A replica rotates when its primary does, and a key that is not enabled when it is again.
  KeyRotation: ({ rotation, state, multiRegion }) =>
    state === "Enabled" && multiRegion?.type !== "REPLICA" ? [rotation?.nextMs] : [],
}

function soonest(moments: Moments): number | undefined {
  const known = moments.filter((atMs) => atMs !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b))
}

/** What the passing of time brings to the keys of all regions. */
export function agendaOf(worlds: readonly RegionWorld[]): Agenda {
  const inAll = <Found>(find: (world: RegionWorld) => Promise<Found>): Promise<readonly Found[]> =>
    Promise.all(worlds.map(find))

  return {
    nextDueMs: async (afterMs) =>
      soonest(await inAll(({ records }) => nextDueMs(records, afterMs))),
    comingMs: async (event, afterMs) => {
      const keys = (await inAll(({ records }) => readKeys(records))).flat()
      return soonest(keys.flatMap(momentsOf[event]).filter((atMs = 0) => atMs > afterMs))
    },
    sweep: async () => {
      const counts = { KeyRotation: 0, KeyDeletion: 0, KeyMaterialExpiration: 0 }
      for (const { kms } of worlds) {
        let after: string | undefined
        do {
          const { keysRotated, keysDeleted, keysExpired, next } = await kms.sweep({ after })
          counts.KeyRotation += keysRotated
          counts.KeyDeletion += keysDeleted
          counts.KeyMaterialExpiration += keysExpired
          after = next
        } while (after !== undefined)
      }
      return counts
    },
  }
}
