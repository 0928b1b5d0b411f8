import { type AuditEvent, connectRegions, type Kms } from "@keywright/core"
import { systemEntropy } from "@keywright/core/testing"
import type { MemoryStorage, Storage } from "@keywright/storage"
import { type CallRecord, callRecordOf } from "./call-record.js"
import { createTestClock } from "./clock.js"
import { publishDecision, publishGiven } from "./coverage/channels.js"
import { givenBy, givenByFixtures } from "./coverage/policies-in-place.js"
import { createFaults } from "./faults/faults.js"
import { requireStruck } from "./faults/plan.js"
import type { Fixtures } from "./fixtures/fixtures.js"
import { keepLast } from "./keep-last.js"
import { createWitness, testify } from "./matchers/witness.js"
import { openRegionDoor } from "./region-door.js"
import { openSdkDoor } from "./sdk-door.js"
import { createStreams, type StreamStates } from "./seed/streams.js"
import type { TestKms, TestSnapshot } from "./test-kms.js"
import { agendaOf } from "./world/agenda.js"
import { openRegionWorld, type RegionWorld, type WorldParts } from "./world/region-world.js"

/** A world that stands still: what a kit begins with, and what a snapshot holds. */
export interface Still {
  readonly timeMs: number
  readonly streams: StreamStates
  /** By region, in their order. */
  readonly storages: ReadonlyMap<string, Storage>
}

/** What a kit, its snapshots and its forks have in common. */
export interface Family
  extends Pick<WorldParts, "account" | "seal" | "suite" | "identities" | "guardrails" | "ports"> {
  readonly seed: string | undefined
  /** How many of the last calls the kit tells of. */
  readonly callsMax: number
  /** What was captured of identities, which no storage holds. */
  readonly fixtureIdentities: Fixtures["identities"]
  readonly stills: WeakMap<TestSnapshot, Still>
}

const isMemory = (storage: Storage): storage is MemoryStorage =>
  typeof (storage as Partial<MemoryStorage>).fork === "function"

function forked(storage: Storage): MemoryStorage {
  if (isMemory(storage)) return storage.fork()
  throw new TypeError("only worlds on memory storages have snapshots and forks")
}

/** Opens a kit on a world, with fixtures that are not there yet. */
export async function openKit(family: Family, still: Still, fixtures?: Fixtures): Promise<TestKms> {
  const events: AuditEvent[] = []
  const streams = family.seed === undefined ? undefined : createStreams(family.seed, still.streams)
  const worlds: RegionWorld[] = []
  const clock = createTestClock(still.timeMs, agendaOf(worlds))
  const { witness, note, record } = createWitness(family.callsMax)
  const auditAs =
    (fault?: CallRecord["fault"]) =>
    (event: AuditEvent): void => {
      const call = callRecordOf(event, fault)
      keepLast(events, event, family.callsMax)
      record(call)
      publishGiven(() => givenBy(call))
    }
  const parts: WorldParts = {
    ...family,
    streams,
    clock: () => clock.now().getTime(),
    audit: auditAs(),
    decisions: (question) => {
      note(question)
      publishDecision(question)
    },
  }
  for (const [region, storage] of still.storages) {
    worlds.push(await openRegionWorld(parts, region, storage))
  }
  if (fixtures !== undefined) {
    const { installFixtures } = await import("./fixtures/install.js")
    const { account } = family
    await installFixtures({ worlds, account, nowMs: still.timeMs, streams }, fixtures)
    publishGiven(() => givenByFixtures(fixtures))
  }
  const faults = createFaults({
    worlds,
    clock,
    entropy: streams?.stream("faults") ?? systemEntropy,
    freeze: ({ storage }) => forked(storage.current()),
    audit: auditAs,
    record,
  })
  const hosts = worlds.map((world) => openRegionDoor(world, faults, witness))
  const connect = async (): Promise<void> => {
    if (hosts.length > 1) await connectRegions(hosts)
  }
  await connect()
  const [kms] = hosts as [Kms]

  const hostOf = (region = kms.region): Kms => {
    const host = hosts.find((one) => one.region === region)
    if (host !== undefined) return host
    throw new TypeError(`\`region\` must be one of ${hosts.map((one) => one.region).join(", ")}`)
  }

  const freeze = (): Still => ({
    timeMs: clock.now().getTime(),
    streams: streams?.states() ?? new Map(),
    storages: new Map(
      worlds.map(({ region, storage }) => [region, forked(storage.current())] as const),
    ),
  })

  const door = openSdkDoor({ hosts, hostOf, witness })
  const close = async () => {
    door.close()
    await Promise.all(hosts.map((host) => host.close()))
    requireStruck(faults.planned())
  }
  const kit: TestKms = {
    kms,
    engine: hostOf,
    client: (caller, region) => {
      const host = hostOf(region)
      const { principal, context } =
        typeof caller === "object" ? caller : { principal: caller ?? host.administrator }
      return host.as(principal, context)
    },
    sdk: door.sdk,
    install: door.install,
    guard: door.guard,
    clock,
    faults,
    calls: witness.calls,
    events,
    snapshot: () => {
      const snapshot: TestSnapshot = Object.freeze({ time: clock.now() })
      family.stills.set(snapshot, freeze())
      return snapshot
    },
    restore: async (snapshot) => {
      const kept = family.stills.get(snapshot)
      if (kept === undefined) throw new TypeError("`snapshot` is not of this kit or its forks")
      clock.set(new Date(kept.timeMs))
      streams?.restore(kept.streams)
      for (const { region, storage, reopen } of worlds) {
        storage.exchange(forked(kept.storages.get(region) as Storage))
        await reopen()
      }
      faults.closeHosts()
      await connect()
    },
    fork: async () => openKit(family, freeze()),
    capture: async () => {
      const { captureFixtures } = await import("./fixtures/capture.js")
      return captureFixtures(worlds, family.fixtureIdentities)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  return Object.freeze(testify(kit, { of: "kit", witness }))
}
