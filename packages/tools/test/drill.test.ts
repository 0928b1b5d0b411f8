import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { missing, type Plan, readPlan } from "../src/drill/plan.js"
import { createTally } from "../src/drill/tally.js"
import { createWire, type Wire } from "../src/servers/wire.js"

describe("the tally of a drill", () => {
  it("tells how long nobody was served during a fault, and not at other times", () => {
    let nowMs = 0
    const tally = createTally(() => nowMs)
    const wait = (ms: number) => {
      nowMs += ms
    }
    wait(5000)
    tally.request(true)
    const over = tally.begin("a fault")
    wait(300)
    tally.request(false)
    wait(400)
    tally.request(true)
    wait(100)
    over()
    wait(9000)
    tally.request(true)
    expect(tally.lines()).toEqual(["  a fault: 1 times, longest without an answer 700 ms"])
    expect(tally.totals).toMatchObject({ requests: 4, failed: 1, strikes: 1 })
  })

  it("counts who was killed", () => {
    const tally = createTally(() => 0)
    for (const kills of ["a host", "a member", "nothing", "a host"] as const) {
      tally.begin("a fault", kills)()
    }
    expect(tally.totals).toMatchObject({ strikes: 4, hostKills: 2, memberKills: 1 })
  })

  it("counts a silence that the fault does not outlive", () => {
    let nowMs = 0
    const tally = createTally(() => nowMs)
    const over = tally.begin("a fault")
    nowMs += 250
    over()
    expect(tally.lines()).toEqual(["  a fault: 1 times, longest without an answer 250 ms"])
  })

  it("counts attempts by their errors, the most frequent first", () => {
    const tally = createTally(() => 0)
    for (const error of ["Timeout", undefined, "HostGone", "Timeout"]) tally.attempt(error)
    expect(tally.lines()).toEqual(["  Timeout: 2 attempts", "  HostGone: 1 attempts"])
    expect(tally.totals.attempts).toBe(4)
  })
})

describe("the plan of a drill", () => {
  const stores = ["etcd", "postgres"]

  it("is five minutes on every store, unless another is asked for", () => {
    expect(readPlan([], stores)).toMatchObject({ stores: undefined, seconds: 300, hosts: 3 })
    const asked = ["--store", "etcd", "--seconds", "9", "--previous", "--fault", "kill"]
    const read = readPlan(asked, stores)
    expect(read).toMatchObject({ stores: ["etcd"], seconds: 9, previous: true, faults: ["kill"] })
  })

  it.each([
    ["--seconds", "4"],
    ["--hosts", "1"],
    ["--callers", "1.5"],
    ["--operations", "0.5"],
    ["--store", "sqlite"],
  ])("is none with %s %s", (name, value) => {
    expect(readPlan([name, value], stores)).toBeUndefined()
  })

  it.each([["--hoosts", "3"], ["--hosts"], ["etcd"]])(
    "is none with %s, which is no argument or lacks its value",
    (...args) => {
      expect(readPlan(args, stores)).toBeUndefined()
    },
  )

  it.each(["--help", "-h"])("is help, whatever else is said, with %s", (asked) => {
    expect(readPlan(["--hosts", "3", asked], stores)).toBe("help")
  })

  it("is reached when all that was asked for is, and never when only time counts", () => {
    const reached = { operations: 10, hostKills: 1, memberKills: 0 }
    const planOf = (args: string[]) => readPlan(args, stores) as Plan
    expect(missing(planOf([]), reached)).toBeUndefined()
    expect(missing(planOf(["--operations", "10"]), reached)).toEqual([])
    expect(missing(planOf(["--host-kills", "1"]), reached)).toEqual([])
    expect(missing(planOf(["--operations", "10", "--host-kills", "2"]), reached)).toEqual([
      "hostKills: 1 of 2 when the time was over",
    ])
  })
})

describe("a wire", () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  /** A server that answers each text with its name in front. */
  async function serverOf(name: string): Promise<number> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on("error", () => undefined)
      socket.on("data", (text) => socket.write(`${name} ${text}`))
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    closing.push(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as { port: number }).port
  }

  const wireTo = async (port: number): Promise<Wire> => {
    const wire = await createWire(port)
    closing.push(() => wire.close())
    return wire
  }

  /** What a new connection answers; `undefined` when it ends instead. */
  async function answerOn({ port }: Wire, text = "hello"): Promise<string | undefined> {
    const socket = connect(port, "127.0.0.1")
    socket.on("error", () => undefined)
    socket.write(text)
    const answer = once(socket, "data").then(([bytes]) => String(bytes))
    const end = once(socket, "close").then(() => undefined)
    try {
      return await Promise.race([answer, end])
    } finally {
      socket.destroy()
    }
  }

  it("that is cut takes no connection until it is mended", async () => {
    const wire = await wireTo(await serverOf("one"))
    expect(await answerOn(wire)).toBe("one hello")
    wire.cut()
    expect(await answerOn(wire)).toBeUndefined()
    wire.mend()
    expect(await answerOn(wire)).toBe("one hello")
  })

  it("that is silent ends what it kept waiting when it is mended", async () => {
    const port = await serverOf("one")
    const [wire, other] = [await wireTo(port), await wireTo(port)]
    wire.silence()
    let hasEnded = false
    const answer = answerOn(wire).finally(() => {
      hasEnded = true
    })
    // Who asks later, and as far away, is answered before.
    for (let asked = 0; asked < 5; asked += 1) expect(await answerOn(other)).toBe("one hello")
    expect(hasEnded).toBe(false)
    wire.mend()
    expect(await answer).toBeUndefined()
    expect(await answerOn(wire)).toBe("one hello")
  })

  it("that is slow answers all the same, and in order", async () => {
    const wire = await wireTo(await serverOf("one"))
    wire.slow(20)
    expect(await answerOn(wire)).toBe("one hello")
  })

  it("can lead elsewhere from now on", async () => {
    const wire = await wireTo(await serverOf("one"))
    wire.pointTo(await serverOf("other"))
    expect(await answerOn(wire)).toBe("other hello")
  })
})
