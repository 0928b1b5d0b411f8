import { Worker } from "node:worker_threads"
import { portLink } from "../links/port-link.js"
import { notEnforced } from "../wire/measures.js"
import type { StartBoundary } from "./boundary.js"
import { programPath } from "./program-path.js"

const shared = notEnforced("a thread is a part of the process of its host")

/** A thread: the event loop of the host is free, and its memory is not kept apart. */
export const threadBoundary: StartBoundary = async () => {
  const worker = new Worker(programPath(), { env: {}, argv: [], execArgv: [], stdin: false })
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()))
  worker.unref()
  return {
    gone() {
      worker.ref()
      return gone
    },
    openLink(events) {
      worker.on("error", () => undefined)
      worker.on("messageerror", () => void worker.terminate())
      worker.once("exit", () => events.over())
      return portLink(worker, events, () => void worker.terminate())
    },
    measures: async () => ({
      "own-memory": shared,
      files: shared,
      processes: shared,
      network: shared,
      inspector: shared,
      "core-dumps": shared,
      privileges: shared,
      "memory-reads": shared,
    }),
  }
}
