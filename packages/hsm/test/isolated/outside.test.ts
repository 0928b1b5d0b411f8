import { EventEmitter } from "node:events"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { LinkEvents } from "../../src/isolated/links/link.js"
import { portLink } from "../../src/isolated/links/port-link.js"
import { streamLink } from "../../src/isolated/links/stream-link.js"
import { codeFolders } from "../../src/isolated/outside/code-folders.js"
import { keepPlan } from "../../src/isolated/outside/kept-plan.js"
import { createWaitingCalls } from "../../src/isolated/outside/waiting-calls.js"
import { WireError } from "../../src/isolated/wire/buffers.js"
import type { FullPlan, HsmPlan } from "../../src/isolated/wire/plan.js"
import { type IsolatedHsmOptions, isolatedHsm } from "../../src/isolated.js"

/*
 * The parts of this side of a boundary by themselves.
 */

const folder = realpathSync(mkdtempSync(join(tmpdir(), "keywright-outside-")))
afterAll(() => rmSync(folder, { recursive: true }))

describe("the calls that wait for an HSM", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function waiting() {
    const held: boolean[] = []
    let lates = 0
    const calls = createWaitingCalls(
      (isAwaited) => held.push(isAwaited),
      () => {
        lates += 1
      },
    )
    const call = (reject = (_: Error): void => undefined) =>
      ({ answeredBy: "answer", read: () => undefined, resolve: () => undefined, reject }) as const
    return { calls, held, lates: () => lates, call }
  }

  it("have numbers of their own, and are taken once", () => {
    const { calls, call } = waiting()
    const [one, two] = [call(), call()]
    expect([calls.add(one), calls.add(two)]).toEqual([1, 2])
    expect(calls.take(2)).toBe(two)
    expect(() => calls.take(2)).toThrow(new WireError("nobody waits for that answer"))
    expect(calls.take(1)).toBe(one)
  })

  it("keep the process alive as long as there are any", () => {
    const { calls, held, call } = waiting()
    for (let i = 0; i < 2; i += 1) calls.add(call())
    calls.take(1)
    expect(held).toEqual([true])
    calls.take(2)
    expect(held).toEqual([true, false])
    calls.add(call())
    expect(held).toEqual([true, false, true])
  })

  it("are at most 65,536", () => {
    const { calls, call } = waiting()
    for (let i = 0; i < 65_536; i += 1) calls.add(call())
    expect(() => calls.add(call())).toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: "too many calls wait for the HSM",
      }),
    )
    calls.take(1)
    expect(calls.add(call())).toBe(65_537)
  })

  it("are late after the time that they have, and at most twice as long", () => {
    const { calls, lates, call } = waiting()
    calls.watch(1000)
    vi.advanceTimersByTime(900)
    calls.add(call())
    vi.advanceTimersByTime(1099)
    expect(lates()).toBe(0)
    vi.advanceTimersByTime(1)
    expect(lates()).toBe(1)
    vi.advanceTimersByTime(1000)
    expect(lates()).toBe(2)
  })

  it("are not late when they are answered, however many come after them", () => {
    const { calls, lates, call } = waiting()
    calls.watch(1000)
    for (let i = 1; i < 20; i += 1) {
      calls.add(call())
      vi.advanceTimersByTime(400)
      if (i > 1) calls.take(i - 1)
    }
    expect(lates()).toBe(0)
  })

  it("have another time from when one is set, and one clock only", () => {
    const { calls, lates, call } = waiting()
    calls.watch(1000)
    calls.add(call())
    calls.watch(5000)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(4999)
    expect(lates()).toBe(0)
    vi.advanceTimersByTime(1)
    expect(lates()).toBe(1)
  })

  it("fail together at the end, and no clock is left", () => {
    const { calls, call } = waiting()
    const failed: string[] = []
    calls.watch(1000)
    for (const one of ["a", "b"]) calls.add(call(({ message }) => failed.push(one + message)))
    calls.end(new Error(" is over"))
    expect(failed).toEqual(["a is over", "b is over"])
    expect(vi.getTimerCount()).toBe(0)
    expect(() => calls.take(1)).toThrow(WireError)
  })
})

/** What the owner of a link hears. */
function heard() {
  const seen: string[] = []
  const events: LinkEvents = {
    bytes: (chunk) => seen.push(Buffer.from(chunk).toString("hex")),
    over: () => seen.push("over"),
  }
  return { seen, events }
}

