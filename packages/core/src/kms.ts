import type { Storage } from "@keywright/storage"
import { clientOf, type KmsClient } from "./client.js"
import { createAuthorizer } from "./engine/authorize.js"
import { createCommit } from "./engine/commit.js"
import { openDomain } from "./engine/domain.js"
import { type CallExplanation, explainCall } from "./engine/explain.js"
import {
  guardAttestations,
  guardAudit,
  guardClock,
  guardDecisions,
  guardIdentities,
  guardRegionHsm,
  guardStorage,
} from "./engine/guard-ports.js"
import { createKeyStores } from "./engine/key-stores.js"
import { createLastUsages } from "./engine/last-usages.js"
import type { Parts } from "./engine/parts.js"
import { type Answer, answer } from "./engine/pipeline.js"
import { createRecordReader } from "./engine/records.js"
import type { RegionParts } from "./engine/regions/parts.js"
import { createRegions, type Regions } from "./engine/regions/regions.js"
import { type SweepReport, sweep } from "./engine/sweep.js"
import { createThrottle } from "./engine/throttle.js"
import { domainRecordKey, keysPrefix } from "./formats/records.js"
import { type Caller, type RequestContext, readCaller } from "./model/requester.js"
import type { Attestations } from "./ports/attestation.js"
import type { AuditSink } from "./ports/audit.js"
import type { Clock } from "./ports/clock.js"
import type { DecisionSink } from "./ports/decisions.js"
import type { Entropy } from "./ports/entropy.js"
import type { EventSink } from "./ports/events.js"
import type { Guardrails } from "./ports/guardrails.js"
import type { Hsm } from "./ports/hsm.js"
import type { Identities, Identity } from "./ports/identities.js"
import type { CloudHsmClusters, XksOptions } from "./ports/key-stores.js"
import type { RegionHsm } from "./ports/region-hsm.js"
import type { RegionLink } from "./ports/region-link.js"
import type { Timer } from "./ports/timer.js"
import { systemEntropy } from "./software-hsm/noble-suite.js"
import { pooledEntropy } from "./software-hsm/pooled-entropy.js"
import { systemClock, systemTimer } from "./system.js"
import { isAccountId, isRegion, type Place, rootArn } from "./vocabulary/arns.js"
import { assertBytes } from "./vocabulary/bytes.js"
import { isClusterId } from "./vocabulary/key-stores.js"
import { limits } from "./vocabulary/limits.js"
import { type ResourceQuotas, readQuotas } from "./vocabulary/quotas.js"
import { checkRequestQuotas, type RequestQuotas } from "./vocabulary/request-quotas.js"

/** What a host is made of. */
export interface KmsOptions {
  /** For example `eu-central-1`; one storage and one HSM domain make one region. */
  readonly region: string
  /** The account whose administrator owns the engine: 12 digits. Others may use it too. */
  readonly account: string
  /** Default `aws`. */
  readonly partition?: string | undefined
  readonly storage: Storage
  readonly hsm: RegionHsm
  /** What an account may have. Default: the quotas of AWS. */
  readonly quotas?: Partial<ResourceQuotas> | undefined
  /**
   * How many requests in a second each account may make to this host, by group of operations; see
   * `awsRequestQuotas`. Default: as many as it likes.
   */
  readonly requestQuotas?: RequestQuotas | undefined
  /** What principals may do by identity, as a function or as an object by ARN. Default: none. */
  readonly identities?: Identities | Readonly<Record<string, Identity>> | undefined
  /** Policies above keys and identities. Default: none. */
  readonly guardrails?: Guardrails | undefined
  /**
   * The CloudHSM clusters that custom key stores can be connected to, by cluster id. Each is an
   * HSM of its own. Default: none.
   */
  readonly keyStores?: CloudHsmClusters | undefined
  /** How external key store proxies are reached. Default: they are not. */
  readonly xks?: XksOptions | undefined
  /** Where audit events go. Default: nowhere. */
  readonly audit?: AuditSink | undefined
  /** Where the events of keys go that nobody waits for. Default: nowhere. */
  readonly events?: EventSink | undefined
  /** Sees every decision of policies, with the question. Default: nobody does. */
  readonly decisions?: DecisionSink | undefined
  /** Verifies enclaves, for calls with a `Recipient`. Default: such calls are refused. */
  readonly attestations?: Attestations | undefined
  /** Default: the clock of the machine. */
  readonly clock?: Clock | undefined
  /** For identifiers. Default: the platform's random number generator. */
  readonly entropy?: Entropy | undefined
  /** For the ids of requests and audit events. Default: the same as `entropy`. */
  readonly traceEntropy?: Entropy | undefined
  /** How long to wait for other regions. Default: by the clock of the machine. */
  readonly timer?: Timer | undefined
}

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
   * Makes another region known to this one, for good, and reachable from this host. From then on
   * key material can leave for whoever holds that replication key. Throws `RegionError`
   * (`unknown-region`) when the region is known under another key: nothing is changed then.
   */
  connect(peer: PeerRegion): Promise<void>

  /**
   * Takes what the link of another region delivers, and resolves to what it is to be answered.
   * Throws `RegionError` (`not-genuine`) for everything that no connected region has signed.
   */
  receive(message: Uint8Array): Promise<Uint8Array>
}

/** One host of a region: a key management engine with the semantics of AWS KMS. */
export interface Kms {
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
   * those deliveries depends on it.
   */
  sweep(): Promise<SweepReport>

