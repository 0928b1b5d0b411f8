import { describe, expect, it } from "vitest"
import { type RemoteKeysOptions, remoteKeys } from "../src/index.js"

const url = "https://id.example.com/.well-known/jwks.json"
const keys = [{ kty: "EC" }]

function openKeys(more: Partial<RemoteKeysOptions> = {}) {
  const state = { nowMs: 0, asks: 0, reply: JSON.stringify({ keys }), ok: true, address: "8.8.8.8" }
  const find = remoteKeys({
    url,
    fetch: async (_url, { redirect }) => {
      expect(redirect).toBe("error")
      state.asks += 1
      return { ok: state.ok, text: async () => state.reply }
    },
    resolve: async () => [{ address: state.address }],
    clock: () => state.nowMs,
    ...more,
  })
  return { state, find }
}

describe("keys that are fetched", () => {
  it("are kept for ten minutes, and asked for once by all who wait", async () => {
    const { state, find } = openKeys()
    await Promise.all([find(false), find(false), find(true)])
    expect(state.asks).toBe(1)
    state.nowMs += 599_999
    await find(false)
    expect(state.asks).toBe(1)
    state.nowMs += 1
    await find(false)
    expect(state.asks).toBe(2)
  })

  it("are looked for again for an unknown key, twice a minute at most", async () => {
    const { state, find } = openKeys()
    await find(false)
    for (let i = 0; i < 100; i += 1) await find(true)
    expect(state.asks).toBe(1)
    state.nowMs += 30_000
    await find(true)
    await find(true)
    expect(state.asks).toBe(2)
  })

  it("stay good while the issuer cannot be reached, or says what is none", async () => {
    const { state, find } = openKeys()
    expect(await find(false)).toEqual({ keys })
    for (const [ok, reply] of [
      [false, ""],
      [true, "<html>"],
      [true, '{"keys":[]}'],
      [true, "null"],
      [true, JSON.stringify({ keys: Array(101).fill({}) })],
      [true, `{"keys":[{}],"x":"${"x".repeat(300_000)}"}`],
    ] as const) {
      state.nowMs += 600_000
      Object.assign(state, { ok, reply })
      expect(await find(false)).toEqual({ keys })
    }
    expect(state.asks).toBe(7)
    const fresh = openKeys()
    fresh.state.ok = false
    for (let i = 0; i < 50; i += 1) {
      await expect(fresh.find(i % 2 === 0)).rejects.toThrow("does not tell its keys")
    }
    expect(fresh.state.asks).toBe(1)
    fresh.state.ok = true
    fresh.state.nowMs += 30_000
    expect(await fresh.find(false)).toEqual({ keys })
  })

  it("stay good while the issuer, or who resolves its name, never answers", async () => {
    let answers = true
    const never = new Promise<never>(() => {})
    for (const more of [
      { fetch: async () => (answers ? { ok: true, text: async () => '{"keys":[{}]}' } : never) },
      { resolve: async () => (answers ? [{ address: "8.8.8.8" }] : never) },
    ]) {
      answers = true
      const { state, find } = openKeys({ ...more, timeoutMs: 20 })
      const known = await find(false)
      answers = false
      state.nowMs += 600_000
      expect(await Promise.all([find(false), find(true)])).toEqual([known, known])
      const fresh = openKeys({ ...more, timeoutMs: 20 })
      await expect(fresh.find(false)).rejects.toThrow("does not answer in time")
    }
  })

  it("never come from an address that is not public", async () => {
    const { state, find } = openKeys()
    const inside = [
      ...["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"],
      ...["0.0.0.0", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1"],
      ...["::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"],
      ...["", "localhost", "1.2.3", "1.2.3.256", "::1::", "12345::", "2a00::1%eth0"],
    ]
    for (const address of inside) {
      state.address = address
      state.nowMs += 600_000
      await expect(find(false)).rejects.toThrow("not public")
    }
    expect(state.asks).toBe(0)
    for (const address of ["8.8.8.8", "2a00:1450:4001::1", "172.32.0.1", "100.128.0.1"]) {
      state.address = address
      state.nowMs += 600_000
      await find(false)
    }
    const none = openKeys({ resolve: async () => [] })
    await expect(none.find(false)).rejects.toThrow("not public")
    const mixed = openKeys({
      resolve: async () => [{ address: "8.8.8.8" }, { address: "10.0.0.1" }],
    })
    await expect(mixed.find(false)).rejects.toThrow("not public")
  })

  it("have an https URL without credentials", () => {
    for (const wrong of [
      "http://id.example.com",
      "https://a:b@id.example.com",
      "file:///x",
      "https://",
    ]) {
      expect(() => openKeys({ url: wrong })).toThrow(TypeError)
    }
  })
})
