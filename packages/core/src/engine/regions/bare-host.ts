import type { Storage } from "@keywright/storage"
import type { Clock } from "../../ports/clock.js"
import type { DecisionSink } from "../../ports/decisions.js"
import type { Entropy } from "../../ports/entropy.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import type { Rest } from "../../ports/rest.js"
import type { Timer } from "../../ports/timer.js"
import type { Place } from "../../vocabulary/arns.js"
import type { Authorizer } from "../access/authorize.js"
import type { Domain } from "../hsms/domain.js"
import type { Commit } from "../records/commit.js"
import type { RecordReader } from "../records/record-reader.js"

/** What a host needs to speak with other regions. */
export interface BareHost {
  readonly place: Place
  readonly storage: Storage
  readonly commit: Commit
  readonly reader: RecordReader
  readonly domain: Domain<RegionHsm>
  readonly authorizer: Authorizer
  readonly decisions: DecisionSink | undefined
  readonly clock: Clock
  readonly entropy: Entropy
  readonly timer: Timer
  readonly rest: Rest
}
