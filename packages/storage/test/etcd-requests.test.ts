import { describe, expect, it } from "vitest"
import { storageConformance } from "../src/conformance.js"
import type { Change } from "../src/contract.js"
import { type EtcdOptions, openEtcdStorage } from "../src/etcd.js"
import type { Timer } from "../src/system.js"
import { answerOf, createFakeEtcd, type FakeEtcd, type Trouble } from "./support/fake-etcd.js"

/* What etcd is asked, and what becomes of its answers: nothing leaves this process. */

const endpoints = ["http://one:2379", "https://two:2379"]
const pausesMs = [10, 20, 40, 80, 160, 250]
/** Nobody waits: pauses are over at once, and attempts have all the time there is. */
const timer: Timer = (timeoutMs) => ({
  over: pausesMs.includes(timeoutMs) ? Promise.resolve() : new Promise(() => undefined),
  stop: () => undefined,
})

const open = (etcd: FakeEtcd, options: Partial<EtcdOptions> = {}) =>
  openEtcdStorage({ endpoints, fetch: etcd.fetch, timer, clock: () => 0, ...options })

const change = (key: string, text: string, revision?: number): Change => ({
  expect: [{ key, revision }],
  put: [{ key, value: new TextEncoder().encode(text) }],
  remove: [],
})

/** The request is served, and its answer is lost. */
const lost: Trouble = async (_path, answer) => {
  answer()
  throw new Error("connection reset")
}
const unreachable: Trouble = async () => {
  throw new Error("connection refused")
}
const says =
  (status: number, text: string): Trouble =>
  async () =>
    answerOf(status, text)
const refuses = (code: number) => says(500, JSON.stringify({ code, message: "no" }))

describe("etcd storage keeps the contract", () => {
  for (const { name, run } of storageConformance) {
    it(name, async () => {
      const etcd = createFakeEtcd()
      await run(() => open(etcd))
    })
  }
})

describe("a store in etcd", () => {
  it("stands under its prefix, beside others", async () => {
    const etcd = createFakeEtcd()
    const storage = await open(etcd)
    const other = await open(etcd, { prefix: "mine/" })
    await storage.commit(change("a", "1"))
    expect(await other.get(["a"])).toEqual([undefined])
    await other.commit(change("a", "2"))
    const lanes = etcd.keys().filter((key) => key.includes("/lanes/"))
    expect(lanes).toEqual([
      expect.stringMatching(/^keywright\/lanes\/.+\/1$/),
      expect.stringMatching(/^mine\/lanes\/.+\/1$/),
    ])
    expect(etcd.keys().filter((key) => !lanes.includes(key))).toEqual([
      "keywright/entries/a",
      "keywright/format",
      "mine/entries/a",
      "mine/format",
    ])
  })

  it("of another format is refused", async () => {
    const etcd = createFakeEtcd()
    const value = Buffer.from("2").toString("base64")
    const key = Buffer.from("keywright/format").toString("base64")
    await etcd.fetch("http://one/v3/kv/txn", {
      method: "POST",
      headers: {},
      body: JSON.stringify({ success: [{ request_put: { key, value } }] }),
      signal: { aborted: false },
    })
    await expect(open(etcd)).rejects.toMatchObject({ name: "StorageError", code: "format" })
  })

  it("is asked with the headers of the host", async () => {
    const etcd = createFakeEtcd()
    await open(etcd, { headers: { authorization: "token" } })
    expect(etcd.asked[0]).toMatchObject({
      url: "http://one:2379/v3/kv/txn",
      headers: { method: "POST", "content-type": "application/json", authorization: "token" },
    })
  })

  it("tells by its revision whether anything has changed", async () => {
    const etcd = createFakeEtcd()
    let nowMs = 0
    const options = { stalenessMs: 10, clock: () => nowMs }
    const [storage, other] = [await open(etcd, options), await open(etcd)]
    const first = await storage.stamp()
    await other.commit(change("a", "1"))
    nowMs = 10
    expect(await storage.stamp()).toBe(first)
    nowMs = 11
    expect(await storage.stamp()).not.toBe(first)
  })
})

