import { type Authorizer, createAuthorizer } from "./engine/access/authorize.js"
import { settleHere } from "./engine/due/elsewhere.js"
import { answeringStorage } from "./engine/host/answering-storage.js"
import {
  guardAnchor,
  guardAttestations,
  guardAudit,
  guardClock,
  guardClusters,
  guardDecisions,
  guardIdentities,
  guardRegionHsm,
  guardStorage,
} from "./engine/host/guard-ports.js"
import type { Host } from "./engine/host/host.js"
import { createLastUsages } from "./engine/host/last-usages.js"
import { createScratches } from "./engine/host/scratch.js"
import { createSideWork } from "./engine/host/side-work.js"
import type { Throttle } from "./engine/host/throttle.js"
import { createKeyStores } from "./engine/hsms/key-stores.js"
import { openRegionStorage, type RegionStorage } from "./engine/hsms/region-storage.js"
import { createCommit, tell } from "./engine/records/commit.js"
import { createRecordReader } from "./engine/records/record-reader.js"
import { createTurns } from "./engine/records/turns.js"
import { createWriteDesk } from "./engine/records/write-desk.js"
import type { BareHost } from "./engine/regions/bare-host.js"
import { createRegions } from "./engine/regions/regions.js"
import { domainRecordKey } from "./formats/stored/key-records.js"
import { RecordError } from "./formats/stored/record-format.js"
import { type KmsOptions, readOptions } from "./kms-options.js"
import { type HostNews, hostEvent } from "./model/events.js"
import { newUuid } from "./model/uuids.js"
import { XksError } from "./model/xks-failures.js"
import type { Backings, XksProxy } from "./operations/backings.js"
import type { DomainKeyChange, LateWrite } from "./ports/events.js"
import type { Identities } from "./ports/identities.js"
import { systemEntropy } from "./software-hsm/suite/noble-suite.js"
import { pooledEntropy } from "./software-hsm/suite/pooled-entropy.js"
import { createTurns as loopTurns, systemClock, systemRest, systemTimer } from "./system.js"
import type { Place } from "./vocabulary/arns.js"
import { limits } from "./vocabulary/limits.js"

const unreachable = () => Promise.reject(new XksError("unreachable"))

/** For a host that reaches no proxy. */
const noProxy: XksProxy = {
  health: unreachable,
  keyMetadata: unreachable,
  encrypt: unreachable,
  decrypt: unreachable,
}

/** How proxies are reached, which is loaded by hosts that can. */
async function proxyOf(
  { xks }: KmsOptions,
  { place, clock }: Pick<BareHost, "place" | "clock">,
): Promise<Backings["proxy"]> {
  if (xks === undefined) return () => noProxy
  const { createXksProxy } = await import("./engine/hsms/xks-proxy.js")
  return (target, call) => createXksProxy({ place, clock, xks }, target, call)
}

/** What counts requests, which is loaded by hosts that do. */
async function throttleOf(
  { requestQuotas, requestQuotasOf = "host" }: KmsOptions,
  { storage, clock }: Pick<BareHost, "storage" | "clock">,
): Promise<Throttle | undefined> {
  if (requestQuotas === undefined) return undefined
  const { createThrottle } = await import("./engine/host/throttle.js")
  const { createHostRates } = await import("./engine/host/host-rates.js")
  const { createRegionRates } = await import("./engine/host/region-rates.js")
  const rates =
    requestQuotasOf === "host" ? createHostRates(clock) : createRegionRates({ storage, clock })
  return createThrottle(rates, requestQuotas)
}

/** Tells the sink of events what the host has to say of itself. */
const hostNews =
  ({ clock, entropy, place }: Pick<BareHost, "clock" | "entropy" | "place">, options: KmsOptions) =>
  (news: HostNews): void => {
    const { account, events } = options
    if (events === undefined) return
    tell(events, hostEvent(news, { id: newUuid(entropy), nowMs: clock(), place, account }))
  }

const lateNews = (write: LateWrite, waiting: number): HostNews => ({
  "detail-type": "Keywright Write Late",
  detail: { write, waiting },
})

const domainKeyNews = (change: DomainKeyChange, ids: readonly string[]): HostNews => ({
  "detail-type": "Keywright Domain Key",
  detail: { change, "domain-key-ids": ids },
})

/** What an anchor is kept with. */
const anchorOf = (
  { anchor, anchorLagMs: lagMs = 0 }: KmsOptions,
  { clock, timer }: Pick<BareHost, "clock" | "timer">,
  late: () => void,
): Parameters<typeof openRegionStorage>[0]["anchor"] =>
  anchor && { anchor: guardAnchor(anchor), lagMs, clock, timer, late }

