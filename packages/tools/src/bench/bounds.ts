import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"

const keys = 1000

/** What a sweep, a page and the file cost on SQLite, in a process of its own. */
export async function measureBounds(): Promise<Figures> {
  const program = fileURLToPath(new URL("many-due.js", import.meta.url))
  const { ok, stdout, output } = await runNode(["--no-warnings", program, String(keys)])
  if (!ok) throw new Error(output)
  return boundsFigures(JSON.parse(stdout))
}

interface Sweeps {
  readonly together: number
  readonly alone: number
  readonly ratio: number
}

interface Found {
  readonly sweeps: Sweeps
  readonly slowSweeps: Sweeps
  readonly flushes: number
  readonly page: number
  readonly firstPage: number
  readonly longPage: number
  readonly keyBytes: number
  readonly longKeyBytes: number
  readonly grantBytes: number
}

function boundsFigures(is: Found): Figures {
  const ms = (value: number): string => `${value.toFixed(2)} ms`
  const kb = (value: number): string => `${(value / 1000).toFixed(1)} KB`
  const ratio = (first: number, second: number): string => (second / first).toFixed(2)
  const swept = "a due key, swept with others and alone"
  const sweptSlowly = `${swept}, each flush 5 ms longer`
  const sweepRow = (name: string, { together, alone, ratio: times }: Sweeps) => [
    name,
    ms(together),
    ms(alone),
    times.toFixed(2),
  ]
  const listed = "ListKeys(1000), default policies and policies of 32 KB"
  return {
    title: "Sweeps, pages and the file",
    about:
      `SQLite, OpenSSL, ${keys.toLocaleString("en-US")} keys. A sweep rotates them all, or one ` +
      "at a time, in turns; by the clock, because waiting for the disk is the point; the " +
      "ratio is the median of three rounds; on the disk of the machine, and on one that takes " +
      "5 ms longer for each flush, as a disk over a network does. Pages in processor time, " +
      "medians of 31 rounds.",
    head: ["what", "first", "second", "ratio"],
    rows: [
      sweepRow(swept, is.sweeps),
      sweepRow(sweptSlowly, is.slowSweeps),
      [`flushes of a sweep of ${keys.toLocaleString("en-US")} keys`, String(is.flushes), "", ""],
      [listed, ms(is.page), ms(is.longPage), ratio(is.page, is.longPage)],
      [
        "ListKeys(1000), seen before and for the first time",
        ms(is.page),
        ms(is.firstPage),
        ratio(is.page, is.firstPage),
      ],
      [
        "file per key, default policy and policy of 32 KB",
        kb(is.keyBytes),
        kb(is.longKeyBytes),
        ratio(is.keyBytes, is.longKeyBytes),
      ],
      ["file per grant", kb(is.grantBytes), "", ""],
    ],
    goals: [
      {
        name: "a due key, alone against with others, each flush 5 ms longer",
        is: is.slowSweeps.ratio,
        goal: 10,
        atLeast: true,
        unit: " ×",
      },
      { name: "ListKeys(1000), policies of 32 KB", is: is.longPage, goal: 3, unit: " ms" },
    ],
  }
}
