import type { Storage } from "@keywright/storage"
import type { Attestations } from "../ports/attestation.js"
import type { AuditSink } from "../ports/audit.js"
import type { Clock } from "../ports/clock.js"
import type { Entropy } from "../ports/entropy.js"
import type { Place } from "../vocabulary/arns.js"
import type { Authorizer } from "./authorize.js"
import type { Domain } from "./domain.js"
import type { KeyStores } from "./key-stores.js"
import type { RecordReader } from "./records.js"

/** What one host is made of. */
export interface Parts {
  readonly place: Place
  readonly storage: Storage
  readonly reader: RecordReader
  readonly domain: Domain
  readonly keyStores: KeyStores
  readonly authorizer: Authorizer
  readonly clock: Clock
  readonly entropy: Entropy
  readonly audit: AuditSink | undefined
  readonly attestations: Attestations | undefined
}
