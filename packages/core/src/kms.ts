/// <reference lib="esnext.disposable" preserve="true" />
import { clientOf } from "./client.js"
import type { KmsClient } from "./client-interface.js"
import type { BackupOptions, BackupReport, BackupTarget } from "./engine/care/backup.js"
import type { VerifyOptions, VerifyReport } from "./engine/care/verify.js"
import { type Answer, answer } from "./engine/corridor/answer.js"
import { type CallExplanation, explainCall } from "./engine/corridor/explain.js"
import { followedAnswer, isFollowed } from "./engine/corridor/follow-call.js"
import type { SweepOptions, SweepReport } from "./engine/due/sweep.js"
import type { Host } from "./engine/host/host.js"
import type { UseHost } from "./engine/host/when-used.js"
import type { KmsOptions } from "./kms-options.js"
import { type Caller, type KnownCaller, type RequestContext, readCaller } from "./model/caller.js"
import { prepareHost } from "./open-host.js"
import type { RegionLink } from "./ports/region-link.js"
import { isRegion, type Place, rootArn } from "./vocabulary/arns.js"
import { assertBytes } from "./vocabulary/bytes.js"
import { partitionOf } from "./vocabulary/partitions.js"

/** A region, as another one is told of it. */
export interface PeerRegion {
  readonly region: string
  /** What `regions.replicationKey()` answers there: 32 bytes, carried by a way that you trust. */
  readonly replicationKey: Uint8Array
  /** How to reach a host of it. */
  readonly link: RegionLink
}

/** This host among the regions of its partition. For one process see `connectRegions`. */
export interface RegionDoor {
  /** The public key by which other regions know what this one says. Made when first asked for. */
  replicationKey(): Promise<Uint8Array>

  /**
   * Makes another region known to this one, until it is disconnected, and reachable from this host.
   * From then on key material can leave for whoever holds that replication key. Throws
   * `RegionError` (`unknown-region`) when the region is known under another key: nothing is changed
   * then.
   */
  connect(peer: PeerRegion): Promise<void>

  /**
   * Trusts a region no more: it gets no key material, and nothing that it says is taken for
   * genuine, by any host of this region. What was stored while it was trusted does not bring that
   * back, because the domain key is rotated with it. Other regions stay connected; when this fails
   * halfway, no region is trusted until it is connected again. What the region has got, it has; and
   * its replicas stay in the lists of their primary keys.
   */
  disconnect(region: string): Promise<void>

  /**
   * Takes what the link of another region delivers, and resolves to what it is to be answered.
   * Throws `RegionError` (`not-genuine`) for everything that no connected region has signed.
   */
  receive(message: Uint8Array): Promise<Uint8Array>
}

export interface ResealOptions {
  /** What becomes of the seals that opened the domain before. Default: `"kept"`. */
  readonly former?: "kept" | "retired" | undefined
}

/** One host of a region: a key management engine with the semantics of AWS KMS. */
export interface Kms extends AsyncDisposable {
  readonly partition: string
  readonly region: string
  readonly account: string
  /** The root user of the engine's account, whom every default key policy allows. */
  readonly administrator: string

  /**
   * A client for a principal: an ARN of an IAM user, role, role session, federated user or
   * account root, or the name of an AWS service; and the context of its requests.
   * Throws `TypeError` when that names no principal.
   */
  as(principal: string, context?: RequestContext): KmsClient

  /** Performs an operation by its AWS name. For adapters; prefer {@link Kms.as}. */
  call(caller: Caller, operation: string, input: unknown): Promise<Answer>

  /** Why a call would be allowed or refused, without making it. */
  explain(caller: Caller | string, operation: string, input: unknown): Promise<CallExplanation>

  /** The other regions of the partition. */
  readonly regions: RegionDoor

  /**
   * Clears up what has become due by the clock, writes down how keys were last used, and tells
   * other regions what they were not told yet. Call it now and then, from any host; nothing but
   * those deliveries depends on it. It lets everything else in the process go on meanwhile, does
   * no more than a bounded piece of work, and says where to go on.
   * Throws `TypeError` for options that make no sense.
   *
   * ```ts
   * let report = await kms.sweep()
   * while (report.next !== undefined) report = await kms.sweep({ after: report.next })
   * ```
   */
  sweep(options?: SweepOptions): Promise<SweepReport>

  /**
   * Walks through the whole store and names every record that is edited, missing, resurrected or
   * older than it should be, and everything that does not go together. Calls and other hosts go on
   * meanwhile; what they change is not taken for wrong. It remembers some hundred bytes for each
   * record while it runs. Throws what `signal` says, `RecordError` for a part of the digest that is
   * not genuine, `StaleStoreError` for a store that has gone back under this host, and an error
   * when others write so much that no moment of the store can be told.
   *
   * ```ts
   * const { isWhole, findings } = await kms.verify()
   * ```
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>

  /**
   * Writes a copy of everything in the store, as it stands at one moment, while calls and other
   * hosts go on. Records stay sealed: it is worth nothing without the root key. `restoreBackup`
   * puts it into an empty storage, of this kind or another. Throws for a store that is damaged,
   * what the target throws, and what `signal` says; the target is aborted then.
   */
  backup(target: BackupTarget, options?: BackupOptions): Promise<BackupReport>

  /**
   * Makes a new domain key, under which key material is wrapped and records are sealed from now on.
   * Sweeps then put everything else under it, and drop the former domain keys a day after nothing
   * needs them any more; what is left to do is in their reports.
   */
  rotateDomainKey(): Promise<void>

