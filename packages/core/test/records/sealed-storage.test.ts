import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createOpenedRecords } from "../../src/engine/hsms/opened-records.js"
import { isPageOf, sealedStorage, withoutStamps } from "../../src/engine/hsms/sealed-storage.js"
import type { PlacedBytes } from "../../src/ports/record-hsm.js"
import { ofNoDomainKey, plainSealer, sealPlainly } from "../support/plain-sealer.js"
import { recordingStorage } from "../support/storages.js"

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)
const putting = (
  texts: Readonly<Record<string, string>>,
  members: Partial<Change> = {},
): Change => ({
  expect: [],
  put: Object.entries(texts).map(([key, text]) => ({ key, value: bytes(text) })),
  remove: [],
  ...members,
})

/** A sealed storage in a domain that a test can change. */
function sealedOn(inner: Storage = createMemoryStorage()) {
  const asked: (readonly PlacedBytes[])[] = []
  const sealer = plainSealer(asked)
  const seals: number[] = []
  const hsm = {
    ...sealer,
    sealRecords: (records: readonly PlacedBytes[]) => {
      seals.push(records.length)
      return sealer.sealRecords(records)
    },
  }
  const counted: number[] = []
  const state = {
    fence: { key: "domain", revision: 1 } as { key: string; revision: number } | undefined,
    refreshes: 0,
  }
  const commits: Change[] = []
  const beneath: Storage = {
    ...inner,
    commit: (change) => {
      commits.push(change)
      return inner.commit({
        ...change,
        expect: change.expect.filter(({ key }) => key !== "domain"),
      })
    },
  }
  const storage = sealedStorage(withoutStamps(beneath), {
    use: (work) => work(hsm),
    fence: () => state.fence,
    refresh: async () => {
      state.refreshes += 1
    },
    count: (seals) => void counted.push(seals),
  })
  const textsAt = async (...keys: readonly string[]) =>
    (await storage.get(keys)).map((entry) => textOf(entry?.value))
  return { storage, inner, asked, seals, counted, state, commits, textsAt }
}

describe("a storage behind an HSM", () => {
  it("gives back what was put, and beneath it stands nothing of that but the domain", async () => {
    const { storage, inner, textsAt, counted } = sealedOn()
    await storage.commit(putting({ "key/1": "secret" }))
    await inner.commit(putting({ domain: "plain" }))
    expect(await textsAt("key/1", "none", "domain")).toEqual(["secret", undefined, "plain"])
    const [key] = await inner.get(["key/1"])
    expect(textOf(key?.value)).not.toBe("secret")
    expect(key?.value[0]).toBe(1)
    expect(counted).toEqual([1])
    const [entry] = await storage.get(["key/1"])
    expect(entry).toMatchObject({ key: "key/1", revision: key?.revision })
  })

  it("opens a page of records as it opens each", async () => {
    const { storage } = sealedOn()
    await storage.commit(putting({ "key/1": "a", "key/2": "b", "key/3": "c" }))
    const page = await storage.list({ prefix: "key/", limit: 2 })
    expect(page.entries.map(({ key, value }) => [key, textOf(value)])).toEqual([
      ["key/1", "a"],
      ["key/2", "b"],
    ])
    expect(page.more).toBe(true)
  })

  it.each([
    ["edited", Uint8Array.of(7)],
    ["moved", sealPlainly({ place: "key/2", bytes: bytes("b") })],
    ["under a domain key that nobody has", ofNoDomainKey],
  ])("refuses by name what was %s", async (_, value) => {
    const { storage, inner } = sealedOn()
    await storage.commit(putting({ "key/1": "a" }))
    await inner.commit({ expect: [], put: [{ key: "key/1", value }], remove: [] })
    await expect(storage.get(["key/1"])).rejects.toMatchObject({
      name: "RecordError",
      record: "key/1",
    })
    await expect(storage.list({ prefix: "key/", limit: 9 })).rejects.toThrow("`key/1`")
  })

  it("opens short records once, as long as they and the domain are as they were", async () => {
    const { storage, inner, asked, state } = sealedOn()
    await storage.commit(putting({ "listed/1": "a", "key/1": "b".repeat(200) }))
    await storage.get(["listed/1"])
    expect(asked).toEqual([])
    await storage.get(["listed/1", "key/1"])
    expect(asked.map((some) => some.map(({ place }) => place))).toEqual([["key/1"]])
    asked.length = 0
    state.fence = { key: "domain", revision: 2 }
    await storage.get(["listed/1"])
    await storage.get(["listed/1"])
    expect(asked).toHaveLength(1)
    const value = sealPlainly({ place: "listed/1", bytes: new Uint8Array(20) })
    await inner.commit({ expect: [], put: [{ key: "listed/1", value }], remove: [] })
    await storage.get(["listed/1"]).catch(() => undefined)
    expect(asked).toHaveLength(2)
  })

  it("reads again what does not open because the domain has changed meanwhile", async () => {
    const inner = createMemoryStorage()
    let reads = 0
    const recording = recordingStorage(inner)
    const { storage, state } = sealedOn({
      ...recording,
      get: async (keys) => {
        reads += 1
        const entries = await inner.get(keys)
        if (reads > 1) return entries
        state.fence = { key: "domain", revision: 2 }
        return entries.map((entry) => entry && { ...entry, value: ofNoDomainKey })
      },
    })
    await storage.commit(putting({ "key/1": "a".repeat(300) }))
    const [entry] = await storage.get(["key/1"])
    expect([textOf(entry?.value)?.length, reads]).toEqual([300, 2])
  })

  it("fails as its store does, also when the domain has changed", async () => {
    const { storage, state } = sealedOn({
      ...createMemoryStorage(),
      get: async () => {
        state.fence = { key: "domain", revision: 2 }
        throw new Error("the disk is on fire")
      },
    })
    await expect(storage.get(["a"])).rejects.toThrow("the disk is on fire")
  })
})

