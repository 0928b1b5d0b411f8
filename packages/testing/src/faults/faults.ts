import type { Entropy } from "@keywright/core"
import { type Answer, type Caller, findRow, isKmsError, type Kms } from "@keywright/core"
import { newUuid, readCaller } from "@keywright/core/testing"
import type { Storage } from "@keywright/storage"
import type { CallRecord } from "../call-record.js"
import type { TestClock } from "../clock.js"
import type { FaultName, FaultRow, Faults } from "../fault-row.js"
import type { RegionWorld, Variation } from "../world/region-world.js"
import { faultKinds, type StruckCall, type Vary } from "./fault-kinds.js"
import { type Input, namesKey } from "./named-keys.js"
import { type CallFacts, checkFaultRow, chooseFault, isRegionDown, type LiveFault } from "./plan.js"

export interface FaultParts {
  readonly worlds: readonly RegionWorld[]
  readonly clock: Pick<TestClock, "advance" | "now">
  readonly entropy: Entropy
  /** The storage as it is now, to be read later. */
  readonly freeze: (world: RegionWorld) => Storage
  /** Where audit events of calls that met a fault go. */
  readonly audit: (fault: FaultName) => NonNullable<Variation["audit"]>
  /** Where calls go that a fault kept from the engine. */
  readonly record: (call: CallRecord) => void
}

/** The faults of a kit, and the way that every call takes through them. */
export interface FaultLayer extends Faults {
  call(world: RegionWorld, caller: Caller, operation: string, input: unknown): Promise<Answer>
  /** Lets go of the hosts of faults: what they remember is of another world. */
  closeHosts(): void
  /** Whether messages between two regions are lost. */
  isCut(from: string, to: string): boolean
}

const inputOf = (input: unknown): Input =>
  typeof input === "object" && input !== null ? (input as Input) : {}

/** The members of an input that an audit event would have shown. */
function shownOf(operation: string, input: Input): Input {
  const row = findRow(operation)
  if (row === undefined) return {}
  const members = (row.audit as readonly string[]).filter((name) => input[name] !== undefined)
  return Object.freeze(Object.fromEntries(members.map((name) => [name, input[name]])))
}

/** The caller as the engine of a region understands it. */
const requesterOf = ({ kms }: RegionWorld, caller: Caller) =>
  readCaller(caller, kms.account, kms.partition)

export function createFaults(parts: FaultParts): FaultLayer {
  const { worlds, clock, entropy } = parts
  const regions = worlds.map(({ region }) => region)
  let live: readonly LiveFault[] = []
  const all: LiveFault[] = []
  const frozen = new Map<LiveFault, ReadonlyMap<string, Storage>>()
  const hosts = new Map<LiveFault, Map<string, Promise<Kms>>>()

  const chance = (): number => {
    const bytes = entropy(new Uint8Array(4))
    return new DataView(bytes.buffer).getUint32(0) / 2 ** 32
  }

  /** The host that a fault has in a region, opened when it first strikes there. */
  const hostOf = (fault: LiveFault, world: RegionWorld, vary?: Vary): Promise<Kms> => {
    const known = hosts.get(fault) ?? new Map<string, Promise<Kms>>()
    hosts.set(fault, known)
    const before = frozen.get(fault)?.get(world.region) ?? world.storage
    const host =
      known.get(world.region) ??
      world.openHost({ ...vary?.(world, before), audit: parts.audit(fault.row.fault) })
    known.set(world.region, host)
    return host
  }

  const factsOf = (world: RegionWorld, caller: Caller, operation: string, input: Input) => {
    const { account } = requesterOf(world, caller)
    const facts: CallFacts = {
      operation,
      region: world.region,
      caller: caller.principal,
      namesKey: (key) =>
        namesKey(input, key, { account, region: world.region, storage: world.records }),
    }
    return facts
  }

  const strike = async (
    fault: LiveFault,
    world: RegionWorld,
    caller: Caller,
    operation: string,
    input: unknown,
  ): Promise<Answer> => {
    const { row } = fault
    let isPerformed = false
    const on = async (vary?: Vary): Promise<Answer> => {
      isPerformed = true
      return (await hostOf(fault, world, vary)).call(caller, operation, input)
    }
    const struck: StruckCall = {
      row,
      perform: () => on(),
      performOn: on,
      pass: () => clock.advance(row.latency ?? {}),
    }
    try {
      return await faultKinds[row.fault](struck)
    } catch (error) {
      if (isPerformed) throw error
      const requestId = newUuid(entropy)
      const { arn, account } = requesterOf(world, caller)
      if (isKmsError(error)) error.requestId = requestId
      parts.record(
        Object.freeze({
          operation,
          caller: arn,
          account,
          region: world.region,
          input: shownOf(operation, inputOf(input)),
          keyArns: Object.freeze([]),
          keyMaterialIds: Object.freeze([]),
          decisions: Object.freeze([]),
          error: (error as Error).name,
          fault: row.fault,
          requestId,
          time: clock.now(),
        }),
      )
      throw error
    }
  }

  return Object.freeze<FaultLayer>({
    plan: (rows: readonly FaultRow[]) => {
      for (const row of rows) checkFaultRow(row, regions)
      const added = rows.map((row) => ({ row: Object.freeze({ ...row }), fitted: 0, struck: 0 }))
      for (const fault of added) {
        if (fault.row.fault !== "stale-read") continue
        frozen.set(fault, new Map(worlds.map((world) => [world.region, parts.freeze(world)])))
      }
      all.push(...added)
      live = [...live, ...added]
    },
    clear: () => {
      live = []
    },
    planned: () => all.map(({ row, struck }) => Object.freeze({ row, struck })),
    closeHosts: () => hosts.clear(),
    isCut: (from, to) => isRegionDown(live, from) || isRegionDown(live, to),
    call: async (world, caller, operation, input) => {
      if (live.length === 0) return world.kms.call(caller, operation, input)
      const facts = factsOf(world, caller, operation, inputOf(input))
      const fault = await chooseFault(live, facts, chance)
      if (fault === undefined) return world.kms.call(caller, operation, input)
      return strike(fault, world, caller, operation, input)
    },
  })
}
