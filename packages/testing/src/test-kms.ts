import type { AwsSdkConfig, ClientClass } from "@keywright/aws-sdk"
import type {
  AuditEvent,
  Caller,
  Guardrails,
  Identities,
  Identity,
  Kms,
  KmsClient,
} from "@keywright/core"
import type { CryptoSuite } from "@keywright/core/suite"
import type { Storage } from "@keywright/storage"
import type { CallRecord } from "./call-record.js"
import type { TestClock } from "./clock.js"
import type { Faults } from "./fault-row.js"
import type { Fixtures } from "./fixtures/fixtures.js"
import type { RegionPorts } from "./world/region-world.js"

/** What principals may do, besides what key policies and grants say. */
export interface TestPolicies extends Guardrails {
  /** By identity: as a function, or as an object by ARN. */
  readonly identities?: Identities | Readonly<Record<string, Identity>>
}

export interface TestKmsOptions {
  /**
   * Makes everything come out alike from run to run and on every version of Node: ids, nonces,
   * keys of every spec, ciphertexts, times. Default: everything is random.
   */
  readonly seed?: string
  /** Where the clock stands at first. Default: the moment of creation; with a seed, a fixed one. */
  readonly now?: Date
  /** Regions that know each other. The first one is meant by default. Default: `us-east-1`. */
  readonly regions?: readonly string[]
  /** The account of the administrator, 12 digits. Others may be used too. */
  readonly account?: string
  /** Keys and identities that are there from the beginning. */
  readonly fixtures?: Fixtures
  readonly policies?: TestPolicies
  /**
   * The cryptography underneath. Default: on Node `opensslSuite()` of `@keywright/hsm`, or
   * `repeatableSuite()` when there is a seed; elsewhere `nobleSuite()`. With a seed, give only one
   * that draws nothing but what it is handed.
   */
  readonly suite?: CryptoSuite
  /** Custom key stores, verifiers of enclaves, a sink of events, and quotas, by region. */
  readonly ports?: (region: string) => RegionPorts
  /**
   * Another storage than memory, for each region. It can be neither snapshot nor forked, and what
   * is predictable is kept out of it unless `durable` says so, too.
   */
  readonly storage?: (region: string) => Storage
  /**
   * Says again that predictable keys, by a seed or by fixtures, may be written to `storage`,
   * where they may outlive the test.
   */
  readonly durable?: boolean
  /**
   * How many of the last calls `calls` and `events` tell of, for a kit that makes very many.
   * Plaintexts are not kept: a call takes some 2 KB of memory, 9 KB with the longest encryption
   * context and 36 KB with the longest policy. Default: all.
   */
  readonly callsMax?: number
}

/** Which region and who calls. */
export interface SdkOptions {
  readonly region?: string
  /** A principal by its ARN, with a context if need be. Default: the administrator. */
  readonly caller?: string | Caller
}

/**
 * The world of a kit as it was at one moment: keys, time, and how far the seed was drawn. A value,
 * which may be restored any number of times; prints nothing of what it holds.
 */
export interface TestSnapshot {
  /** By the clock of the kit. */
  readonly time: Date
}

/** A KMS that a test owns. Nothing of it is shared with another one. */
export interface TestKms extends AsyncDisposable {
  /** The engine of the first region. */
  readonly kms: Kms
  /** The engine of a region. Throws `TypeError` for one that this kit has not. */
  engine(region: string): Kms
  /**
   * A client of our own: for the administrator of the account, or for a principal, whom the
   * default key policy refuses. Default region: the first one. Throws `TypeError` when that names
   * no principal or no region of this kit.
   */
  client(caller?: string | Caller, region?: string): KmsClient
  /**
   * What to spread into the configuration of an AWS SDK v3 client. The client may stand at any
   * time of the machine: it is never told that its clock is wrong.
   */
  sdk(options?: string | SdkOptions): AwsSdkConfig
  /**
   * Leads every client of a class of the AWS SDK v3 here, `KMSClient` as a rule, also those that
   * the application has made: until the answer is called or the kit closes. Clients that were made
   * with `sdk()` stay what they are. Throws `TypeError` for what is no client class.
   */
  install(clientClass: ClientClass, options?: string | SdkOptions): () => void
  /**
   * Lets no KMS call leave the process, by whatever client: it fails before it reaches the
   * network. Until the answer is called or the kit closes.
   */
  guard(): () => void
  readonly clock: TestClock
  readonly faults: Faults
  /** Every call that was made, the oldest first, also those that a fault kept from the engine. */
  readonly calls: readonly CallRecord[]
  /** The audit events that engines have recorded, the oldest first. */
  readonly events: readonly AuditEvent[]
  /**
   * The world as a value. Costs next to nothing. Throws `TypeError` for storages but memory. How
   * keys were last used is in it as far as a `sweep()` of the engines has written it.
   */
  snapshot(): TestSnapshot
  /**
   * Goes back to a snapshot of this kit, or of a kit that it was forked from or to. What tests
   * have seen stays: `calls`, `events` and `faults`. Calls that are under way fail or come to
   * nothing, so wait for them first.
   */
  restore(snapshot: TestSnapshot): Promise<void>
  /**
   * A second kit whose world begins as this one is, sharing what neither has changed since. It
   * begins with no calls, events and faults.
   */
  fork(): Promise<TestKms>
  /**
   * The keys of every region as fixtures, with their key material in the clear, and the identities
   * that came as fixtures. Throws `TypeError` for a key in a custom key store.
   */
  capture(): Promise<Fixtures>
  /**
   * Closes the engines, and ends `install` and `guard`. Throws when a planned fault struck no call
   * in the whole run. `await using` closes, too.
   */
  close(): Promise<void>
}
