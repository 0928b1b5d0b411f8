// A process that adds one to a counter again and again by reading, expecting and trying again, and
// prints how often it had to try again. Started by processes.test.ts with the path of the file, how
// often to count, and how many processes count. None counts before all have read the counter, so
// that all but one begin with a stale read however they are scheduled.
import { setTimeout } from "node:timers/promises"
import Database from "libsql"
import "./end-with-parent.mjs"

const [path, times, processes] = process.argv.slice(2)
const { openSqliteStorage } = await import(process.env["KEYWRIGHT_STORAGE"])
const storage = openSqliteStorage(new Database(path))
const readCounter = async () => (await storage.get(["counter"]))[0]

async function meetOthers() {
  const put = [{ key: `ready/${process.pid}`, value: new Uint8Array() }]
  await storage.commit({ expect: [], put, remove: [] })
  for (;;) {
    const { entries } = await storage.list({ prefix: "ready/", limit: 100 })
    if (entries.length === Number(processes)) return
    await setTimeout(1)
  }
}

let entry = await readCounter()
await meetOthers()
let conflicts = 0
for (let counted = 0; counted < Number(times); ) {
  const count = entry === undefined ? 0 : Number(new TextDecoder().decode(entry.value))
  const held = await storage.commit({
    expect: [{ key: "counter", revision: entry?.revision }],
    put: [
      { key: "counter", value: new TextEncoder().encode(String(count + 1)) },
      { key: `counted/${String(count + 1).padStart(6, "0")}`, value: new Uint8Array([1]) },
    ],
    remove: [],
  })
  if (held) counted += 1
  else conflicts += 1
  entry = await readCounter()
}
await storage.close()
process.stdout.write(`${conflicts}\n`)
