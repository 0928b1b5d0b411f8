import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { openDomain } from "../../src/engine/hsms/domain.js"
import { domainRecordFormat } from "../../src/formats/stored/key-records.js"
import { type Hsm, HsmError } from "../../src/ports/hsm.js"
import { limits } from "../../src/vocabulary/limits.js"

const [name, key, recordsPrefix] = ["aws:us-east-1", "domain", ""]
const address = { name, key, recordsPrefix }
const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)

/** An HSM whose sealed states are the text of what was done to them. */
function textHsm(drawn = "made") {
  const done: string[] = []
  let open = ""
  const made = (what: string) => async (_: string, state: Uint8Array) =>
    bytes(`${textOf(state)} ${what}`)
  const hsm = {
    createDomain: async () => bytes(drawn),
    openDomain: async (of: string, state: Uint8Array) => {
      open = textOf(state) ?? ""
      done.push(`${of} ${open}`)
    },
    rotateDomainKey: made("rotated"),
    resealDomain: async (_: string, state: Uint8Array, former: string) =>
      bytes(`${textOf(state)} resealed ${former}`),
    retireDomainKeys: async (_: string, state: Uint8Array, ids: readonly string[]) =>
      bytes(`${textOf(state)} without ${ids.join()}`),
    close: async () => void done.push("close"),
  } as unknown as Hsm
  return { hsm, done, open: () => open }
}

const stateIn = async (storage: Storage) => {
  const [entry] = await storage.get([key])
  return entry && textOf(domainRecordFormat(key).decode(entry.value, key).sealedState)
}
const write = (storage: Storage, sealedState: string, of = name) =>
  storage.commit({
    expect: [],
    put: [
      { key, value: domainRecordFormat(key).encode({ name: of, sealedState: bytes(sealedState) }) },
    ],
    remove: [],
  })

describe("a domain", () => {
  it("is made where there is none, and opened where there is one", async () => {
    const storage = createMemoryStorage()
    const first = textHsm("made")
    await openDomain(storage, first.hsm, address)
    expect([await stateIn(storage), first.open(), first.done]).toEqual(["made", "", []])
    const second = textHsm("another")
    await openDomain(storage, second.hsm, address)
    expect(second.done).toEqual([`${name} made`])
  })

  it("of a host that was slower is the one of the other", async () => {
    const inner = createMemoryStorage()
    let isFirst = true
    const commit: Storage["commit"] = async (change) => {
      if (isFirst) await write(inner, "quicker")
      isFirst = false
      return inner.commit(change)
    }
    const { hsm, done } = textHsm()
    await openDomain({ ...inner, commit }, hsm, address)
    expect(done).toEqual([`${name} quicker`])
  })

  it("is not made where there are records, where it is never to be, or of another name", async () => {
    const storage = createMemoryStorage()
    const { hsm } = textHsm()
    await expect(openDomain(storage, hsm, { ...address, create: "never" })).rejects.toThrow(
      "holds no domain",
    )
    await storage.commit({ expect: [], put: [{ key: "key/1", value: bytes("x") }], remove: [] })
    await expect(openDomain(storage, hsm, address)).rejects.toThrow("lost their domain")
    await openDomain(storage, hsm, { ...address, recordsPrefix: "other/" })
    const other = { ...address, name: "aws:eu-west-1" }
    await expect(openDomain(storage, hsm, other)).rejects.toThrow(`\`${name}\``)
  })

  it("that another host has made together with its records is opened", async () => {
    const inner = createMemoryStorage()
    const list: Storage["list"] = async (range) => {
      await write(inner, "quicker")
      return inner.list(range)
    }
    const { hsm, done } = textHsm()
    await openDomain({ ...inner, list }, hsm, address)
    expect(done).toEqual([`${name} quicker`])
  })

  it("is opened anew when it has changed, and at no other time", async () => {
    const storage = createMemoryStorage()
    const { hsm, done } = textHsm()
    const domain = await openDomain(storage, hsm, address)
    const fence = domain.fence()
    await domain.refresh()
    expect([done, domain.fence() === fence]).toEqual([[], true])
    await write(storage, "newer")
    await domain.refresh()
    expect(done).toEqual([`${name} newer`])
    const [entry] = await storage.get([key])
    expect(domain.fence()).toEqual({ key, revision: entry?.revision })
    // The same state, written again, is not opened again, but is another fence.
    await write(storage, "newer")
    await domain.refresh()
    expect(done).toHaveLength(1)
    expect(domain.fence().revision).not.toBe(entry?.revision)
    await storage.commit({ expect: [], put: [], remove: [key] })
    await expect(domain.refresh()).rejects.toThrow("lost its domain")
    await domain.close()
    expect(done.at(-1)).toBe("close")
  })
})

