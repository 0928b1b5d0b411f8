import { randomBytes, randomInt } from "node:crypto"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { parseArgs } from "node:util"
import Database from "libsql"
import { clearedOf, integrityOf } from "./soak/aftermath.js"
import { type Fleet, openFleet } from "./soak/fleet.js"
import { createLedger } from "./soak/ledger.js"
import { clockFrom } from "./soak/messages.js"
import { makeStores, openPlaces, westPath } from "./soak/places.js"
import { driftOf, type Look, lineOf } from "./soak/verdict.js"

/*
 * Several processes make calls at random on one SQLite file, while hosts are killed, another
 * connection holds the lock for writing, and the disk fills. In the end everything that was
 * acknowledged must be there, nothing may have grown that should not, and keys that are deleted
 * leave nothing behind.
 */

const { values } = parseArgs({
  options: { minutes: { type: "string" }, seconds: { type: "string" }, hosts: { type: "string" } },
})
const seconds =
  values.seconds === undefined ? Number(values.minutes ?? 15) * 60 : Number(values.seconds)
const hostsCount = Number(values.hosts ?? 3)
if (!(seconds >= 5 && seconds <= 86_400) || !(hostsCount >= 2 && hostsCount <= 16)) {
  process.stderr.write("usage: soak [--minutes 15 | --seconds 5…86400] [--hosts 2…16]\n")
  process.exit(2)
}

/** Until then hosts still warm up, and what grows tells nothing. */
const driftMinS = 300

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), "keywright-soak-"))
const path = join(folder, "keys.db")
const beganMs = Date.now()
const endMs = beganMs + seconds * 1000
/** A short run has as many faults, sooner. */
const pace = seconds < 60 ? 0.2 : 1

/** The lock for writing is held by somebody else. */
async function holdLock(fleet: Fleet): Promise<void> {
  const forMs = randomInt(300, 2000)
  fleet.tellAll({ kind: "excuse", ms: forMs })
  const database = new Database(path)
  try {
    database.exec("pragma busy_timeout = 5000; begin immediate")
    await wait(forMs)
    database.exec("rollback")
  } finally {
    database.close()
  }
}

/** Nobody harms host 0: it is the one that is looked at. */
const faults: readonly (readonly [everyS: number, act: (fleet: Fleet) => Promise<void>])[] = [
  [12, (fleet) => fleet.kill(randomInt(1, hostsCount))],
  [20, holdLock],
  [31, async (fleet) => fleet.tell(randomInt(1, hostsCount), { kind: "fill", ms: 3000 })],
]

async function disturb(fleet: Fleet, everyS: number, act: (fleet: Fleet) => Promise<void>) {
  for (;;) {
    await wait(everyS * pace * randomInt(500, 1500))
    if (Date.now() > endMs - 1000) return
    await act(fleet)
  }
}

async function watch(fleet: Fleet): Promise<readonly Look[]> {
  const looks: Look[] = []
  const everyMs = Math.max(1000, Math.min(15_000, (seconds * 1000) / 12))
  while (Date.now() < endMs) {
    await wait(Math.min(everyMs, Math.max(0, endMs - Date.now())))
    const sample = await fleet.sample(0)
    if (sample === undefined) continue
    const look = { ...sample, fileBytes: statSync(path).size }
    looks.push(look)
    const { killed } = fleet.totals
    const more = `${killed} killed, ${fleet.unexpected.length} unexpected`
    print(lineOf(Math.round((Date.now() - beganMs) / 1000), look, more))
  }
  return looks
}

async function soak(): Promise<readonly string[]> {
  const rootKey = randomBytes(32).toString("hex")
  const clock = clockFrom(beganMs)
  const first = await openPlaces(path, rootKey, clock)
  const { kms } = first.east
  const root = kms.as(kms.administrator)
  const stores = await makeStores(kms)
  const shared: string[] = []
  for (let i = 0; i < 5; i += 1) shared.push((await root.createKey({})).KeyMetadata?.KeyId ?? "")
  await first.close()

  const ledger = createLedger()
  const fleet = await openFleet(hostsCount, { path, beganMs, rootKey, shared, stores }, ledger)
  process.once("exit", fleet.end)
  const disturbing = faults.map(([everyS, act]) => disturb(fleet, everyS, act))
  const looks = await watch(fleet)
  await Promise.all(disturbing)
  const late = await fleet.stop(30_000)

  const last = await openPlaces(path, rootKey, clock)
  const lost = await ledger.audit(last.east.kms)
  await last.close()
  const drift = seconds < driftMinS ? undefined : driftOf(looks)
  const left = await clearedOf(path, rootKey, clock())
  const broken = [path, westPath(path)].flatMap(integrityOf)
  const { steps, refusals, killed } = fleet.totals
  print(`${steps} steps of the hosts that stopped, ${refusals} refused, ${killed} hosts killed`)
  print(`${ledger.count()} acknowledged writes looked for, ${lost.length} lost`)
  if (drift === undefined) print("too short to tell what grows")
  return [...late, ...fleet.unexpected, ...lost, ...(drift ?? []), ...broken, ...left]
}

// Whatever happens, it ends.
const overdue = setTimeout(
  () => {
    print("FAILED: the soak did not end by itself")
    process.exit(1)
  },
  seconds * 1000 + 240_000,
)
try {
  const findings = await soak()
  for (const finding of findings) print(`FOUND  ${finding}`)
  print(findings.length === 0 ? "OK" : `FAILED: ${findings.length} findings`)
  process.exitCode = findings.length === 0 ? 0 : 1
} finally {
  clearTimeout(overdue)
  rmSync(folder, { recursive: true, force: true })
}
