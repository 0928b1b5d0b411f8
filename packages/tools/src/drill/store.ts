import type { Wire } from "../servers/wire.js"
import type { Zones } from "../servers/zones.js"
import type { Fault } from "./fault.js"
import type { Address } from "./messages.js"

/** A store for the hosts of a drill, in three places. */
export interface Store {
  readonly name: string
  /** For each host. */
  readonly addresses: readonly Address[]
  readonly links: readonly (readonly Wire[])[]
  readonly faults: readonly Fault[]
  /** Ends it at once, and removes all that it has stored. */
  remove(): void
}

/**
 * How a store is made for so many hosts, its members each in its zone; `undefined` where this
 * machine has none.
 */
export type MakeStore = (hostsCount: number, zones: Zones) => Promise<Store> | undefined
