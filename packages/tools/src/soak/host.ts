import { randomInt } from "node:crypto"
import { readdirSync } from "node:fs"
import process from "node:process"
import type { Kms } from "@keywright/core"
import { clockFrom, type FromHost, type HostOptions, type Sample, type ToHost } from "./messages.js"
import { openPlaces, type Places } from "./places.js"
import { excused, steps, usual } from "./steps.js"

/*
 * A program of its own: one host of a soak. It makes calls at random until it is stopped or
 * killed, and tells its parent what was acknowledged.
 */

const callers = 4
const ownKeysMax = 40
/** A storage that was locked or full answers late. */
const graceMs = 15_000

const tell = (message: FromHost): void => void process.send?.(message)
const pick = <Item>(items: readonly Item[]): Item => items[randomInt(items.length)] as Item
const names = Object.keys(steps)

/** Open files of this process, where the system tells. */
function filesCount(): number {
  try {
    return readdirSync("/proc/self/fd").length
  } catch {
    return 0
  }
}

/** What is to come back as long as the key is there. */
interface Sealed {
  readonly keyId: string
  readonly blob: Uint8Array
}

interface Host {
  readonly places: Places
  /** Of the region that is disturbed. */
  readonly kms: Kms
  readonly options: HostOptions
  readonly own: Sealed[]
  readonly leaving: string[]
  hmacKey: string
  signingKey: string
  count: number
  refusals: number
  excusedUntilMs: number
  isStopped: boolean
  sampled: { count: number; cpu: NodeJS.CpuUsage }
}

async function makeKey({ kms }: Host, input: object = {}): Promise<string> {
  const { KeyMetadata } = await kms.as(kms.administrator).createKey(input)
  return KeyMetadata?.KeyId ?? ""
}

async function addKey(host: Host): Promise<void> {
  const { kms, own, options, count } = host
  const keyId = await makeKey(host)
  const text = `${options.name} ${count}`
  const { CiphertextBlob: blob = new Uint8Array() } = await kms
    .as(kms.administrator)
    .encrypt({ KeyId: keyId, Plaintext: new TextEncoder().encode(text) })
  own.push({ keyId, blob })
  tell({ kind: "sealed", keyId, text, blob: Buffer.from(blob).toString("base64") })
}

async function dropKey({ kms, own, leaving }: Host): Promise<void> {
  const root = kms.as(kms.administrator)
  const KeyId = leaving.pop() ?? own.shift()?.keyId
  if (KeyId === undefined) return
  tell({ kind: "dropping", keyId: KeyId })
  await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  if (randomInt(4) > 0) return
  await root.cancelKeyDeletion({ KeyId })
  await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
}

/** A write that must not be lost. The tags of a host count up, and the greatest stays. */
async function mark({ kms, own, options, count }: Host): Promise<void> {
  const keyId = randomInt(2) === 0 || own.length === 0 ? pick(options.shared) : pick(own).keyId
  const Tags = [{ TagKey: `kept-${options.name}`, TagValue: `${count}` }]
  await kms.as(kms.administrator).tagResource({ KeyId: keyId, Tags })
  tell({ kind: "tagged", keyId, tag: `kept-${options.name}` })
}

/** A domain has room for so many keys, and none goes before a day has passed. */
const formerKeysMax = 100

async function rotateDomain(kms: Kms): Promise<void> {
  const { domainKeysLeft } = await kms.sweep()
  if (domainKeysLeft < formerKeysMax) await kms.rotateDomainKey()
}

