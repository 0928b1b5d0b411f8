import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"
import type { Stretch } from "./longest-stretch.js"

const keys = 1000
const grants = 50_000
const goalMs = 20

const kinds = {
  createKey: `${keys} CreateKey at once`,
  encrypt: "1000 Encrypt at once",
  flush: `writing ${keys} last usages`,
  list: "20 ListKeys(1000) in a row",
  verify: "verify",
  backup: "backup",
  hostile: "50 hostile policies put in a row",
  rotate: `a sweep that rotates ${keys} keys`,
  grants: `a sweep of a key with ${grants.toLocaleString("en-US")} grants`,
} as const

type Found = Readonly<Record<keyof typeof kinds, Stretch>>

/** How long anything else in the process waits for its turn beside long work. */
export async function measureStretches(): Promise<Figures> {
  const program = fileURLToPath(new URL("long-work.js", import.meta.url))
  const args = ["--no-warnings", program, String(keys), String(grants)]
  const { ok, stdout, output } = await runNode(args)
  if (!ok) throw new Error(output)
  const found = JSON.parse(stdout) as Found
  const names = Object.keys(kinds) as (keyof typeof kinds)[]
  return {
    title: "Long work",
    about:
      "SQLite, OpenSSL, without waiting for the disk. How much processor time of its thread the " +
      "whole takes, and its longest stretch without a turn of the event loop: without the " +
      "pauses in which V8 collects garbage, and with them.",
    head: ["what", "in all", "longest stretch", "with garbage"],
    rows: names.map((name) => {
      const { allMs, longestMs, withGarbageMs } = found[name]
      const stretches = [longestMs, withGarbageMs].map((ms) => `${ms.toFixed(1)} ms`)
      return [kinds[name], `${allMs.toFixed(0)} ms`, ...stretches]
    }),
    goals: names.map((name) => ({
      name: `longest stretch, ${kinds[name]}`,
      is: found[name].longestMs,
      goal: goalMs,
      unit: " ms",
    })),
  }
}
