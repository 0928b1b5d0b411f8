import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createKms, createSoftwareHsm, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import { openDatabase } from "./database.js"

/*
 * A program of its own: writes with more and more callers at once on a SQLite file, and prints how
 * many writes a second that makes, as JSON.
 */

/** The first is the one that the others are compared with. */
const widths = process.argv.slice(2).map(Number)

const writesMin = 200
const rounds = 5

const folder = mkdtempSync(join(tmpdir(), "keywright-writes-"))
const seal = rootKeySeal(new Uint8Array(32).fill(7))
const kms = await createKms({
  region: "us-east-1",
  account: "111122223333",
  storage: openSqliteStorage(await openDatabase(join(folder, "keys.db"))),
  hsm: createSoftwareHsm({ seal, suite: opensslSuite() }),
})
const owner = kms.as(kms.administrator)
const { KeyMetadata } = await owner.createKey({})
const KeyId = KeyMetadata?.KeyId ?? ""

const acts = {
  createKey: () => owner.createKey({}),
  oneKey: () => owner.updateKeyDescription({ KeyId, Description: String(performance.now()) }),
}

/** Writes a second, with so many callers that each begin again when they have an answer. */
async function rateOf(act: () => Promise<unknown>, width: number): Promise<number> {
  const count = Math.max(writesMin, width * 2)
  let left = count
  const caller = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1
      await act()
    }
  }
  const beganMs = performance.now()
  await Promise.all(Array.from({ length: width }, caller))
  return (count * 1000) / (performance.now() - beganMs)
}

const rates: Record<string, number[][]> = {}
for (const [name, act] of Object.entries(acts)) {
  await rateOf(act, 1)
  const found: number[][] = widths.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, width] of widths.entries()) found[i]?.push(await rateOf(act, width))
  }
  rates[name] = found
}
await kms.close()
rmSync(folder, { recursive: true })
process.stdout.write(JSON.stringify(rates))
