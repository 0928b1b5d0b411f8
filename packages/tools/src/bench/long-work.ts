import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createKms, createSoftwareHsm, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import { openDatabase } from "./database.js"
import { type Stretch, stretchOf } from "./longest-stretch.js"

/*
 * A program of its own: long work on a SQLite file, and prints as JSON how long its longest stretch
 * without a turn of the event loop was. Usage: long-work.js <keys> <grants>
 */

const keysCount = Number(process.argv[2])
const grantsCount = Number(process.argv[3])
const dayMs = 86_400_000
const folder = mkdtempSync(join(tmpdir(), "keywright-long-work-"))
const database = await openDatabase(join(folder, "keys.db"))
const time = { nowMs: Date.UTC(2026, 0, 1) }
const kms = await createKms({
  region: "us-east-1",
  account: "111122223333",
  storage: openSqliteStorage(database),
  hsm: createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(1)), suite: opensslSuite() }),
  clock: () => time.nowMs,
})
const owner = kms.as(kms.administrator)
const Plaintext = new Uint8Array(32)
// What is measured is work: a flush to the disk is one of the two things that may take longer.
database.exec("pragma synchronous = off")

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

async function makeKeys(count: number, Policy?: string): Promise<string[]> {
  const made = await Promise.all(times(count, () => owner.createKey({ Policy })))
  return made.map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? "")
}

const found: Record<string, Stretch> = {}

found["createKey"] = await stretchOf(() => makeKeys(keysCount))
const { Keys = [] } = await owner.listKeys({ Limit: 1000 })
const ids = Keys.map(({ KeyId = "" }) => KeyId)
const [first = ""] = ids
found["encrypt"] = await stretchOf(() =>
  Promise.all(times(1000, () => owner.encrypt({ KeyId: first, Plaintext }))),
)
for (const KeyId of ids) await owner.encrypt({ KeyId, Plaintext })
found["flush"] = await stretchOf(() => kms.sweep())
found["list"] = await stretchOf(async () => {
  for (let i = 0; i < 20; i += 1) await owner.listKeys({ Limit: 1000 })
})
found["verify"] = await stretchOf(() => kms.verify())
const nowhere = async (): Promise<void> => undefined
found["backup"] = await stretchOf(() =>
  kms.backup({ write: nowhere, close: nowhere, abort: nowhere }),
)

/** As many parts as there is room for in a key policy. */
const hostile = (index: number): string => {
  const patterns = times(1800, (i) => `${index}*a*b${i}`)
  const Condition = { StringNotLike: { "kms:EncryptionContext:x": patterns } }
  const statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" }
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Condition }] })
}
found["hostile"] = await stretchOf(async () => {
  for (let i = 0; i < 50; i += 1) await owner.putKeyPolicy({ KeyId: first, Policy: hostile(i) })
})

for (const KeyId of ids) await owner.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
time.nowMs += 91 * dayMs
found["rotate"] = await stretchOf(() => kms.sweep())

const [granted = ""] = await makeKeys(1)
const role = (i: number): string => `arn:aws:iam::111122223333:role/r${i}`
for (let i = 0; i < grantsCount; i += 100) {
  await Promise.all(
    times(100, (n) =>
      owner.createGrant({
        KeyId: granted,
        GranteePrincipal: role(i + n),
        Operations: ["Decrypt"],
      }),
    ),
  )
}
await owner.scheduleKeyDeletion({ KeyId: granted, PendingWindowInDays: 7 })
time.nowMs += 8 * dayMs
found["grants"] = await stretchOf(async () => {
  for (let after: string | undefined; ; ) {
    after = (await kms.sweep({ after })).next
    if (after === undefined) return
  }
})

process.stdout.write(JSON.stringify(found))
await kms.close()
rmSync(folder, { recursive: true })
