import type { Kms } from "@keywright/core"
import type { Storage } from "@keywright/storage"
import Database from "libsql"
import { dropStores, openPlaces } from "./places.js"

const dayMs = 86_400_000

/** What SQLite says of the file; nothing when all is well. */
export function integrityOf(path: string): readonly string[] {
  const database = new Database(path)
  try {
    const { integrity_check: text } = database.prepare("pragma integrity_check").get() as {
      integrity_check: string
    }
    return text === "ok" ? [] : [`the file is damaged: ${text}`]
  } finally {
    database.close()
  }
}

async function sweepAll(kms: Kms): Promise<readonly string[]> {
  const problems: string[] = []
  let after: string | undefined
  do {
    const { next, unreadable, unsettled } = await kms.sweep({ after })
    problems.push(...unreadable, ...unsettled.map(({ keyId, cause }) => `${keyId}: ${cause}`))
    after = next
  } while (after !== undefined)
  return problems
}

async function scheduleAll(kms: Kms): Promise<void> {
  const root = kms.as(kms.administrator)
  let Marker: string | undefined
  do {
    const { Keys = [], NextMarker } = await root.listKeys({ Limit: 1000, Marker })
    for (const { KeyId = "" } of Keys) {
      // Those that wait already wait on.
      await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }).catch(() => undefined)
    }
    Marker = NextMarker
  } while (Marker !== undefined)
}

/** What a region has without any key: its domain, other regions, and a list of no key stores. */
const staying = /^(?:domain(?:-copy)?$|digest\/|replication$|region\/|gone\/|uses\/|key-stores\/)/

/** Everything else is a key's, and goes with it. */
async function leftIn(storage: Storage): Promise<readonly string[]> {
  const left: string[] = []
  let after: string | undefined
  for (;;) {
    const page = await storage.list({ prefix: "", after, limit: 1000 })
    left.push(...page.entries.map(({ key }) => key))
    after = page.entries.at(-1)?.key
    if (!page.more) return left.filter((key) => !staying.test(key))
  }
}

/** Deletes every key, lets time pass, and answers what is then left behind. */
export async function clearedOf(path: string, rootKey: string, endMs: number) {
  let nowMs = endMs
  const places = await openPlaces(path, rootKey, () => nowMs)
  const regions = [places.west, places.east]
  const problems: string[] = []
  try {
    // A primary waits for its replicas, and what it hears of them takes a sweep.
    for (let round = 0; round < 3; round += 1) {
      problems.length = 0
      for (const { kms } of regions) {
        await sweepAll(kms)
        await scheduleAll(kms)
      }
      nowMs += 60 * dayMs
      for (const { kms } of regions) problems.push(...(await sweepAll(kms)))
    }
    await dropStores(places.east.kms)
    for (const { kms, storage } of regions) {
      const { domainKeysLeft } = await kms.sweep()
      if (domainKeysLeft > 0) problems.push(`${domainKeysLeft} former domain keys are still there`)
      const left = await leftIn(storage)
      const shown = left.slice(0, 5).join(", ")
      if (left.length > 0) problems.push(`${left.length} left behind: ${shown} …`)
    }
    return problems
  } finally {
    await places.close()
  }
}
