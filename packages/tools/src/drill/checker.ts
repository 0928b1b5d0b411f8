import { Worker } from "node:worker_threads"
import type { KmsOperation } from "@keywright/testing/histories"

/** Checks histories beside all else. */
export interface Checker {
  /** What is wrong with a history; `undefined` where it is linearizable. */
  check(operations: readonly KmsOperation[]): Promise<string | undefined>
  end(): void
}

export interface Asked {
  readonly id: number
  readonly operations: readonly KmsOperation[]
}

export interface Checked {
  readonly id: number
  readonly finding: string | undefined
}

const program = new URL("../../dist/drill/check-histories.js", import.meta.url)

export function openChecker(): Checker {
  const worker = new Worker(program)
  const asked = new Map<number, (finding: string | undefined) => void>()
  let count = 0
  worker.on("message", ({ id, finding }: Checked) => {
    asked.get(id)?.(finding)
    asked.delete(id)
  })
  worker.on("error", (error) => {
    for (const tell of asked.values()) tell(`a history could not be checked: ${error.message}`)
  })
  return {
    check: (operations) =>
      new Promise((resolve) => {
        count += 1
        asked.set(count, resolve)
        worker.postMessage({ id: count, operations } satisfies Asked)
      }),
    end: () => void worker.terminate(),
  }
}