describe("a commit to etcd", () => {
  it("whose answer is lost is made once, and answered", async () => {
    const etcd = createFakeEtcd()
    const storage = await open(etcd)
    await storage.commit(change("b", "0"))
    etcd.troubles.push(lost)
    expect(await storage.commit(change("a", "1"))).toBe(true)
    const [first] = await storage.get(["a"])
    etcd.troubles.push(lost)
    expect(await storage.commit(change("a", "2", first?.revision))).toBe(true)
    etcd.troubles.push(lost)
    expect(await storage.commit(change("a", "3", first?.revision))).toBe(false)
    expect(await storage.get(["a"])).toMatchObject([{ value: new TextEncoder().encode("2") }])
  })

  it("that holds nothing back writes nothing, and goes through no lane", async () => {
    const etcd = createFakeEtcd()
    const storage = await open(etcd)
    const before = etcd.asked.length
    expect(await storage.commit({ expect: [], put: [], remove: [] })).toBe(true)
    expect(etcd.asked).toHaveLength(before)
    const expectation = { expect: [{ key: "a", revision: undefined }], put: [], remove: [] }
    expect(await storage.commit(expectation)).toBe(true)
    expect(await storage.commit({ ...expectation, expect: [{ key: "a", revision: 7 }] })).toBe(
      false,
    )
    expect(etcd.keys()).toEqual(["keywright/format"])
  })

  it("goes through a lane of its own while another is under way, and through the same later", async () => {
    const etcd = createFakeEtcd()
    const storage = await open(etcd)
    await Promise.all([storage.commit(change("a", "1")), storage.commit(change("b", "1"))])
    for (const key of ["c", "d", "e"]) await storage.commit(change(key, "1"))
    expect(etcd.keys().filter((key) => key.includes("/lanes/"))).toHaveLength(2)
    const grants = etcd.asked.filter(({ url }) => url.endsWith("/lease/grant"))
    expect(grants.length).toBeLessThanOrEqual(2)
  })

  it("goes on under a new lease, when the old one has ended, or is old", async () => {
    const etcd = createFakeEtcd()
    let nowMs = 0
    const storage = await open(etcd, { clock: () => nowMs })
    const grants = () => etcd.asked.filter(({ url }) => url.endsWith("/lease/grant")).length
    await storage.commit(change("a", "1"))
    await storage.commit(change("b", "1"))
    expect(grants()).toBe(1)
    etcd.endLeases()
    expect(await storage.commit(change("c", "1"))).toBe(true)
    expect(grants()).toBe(2)
    // The lane has ended with the lease, and the expectation does not hold.
    etcd.endLeases()
    expect(await storage.commit(change("c", "2"))).toBe(false)
    expect(await storage.commit(change("d", "1"))).toBe(true)
    const soon = grants()
    nowMs = 21_600_000
    await storage.commit(change("e", "1"))
    expect(grants()).toBe(soon)
    nowMs += 1
    await storage.commit(change("f", "1"))
    expect(grants()).toBe(soon + 1)
  })

  it("is given up when etcd forgets again and again", async () => {
    const etcd = createFakeEtcd()
    const storage = await open(etcd)
    await storage.commit(change("a", "1"))
    const forgetting: Trouble = async (path, answer) => {
      const said = path.endsWith("/txn") ? { code: 5, message: "lease not found" } : answer()
      return answerOf("code" in said ? 400 : 200, JSON.stringify(said))
    }
    const before = etcd.asked.length
    etcd.troubles.push(...Array(40).fill(forgetting))
    await expect(storage.commit(change("b", "1"))).rejects.toMatchObject({
      code: "failed",
      message: "etcd forgets what has just been written",
    })
    const tried = etcd.asked.slice(before).filter(({ url }) => url.endsWith("/txn"))
    expect(tried).toHaveLength(8)
  })
})

