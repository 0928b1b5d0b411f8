import {
  type Change,
  commitBytesMax,
  commitKeysMax,
  keyBytesMax,
  valueBytesMax,
} from "../contract.js"
import { assert, assertSame, assertWrongCall } from "./assert.js"
import { oneHandle, type StorageCase } from "./case.js"
import { assertValue, bytes, commit, getThere, listAll, numberedKeys, putAll } from "./steps.js"

/** Wrong changes and the parameter that each must name. */
const wrongChanges: readonly (readonly [string, string, Partial<Change>])[] = [
  ["an empty key", "change.put[0]", { put: [{ key: "", value: bytes(1) }] }],
  ["a key that is not ASCII", "change.put[0]", { put: [{ key: "é", value: bytes(1) }] }],
  ["a key that is too long", "change.remove[0]", { remove: ["k".repeat(keyBytesMax + 1)] }],
  [
    "a value that is too long",
    "change.put[1].value",
    {
      put: [
        { key: "a", value: bytes(1) },
        { key: "b", value: new Uint8Array(valueBytesMax + 1) },
      ],
    },
  ],
  [
    "a value that is no bytes",
    "change.put[0].value",
    { put: [{ key: "a", value: [1] as unknown as Uint8Array }] },
  ],
  [
    "a key written twice",
    "change",
    {
      put: [
        { key: "a", value: bytes(1) },
        { key: "a", value: bytes(1) },
      ],
    },
  ],
  ["a key written and removed", "change", { put: [{ key: "a", value: bytes(1) }], remove: ["a"] }],
  ["a key removed twice", "change", { remove: ["a", "a"] }],
  [
    "a key expected twice",
    "change.expect",
    {
      expect: [
        { key: "a", revision: undefined },
        { key: "a", revision: 1 },
      ],
    },
  ],
  ["revision zero", "change.expect[0].revision", { expect: [{ key: "a", revision: 0 }] }],
  ["half a revision", "change.expect[0].revision", { expect: [{ key: "a", revision: 1.5 }] }],
  [
    "too many keys",
    "change",
    { remove: numberedKeys("r", commitKeysMax), expect: [{ key: "a", revision: undefined }] },
  ],
  [
    "too many bytes",
    "change",
    {
      put: numberedKeys("p", 4).map((key) => ({
        key,
        value: new Uint8Array(valueBytesMax),
      })),
    },
  ],
]

