import { assert, assertSame } from "./assert.js"
import { oneHandle, type StorageCase } from "./case.js"
import {
  assertValue,
  bytes,
  commit,
  getOne,
  getThere,
  increment,
  numberBytes,
  numberedKeys,
  numberOf,
  putAll,
} from "./steps.js"

export const racesCases: readonly StorageCase[] = [
  oneHandle("of many commits that expect one absence, one happens", async (storage) => {
    const expect = [{ key: "a", revision: undefined }]
    const attempts = Array.from({ length: 20 }, (_, i) =>
      commit(storage, { expect, put: [{ key: "a", value: numberBytes(i) }] }),
    )
    const held = await Promise.all(attempts)
    assertSame(held.filter(Boolean).length, 1, "commits that happened")
    await assertValue(storage, "a", numberBytes(held.indexOf(true)))
  }),

  oneHandle("of many commits that expect one revision, one happens", async (storage) => {
    await putAll(storage, ["a"])
    const { revision } = await getThere(storage, "a")
    const expect = [{ key: "a", revision }]
    const held = await Promise.all([
      commit(storage, { expect, put: [{ key: "a", value: bytes(2) }] }),
      commit(storage, { expect, remove: ["a"] }),
      commit(storage, { expect, put: [{ key: "a", value: bytes(4) }] }),
    ])
    assertSame(held.filter(Boolean).length, 1, "commits that happened")
  }),

  oneHandle("counting by many at once loses no update", async (storage) => {
    const worker = async () => {
      for (let i = 0; i < 5; i += 1) await increment(storage, "counter")
    }
    await Promise.all(Array.from({ length: 10 }, worker))
    assertSame(numberOf((await getOne(storage, "counter"))?.value), 50, "the counter")
  }),

  oneHandle("a commit that fails does not disturb those beside it", async (storage) => {
    await putAll(storage, ["there"])
    const held = await Promise.all(
      numberedKeys("k", 30).map((key, i) => {
        const expect = i % 3 === 0 ? [{ key: "there", revision: undefined }] : []
        return commit(storage, { expect, put: [{ key, value: bytes(i) }] })
      }),
    )
    for (const [i, key] of numberedKeys("k", 30).entries()) {
      assertSame(held[i], i % 3 !== 0, `commit of ${key}`)
      await assertValue(storage, key, held[i] === true ? bytes(i) : undefined)
    }
  }),

  oneHandle(
    "of two commits that each expect what the other writes, one happens",
    async (storage) => {
      for (let round = 0; round < 10; round += 1) {
        const [a, b] = [`a${round}`, `b${round}`]
        const held = await Promise.all([
          commit(storage, {
            expect: [{ key: b, revision: undefined }],
            put: [{ key: a, value: bytes() }],
          }),
          commit(storage, {
            expect: [{ key: a, revision: undefined }],
            put: [{ key: b, value: bytes() }],
          }),
        ])
        assertSame(held.filter(Boolean).length, 1, "commits that happened")
      }
    },
  ),

  oneHandle("a read during commits sees all of a commit or nothing", async (storage) => {
    const keys = numberedKeys("pair", 5)
    const writing = Promise.all(
      Array.from({ length: 20 }, (_, i) => putAll(storage, keys, numberBytes(i))),
    )
    for (let i = 0; i < 20; i += 1) {
      const got = await storage.get(keys)
      const { entries } = await storage.list({ prefix: "pair", limit: 10 })
      for (const seen of [got, entries]) {
        const revisions = new Set(seen.map((entry) => entry?.revision))
        assert(revisions.size <= 1, "one answer mixes two commits")
      }
    }
    await writing
  }),
]
