import { randomBytes } from "node:crypto"
import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { parseArgs } from "node:util"
import { makeEtcdStore } from "./drill/etcd-store.js"
import { type Fault, hostFaults } from "./drill/fault.js"
import { hostProgram, openFleet } from "./drill/fleet.js"
import { makePostgresStore } from "./drill/postgres-store.js"
import { playRounds } from "./drill/rounds.js"
import type { MakeStore, Store } from "./drill/store.js"
import { createTally, type Tally } from "./drill/tally.js"
import { previousHost } from "./previous/build.js"

/*
 * Several hosts in processes of their own serve from one store in three places, while hosts, links
 * and members of the store are killed, stopped, cut and slowed down. All that callers see is
 * written down and must be linearizable: nothing that was acknowledged is lost, and nothing stale
 * is read.
 */

const makers: Readonly<Record<string, MakeStore>> = {
  etcd: makeEtcdStore,
  postgres: makePostgresStore,
}

const { values } = parseArgs({
  options: {
    store: { type: "string", multiple: true },
    minutes: { type: "string" },
    seconds: { type: "string" },
    hosts: { type: "string" },
    callers: { type: "string" },
    /** Every other host is one of the previous version, and comes back as the other one. */
    previous: { type: "boolean", default: false },
  },
})
const seconds =
  values.seconds === undefined ? Number(values.minutes ?? 5) * 60 : Number(values.seconds)
const hostsCount = Number(values.hosts ?? 3)
const callersCount = Number(values.callers ?? 6)
const names = values.store ?? Object.keys(makers)
const isRight =
  seconds >= 5 &&
  seconds <= 86_400 &&
  hostsCount >= 2 &&
  hostsCount <= 16 &&
  callersCount >= 1 &&
  callersCount <= 64 &&
  names.every((name) => Object.hasOwn(makers, name))
if (!isRight) {
  process.stderr.write(
    "usage: drill [--store etcd] [--store postgres] [--minutes 5 | --seconds 5…86400] " +
      "[--hosts 2…16] [--callers 1…64] [--previous]\n",
  )
  process.exit(2)
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** One fault after the other, each as often as the others, with a pause behind each. */
async function disturb(
  faults: readonly Fault[],
  tally: Tally,
  isOver: () => boolean,
): Promise<void> {
  // A short run has shorter pauses.
  const pauseMs = seconds < 60 ? 300 : 3000
  // Nothing is disturbed before it was well.
  while (tally.totals.requests === 0 && !isOver()) await wait(50)
  for (let i = 0; !isOver(); i += 1) {
    const fault = faults[i % faults.length] as Fault
    const over = tally.begin(fault.name)
    await fault.strike()
    await wait(pauseMs)
    over()
    const { requests, failed } = tally.totals
    print(`  ${fault.name}: ${requests} requests so far, ${failed} failed`)
  }
}

/** Faults of the store and of hosts in turn, those of the store first. */
const inTurns = (a: readonly Fault[], b: readonly Fault[]): readonly Fault[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]])
    .flat()
    .filter((fault) => fault !== undefined)

async function drillOn(store: Store): Promise<readonly string[]> {
  const programs = values.previous ? [hostProgram, previousHost()] : [hostProgram]
  const rootKey = randomBytes(32)
  const fleet = await openFleet(store.addresses, { rootKey, programs, callTimeoutMs: 4000 })
  process.once("exit", fleet.end)
  const endMs = Date.now() + seconds * 1000
  const isOver = (): boolean => Date.now() >= endMs
  const tally = createTally(Date.now)
  try {
    const faults = inTurns(store.faults, hostFaults(fleet, store.links))
    const playing = playRounds(fleet, tally, callersCount, isOver)
    await Promise.all([playing, disturb(faults, tally, isOver)])
    const { operations, unanswered, rounds, findings } = await playing
    const { requests, failed, strikes } = tally.totals
    for (const line of tally.lines()) print(line)
    const share = (100 * (1 - failed / Math.max(1, requests))).toFixed(3)
    print(`${requests} requests, ${failed} failed after three attempts: ${share} % served`)
    print(`${strikes} faults; ${operations} attempts checked in ${rounds} rounds`)
    print(`${unanswered} of them without an answer, ${findings.length} findings`)
    return operations > 0 ? findings : [...findings, "nobody was served"]
  } finally {
    fleet.end()
  }
}

process.once("SIGINT", () => process.exit(130))
// Whatever happens, it ends.
const overdue = setTimeout(
  () => {
    print("FAILED: the drill did not end by itself")
    process.exit(1)
  },
  names.length * (seconds * 1000 + 180_000),
)
const findings: string[] = []
for (const name of names) {
  const making = makers[name]?.(hostsCount)
  if (making === undefined) {
    print(`SKIPPED  ${name} is not on this machine`)
    if (process.env["CI"] === "true") findings.push(`${name} is missing`)
    continue
  }
  const store = await making
  process.once("exit", store.remove)
  print(`${store.name}: ${hostsCount} hosts, ${callersCount} callers, ${seconds} s`)
  try {
    findings.push(...(await drillOn(store)))
  } finally {
    process.off("exit", store.remove)
    store.remove()
  }
}
clearTimeout(overdue)
for (const finding of findings) print(`FOUND  ${finding}`)
print(findings.length === 0 ? "OK" : `FAILED: ${findings.length} findings`)
process.exit(findings.length === 0 ? 0 : 1)
