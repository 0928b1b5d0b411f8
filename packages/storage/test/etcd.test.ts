import { afterAll, describe, expect, it } from "vitest"
import { createEtcdCluster, hasEtcd } from "../../tools/src/servers/etcd-cluster.js"
import { createWire } from "../../tools/src/servers/wire.js"
import { storageConformance } from "../src/conformance.js"
import type { Change } from "../src/contract.js"
import { type EtcdOptions, openEtcdStorage } from "../src/etcd.js"

const isThere = hasEtcd()
const only = isThere ? it : it.skip
const where = isThere ? "" : " (there is no etcd)"
const single = isThere ? await createEtcdCluster(1) : undefined
afterAll(() => single?.remove())

const open = (prefix: string, options: Partial<EtcdOptions> = {}) =>
  openEtcdStorage({ endpoints: single?.endpoints ?? [], prefix, ...options })

const change = (key: string, text: string, revision?: number): Change => ({
  expect: [{ key, revision }],
  put: [{ key, value: new TextEncoder().encode(text) }],
  remove: [],
})

describe(`etcd storage keeps the contract${where}`, () => {
  storageConformance.forEach(({ name, run }, index) => {
    only(name, () => run(() => open(`case-${index}/`)))
  })
})

describe(`etcd storage is made for members that fail${where}`, () => {
  only("a commit whose answer is lost is made once, and answered", async () => {
    const wire = await createWire(single?.ports[0] ?? 0)
    const storage = await open("lost/", { endpoints: [`http://127.0.0.1:${wire.port}`] })
    try {
      wire.loseNextAnswerTo("request_put")
      expect(await storage.commit(change("key", "one"))).toBe(true)
      const [first] = await storage.get(["key"])
      wire.loseNextAnswerTo("request_put")
      expect(await storage.commit(change("key", "two", first?.revision))).toBe(true)
      wire.loseNextAnswerTo("request_put")
      const put = [{ key: "key", value: new Uint8Array([3]) }]
      const [before] = await storage.get(["key"])
      expect(await storage.commit({ expect: [], put, remove: [] })).toBe(true)
      expect((await storage.get(["key"]))[0]?.revision).toBe((before?.revision ?? 0) + 1)
      wire.loseNextAnswerTo("request_delete_range")
      expect(await storage.commit({ expect: [], put: [], remove: ["key"] })).toBe(true)
      wire.loseNextAnswerTo("request_range")
      expect(await storage.get(["key"])).toEqual([undefined])
    } finally {
      await storage.close()
      await wire.close()
    }
  })

  only("a member that has gone silent is passed over", async () => {
    const wire = await createWire(single?.ports[0] ?? 0)
    const silent = `http://127.0.0.1:${wire.port}`
    const storage = await open("silent/", {
      endpoints: [silent, ...(single?.endpoints ?? [])],
      deadlineMs: 300,
    })
    try {
      wire.silence()
      expect(await storage.get(["key"])).toEqual([undefined])
    } finally {
      await storage.close()
      await wire.close()
    }
  })

  only("one member of three is killed, and no commit and no caller is lost", async () => {
    const cluster = await createEtcdCluster(3)
    const storage = await openEtcdStorage({ endpoints: cluster.endpoints, patienceMs: 60_000 })
    try {
      const writers = Array.from({ length: 6 }, async (_, writer) => {
        for (let i = 0; i < 10; i += 1) {
          expect(await storage.commit(change(`${writer}/${i}`, "text"))).toBe(true)
        }
      })
      await cluster.kill(0)
      await Promise.all(writers)
      await cluster.start(0)
      expect((await storage.list({ prefix: "", limit: 1000 })).entries).toHaveLength(60)
    } finally {
      await storage.close()
      cluster.remove()
    }
  })

  only("a lane of a host that stopped for longer than its lease is made anew", async () => {
    const forgetful: EtcdOptions["fetch"] = (url, init) => {
      const body = url.endsWith("/v3/lease/grant")
        ? JSON.stringify({ ...JSON.parse(init.body), TTL: "1" })
        : init.body
      return fetch(url, { ...init, body } as RequestInit)
    }
    const storage = await open("lease/", { fetch: forgetful })
    try {
      expect(await storage.commit(change("one", "text"))).toBe(true)
      const lanes = async () => {
        const key = Buffer.from("lease/lanes/").toString("base64")
        const end = Buffer.from("lease/lanes0").toString("base64")
        const response = await fetch(`${single?.endpoints[0]}/v3/kv/range`, {
          method: "POST",
          body: JSON.stringify({ key, range_end: end }),
        })
        return ((await response.json()) as { kvs?: unknown[] }).kvs?.length ?? 0
      }
      while ((await lanes()) > 0) await new Promise((resolve) => setTimeout(resolve, 100))
      expect(await storage.commit(change("two", "text"))).toBe(true)
      expect(await storage.commit(change("two", "text"))).toBe(false)
    } finally {
      await storage.close()
    }
  })

  only("a change by another host is seen when the staleness asked for is over", async () => {
    let nowMs = 0
    const near = await open("stale/", { stalenessMs: 1000, clock: () => nowMs })
    const far = await open("stale/")
    try {
      const before = await near.stamp()
      await far.commit(change("key", "far"))
      expect(near.stamp()).toBe(before)
      nowMs += 1001
      expect(await near.stamp()).not.toBe(before)
    } finally {
      await near.close()
      await far.close()
    }
  })

  only("a prefix of another format is refused", async () => {
    const key = Buffer.from("other/format").toString("base64")
    await fetch(`${single?.endpoints[0]}/v3/kv/put`, {
      method: "POST",
      body: JSON.stringify({ key, value: Buffer.from("9").toString("base64") }),
    })
    await expect(open("other/")).rejects.toMatchObject({ code: "format" })
  })
})