  /**
   * Seals the domain under the seal of this host's HSM, which knows the seal before as one of its
   * former seals. From then on both open the domain: hosts go on, and restart with the new one
   * alone, one after another. When all have, `reseal({ former: "retired" })` lets nothing but the
   * seal of this host open the domain, and rotates the domain key. Both can be called again at any
   * time, also after a failure. Key stores on HSMs of their own are not concerned.
   *
   * Throws `TypeError` for options that make no sense.
   */
  reseal(options?: ResealOptions): Promise<void>

  /**
   * Waits for writes that were decided, writes down how keys were last used, wipes the HSM and
   * those of the key stores, and closes the storage. Later calls throw `TypeError`; closing again
   * is nothing. `await using` closes, too.
   */
  close(): Promise<void>
}

function requireOther(ownRegion: string, region: string): void {
  if (isRegion(region) && region !== ownRegion) return
  throw new TypeError("`region` must be the name of another region")
}

/** What is done by an engine that is not closed. */
type Opened = <Args extends readonly unknown[], Result>(
  work: (host: Host, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>

const regionDoor = (ownRegion: string, opened: Opened): RegionDoor =>
  Object.freeze({
    replicationKey: opened(({ regions }) => regions.replicationKey()),
    connect: opened(async ({ regions }, { region, replicationKey, link }: PeerRegion) => {
      requireOther(ownRegion, region)
      if (partitionOf(region) !== partitionOf(ownRegion)) {
        throw new TypeError("`region` must be of the same partition")
      }
      assertBytes(replicationKey, "replicationKey", 32)
      await regions.connect(region, replicationKey, link)
    }),
    disconnect: opened(async (host, region: string) => {
      requireOther(ownRegion, region)
      await host.regions.disconnect(region)
      const { tellOfNewKey } = await loadRewrapping()
      await tellOfNewKey(host)
    }),
    receive: opened(({ regions }, message: Uint8Array) => regions.receive(message)),
  })

/*
 * What no call needs is loaded when it is first done: a page that never verifies its store does
 * not load how.
 */
const loadBackup = () => import("./engine/care/backup.js")
const loadRewrapping = () => import("./engine/due/rewrap-storage.js")
const loadSweep = () => import("./engine/due/follow-sweep.js")
const loadVerify = () => import("./engine/care/verify.js")

/** A reply as clients of the AWS SDK give it. */
function withMetadata({ reply, requestId }: Answer): object {
  const made: { $metadata?: { readonly requestId: string } } = reply
  made.$metadata = { requestId }
  return made
}

async function closeHost(host: Host): Promise<void> {
  await host.regions.idle()
  await host.desk.idle()
  // What cannot be written is lost: closing goes on.
  await host.lastUsages.flush().catch(() => undefined)
  await host.anchoring?.close().catch(() => undefined)
  await host.domain.close()
  await host.keyStores.close()
  await host.storage.close()
}

/** The front door of a host. */
export function kmsOf(options: KmsOptions, place: Place, use: UseHost): Kms {
  const { account, trace } = options
  let closed: Promise<void> | undefined

  const isClosed = (): Promise<never> => Promise.reject(new TypeError("the engine is closed"))
  const opened: Opened =
    (work) =>
    (...args) =>
      closed === undefined ? use((host) => work(host, ...args)) : isClosed()
  // Written out, because every call passes here.
  const ask = (caller: KnownCaller, operation: string, input: unknown): Promise<Answer> => {
    if (closed !== undefined) return isClosed()
    return isFollowed(trace, operation)
      ? use((host) => followedAnswer(host, trace, caller, operation, input))
      : use((host) => answer(host, caller, operation, input))
  }
  const closeOnce = () => {
    closed ??= use(closeHost)
    return closed
  }

  return Object.freeze({
    ...place,
    account,
    administrator: rootArn(place.partition, account),
    as: (principal: string, context?: RequestContext) => {
      const caller = readCaller({ principal, context }, account, place.partition)
      return clientOf((operation, input) => ask(caller, operation, input).then(withMetadata))
    },
    call: async (caller: Caller, operation: string, input: unknown) =>
      ask(readCaller(caller, account, place.partition), operation, input),
    explain: opened(async (host, caller: Caller | string, operation: string, input: unknown) => {
      const asked = typeof caller === "string" ? { principal: caller } : caller
      return explainCall(host, readCaller(asked, account, place.partition), operation, input)
    }),
    regions: regionDoor(place.region, opened),
    sweep: opened(async (host, options: SweepOptions = {}) =>
      (await loadSweep()).followedSweep(host, trace, options),
    ),
    verify: opened(async (host, options: VerifyOptions = {}) =>
      (await loadVerify()).verifyStore(host, options),
    ),
    backup: opened(async (host, target: BackupTarget, options: BackupOptions = {}) =>
      (await loadBackup()).backUpStore(host, target, options),
    ),
    rotateDomainKey: opened(async (host) => (await loadRewrapping()).rotateDomainKey(host)),
    reseal: opened(async ({ domain }, { former = "kept" }: ResealOptions = {}) => {
      if (former !== "kept" && former !== "retired") {
        throw new TypeError('`former` must be "kept" or "retired"')
      }
      await domain.reseal(former)
    }),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  })
}

/**
 * Opens one host on a storage and an HSM. Any number of hosts may share a storage.
 *
 * Throws `TypeError` for options that make no sense, and `HsmError` with code
 * `sealed-by-another` when the HSM's seal is not the one that protects the domain in the storage;
 * nothing is changed then.
 */
export async function createKms(options: KmsOptions): Promise<Kms> {
  const { place, open } = await prepareHost(options)
  const host = await open()
  return kmsOf(options, place, (work) => work(host))
}
