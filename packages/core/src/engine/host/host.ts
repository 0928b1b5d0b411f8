import type { Attestations } from "../../ports/attestation.js"
import type { AuditSink } from "../../ports/audit.js"
import type { Entropy } from "../../ports/entropy.js"
import type { DomainKeyChange } from "../../ports/events.js"
import type { ResourceQuotas } from "../../vocabulary/quotas.js"
import type { KeyStores } from "../hsms/key-stores.js"
import type { RegionStorage } from "../hsms/region-storage.js"
import type { Turns } from "../records/turns.js"
import type { WriteDesk } from "../records/write-desk.js"
import type { BareHost } from "../regions/bare-host.js"
import type { Regions } from "../regions/regions.js"
import type { LastUsages } from "./last-usages.js"
import type { Scratches } from "./scratch.js"
import type { SideWork } from "./side-work.js"
import type { Throttle } from "./throttle.js"

/** What one host is made of. */
export interface Host extends BareHost, RegionStorage {
  /** Tells the sink of events what becomes of domain keys. */
  readonly toldKeys: (change: DomainKeyChange, ids: readonly string[]) => void
  readonly keyStores: KeyStores
  readonly regions: Regions
  readonly desk: WriteDesk
  readonly turns: Turns
  readonly lastUsages: LastUsages
  readonly sideWork: SideWork
  readonly quotas: ResourceQuotas
  readonly scratches: Scratches
  /** Absent where request rates are not bounded. */
  readonly throttle: Throttle | undefined
  readonly audit: AuditSink | undefined
  /** Tells the sink of events of a record that was refused, if that is what went wrong. */
  readonly noteRefusedRecord: (thrown: unknown) => void
  /** For the ids of requests and audit events. */
  readonly traceEntropy: Entropy
  readonly attestations: Attestations | undefined
}
