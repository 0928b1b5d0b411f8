import { expect, it } from "vitest"
import { askPatiently } from "../src/patience.js"
import { StorageError } from "../src/storage-error.js"
import { steadyClock, systemTimer, type Timer } from "../src/system.js"

/** Counts what still runs. */
function countingTimer(): { readonly timer: Timer; running(): number } {
  let count = 0
  const timer: Timer = (timeoutMs) => {
    const { over, stop } = systemTimer(timeoutMs)
    let isRunning = true
    const end = (): void => {
      count -= Number(isRunning)
      isRunning = false
    }
    count += 1
    return { over: over.then(end), stop: () => [stop(), end()] }
  }
  return { timer, running: () => count }
}

/** Asks somebody who fails so often first. */
function ask(failures: readonly Error[], { timer }: { readonly timer: Timer }): Promise<string> {
  const left = [...failures]
  return askPatiently(
    { deadlineMs: 60_000, patienceMs: 60_000, timer, clock: steadyClock },
    {
      attempt: async () => {
        const failure = left.shift()
        if (failure !== undefined) throw failure
        return "answer"
      },
      isPassing: (error) => !(error instanceof StorageError),
      toStorageError: (error) => error,
      name: "the store",
    },
  )
}

it.each([
  ["an answer at once", []],
  ["an answer after failures", [new Error("once"), new Error("twice")]],
])("%s leaves nothing that would keep a process alive", async (_, failures) => {
  const counting = countingTimer()
  expect(await ask(failures, counting)).toBe("answer")
  expect(counting.running()).toBe(0)
})

it("a refusal leaves nothing that would keep a process alive", async () => {
  const counting = countingTimer()
  const refusal = new StorageError("failed", "refused")
  await expect(ask([new Error("once"), refusal], counting)).rejects.toBe(refusal)
  expect(counting.running()).toBe(0)
})