/** The domain of the region, and its storage behind it. */
const openRegionOf = (
  options: KmsOptions,
  parts: Pick<BareHost, "place" | "entropy" | "clock" | "timer">,
  told: (news: HostNews) => void,
): Promise<RegionStorage> => {
  const { place, entropy, timer } = parts
  return openRegionStorage({
    storage: guardStorage(answeringStorage(options.storage, { timer, turn: loopTurns() })),
    hsm: guardRegionHsm(options.hsm),
    entropy,
    at: {
      name: `${place.partition}:${place.region}`,
      key: domainRecordKey,
      // An empty region has no record at all.
      recordsPrefix: "",
      create: options.create,
    },
    due: (id) => told(domainKeyNews("rotation due", [id])),
    anchor: anchorOf(options, parts, () => told(lateNews("anchor", 1))),
    restored: (restoredMs) => {
      const time = new Date(restoredMs).toISOString()
      told({ "detail-type": "Keywright Store Restored", detail: { restored: time } })
    },
  })
}

/** A host that is still to be opened. */
export interface PreparedHost {
  readonly place: Place
  /** Draws the first entropy and asks for the first time; what it throws is told at `createKms`. */
  readonly open: () => Promise<Host>
}

/** A directory that knows no principal. */
const nobody: Identities = () => undefined

/** Who decides. What looks at policies handed in as objects is loaded where there are any. */
async function authorizerOf({ identities, guardrails }: KmsOptions): Promise<Authorizer> {
  const isAsked = typeof identities === "function"
  if ((isAsked || identities === undefined) && guardrails === undefined) {
    return createAuthorizer(guardIdentities(identities ?? nobody), {})
  }
  const { directoryOf, givenGuardrails } = await import("./given-policies.js")
  const find = guardIdentities(isAsked ? identities : directoryOf(identities ?? {}))
  return createAuthorizer(find, givenGuardrails(guardrails ?? {}))
}

/** Reads options, and rejects with `TypeError` for those that make no sense. */
export async function prepareHost(options: KmsOptions): Promise<PreparedHost> {
  const read = readOptions(options)
  const authorizer = await authorizerOf(options)
  return { place: read.place, open: () => openHost(options, read, authorizer) }
}

/** Puts a host together. */
async function openHost(
  options: KmsOptions,
  { place, quotas, cachedRecordsBytesMax }: ReturnType<typeof readOptions>,
  authorizer: Authorizer,
): Promise<Host> {
  const { account, audit, events } = options
  const { attestations, decisions } = options
  const { keyStores: clusters = {} } = options
  const clock = guardClock(options.clock ?? systemClock)
  const entropy = options.entropy ?? pooledEntropy(systemEntropy)
  const timer = options.timer ?? systemTimer
  const told = hostNews({ clock, entropy, place }, options)
  const toldLate = (write: LateWrite, waiting: number): void => told(lateNews(write, waiting))
  const toldKeys = (change: DomainKeyChange, ids: readonly string[]): void =>
    told(domainKeyNews(change, ids))
  const noteRefusedRecord = (thrown: unknown): void => {
    if (!(thrown instanceof RecordError)) return
    const { record, message: reason } = thrown
    told({ "detail-type": "Keywright Record Refused", detail: { record, reason } })
  }
  const region = await openRegionOf(options, { place, entropy, clock, timer }, told)
  const { storage, domain } = region
  const reader = createRecordReader(storage, cachedRecordsBytesMax, domain.fence)
  const rest = options.rest ?? systemRest()
  const desk = createWriteDesk({ storage, reader, timer, entropy, rest })
  const base: BareHost = {
    place,
    storage,
    commit: createCommit({ desk, place, clock, entropy, events }),
    reader,
    domain,
    authorizer,
    decisions: decisions && guardDecisions(decisions),
    clock,
    entropy,
    timer,
    rest,
  }
  const regions = createRegions(base, limits.regionTimeoutMs, (key) => settleHere(host, key))
  const proxy = await proxyOf(options, { place, clock })
  const throttle = await throttleOf(options, { storage, clock })
  const host: Host = {
    ...base,
    ...region,
    toldKeys,
    keyStores: createKeyStores({
      place,
      storage,
      account,
      clusters: guardClusters(clusters),
      proxy,
    }),
    regions,
    desk,
    turns: createTurns(desk.deciding),
    quotas,
    scratches: createScratches(),
    throttle,
    lastUsages: createLastUsages({
      storage,
      clock,
      rest: base.rest,
      late: (waiting) => toldLate("last usages", waiting),
    }),
    sideWork: createSideWork(clock, timer, (write) => toldLate(write, 1)),
    audit: audit && guardAudit(audit),
    noteRefusedRecord,
    traceEntropy: options.traceEntropy ?? base.entropy,
    attestations: attestations && guardAttestations(attestations),
  }
  return host
}