describe("a link between threads", () => {
  function port() {
    const posted: unknown[] = []
    const acts: string[] = []
    const emitter = new EventEmitter()
    const end = { on: emitter.on.bind(emitter) }
    const own = {
      ...end,
      postMessage: (...args: unknown[]) => posted.push(args),
      ref: () => acts.push("ref"),
      unref: () => acts.push("unref"),
    }
    return { posted, acts, emitter, own }
  }

  it("hands bytes over with their memory, and keeps the process alive while it is held", () => {
    const { posted, acts, own } = port()
    const link = portLink(own as never, heard().events, () => undefined)
    const bytes = Uint8Array.of(1, 2)
    link.send(bytes)
    expect(posted).toEqual([[bytes, [bytes.buffer]]])
    link.hold(true)
    link.hold(false)
    expect(acts).toEqual(["ref", "unref"])
    expect(link.bytesStay).toBe(true)
  })

  it.each([
    ["a text", "0102"],
    ["numbers", [1, 2]],
    ["bytes that two can change", new Uint8Array(new SharedArrayBuffer(2))],
    ["nothing", undefined],
  ])("is ended by %s", (_, value) => {
    const { emitter, own } = port()
    const { seen, events } = heard()
    let ends = 0
    portLink(own as never, events, () => {
      ends += 1
    })
    emitter.emit("message", Uint8Array.of(1, 2))
    expect([seen, ends]).toEqual([["0102"], 0])
    emitter.emit("message", value)
    expect([seen, ends]).toEqual([["0102"], 1])
  })
})

describe("a link on a stream", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it("wipes what it has sent, and what it cannot send any more", async () => {
    const stream = new PassThrough()
    const { seen, events } = heard()
    const link = streamLink(stream, events)
    const [sent, late] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    link.send(sent)
    await turn()
    expect(seen).toEqual(["0102"])
    expect(sent).toEqual(new Uint8Array(2))
    link.end()
    link.send(late)
    expect(late).toEqual(new Uint8Array(1))
    await turn()
    expect(seen).toEqual(["0102", "over"])
    expect(link.bytesStay).toBe(false)
  })

  it.each([
    ["ends", (stream: PassThrough) => void stream.end()],
    ["fails", (stream: PassThrough) => void stream.destroy(new Error("reset"))],
  ])("is over once, when the stream %s", async (_, act) => {
    const stream = new PassThrough()
    const { seen, events } = heard()
    streamLink(stream, events)
    act(stream)
    for (let i = 0; i < 3; i += 1) await turn()
    expect(stream.destroyed).toBe(true)
    expect(seen).toEqual(["over"])
  })

  it("keeps the process alive where its stream can", () => {
    const acts: string[] = []
    const stream = Object.assign(new PassThrough(), {
      ref: () => acts.push("ref"),
      unref: () => acts.push("unref"),
    })
    const link = streamLink(stream, heard().events)
    link.hold(true)
    link.hold(false)
    expect(acts).toEqual(["ref", "unref"])
    const plain = streamLink(new PassThrough(), heard().events)
    plain.hold(true)
    plain.hold(false)
  })
})

describe("the folders that a file's code is in", () => {
  const make = (path: string, manifest?: object): string => {
    const whole = join(folder, path)
    mkdirSync(whole, { recursive: true })
    if (manifest) writeFileSync(join(whole, "package.json"), JSON.stringify(manifest))
    return whole
  }
  const fileIn = (path: string): string => {
    const file = join(folder, path)
    writeFileSync(file, "")
    return file
  }

  it("are its package, all that it depends on, and where Node looks for it", () => {
    const app = make("work/app", {
      name: "app",
      dependencies: { near: "1" },
      optionalDependencies: { far: "1", absent: "1" },
    })
    const near = make("work/app/node_modules/near", { name: "near", dependencies: { deep: "1" } })
    const far = make("work/node_modules/far", { name: "far", dependencies: { app: "1" } })
    const store = make("store/deep", { name: "deep", dependencies: { near: "1" } })
    mkdirSync(join(near, "node_modules"), { recursive: true })
    symlinkSync(store, join(near, "node_modules/deep"))
    make("work/app/src/inner")
    make("work/app/src", { type: "module" })
    const folders = codeFolders(fileIn("work/app/src/inner/main.js"))
    for (const one of [app, near, far, store]) expect(folders).toContain(one)
    expect(folders).toContain(join(near, "node_modules/deep"))
    expect(folders).toContain(join(app, "node_modules/far"))
    for (const at of ["work/app", "work", "."]) {
      expect(folders).toContain(join(folder, at, "node_modules/absent"))
    }
    expect(folders).not.toContain(join(folder, "work/app/src"))
    expect(new Set(folders).size).toBe(folders.length)
    // It is found near, so nobody looks further away.
    expect(folders).not.toContain(join(folder, "work/node_modules/near"))
  })

  it("are its own alone, for a file of no package", () => {
    const alone = make("alone")
    expect(codeFolders(fileIn("alone/main.js"))).toEqual([alone])
  })

  it("are those of the file that a link leads to", () => {
    const real = make("real", { name: "real" })
    const file = fileIn("real/main.js")
    const link = join(make("links"), "main.js")
    symlinkSync(file, link)
    expect(codeFolders(link)).toEqual([real])
  })
})

