// A process that commits as fast as it can until it is killed, and prints each commit when it was
// acknowledged, not before: `lane number`. Started by crash.test.ts with the path of the file.
import { writeSync } from "node:fs"
import Database from "libsql"
import { entriesOf, keptMax, laneKey, lanesCount, partKeys } from "./crash-entries.mjs"
import "./end-with-parent.mjs"

const { openSqliteStorage } = await import(process.env["KEYWRIGHT_STORAGE"])
const storage = openSqliteStorage(new Database(process.argv[2]))

async function writeLane(lane) {
  for (;;) {
    const [last] = await storage.get([laneKey(lane)])
    const number = last === undefined ? 1 : Number(new TextDecoder().decode(last.value)) + 1
    const held = await storage.commit({
      expect: [{ key: laneKey(lane), revision: last?.revision }],
      put: entriesOf(lane, number),
      remove: number > keptMax ? partKeys(lane, number - keptMax) : [],
    })
    if (held) writeSync(1, `${lane} ${number}\n`)
  }
}

await Promise.all(Array.from({ length: lanesCount }, (_, lane) => writeLane(lane)))