describe("a change of a domain", () => {
  it.each<[string, string, (domain: Awaited<ReturnType<typeof openDomain>>) => Promise<unknown>]>([
    ["a new domain key", "made rotated", (domain) => domain.rotateDomainKey()],
    ["a new seal beside the former ones", "made resealed kept", (domain) => domain.reseal("kept")],
    [
      "a new seal instead of the former ones, and a key that those did not reach",
      "made resealed retired rotated",
      (domain) => domain.reseal("retired"),
    ],
    ["domain keys less", "made without a,b", (domain) => domain.retireKeys(["a", "b"])],
    [
      "whatever is made of it",
      "made new",
      (domain) => domain.change(async (_, state) => bytes(`${textOf(state)} new`)),
    ],
  ])("is written and opened: %s", async (_, state, work) => {
    const storage = createMemoryStorage()
    const { hsm, open } = textHsm()
    const domain = await openDomain(storage, hsm, address)
    const answer = await work(domain)
    expect([await stateIn(storage), open()]).toEqual([state, state])
    expect([undefined, true]).toContain(answer)
  })

  it("is made of the newest state, also when another host is quicker", async () => {
    const inner = createMemoryStorage()
    let meanwhile = 0
    const commit: Storage["commit"] = async (change) => {
      if (meanwhile > 0) await write(inner, `other ${meanwhile}`)
      meanwhile -= 1
      return inner.commit(change)
    }
    const { hsm, open } = textHsm()
    const domain = await openDomain({ ...inner, commit }, hsm, address)
    meanwhile = 2
    await domain.rotateDomainKey()
    expect([await stateIn(inner), open()]).toEqual(["other 1 rotated", "other 1 rotated"])
    meanwhile = limits.laneAttemptsMax
    await expect(domain.rotateDomainKey()).rejects.toThrow("takes no change of the domain")
    meanwhile = limits.laneAttemptsMax - 1
    await domain.rotateDomainKey()
  })

  it("that changes nothing writes nothing", async () => {
    const storage = createMemoryStorage()
    const { hsm } = textHsm()
    const domain = await openDomain(storage, hsm, address)
    const { revision } = domain.fence()
    await domain.change((_, state) => state.slice())
    expect(domain.fence().revision).toBe(revision)
  })

  it("drops no domain key when the domain is another than was known", async () => {
    const inner = createMemoryStorage()
    let isLate = false
    const commit: Storage["commit"] = async (change) => {
      if (isLate) await write(inner, "later")
      isLate = false
      return inner.commit(change)
    }
    const { hsm, open } = textHsm()
    const domain = await openDomain({ ...inner, commit }, hsm, address)
    await write(inner, "newer")
    expect([await domain.retireKeys(["a"]), await stateIn(inner), open()]).toEqual([
      false,
      "newer",
      "newer",
    ])
    isLate = true
    expect([await domain.retireKeys(["a"]), await stateIn(inner), open()]).toEqual([
      false,
      "later",
      "later",
    ])
  })
})

describe("work with an HSM that lacks a domain key", () => {
  const unknown = new HsmError("unknown-domain-key", "the HSM has not that domain key")

  it.each(["at once", "later"])(
    "is done once more when there is a newer domain: %s",
    async (when) => {
      const storage = createMemoryStorage()
      const { hsm, open } = textHsm()
      const domain = await openDomain(storage, hsm, address)
      let tries = 0
      const work = (): string | Promise<string> => {
        tries += 1
        if (open() === "newer") return "done"
        if (when === "at once") throw unknown
        return Promise.reject(unknown)
      }
      await expect((async () => domain.use(work))()).rejects.toBe(unknown)
      expect(tries).toBe(1)
      await write(storage, "newer")
      tries = 0
      expect(await domain.use(work)).toBe("done")
      expect(tries).toBe(2)
      expect(domain.use(() => "at once")).toBe("at once")
    },
  )

  it("fails as it does for every other reason", async () => {
    const storage = createMemoryStorage()
    const { hsm, done } = textHsm()
    const domain = await openDomain(storage, hsm, address)
    await write(storage, "newer")
    for (const error of [new HsmError("token-refused", "no"), new Error("unknown-domain-key")]) {
      const fail = () => Promise.reject(error)
      await expect((async () => domain.use(fail))()).rejects.toBe(error)
    }
    expect(done).toEqual([])
  })

  it("goes through another value where the domain is reached by that", async () => {
    const storage = createMemoryStorage()
    const { hsm, open } = textHsm()
    const domain = await openDomain(storage, hsm, address)
    const other = { ...hsm, name: "other" } as unknown as Hsm
    const through = domain.through(other)
    expect(through.use((member) => member === other)).toBe(true)
    await write(storage, "newer")
    expect(
      await through.use(async (member) => {
        if (open() !== "newer") throw unknown
        return member === other
      }),
    ).toBe(true)
    expect(through.fence()).toBe(domain.fence())
  })
})
