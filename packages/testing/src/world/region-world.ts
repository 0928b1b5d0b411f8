import { createKms, type Identities, type Kms, type KmsOptions, type Seal } from "@keywright/core"
import type { CryptoSuite } from "@keywright/core/suite"
import {
  createFixtureHsm,
  type FixtureHsm,
  recordsBeside,
  systemEntropy,
} from "@keywright/core/testing"
import type { Storage } from "@keywright/storage"
import { createSeededHsm } from "../seed/seeded-hsm.js"
import type { Streams } from "../seed/streams.js"
import { countedRest } from "../system.js"
import { createSwitchStorage, type SwitchStorage } from "./switch-storage.js"

/** What a region may have besides the rest of the kit. */
export type RegionPorts = Pick<
  KmsOptions,
  "keyStores" | "xks" | "attestations" | "events" | "quotas" | "requestQuotas" | "requestQuotasOf"
>

/** What all regions of a kit share. */
export interface WorldParts {
  readonly account: string
  /** What protects the domains of all regions; they have different names. */
  readonly seal: Seal
  readonly suite: CryptoSuite
  readonly streams: Streams | undefined
  readonly clock: () => number
  readonly audit: NonNullable<KmsOptions["audit"]>
  readonly decisions: NonNullable<KmsOptions["decisions"]>
  readonly identities: Identities
  readonly guardrails: NonNullable<KmsOptions["guardrails"]>
  readonly ports: (region: string) => RegionPorts
}

/** How a further host of a region differs from the first one. */
export type Variation = Partial<Pick<KmsOptions, "storage" | "hsm" | "audit"> & RegionPorts>

/** One region of a kit: its storage, its HSM, and the host that serves it. */
export interface RegionWorld {
  readonly region: string
  readonly storage: SwitchStorage
  readonly hsm: FixtureHsm
  /** The records in the storage, as the HSM opens and seals them. */
  readonly records: Storage
  /** The host that serves it now. */
  readonly kms: Kms
  /** Puts another host in its place, on what the storage holds by now. */
  reopen(): Promise<void>
  readonly ports: RegionPorts
  /** Opens a further host on the same storage. It is never closed, and needs not to be. */
  openHost(variation: Variation): Promise<Kms>
}

function createHsm({ seal, suite, streams }: WorldParts, region: string): FixtureHsm {
  return streams === undefined
    ? createFixtureHsm({ seal, suite })
    : createSeededHsm({ seal, suite, streams, region })
}

/** Opens a region on a storage, which may be one that it had before. */
export async function openRegionWorld(
  parts: WorldParts,
  region: string,
  store: Storage,
): Promise<RegionWorld> {
  const { account, streams, clock, audit, decisions, identities, guardrails } = parts
  const storage = createSwitchStorage(store)
  const hsm = createHsm(parts, region)
  const ports = parts.ports(region)
  const base: KmsOptions = {
    region,
    account,
    storage,
    hsm,
    clock,
    audit,
    decisions,
    identities,
    guardrails,
    rest: countedRest(),
    ...ports,
    ...(streams !== undefined && {
      entropy: streams.stream(region, "ids"),
      traceEntropy: streams.stream(region, "trace"),
    }),
  }
  let kms = await createKms(base)
  return {
    region,
    storage,
    hsm,
    records: recordsBeside(storage, hsm, systemEntropy),
    ports,
    get kms() {
      return kms
    },
    reopen: async () => {
      kms = await createKms(base)
    },
    openHost: (variation) => createKms({ ...base, ...variation }),
  }
}
