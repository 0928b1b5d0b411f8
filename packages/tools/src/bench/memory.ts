import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"

const goalMb = 260
const keys = 100_000

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

/** What many keys take, in a process of its own. */
export async function measureMemory(): Promise<Figures> {
  const program = fileURLToPath(new URL("create-keys.js", import.meta.url))
  const { ok, stdout, output } = await runNode(["--expose-gc", program, String(keys)])
  if (!ok) throw new Error(output)
  const figures = JSON.parse(stdout)
  const counted = keys.toLocaleString("en-US")
  return {
    title: "Memory",
    about: `A process that creates ${counted} keys with default policies through the engine, on \
the memory storage, and then collects garbage.`,
    head: ["what", "how much"],
    rows: [
      [`resident with ${counted} keys`, megabytes(figures.afterBytes)],
      ["resident with one key", megabytes(figures.beforeBytes)],
      ["V8 heap", megabytes(figures.heapUsed)],
      ["buffers", megabytes(figures.arrayBuffers)],
      ["the most that was resident before garbage was collected", megabytes(figures.peakBytes)],
      ["CreateKey", `${figures.createUs.toFixed(0)} µs`],
    ],
    goals: [
      {
        name: `resident with ${counted} keys`,
        is: figures.afterBytes / 1e6,
        goal: goalMb,
        unit: " MB",
      },
    ],
  }
}