/** One step at random; answers its name. */
function begin(host: Host): readonly [string, () => Promise<unknown>] {
  const { kms, own, leaving, options, hmacKey, signingKey, count } = host
  const chance = randomInt(100)
  if (own.length === 0 || (chance < 6 && own.length < ownKeysMax)) {
    return ["CreateKey", () => addKey(host)]
  }
  if (own.length >= ownKeysMax || chance < 9 || (leaving.length > 0 && chance < 20)) {
    return ["ScheduleKeyDeletion", () => dropKey(host)]
  }
  if (chance < 24) return ["TagResource", () => mark(host)]
  if (chance < 25) return ["sweep", () => kms.sweep()]
  if (chance < 26) return ["sweep", () => host.places.west.kms.sweep()]
  if (chance < 27 && randomInt(4) === 0) return ["sweep", () => rotateDomain(kms)]
  const { keyId, blob } = pick(own)
  const name = pick(names)
  const { west } = host.places
  const scene = {
    root: kms.as(kms.administrator),
    west: west.kms.as(west.kms.administrator),
    stores: options.stores,
    principal: kms.administrator,
    name: options.name,
    key: randomInt(5) === 0 ? pick(options.shared) : keyId,
    hmacKey,
    signingKey,
    blob,
    count,
  }
  return [name, async () => steps[name]?.(scene)]
}

async function call(host: Host): Promise<void> {
  while (!host.isStopped) {
    host.count += 1
    const [step, act] = begin(host)
    try {
      await act()
    } catch (error) {
      const { name = "", message = "" } = error as Error
      host.refusals += 1
      const isExcused = Date.now() < host.excusedUntilMs && (excused.has(name) || step === "sweep")
      if (usual.has(name) || isExcused) continue
      tell({ kind: "unexpected", step, error: `${name}: ${message}` })
    }
  }
}

function sampleOf(host: Host): Sample {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage(host.sampled.cpu)
  const stepsCount = host.count - host.sampled.count
  const { heapUsed, rss } = process.memoryUsage()
  host.sampled = { count: host.count, cpu: process.cpuUsage() }
  return {
    steps: host.count,
    heapBytes: heapUsed,
    residentBytes: rss,
    handles: process.getActiveResourcesInfo().length,
    files: filesCount(),
    stepUs: stepsCount === 0 ? 0 : (user + system) / stepsCount,
    keys: host.own.length,
  }
}

/** A file that may not grow is a disk that is full. */
function fill(host: Host, forMs: number): void {
  const { database } = host.places.east
  const pages = (max: number) => database.prepare(`pragma max_page_count = ${max}`).get()
  host.excusedUntilMs = Date.now() + forMs + graceMs
  // Never below what the file has: this asks for the least that there may be.
  pages(1)
  setTimeout(() => pages(1_073_741_823), forMs)
}

async function open(options: HostOptions): Promise<Host> {
  const { path, rootKey, beganMs } = options
  const places = await openPlaces(path, rootKey, clockFrom(beganMs))
  const host: Host = {
    places,
    kms: places.east.kms,
    options,
    own: [],
    leaving: [...options.orphans],
    hmacKey: "",
    signingKey: "",
    count: 0,
    refusals: 0,
    excusedUntilMs: Date.now() + graceMs,
    isStopped: false,
    sampled: { count: 0, cpu: process.cpuUsage() },
  }
  host.hmacKey = await makeKey(host, { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" })
  host.signingKey = await makeKey(host, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
  return host
}

async function work(options: HostOptions): Promise<void> {
  const host = await open(options)
  process.on("message", (message: ToHost) => {
    if (message.kind === "sample") tell({ kind: "sample", sample: sampleOf(host) })
    if (message.kind === "excuse") host.excusedUntilMs = Date.now() + message.ms + graceMs
    if (message.kind === "fill") fill(host, message.ms)
    if (message.kind === "stop") host.isStopped = true
  })
  tell({ kind: "opened" })
  await Promise.all(Array.from({ length: callers }, () => call(host)))
  await host.places.close()
  tell({ kind: "stopped", steps: host.count, refusals: host.refusals })
  process.disconnect()
}

process.once("message", (message: ToHost) => {
  if (message.kind === "open") void work(message.options)
})
// Whoever started it is gone: nobody would stop it any more.
process.once("disconnect", () => process.exit())
