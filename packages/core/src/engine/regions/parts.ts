import type { Storage } from "@keywright/storage"
import type { Clock } from "../../ports/clock.js"
import type { DecisionSink } from "../../ports/decisions.js"
import type { Entropy } from "../../ports/entropy.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import type { Timer } from "../../ports/timer.js"
import type { Place } from "../../vocabulary/arns.js"
import type { Authorizer } from "../authorize.js"
import type { Commit } from "../commit.js"
import type { Domain } from "../domain.js"
import type { RecordReader } from "../records.js"

/** What a host needs to speak with other regions. */
export interface RegionParts {
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
}
