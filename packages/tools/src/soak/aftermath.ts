import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import type { Storage } from "@keywright/storage"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import Database from "libsql"

const dayMs = 86_400_000

/** A host on the file, with a clock that the caller moves. */
export async function openOn(path: string, rootKey: string, nowMs: () => number) {
  const storage = openSqliteStorage(new Database(path))
  const seal = rootKeySeal(Uint8Array.from(Buffer.from(rootKey, "hex")))
  const hsm = createSoftwareHsm({ seal, suite: opensslSuite() })
  const place = { region: "us-east-1", account: "111122223333" }
  const kms = await createKms({ ...place, storage, hsm, clock: nowMs })
  return { kms, storage }
}

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

/** Everything but the domain is the key's, and goes with it. */
async function leftIn(storage: Storage): Promise<readonly string[]> {
  const left: string[] = []
  let after: string | undefined
  for (;;) {
    const page = await storage.list({ prefix: "", after, limit: 1000 })
    left.push(...page.entries.map(({ key }) => key))
    after = page.entries.at(-1)?.key
    if (!page.more) return left.filter((key) => key !== "domain")
  }
}

/** Deletes every key, lets time pass, and answers what is then left behind. */
export async function clearedOf(path: string, rootKey: string, endMs: number) {
  let nowMs = endMs
  const { kms, storage } = await openOn(path, rootKey, () => nowMs)
  try {
    await sweepAll(kms)
    await scheduleAll(kms)
    nowMs += 60 * dayMs
    const problems = await sweepAll(kms)
    const left = await leftIn(storage)
    const shown = left.slice(0, 5).join(", ")
    return left.length === 0 ? problems : [...problems, `${left.length} left behind: ${shown} …`]
  } finally {
    await kms.close()
  }
}
