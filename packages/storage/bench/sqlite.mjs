// Measures the SQLite store on libsql against raw writes to the same disk in the same run.
// Run after a build: node packages/storage/bench/sqlite.mjs [directory]
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { openSqliteStorage } from "../dist/sqlite.js"
import { median, print, time } from "./measure.mjs"

const folder = fs.mkdtempSync(join(process.argv[2] ?? tmpdir(), "keywright-bench-"))
const path = join(folder, "store.db")
const storage = openSqliteStorage(new Database(path))
const keysCount = 20_000
const keyOf = (i) => `key/111122223333/${String((i * 7919) % keysCount).padStart(8, "0")}`

const groups = Array.from({ length: keysCount / 50 }, (_, group) =>
  Array.from({ length: 50 }, (_, i) => ({ key: keyOf(group * 50 + i), value: randomBytes(900) })),
)
await time(groups, (put) => storage.commit({ expect: [], put, remove: [] }))

// Raw: 4 KiB pages over and over in a file of fixed size, as the log of SQLite is written.
const raw = fs.openSync(join(folder, "raw"), "w")
for (let i = 0; i < 256; i += 1) fs.writeSync(raw, randomBytes(4096))
fs.fdatasyncSync(raw)
let page = 0
function rawWrite() {
  page += 1
  fs.writeSync(raw, randomBytes(4096), 0, 4096, 4096 * (page % 256))
  fs.fdatasyncSync(raw)
}

let next = 0
function nextKey() {
  next += 1
  return keyOf(next)
}
const change = () => ({
  expect: [],
  put: [{ key: nextKey(), value: randomBytes(900) }],
  remove: [],
})
async function compareAndSwap() {
  const key = nextKey()
  const [entry] = await storage.get([key])
  await storage.commit({
    expect: [{ key, revision: entry?.revision }],
    put: [
      { key, value: randomBytes(900) },
      { key: `token/${key}`, value: randomBytes(100) },
      { key: "index", value: randomBytes(60) },
    ],
    remove: [],
  })
}
const together = (count) => () =>
  Promise.all(Array.from({ length: count }, () => storage.commit(change())))

const many = Array.from({ length: 300 }, (_, i) => i)
const few = many.slice(0, 60)
const rows = [
  ["raw write of 4 KiB and fdatasync", many, rawWrite, 1],
  ["commit of one put", many, () => storage.commit(change()), 1],
  ["get, then commit of 3 puts that expects it", many, compareAndSwap, 1],
  ["commits, 16 at once, for each", few, together(16), 16],
  ["commits, 64 at once, for each", few, together(64), 64],
]
// Round after round, so that a slow moment of the disk meets them all.
const figures = rows.map(() => [])
for (let round = 0; round < 5; round += 1) {
  for (const [i, [, items, act, share]] of rows.entries()) {
    figures[i].push((await time(items, act)) / share)
  }
}
const floor = median(figures[0])
for (const [i, [name]] of rows.entries()) {
  const figure = median(figures[i])
  print(`${name} (${(figure / floor).toFixed(2)} × raw)`, figure, "µs")
}

const keys = Array.from({ length: keysCount }, (_, i) => keyOf(i))
const median5 = async (items, act) => {
  const each = []
  for (let i = 0; i < 5; i += 1) each.push(await time(items, act))
  return median(each)
}
print("get of one key", await median5(keys, (key) => storage.get([key])), "µs")
const three = keys.slice(3).map((key, i) => [key, keys[i], keys[i + 1]])
print("get of three keys", await median5(three, (list) => storage.get(list)), "µs")
const pages = keys.slice(0, 300)
const list = (after) => storage.list({ prefix: "key/", after, limit: 100 })
print("list page of 100", await median5(pages, list), "µs")
print("stamp", await median5(keys, () => storage.stamp()), "µs")
await storage.close()
print("size of the file", fs.statSync(path).size / 1e6, "MB")
fs.closeSync(raw)
fs.rmSync(folder, { recursive: true })
