import { randomBytes } from "node:crypto"
import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { openChecker } from "./drill/checker.js"
import { makeEtcdStore } from "./drill/etcd-store.js"
import { type Fault, hostFaults, zoneFaults } from "./drill/fault.js"
import { type Fleet, hostProgram, openFleet } from "./drill/fleet.js"
import { missing, type Plan, readPlan, usage } from "./drill/plan.js"
import { makePostgresStore } from "./drill/postgres-store.js"
import { newVerdicts, type Playing, playRounds } from "./drill/rounds.js"
import type { MakeStore, Store } from "./drill/store.js"
import { createTally } from "./drill/tally.js"
import { previousHost } from "./previous/build.js"
import { createZones, type Zones } from "./servers/zones.js"

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

const read = readPlan(process.argv.slice(2), Object.keys(makers))
if (read === "help") {
  process.stdout.write(usage)
  process.exit(0)
}
if (read === undefined) {
  process.stderr.write(usage)
  process.exit(2)
}
const plan: Plan = read
const isLong = plan.seconds >= 600

const print = (line: string): void => void process.stdout.write(`${line}\n`)

interface Drill extends Playing {
  readonly fleet: Fleet
}

const nowS = (): number => Math.round(process.uptime())

/** How far it is; a long drill says so twice a minute. */
function progressOf({ tally, verdicts }: Drill): string {
  const { requests, failed, hostKills, memberKills } = tally.totals
  const megabytes = Math.round(process.memoryUsage.rss() / 1e6)
  return (
    `  ${nowS()} s: ${requests} requests, ${failed} failed, ${verdicts.operations} attempts ` +
    `checked, ${hostKills} hosts and ${memberKills} members killed, ` +
    `${verdicts.findings.length} findings, ${megabytes} MB`
  )
}

/** One fault after the other, each as often as the others, with a pause behind each. */
async function disturb(faults: readonly Fault[], drill: Drill): Promise<void> {
  const { tally, isOver } = drill
  // A short run has shorter pauses, and one of kills alone has next to none.
  const pauseMs = plan.goals.hostKills > 0 ? 100 : plan.seconds < 60 ? 300 : 3000
  // Nothing is disturbed before it was well.
  while (tally.totals.requests === 0 && !isOver()) await wait(50)
  let toldS = nowS()
  for (let i = 0; !isOver(); i += 1) {
    const fault = faults[i % faults.length] as Fault
    const over = tally.begin(fault.name, fault.kills)
    await fault.strike()
    await wait(pauseMs)
    over()
    if (isLong && nowS() < toldS + 30) continue
    toldS = nowS()
    print(isLong ? progressOf(drill) : `  ${fault.name}: ${tally.totals.requests} requests so far`)
  }
}

/** Faults of the store and of hosts in turn, those of the store first. */
const inTurns = (a: readonly Fault[], b: readonly Fault[]): readonly Fault[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]])
    .flat()
    .filter((fault) => fault !== undefined)

/** The faults of a plan, by parts of their names. */
function chosen(all: readonly Fault[]): readonly Fault[] {
  const { faults } = plan
  if (faults.length === 0) return all
  return all.filter(({ name }) => faults.some((part) => name.includes(part)))
}

async function drillOn(store: Store, zones: Zones): Promise<readonly string[]> {
  const rootKey = randomBytes(32)
  const programs = plan.previous ? [hostProgram, previousHost()] : [hostProgram]
  const options = { rootKey, programs, zones: zones.zones, callTimeoutMs: 4000 }
  const fleet = await openFleet(store.addresses, options)
  process.once("exit", fleet.end)
  const endMs = Date.now() + plan.seconds * 1000
  const tally = createTally(Date.now)
  const verdicts = newVerdicts()
  const left = () => missing(plan, { ...tally.totals, operations: verdicts.operations })
  const isOver = (): boolean => Date.now() >= endMs || left()?.length === 0
  const checker = openChecker()
  const drill: Drill = { fleet, tally, verdicts, checker, callers: plan.callers, isOver }
  try {
    const faults = chosen(
      inTurns([...store.faults, ...zoneFaults(zones)], hostFaults(fleet, store.links)),
    )
    if (faults.length === 0) throw new Error("no fault has a name like that")
    const playing = Array.from({ length: plan.rounds }, () => playRounds(fleet, drill))
    const disturbing = Array.from({ length: plan.strikes }, () => disturb(faults, drill))
    await Promise.all([...playing, ...disturbing])
    const { operations, unanswered, rounds, findings } = verdicts
    const { requests, failed, strikes } = tally.totals
    for (const line of tally.lines()) print(line)
    const share = (100 * (1 - failed / Math.max(1, requests))).toFixed(3)
    print(`${requests} requests, ${failed} failed after three attempts: ${share} % served`)
    print(`${strikes} faults; ${operations} attempts checked in ${rounds} rounds`)
    print(`${unanswered} of them without an answer, ${findings.length} findings`)
    const served = operations > 0 ? [] : ["nobody was served"]
    return [...findings, ...served, ...(left() ?? [])]
  } finally {
    checker.end()
    fleet.end()
  }
}

process.once("SIGINT", () => process.exit(130))
const names = plan.stores ?? Object.keys(makers)
// Whatever happens, it ends.
const overdue = setTimeout(
  () => {
    print("FAILED: the drill did not end by itself")
    process.exit(1)
  },
  names.length * (plan.seconds * 1000 + 180_000),
)
const findings: string[] = []
for (const name of names) {
  const zones = await createZones(3)
  process.once("exit", zones.remove)
  const making = makers[name]?.(plan.hosts, zones)
  if (making === undefined) {
    print(`SKIPPED  ${name} is not on this machine`)
    if (process.env["CI"] === "true") findings.push(`${name} is missing`)
    continue
  }
  const store = await making
  process.prependOnceListener("exit", store.remove)
  const callers = plan.callers * plan.rounds
  print(
    `${store.name} on ${zones.kind}: ${plan.hosts} hosts, ${callers} callers, ${plan.seconds} s`,
  )
  try {
    findings.push(...(await drillOn(store, zones)))
  } finally {
    process.off("exit", store.remove)
    store.remove()
    process.off("exit", zones.remove)
    zones.remove()
  }
}
clearTimeout(overdue)
for (const finding of findings) print(`FOUND  ${finding}`)
print(findings.length === 0 ? "OK" : `FAILED: ${findings.length} findings`)
process.exit(findings.length === 0 ? 0 : 1)
