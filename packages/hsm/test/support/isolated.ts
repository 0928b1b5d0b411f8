import { readdirSync, readFileSync } from "node:fs"
import { Duplex } from "node:stream"
import { symmetricBinding as binding } from "../../../core/test/support/bindings.js"
import {
  createWriter,
  type Reader,
  takeWritten,
  type Writer,
} from "../../src/isolated/wire/buffers.js"
import { createFrameReader, type FrameHead, writeFrame } from "../../src/isolated/wire/frames.js"
import { type IsolatedHsm, type IsolatedHsmOptions, isolatedHsm } from "../../src/isolated.js"

export { binding }

export const rootKey = new Uint8Array(32).fill(7)
const software = { suite: "openssl", seal: { rootKey } } as const

/** Every HSM that a test makes, closed when the test is over. */
export function isolatedHsms() {
  const open = new Set<IsolatedHsm>()
  return {
    async make(options: Partial<IsolatedHsmOptions> = {}): Promise<IsolatedHsm> {
      const hsm = await isolatedHsm({ boundary: "process", hsm: software, ...options })
      open.add(hsm)
      return hsm
    },
    async closeAll(): Promise<void> {
      await Promise.all([...open].map((hsm) => hsm.close()))
      open.clear()
    },
  }
}

/** The processes that this one has started and that run our program. */
export function boundaryPids(): number[] {
  const isOurs = (pid: string): boolean => {
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? []
      const isChild = Number(parent) === process.pid
      return isChild && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("isolated-program")
    } catch {
      return false
    }
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map(Number)
}

export const hasProc = process.platform === "linux"

/** Two ends of one stream of bytes, in this process; `pass` says when what is written arrives. */
export function streamPair(pass: (act: () => void) => void = setImmediate): [Duplex, Duplex] {
  const ends: Duplex[] = []
  const end = (place: 0 | 1): Duplex =>
    new Duplex({
      read: () => undefined,
      write(chunk: Uint8Array, _, done) {
        // The other end has its own copy, as from a kernel.
        pass(() => {
          ends[1 - place]?.push(Buffer.from(chunk))
          done()
        })
      },
      final(done) {
        ends[1 - place]?.push(null)
        done()
      },
      destroy(error, done) {
        const other = ends[1 - place]
        if (other !== undefined && !other.destroyed) setImmediate(() => other.destroy())
        done(error)
      },
    })
  ends.push(end(0), end(1))
  return ends as [Duplex, Duplex]
}

/** One side of a stream that says what a test wants. */
export interface Puppet {
  say(head: FrameHead, writeRest: (to: Writer) => void): void
  raw(bytes: Uint8Array): void
  readonly stream: Duplex
}

/** Answers frames by hand. */
export function puppet(
  stream: Duplex,
  take: (head: FrameHead, rest: Reader, self: Puppet) => void = () => undefined,
): Puppet {
  const self: Puppet = {
    stream,
    say(head, writeRest) {
      const out = createWriter()
      writeFrame(out, head, writeRest)
      stream.write(takeWritten(out))
    },
    raw: (bytes) => void stream.write(bytes),
  }
  const frames = createFrameReader((head, rest) => take(head, rest, self), "reader")
  stream.on("data", (chunk: Buffer) => frames.push(new Uint8Array(chunk)))
  stream.on("error", () => undefined)
  return self
}