describe("a member of etcd", () => {
  const opened = async () => {
    const etcd = createFakeEtcd()
    return { etcd, storage: await open(etcd) }
  }
  const hosts = (etcd: FakeEtcd, from: number) =>
    etcd.asked.slice(from).map(({ url }) => new URL(url).hostname)

  it.each([
    ["cannot be reached", unreachable],
    ["is out of time", refuses(4)],
    ["has no room", refuses(8)],
    ["has no leader", refuses(14)],
    ["answers what is no JSON", says(200, "<html>")],
    ["answers no object", says(200, "7")],
    ["answers null", says(200, "null")],
  ])("that %s is left for the next one", async (_sentence, trouble) => {
    const { etcd, storage } = await opened()
    const before = etcd.asked.length
    etcd.troubles.push(trouble)
    expect(await storage.get(["a"])).toEqual([undefined])
    await storage.get(["a"])
    expect(hosts(etcd, before)).toEqual(["one", "two", "two"])
    etcd.troubles.push(trouble)
    await storage.get(["a"])
    expect(hosts(etcd, before).slice(3)).toEqual(["two", "one"])
  })

  it("is left once, however many calls it fails", async () => {
    const { etcd, storage } = await opened()
    const before = etcd.asked.length
    etcd.troubles.push(unreachable, unreachable)
    await Promise.all([storage.get(["a"]), storage.get(["b"])])
    await storage.get(["c"])
    expect(hosts(etcd, before)).toEqual(["one", "one", "two", "two", "two"])
  })

  it.each([
    ["refuses", refuses(7), "etcd failed: 7"],
    ["refuses in no words of etcd", says(404, "not found"), "etcd failed: HTTP 404"],
    ["refuses with null", says(404, "null"), "etcd failed: HTTP 404"],
  ])("that %s is believed", async (_sentence, trouble, message) => {
    const { etcd, storage } = await opened()
    const before = etcd.asked.length
    etcd.troubles.push(trouble)
    await expect(storage.get(["a"])).rejects.toMatchObject({
      name: "StorageError",
      code: "failed",
      message,
    })
    expect(hosts(etcd, before)).toEqual(["one"])
  })

  it("that does not answer in time is left, and told so", async () => {
    const etcd = createFakeEtcd()
    let isLate = false
    const late: Timer = (timeoutMs) => ({
      over:
        isLate || pausesMs.includes(timeoutMs) ? Promise.resolve() : new Promise(() => undefined),
      stop: () => undefined,
    })
    const storage = await open(etcd, { timer: late, deadlineMs: 300 })
    const before = etcd.asked.length
    const signals: { readonly aborted: boolean }[] = []
    etcd.troubles.push(async (_path, _answer, signal) => {
      signals.push(signal)
      return new Promise(() => undefined)
    })
    isLate = true
    const reading = storage.get(["a"])
    await undefined
    isLate = false
    expect(await reading).toEqual([undefined])
    expect(hosts(etcd, before)).toEqual(["one", "two"])
    expect(signals[0]?.aborted).toBe(true)
  })

  it("is asked until patience ends, and then told as unreachable", async () => {
    const etcd = createFakeEtcd()
    let nowMs = 0
    const clock = () => {
      nowMs += 100
      return nowMs
    }
    const storage = await open(etcd, { clock, patienceMs: 1000 })
    etcd.troubles.push(...Array(100).fill(unreachable))
    await expect(storage.get(["a"])).rejects.toMatchObject({
      name: "StorageError",
      code: "failed",
      message: "etcd cannot be reached",
      cause: expect.objectContaining({ message: "connection refused" }),
    })
  })
})

const origins = "options.endpoints must be origins, such as `https://etcd-1:2379`"
const refusedOptions: readonly (readonly [options: object, message: string])[] = [
  [{ endpoints: [] }, "options.endpoints must name one member at least"],
  [{ endpoints: "http://one" }, "options.endpoints must name one member at least"],
  ...[
    "one:2379",
    "http://one/",
    "http://",
    "ftp://one",
    "http://a@one",
    "http://one?a",
    "xhttp://one",
    "http://one#a",
  ].map((endpoint) => [{ endpoints: ["http://one", endpoint] }, origins] as const),
  ...["", " ", "a b", "ä", "a".repeat(257), "a\n"].map(
    (prefix) => [{ prefix }, "options.prefix must be 1 to 256 printable characters"] as const,
  ),
  [{ stalenessMs: -1 }, "options.stalenessMs must be from 0 to 3,600,000"],
  [{ deadlineMs: -1 }, "options.deadlineMs must be from 0 to 3,600,000"],
  [{ patienceMs: 3_600_001 }, "options.patienceMs must be from 0 to 3,600,000"],
]

describe("the options of a store in etcd", () => {
  it.each(refusedOptions)("%j are refused", async (options, message) => {
    const opening = open(createFakeEtcd(), options as Partial<EtcdOptions>)
    await expect(opening).rejects.toThrow(new TypeError(message))
  })

  it("may be a prefix of 256 characters", async () => {
    const etcd = createFakeEtcd()
    await open(etcd, { prefix: "~".repeat(256) })
    expect(etcd.keys()).toEqual([`${"~".repeat(256)}format`])
  })
})