export const writingCases: readonly StorageCase[] = [
  oneHandle("a commit creates, overwrites and removes at once", async (storage) => {
    await putAll(storage, ["a", "b"], bytes(1))
    const put = [
      { key: "b", value: bytes(2) },
      { key: "c", value: bytes(3) },
    ]
    assertSame(await commit(storage, { put, remove: ["a"] }), true, "commit")
    await assertValue(storage, "a", undefined)
    await assertValue(storage, "b", bytes(2))
    await assertValue(storage, "c", bytes(3))
    assertSame(await listAll(storage, "", 10), ["b", "c"], "keys")
  }),

  oneHandle("a commit whose expectation does not hold writes nothing", async (storage) => {
    await putAll(storage, ["a", "b"])
    const before = await storage.list({ prefix: "", limit: 10 })
    const { revision } = await getThere(storage, "a")
    const put = [
      { key: "a", value: bytes(9) },
      { key: "new", value: bytes(9) },
    ]
    for (const [what, expect] of [
      ["absence of what is there", { key: "a", revision: undefined }],
      ["an older revision", { key: "a", revision: revision + 1 }],
      ["a revision of what is not there", { key: "missing", revision }],
    ] as const) {
      const held = { key: "b", revision }
      for (const all of [[expect], [held, expect], [expect, held]]) {
        assertSame(await commit(storage, { expect: all, put, remove: ["b"] }), false, what)
      }
    }
    assertSame(await storage.list({ prefix: "", limit: 10 }), before, "entries")
  }),

  oneHandle("an expectation may be about a key that is not written", async (storage) => {
    await putAll(storage, ["guard"])
    const { revision } = await getThere(storage, "guard")
    const change = { expect: [{ key: "guard", revision }], put: [{ key: "a", value: bytes(1) }] }
    assertSame(await commit(storage, change), true, "first commit")
    assertSame(await commit(storage, change), true, "second commit, the guard still stands")
    await putAll(storage, ["guard"])
    assertSame(await commit(storage, change), false, "commit after the guard was written")
  }),

  oneHandle("the puts of a commit share a revision above all others", async (storage) => {
    let before = 0
    for (const keys of [["a"], ["b", "c"], ["a", "d"], ["a"]]) {
      await putAll(storage, keys)
      const revisions = new Set((await storage.get(keys)).map((entry) => entry?.revision))
      assertSame(revisions.size, 1, "different revisions in one commit")
      const revision = [...revisions][0] ?? 0
      assert(Number.isSafeInteger(revision), "a revision is a safe integer")
      assert(revision > before, `revision ${revision} should be above ${before}`)
      before = revision
    }
    assert((await getThere(storage, "b")).revision < before, "what is not written stays as it was")
  }),

  oneHandle("a revision never comes back, so a stale writer loses", async (storage) => {
    await putAll(storage, ["a"])
    const { revision } = await getThere(storage, "a")
    assertSame(await commit(storage, { remove: ["a"] }), true, "remove")
    const stale = { expect: [{ key: "a", revision }], put: [{ key: "a", value: bytes(9) }] }
    assertSame(await commit(storage, stale), false, "a stale commit to what was removed")
    await putAll(storage, ["a"])
    assertSame(await commit(storage, stale), false, "a stale commit to what was made again")
    assert((await getThere(storage, "a")).revision > revision, "a new entry has a new revision")
  }),

  oneHandle("writing the same bytes again is a change like any other", async (storage) => {
    await putAll(storage, ["a"], bytes(5))
    const { revision } = await getThere(storage, "a")
    await putAll(storage, ["a"], bytes(5))
    assert((await getThere(storage, "a")).revision > revision, "the revision should be larger")
  }),

  oneHandle("a commit that writes nothing only checks", async (storage) => {
    await putAll(storage, ["a"])
    const { revision } = await getThere(storage, "a")
    assertSame(await commit(storage, {}), true, "an empty commit")
    assertSame(await commit(storage, { expect: [{ key: "a", revision }] }), true, "what holds")
    const not = [{ key: "a", revision: undefined }]
    assertSame(await commit(storage, { expect: not }), false, "what does not hold")
  }),

  oneHandle("removing what is not there is no error", async (storage) => {
    assertSame(await commit(storage, { remove: ["a", "b"] }), true, "commit")
    assertSame(await listAll(storage, "", 10), [], "keys")
  }),

  oneHandle("a commit of the greatest size is all or nothing too", async (storage) => {
    const keys = numberedKeys("k", commitKeysMax)
    const expect = keys.map((key) => ({ key, revision: undefined }))
    const room = Math.floor(commitBytesMax / commitKeysMax) - 2 * "k0001".length
    const put = keys.map((key) => ({ key, value: new Uint8Array(room).fill(3) }))
    assertSame(await commit(storage, { expect, put }), true, "first commit")
    assertSame(await commit(storage, { expect, put }), false, "second commit")
    assertSame(await commit(storage, { remove: keys }), true, "removing all")
    assertSame(await listAll(storage, "", 10), [], "keys")
  }),

  oneHandle("a wrong change names its parameter and writes nothing", async (storage) => {
    await putAll(storage, ["stays"])
    const before = await storage.list({ prefix: "", limit: 10 })
    for (const [what, parameter, change] of wrongChanges) {
      await assertWrongCall(commit(storage, change), parameter, what)
    }
    assertSame(await storage.list({ prefix: "", limit: 10 }), before, "entries")
  }),

  oneHandle(
    "what a caller does to a change afterwards does not reach the store",
    async (storage) => {
      const buffer = new Uint8Array(64).fill(1)
      const value = buffer.subarray(16, 32)
      const put = [{ key: "a", value }]
      const remove: string[] = []
      const expect = [{ key: "a", revision: undefined as number | undefined }]
      const committed = storage.commit({ expect, put, remove })
      buffer.fill(2)
      put.push({ key: "b", value })
      remove.push("a")
      expect[0] = { key: "a", revision: 77 }
      assertSame(await committed, true, "commit")
      await assertValue(storage, "a", new Uint8Array(16).fill(1))
      await assertValue(storage, "b", undefined)
      buffer.fill(3)
      await assertValue(storage, "a", new Uint8Array(16).fill(1))
    },
  ),

  oneHandle("an answer stays as it is when its entry changes", async (storage) => {
    const keys = numberedKeys("k", 20)
    await putAll(storage, keys, new Uint8Array(200).fill(1))
    const got = await storage.get(keys)
    const { entries: listed } = await storage.list({ prefix: "k", limit: 20 })
    for (let round = 2; round < 60; round += 1) {
      await putAll(storage, keys, new Uint8Array(150 + round).fill(round))
    }
    await commit(storage, { remove: keys })
    for (const entry of [...got, ...listed]) {
      assertSame(entry?.value, new Uint8Array(200).fill(1), `the first value of ${entry?.key}`)
    }
  }),
]