describe("a plan that is kept for the next start", () => {
  const bytes = () => Uint8Array.of(1, 2, 3)
  const seen = async (plan: HsmPlan | (() => Promise<HsmPlan>)) => {
    const kept = keepPlan(plan)
    const used: FullPlan[] = []
    await kept.use(async (full) => void used.push(structuredClone(full)))
    return { kept, used }
  }

  it("is a copy, until it is wiped", async () => {
    const setup = bytes()
    const kept = keepPlan({ setup })
    setup.fill(0)
    let inside: FullPlan | undefined
    for (let i = 0; i < 2; i += 1) {
      await kept.use(async (full) => {
        expect(full).toEqual({ kind: "given", setup: bytes() })
        inside = full
      })
    }
    kept.wipe()
    expect(inside).toEqual({ kind: "given", setup: new Uint8Array(3) })
  })

  it.each([
    ["a setup", () => ({ setup: bytes() })],
    ["a module", () => ({ module: "file:///a.js", setup: bytes() })],
  ])("and asked for each time is wiped after it: %s", async (_, make) => {
    const plan: { setup: Uint8Array } = make()
    const { used, kept } = await seen(async () => plan)
    expect(used).toMatchObject([{ setup: bytes() }])
    expect(plan.setup).toEqual(new Uint8Array(3))
    kept.wipe()
  })

  it("and asked for each time is wiped after a start that failed, former seals too", async () => {
    const seal = { rootKey: bytes() }
    const formerSeals = [{ passphrase: "a" }, { rootKey: bytes() }]
    const kept = keepPlan(async () => ({ suite: "noble", seal, formerSeals }))
    const fail = () => Promise.reject(new Error("it did not start"))
    await expect(kept.use(fail)).rejects.toThrow("it did not start")
    expect([seal.rootKey, formerSeals[1]?.rootKey]).toEqual([new Uint8Array(3), new Uint8Array(3)])
  })
})

describe("options that are none are a TypeError, and start nothing:", () => {
  let starts = 0
  const boundary = {
    connect: () => {
      starts += 1
      return Promise.reject(new Error("started"))
    },
  }
  const hsm = { setup: new Uint8Array(0) }
  const cases: [string, Partial<Record<keyof IsolatedHsmOptions, unknown>>, string][] = [
    ["an option that nobody knows", { demand: [] } as never, "is `demands` meant?"],
    ["demands that are no list", { demands: "network" }, "`demands` must be a list of measures"],
    ["no time", { answerMs: 0 }, "`answerMs` must be a number of milliseconds from 1 to"],
    ["a time that is a text", { answerMs: "5" }, "`answerMs` must be a number of milliseconds"],
    ["a time beyond all timers", { answerMs: 2 ** 31 }, "`answerMs` must be a number"],
    ["files of a stream", { readable: ["/a"] }, "`readable` is for a process"],
    ["add-ons of a stream", { addons: "allowed" }, "`addons` is for a process"],
    ["a launcher of a thread", { boundary: "thread", launcher: ["/a"] }, "`launcher` is for a"],
    ["a user of a thread", { boundary: "thread", user: { uid: 1, gid: 1 } }, "`user` is for a"],
    ["a boundary that is none", { boundary: "fence" }, "`boundary` is of no known kind"],
    ["no boundary", { boundary: undefined }, "`boundary` is of no known kind"],
    ["a boundary without a way", { boundary: {} }, "`boundary` is of no known kind"],
    ["a file that is no path", { boundary: "process", readable: [7] }, "`readable` must be a list"],
    ["a path from here", { boundary: "process", readable: ["/a", "b"] }, "`readable` must be a"],
    ["a text of paths", { boundary: "process", readable: "/a" }, "`readable` must be a list"],
    ["add-ons perhaps", { boundary: "process", addons: true }, '`addons` must be "allowed" or'],
    ["a text as launcher", { boundary: "process", launcher: "/a" }, "`launcher` must be a list"],
    ["a launcher with a number", { boundary: "process", launcher: ["/a", 1] }, "must be a list of"],
    ["a launcher by name", { boundary: "process", launcher: ["a"] }, "must begin with an absolute"],
    ["a user by name", { boundary: "process", user: "nobody" }, "`user` must have a `uid`"],
    ["half a user", { boundary: "process", user: { uid: 1 } }, "`user` must have a `uid`"],
    ["a group alone", { boundary: "process", user: { gid: 1 } }, "`user` must have a `uid`"],
    ["no user", { boundary: "process", user: null }, "`user` must have a `uid`"],
  ]
  it.each(cases)("%s", async (_, options, says) => {
    const refused = isolatedHsm({ boundary, hsm, ...options } as IsolatedHsmOptions)
    await expect(refused).rejects.toThrow(TypeError)
    await expect(refused).rejects.toThrow(says)
    expect(starts).toBe(0)
  })
})