  /** Makes a new domain key, under which key material is wrapped from now on. */
  rotateDomainKey(): Promise<void>

  /**
   * Writes down how keys were last used, wipes the HSM and those of the key stores, and closes the
   * storage. Later calls fail.
   */
  close(): Promise<void>
}

function placeOf({ region, account, partition = "aws" }: KmsOptions): Place {
  if (!isRegion(region)) throw new TypeError("`region` must be a region name like `us-east-1`")
  if (!isAccountId(account)) throw new TypeError("`account` must have 12 digits")
  if (!/^aws(?:-[a-z]+)*$/.test(partition)) throw new TypeError("`partition` must be like `aws`")
  return { partition, region }
}

const regionDoor = (ownRegion: string, regions: Regions): RegionDoor =>
  Object.freeze({
    replicationKey: regions.replicationKey,
    connect: async ({ region, replicationKey, link }: PeerRegion) => {
      if (!isRegion(region) || region === ownRegion) {
        throw new TypeError("`region` must be the name of another region")
      }
      assertBytes(replicationKey, "replicationKey", 32)
      await regions.connect(region, replicationKey, link)
    },
    receive: regions.receive,
  })

/** A cluster is told from all others by its id, and by its HSM. */
function checkClusters(hsm: RegionHsm, clusters: CloudHsmClusters): void {
  const hsms = new Set<Hsm>([hsm])
  for (const [id, cluster] of Object.entries(clusters)) {
    if (!isClusterId(id)) throw new TypeError("`keyStores` must be by ids like `cluster-…`")
    if (hsms.has(cluster.hsm)) throw new TypeError("`keyStores` must have an HSM for each")
    hsms.add(cluster.hsm)
  }
}

/** For a host that reaches no proxy. */
const noProxies: XksOptions = {
  fetch: () => Promise.reject(new Error("the engine was opened without the option `xks`")),
  timeout: () => ({ aborted: false, addEventListener: () => undefined }),
}

/** A directory of principals as a plain object. */
const directory =
  (identities: Readonly<Record<string, Identity>>): Identities =>
  (arn) =>
    Object.hasOwn(identities, arn) ? identities[arn] : undefined

/**
 * Opens one host on a storage and an HSM. Any number of hosts may share a storage.
 *
 * Throws `TypeError` for options that make no sense, and `HsmError` with code
 * `sealed-by-another` when the HSM's seal is not the one that protects the domain in the storage;
 * nothing is changed then.
 */
export async function createKms(options: KmsOptions): Promise<Kms> {
  const place = placeOf(options)
  const { account, identities = {}, guardrails = {}, audit, events } = options
  const { attestations, decisions } = options
  const { keyStores: clusters = {}, xks = noProxies } = options
  const quotas = readQuotas(options.quotas)
  checkRequestQuotas(options.requestQuotas ?? {})
  const clock = guardClock(options.clock ?? systemClock)
  checkClusters(options.hsm, clusters)
  const storage = guardStorage(options.storage)
  const hsm = guardRegionHsm(options.hsm)
  const find = typeof identities === "function" ? identities : directory(identities)
  const entropy = options.entropy ?? pooledEntropy(systemEntropy)
  const base: RegionParts = {
    place,
    storage,
    commit: createCommit({ storage, place, clock, entropy, events }),
    reader: createRecordReader(storage, limits.cachedRecordsMax),
    domain: await openDomain(storage, hsm, {
      name: `${place.partition}:${place.region}`,
      key: domainRecordKey,
      keysPrefix,
    }),
    authorizer: createAuthorizer(place, guardIdentities(find), guardrails),
    decisions: decisions && guardDecisions(decisions),
    clock,
    entropy,
    timer: options.timer ?? systemTimer,
  }
  const regions = createRegions(base, limits.regionTimeoutMs)
  const parts: Parts = {
    ...base,
    keyStores: createKeyStores({ place, storage, account, clusters, clock, xks }),
    regions,
    quotas,
    throttle: options.requestQuotas && createThrottle(clock, options.requestQuotas),
    lastUsages: createLastUsages(base.reader, storage, clock),
    audit: audit && guardAudit(audit),
    traceEntropy: options.traceEntropy ?? base.entropy,
    attestations: attestations && guardAttestations(attestations),
  }

  return Object.freeze({
    ...place,
    account,
    administrator: rootArn(place.partition, account),
    as: (principal: string, context?: RequestContext) => {
      const requester = readCaller({ principal, context }, account, place.partition)
      return clientOf(async (operation, input) => {
        const { reply, requestId } = await answer(parts, requester, operation, input)
        return Object.assign(reply, { $metadata: { requestId } })
      })
    },
    call: async (caller: Caller, operation: string, input: unknown) =>
      answer(parts, readCaller(caller, account, place.partition), operation, input),
    explain: async (caller: Caller | string, operation: string, input: unknown) => {
      const asked = typeof caller === "string" ? { principal: caller } : caller
      return explainCall(parts, readCaller(asked, account, place.partition), operation, input)
    },
    regions: regionDoor(place.region, regions),
    sweep: () => sweep(parts),
    rotateDomainKey: () => parts.domain.rotateDomainKey(),
    close: async () => {
      await regions.idle()
      // What cannot be written is lost: closing goes on.
      await parts.lastUsages.flush().catch(() => undefined)
      await parts.domain.close()
      await parts.keyStores.close()
      await storage.close()
    },
  })
}