describe("a commit to a storage behind an HSM", () => {
  it("expects the domain to be as the host has it open", async () => {
    const { storage, commits, state } = sealedOn()
    await storage.commit(putting({ "key/1": "a" }))
    expect(commits[0]?.expect).toEqual([{ key: "domain", revision: 1 }])
    const decided = [{ key: "domain", revision: 1 }]
    await storage.commit(putting({ "key/1": "a" }, { expect: decided }))
    expect(commits[1]?.expect).toEqual(decided)
    state.fence = undefined
    await storage.commit(putting({ "key/1": "a" }))
    expect(commits[2]?.expect).toEqual([])
  })

  it("is not written when it was decided under another domain", async () => {
    const { storage, commits, counted, state } = sealedOn()
    for (const revision of [0, 2, undefined]) {
      const change = putting({ "key/1": "a" }, { expect: [{ key: "domain", revision }] })
      expect(await storage.commit(change)).toBe(false)
    }
    expect([commits, counted, state.refreshes]).toEqual([[], [], 0])
  })

  it("that was not written lets the host look for a newer domain", async () => {
    const { storage, state } = sealedOn()
    const expected = [{ key: "key/1", revision: 7 }]
    expect(await storage.commit(putting({ "key/1": "a" }, { expect: expected }))).toBe(false)
    expect(state.refreshes).toBe(1)
    expect(await storage.commit(putting({ "key/1": "a" }))).toBe(true)
    expect(state.refreshes).toBe(1)
  })

  it("that only removes seals nothing", async () => {
    const { storage, counted, textsAt, seals } = sealedOn()
    await storage.commit(putting({ "key/1": "a" }))
    await storage.commit({ expect: [], put: [], remove: ["key/1"] })
    expect([counted, await textsAt("key/1")]).toEqual([[1, 0], [undefined]])
    expect(seals).toEqual([1])
  })
})

it("a page is one of its range when its keys come in order, behind the last, and begin so", () => {
  const entry = (key: string) => ({ key, value: new Uint8Array(), revision: 1 })
  for (const [range, keys, is] of [
    [{ prefix: "a/" }, [], true],
    [{ prefix: "a/" }, ["a/1", "a/2"], true],
    [{ prefix: "a/" }, ["a/2", "a/1"], false],
    [{ prefix: "a/" }, ["a/1", "a/1"], false],
    [{ prefix: "a/" }, ["b/1"], false],
    [{ prefix: "a/" }, ["a/1", "b/1"], false],
    [{ prefix: "a/", after: "a/1" }, ["a/2"], true],
    [{ prefix: "a/", after: "a/1" }, ["a/1"], false],
    [{ prefix: "a/", after: "a/3" }, ["a/2"], false],
    [{ prefix: "" }, ["a"], true],
  ] as const) {
    expect([range, keys, isPageOf({ ...range, limit: 9 }, keys.map(entry))]).toEqual([
      range,
      keys,
      is,
    ])
  }
})

describe("records that were opened before", () => {
  it("are known by their place and all of their bytes", () => {
    const known = createOpenedRecords(10_000)
    const sealed = Uint8Array.of(1, 2, 200)
    known.note("a", sealed, bytes("opened"))
    expect(textOf(known.find("a", sealed.slice()))).toBe("opened")
    expect(known.find("b", sealed)).toBeUndefined()
    for (const other of [
      [1, 2],
      [1, 2, 201],
      [1, 2, 200, 0],
      [2, 2, 200],
    ]) {
      expect(known.find("a", Uint8Array.from(other))).toBeUndefined()
    }
    known.note("a", sealed, new Uint8Array())
    expect(known.find("a", sealed)).toHaveLength(0)
  })

  it("are kept apart from the memory of the store and of whoever reads them", () => {
    const known = createOpenedRecords(10_000)
    const [sealed, opened] = [Uint8Array.of(1), bytes("opened")]
    known.note("a", sealed, opened)
    opened.fill(0)
    expect(textOf(known.find("a", sealed))).toBe("opened")
  })

  it("are short, and as many as there is room for", () => {
    const known = createOpenedRecords(10_000)
    known.note("long", new Uint8Array(129), bytes("x"))
    expect(known.find("long", new Uint8Array(129))).toBeUndefined()
    known.note("short", new Uint8Array(128), bytes("x"))
    expect(known.find("short", new Uint8Array(128))).toBeDefined()
    for (let i = 0; i < 100; i += 1) known.note(`other${i}`, new Uint8Array(128), bytes("x"))
    expect(known.find("short", new Uint8Array(128))).toBeUndefined()
    // Those in which there is nothing take less.
    const empty = createOpenedRecords(10_000)
    const isKept = (opened: Uint8Array) => {
      for (let i = 0; i < 20; i += 1) empty.note(`e${i}`, Uint8Array.of(i), opened)
      return empty.find("e0", Uint8Array.of(0)) !== undefined
    }
    expect([isKept(new Uint8Array()), isKept(bytes("x"))]).toEqual([true, false])
  })
})
