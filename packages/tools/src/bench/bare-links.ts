import { spawn } from "node:child_process"
import type { Duplex } from "node:stream"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import type { RegionHsm } from "@keywright/core"

/** About as long as a call of GenerateDataKey is, and its answer. */
export const requestBytes = 400
export const answerBytes = 200

/** A way to the same work without what makes it a boundary: no codec, no numbers, no wiping. */
export interface BareLink {
  ask(work: "data key" | "signature"): Promise<void>
  end(): void
}

const program = fileURLToPath(new URL("bare-boundary.js", import.meta.url))

/** Answers come in the order of their requests. */
async function bareLink(
  send: (request: Uint8Array<ArrayBuffer>) => void,
  listen: (answered: () => void) => void,
  end: () => void,
): Promise<BareLink> {
  const waiting: (() => void)[] = []
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  listen(() => waiting.shift()?.())
  await next()
  return {
    ask(work) {
      const request = new Uint8Array(requestBytes)
      request[0] = work === "data key" ? 0 : 1
      send(request)
      return next()
    },
    end,
  }
}

export function bareThread(): Promise<BareLink> {
  const worker = new Worker(program)
  return bareLink(
    (request) => worker.postMessage(request, [request.buffer]),
    (answered) => worker.on("message", answered),
    () => void worker.terminate(),
  )
}

export function bareProcess(): Promise<BareLink> {
  const child = spawn(process.execPath, [program], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  })
  const socket = child.stdio[3] as Duplex
  let came = 0
  return bareLink(
    (request) => socket.write(request),
    (answered) =>
      socket.on("data", (chunk: Uint8Array) => {
        came += chunk.length
        for (; came >= answerBytes; came -= answerBytes) answered()
      }),
    () => void child.kill(),
  )
}

/** An HSM in this process whose two busiest methods are asked for elsewhere, in turns. */
export function behindBareLinks(hsm: RegionHsm, links: readonly BareLink[]): RegionHsm {
  let turn = 0
  function ask(work: "data key" | "signature"): Promise<void> {
    turn += 1
    return (links[turn % links.length] as BareLink).ask(work)
  }
  return {
    ...hsm,
    async generateDataKey({ lengthBytes }) {
      await ask("data key")
      return { plaintext: new Uint8Array(lengthBytes), ciphertext: new Uint8Array(92) }
    },
    async sign() {
      await ask("signature")
      return new Uint8Array(256)
    },
    async close() {
      for (const link of links) link.end()
      await hsm.close()
    },
  }
}
