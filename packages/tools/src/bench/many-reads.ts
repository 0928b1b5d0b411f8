import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import { openDatabase } from "./database.js"
import { compare } from "./in-turn.js"

/*
 * A program of its own: two hosts on one SQLite file, of which one remembers all keys and the other
 * next to none, and prints as JSON what that is worth. Usage: many-reads.js <keys>
 */

const keysCount = Number(process.argv[2])
const calls = 2000
const folder = mkdtempSync(join(tmpdir(), "keywright-reads-"))
const path = join(folder, "keys.db")

async function openHost(cachedRecordsBytesMax?: number): Promise<Kms> {
  const database = await openDatabase(path)
  const seal = rootKeySeal(new Uint8Array(32).fill(3))
  const kms = await createKms({
    region: "us-east-1",
    account: "111122223333",
    storage: openSqliteStorage(database),
    hsm: createSoftwareHsm({ seal, suite: opensslSuite() }),
    cachedRecordsBytesMax,
  })
  // What is measured reads: how long a write waits for the disk does not matter.
  database.exec("pragma synchronous = off")
  return kms
}

const knowing = await openHost()
const forgetful = await openHost(10_000)
const maker = knowing.as(knowing.administrator)
const ids: string[] = []
for (let i = 0; i < keysCount; i += 1) {
  ids.push((await maker.createKey({})).KeyMetadata?.KeyId ?? "")
}

type Call = (client: ReturnType<Kms["as"]>, KeyId: string) => Promise<unknown>

/** The same keys in the same order, on either host. */
function walk(kms: Kms, call: Call): () => Promise<unknown> {
  const client = kms.as(kms.administrator)
  let at = 0
  return () => {
    at = (at + 1) % ids.length
    return call(client, ids[at] ?? "")
  }
}

async function measure(call: Call) {
  const [hit, miss] = [walk(knowing, call), walk(forgetful, call)]
  for (let i = 0; i < keysCount; i += 1) {
    await hit()
    await miss()
  }
  // Uses that were noted are written now, and not while time is taken.
  for (const kms of [knowing, forgetful]) await kms.sweep()
  for (let i = 0; i < keysCount; i += 1) await hit()
  return compare(hit, miss, calls)
}

const Plaintext = new Uint8Array(32)
const figures = {
  describeKey: await measure((client, KeyId) => client.describeKey({ KeyId })),
  encrypt: await measure((client, KeyId) => client.encrypt({ KeyId, Plaintext })),
}
process.stdout.write(JSON.stringify(figures))
await knowing.close()
await forgetful.close()
rmSync(folder, { recursive: true })
