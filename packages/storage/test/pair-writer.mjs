// A process that writes the same number into many long entries, each time in one commit, until it
// is ended. Started by processes.test.ts with the path of the file, how many entries, and how long.
import { setImmediate } from "node:timers/promises"
import Database from "libsql"
import "./end-with-parent.mjs"

const [path, count, lengthBytes] = process.argv.slice(2)
const { openSqliteStorage } = await import(process.env["KEYWRIGHT_STORAGE"])
const storage = openSqliteStorage(new Database(path))
for (let number = 1; ; number += 1) {
  const put = Array.from({ length: Number(count) }, (_, i) => ({
    key: `pair/${i}`,
    value: new Uint8Array(Number(lengthBytes)).fill(number % 256),
  }))
  await storage.commit({ expect: [], put, remove: [] })
  // SQLite works within the turn, and who started this is heard of in the next.
  await setImmediate()
}
