import process from "node:process"
import { PassThrough } from "node:stream"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { processTerminal } from "../../src/command/terminal.js"

/** Stands for a stream of the process, of a terminal or not. */
const streamOf = (isTTY: boolean | undefined) => Object.assign(new PassThrough(), { isTTY })

function streams(isInTty: boolean | undefined, isErrTty: boolean | undefined) {
  const all = { stdin: streamOf(isInTty), stdout: streamOf(false), stderr: streamOf(isErrTty) }
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    vi.spyOn(process, name, "get").mockReturnValue(all[name] as never)
  }
  return all
}

const written = (stream: PassThrough): string => String(stream.read() ?? "")

let exit: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never)
})
afterEach(() => void vi.restoreAllMocks())

describe("the terminal of the process", () => {
  it("has answers on one stream, each on its line, and everything else on the other", () => {
    const { stdout, stderr } = streams(undefined, undefined)
    const terminal = processTerminal()
    terminal.out("one")
    terminal.tell("two")
    expect([written(stdout), written(stderr)]).toEqual(["one\n", "two"])
  })

  it.each([
    [true, true, { isInteractive: true, isLive: true }],
    [true, undefined, { isInteractive: false, isLive: false }],
    [undefined, true, { isInteractive: false, isLive: true }],
    [undefined, undefined, { isInteractive: false, isLive: false }],
  ])("can ask where it reads and tells somebody: %s, %s", (isIn, isErr, expected) => {
    streams(isIn, isErr)
    expect(processTerminal()).toMatchObject(expected)
  })

  it("asks, and takes the line that is typed", async () => {
    const { stdin, stdout, stderr } = streams(true, true)
    const answer = processTerminal().ask("Really? ")
    stdin.write("yes\n")
    expect(await answer).toBe("yes")
    const told = written(stderr)
    expect(told).toContain("Really? ")
    expect(told).toContain("yes")
    expect(written(stdout)).toBe("")
  })

  it("shows nothing of a secret, not even how long it is", async () => {
    const { stdin, stdout, stderr } = streams(true, true)
    const terminal = processTerminal()
    const answer = terminal.askSecret("Passphrase: ")
    stdin.write("correct horse\n")
    expect(await answer).toBe("correct horse")
    expect(written(stderr)).toBe("Passphrase: \n")
    expect(written(stdout)).toBe("")
    // Whoever is asked once can be asked again.
    const again = terminal.ask("And? ")
    stdin.write("no\n")
    expect(await again).toBe("no")
  })

  it("listens no longer when it was answered", async () => {
    const { stdin } = streams(true, true)
    const answer = processTerminal().ask("Really? ")
    stdin.write("yes\n")
    await answer
    expect(stdin.isPaused()).toBe(true)
  })

  it("is not sorry when nobody reads on", () => {
    const { stdout, stderr } = streams(false, false)
    processTerminal()
    stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
    stderr.emit("error", Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" }))
    expect(written(stderr)).toBe("")
    expect(exit).not.toHaveBeenCalled()
  })

  it("fails, and says so, when its answer cannot be written", () => {
    const { stdout, stderr } = streams(false, false)
    processTerminal()
    stdout.emit("error", Object.assign(new Error("ENOSPC: disk full"), { code: "ENOSPC" }))
    expect(written(stderr)).toBe("keywright: the answer cannot be written: ENOSPC: disk full\n")
    expect(exit).toHaveBeenCalledWith(1)
  })
})
