// Measures the memory store with as many entries as 100,000 KMS keys have.
// Run after a build: node --expose-gc packages/storage/bench/memory.mjs
import { randomBytes } from "node:crypto"
import { createMemoryStorage } from "../dist/index.js"
import { median, print, time } from "./measure.mjs"

const keysCount = 100_000
const ids = Array.from({ length: keysCount }, () => {
  const hex = randomBytes(16).toString("hex")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
})
const recordKey = (id) => `key/111122223333/${id}`
const tokenKey = (id) => `token/111122223333/${id}/1`
const record = new Uint8Array(randomBytes(900))
const token = new Uint8Array(randomBytes(100))
const change = (id, expect) => ({
  expect,
  put: [
    { key: recordKey(id), value: record },
    { key: tokenKey(id), value: token },
  ],
  remove: [],
})

globalThis.gc?.()
const rssBefore = process.memoryUsage().rss
const storage = createMemoryStorage()
const load = await time(ids, (id) =>
  storage.commit(change(id, [{ key: recordKey(id), revision: undefined }])),
)
print("commit of 2 new entries, expecting absence", load, "µs")
globalThis.gc?.()
globalThis.gc?.()
const loaded = process.memoryUsage()
print("process RSS before the load, with a list of ids", rssBefore / 1e6, "MB")
print("process RSS after the load", loaded.rss / 1e6, "MB")
print("  V8 heap used", loaded.heapUsed / 1e6, "MB")
print("  buffers (100 MB of values)", loaded.arrayBuffers / 1e6, "MB")

async function rounds(name, list, act) {
  const figures = []
  for (let i = 0; i < 5; i += 1) figures.push(await time(list, act))
  print(name, median(figures), "µs")
}
// Keys as a caller has them: made anew, not the strings that the store holds.
const all = ids.map((id) => [recordKey(id)])
const hot = Array.from({ length: keysCount }, (_, i) => [recordKey(ids[i % 1000])])
await rounds("get, any of 100,000 keys", all, (keys) => storage.get(keys))
await rounds("get, one of 1,000 keys", hot, (keys) => storage.get(keys))
const starts = ids.slice(0, 2000).map((id) => recordKey(id))
for (const limit of [100, 1000]) {
  await rounds(`list page of ${limit}`, starts, (after) =>
    storage.list({ prefix: "key/", after, limit }),
  )
}
await rounds("overwrite of 2 entries, any key", ids, (id) => storage.commit(change(id, [])))
await rounds("stamp", ids, () => storage.stamp())
globalThis.gc?.()
globalThis.gc?.()
const after = process.memoryUsage()
print("process RSS after 500,000 overwrites", after.rss / 1e6, "MB")
print("  buffers", after.arrayBuffers / 1e6, "MB")

const small = createMemoryStorage()
for (const id of ids.slice(0, 1000)) await small.commit(change(id, []))
const forks = []
const fork = await time(Array.from({ length: 1000 }), () => forks.push(small.fork()))
print("fork of 1,000 keys", fork, "µs")
const first = await time(forks, (each) => each.commit(change(ids[0], [])))
print("first commit to such a fork", first, "µs")
