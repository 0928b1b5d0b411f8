import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"
import type { Cold, Found, Regions, Tenants } from "./many-hosts.js"

const ms = (value: number): string => `${value.toFixed(2)} ms`

const coldRows = ({ bareMs, coldMs, memoryMs, hotQueries }: Cold): string[][] => [
  [
    "DescribeKey, read from PostgreSQL, and a bare read",
    ms(bareMs),
    ms(coldMs),
    ((coldMs - memoryMs) / bareMs).toFixed(2),
  ],
  ["the same call on the memory storage", "", ms(memoryMs), ""],
  ["round trips of 1,000 calls about a remembered key", "", String(hotQueries), ""],
]

const tenantRow = ({ aloneMs, besideMs, quota }: Tenants): string[] => [
  `a tenant's 99th percentile, alone and beside one at ten times his quota of ${quota}/s`,
  ms(aloneMs),
  ms(besideMs),
  (besideMs / aloneMs).toFixed(2),
]

const regionRows = ({ aliveRate, deadRate, share, caughtUpMs }: Regions): string[][] => [
  [
    "calls a second in two regions, and with the third one dead",
    aliveRate.toFixed(0),
    deadRate.toFixed(0),
    share.toFixed(3),
  ],
  ["until the third has what it missed, after its return", "", ms(caughtUpMs), ""],
]

/** What hosts on a shared store, tenants side by side and regions do to a call. */
export async function measureFleets(): Promise<Figures> {
  const program = fileURLToPath(new URL("many-hosts.js", import.meta.url))
  const { ok, stdout, output } = await runNode(["--no-warnings", program])
  if (!ok) throw new Error(output)
  const { cold, tenants, regions } = JSON.parse(stdout) as Found
  const goals: Figures["goals"][number][] = [
    {
      name: "99th percentile beside a noisy tenant",
      is: tenants.besideMs / tenants.aloneMs,
      ...{ goal: 1.5, unit: " ×" },
    },
    { name: "rate with one region dead", is: regions.share, goal: 0.98, unit: " ×", atLeast: true },
    { name: "caught up", is: regions.caughtUpMs / 1000, goal: 60, unit: " s" },
  ]
  if (cold !== undefined) {
    const is = (cold.coldMs - cold.memoryMs) / cold.bareMs
    goals.unshift({ name: "read from PostgreSQL, against a bare read", is, goal: 1.2, unit: " ×" })
  }
  return {
    title: "Hosts, tenants and regions",
    about:
      "By the clock, and the last but one in calls for each second of processor time, in turns. A \
cold call has its key read from the store each time, by a host that remembers next to none; what \
counts is where the quickest tenth of 1,500 ends, which other work on the machine meets least. \
Its ratio is without what the same call costs on the memory storage, and the bare read is one of \
the same row with the same driver (`pg`). The quiet tenant makes 100 calls a second, and waits \
from when each was due; five rounds of three seconds. Three regions, a storage in memory for \
each; the dead one refuses or says nothing, and has changes to be told of.",
    head: ["what", "first", "second", "ratio"],
    rows: [
      ...(cold === undefined ? [] : coldRows(cold)),
      tenantRow(tenants),
      ...regionRows(regions),
    ],
    goals,
  }
}
