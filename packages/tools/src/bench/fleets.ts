import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"
import type { Found, Regions, Tenants } from "./many-hosts.js"
import type { Cold, Reads } from "./store-reads.js"

const ms = (value: number): string => `${value.toFixed(2)} ms`

/** What reading costs, in bare reads. */
const coldRatio = ({ bareMs, coldMs, memoryMs }: Cold): number => (coldMs - memoryMs) / bareMs

const readRows = ({ near, far, hotQueries }: Reads): string[][] => [
  [
    "DescribeKey, read from PostgreSQL, and a bare read",
    ms(near.bareMs),
    ms(near.coldMs),
    coldRatio(near).toFixed(2),
  ],
  [
    "the same, with a store that is a millisecond away",
    ms(far.bareMs),
    ms(far.coldMs),
    coldRatio(far).toFixed(2),
  ],
  ["the same call on the memory storage", "", ms(near.memoryMs), ""],
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
  const { reads, tenants, regions } = JSON.parse(stdout) as Found
  const goals: Figures["goals"][number][] = [
    {
      name: "99th percentile beside a noisy tenant",
      is: tenants.besideMs / tenants.aloneMs,
      ...{ goal: 1.5, unit: " ×" },
    },
    { name: "rate with one region dead", is: regions.share, goal: 0.98, unit: " ×", atLeast: true },
    { name: "caught up", is: regions.caughtUpMs / 1000, goal: 60, unit: " s" },
  ]
  if (reads !== undefined) {
    const name = "read from PostgreSQL, against a bare read"
    const goal = { goal: 1.2, unit: " ×" }
    goals.unshift(
      { name: `${name} on this machine`, is: coldRatio(reads.near), ...goal },
      { name: `${name} of a store a millisecond away`, is: coldRatio(reads.far), ...goal },
    )
  }
  return {
    title: "Hosts, tenants and regions",
    about:
      "By the clock, and the last but one in calls for each second of processor time, in turns. A \
cold call has its key read from the store each time, by a host that remembers next to none; what \
counts is where the quickest tenth of 1,500 ends, which other work on the machine meets least, \
one bare read, one cold call and one on the memory storage in turn. Its ratio is without what the \
same call costs on the memory storage, and the bare read is one of the same row with the same \
driver (`pg`) and the same deadline. The store a millisecond away is the same one behind a wire \
on which answers take so much longer. The quiet tenant makes 100 calls a second, and waits from \
when each was due; five rounds of three seconds. Three regions, a storage in memory for each; \
the dead one refuses or says nothing, and has changes to be told of.",
    head: ["what", "first", "second", "ratio"],
    rows: [
      ...(reads === undefined ? [] : readRows(reads)),
      tenantRow(tenants),
      ...regionRows(regions),
    ],
    goals,
  }
}
