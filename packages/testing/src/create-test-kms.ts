import {
  exampleAccount,
  exampleRegion,
  type Identities,
  type OptionNames,
  requireKnownOptions,
  rootKeySeal,
} from "@keywright/core"
import {
  directoryOf as givenDirectory,
  pooledEntropy,
  systemEntropy,
} from "@keywright/core/testing"
import { createMemoryStorage } from "@keywright/storage"
import { momentMs } from "./clock.js"
import { type Family, openKit } from "./kit.js"
import { createStreams } from "./seed/streams.js"
import { systemSuite, systemTime } from "./system.js"
import type { TestKms, TestKmsOptions } from "./test-kms.js"
import { createMemorySeal } from "./world/memory-seal.js"

/** When a world with a seed begins, unless it is told. */
const seededNow = new Date("2026-01-01T00:00:00Z")

/** A person who is named twice would be two: the caller decides, and the fixtures come first. */
function directoryOf({ policies, fixtures }: TestKmsOptions): Identities {
  const { identities = {} } = policies ?? {}
  const known = fixtures?.identities ?? {}
  const others = typeof identities === "function" ? identities : givenDirectory(identities)
  return (arn) => (Object.hasOwn(known, arn) ? known[arn] : others(arn))
}

const optionNames: OptionNames<TestKmsOptions> = {
  seed: true,
  now: true,
  regions: true,
  account: true,
  fixtures: true,
  policies: true,
  suite: true,
  ports: true,
  storage: true,
  durable: true,
  callsMax: true,
}

function checkOptions(options: TestKmsOptions): readonly string[] {
  requireKnownOptions(options, optionNames)
  const { regions = [exampleRegion], seed, fixtures, storage, callsMax, durable = false } = options
  if (seed !== undefined && typeof seed !== "string") throw new TypeError("`seed` must be a string")
  if (regions.length === 0 || new Set(regions).size !== regions.length) {
    throw new TypeError("`regions` must name at least one region, and none twice")
  }
  if (callsMax !== undefined && !(callsMax >= 1)) {
    throw new TypeError("`callsMax` must be at least one")
  }
  if (durable && storage === undefined) throw new TypeError("`durable` is said of a `storage`")
  if (storage !== undefined && !durable && (seed !== undefined || fixtures !== undefined)) {
    throw new TypeError(
      "keys by a seed or from fixtures are known to others: they are written to a `storage` only " +
        "when `durable: true` says so, too",
    )
  }
  return regions
}

/**
 * Makes a KMS for a test: without options, one empty region in memory. Everything belongs to the
 * kit alone, so tests may run in parallel.
 *
 * Throws `TypeError` for options that make no sense, and `FixtureError` for a fixture that cannot
 * be honoured.
 *
 * @example
 * const { sdk, clock } = await createTestKms({ seed: "orders" })
 * const client = new KMSClient(sdk())
 */
export async function createTestKms(options: TestKmsOptions = {}): Promise<TestKms> {
  const regions = checkOptions(options)
  const { seed, account = exampleAccount, policies = {}, storage, ports = () => ({}) } = options
  const { identities: _, ...guardrails } = policies
  const streams = seed === undefined ? undefined : createStreams(seed)
  const entropy = streams?.stream("seal") ?? pooledEntropy(systemEntropy)
  const family: Family = {
    seed,
    account,
    callsMax: options.callsMax ?? Number.POSITIVE_INFINITY,
    seal:
      storage === undefined
        ? createMemorySeal(entropy)
        : rootKeySeal(entropy(new Uint8Array(32)), entropy),
    suite: options.suite ?? (await systemSuite(seed !== undefined)),
    identities: directoryOf(options),
    fixtureIdentities: options.fixtures?.identities,
    guardrails,
    ports,
    stills: new WeakMap(),
  }
  const now = options.now ?? (seed === undefined ? systemTime() : seededNow)
  const still = {
    timeMs: momentMs(now, "now"),
    streams: new Map(),
    storages: new Map(
      regions.map((region) => [region, storage?.(region) ?? createMemoryStorage()] as const),
    ),
  }
  return openKit(family, still, options.fixtures)
}
