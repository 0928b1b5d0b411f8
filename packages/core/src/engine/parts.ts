import type { Attestations } from "../ports/attestation.js"
import type { AuditSink } from "../ports/audit.js"
import type { KeyStores } from "./key-stores.js"
import type { LastUsages } from "./last-usages.js"
import type { RegionParts } from "./regions/parts.js"
import type { Regions } from "./regions/regions.js"

/** What one host is made of. */
export interface Parts extends RegionParts {
  readonly keyStores: KeyStores
  readonly regions: Regions
  readonly lastUsages: LastUsages
  readonly audit: AuditSink | undefined
  readonly attestations: Attestations | undefined
}
