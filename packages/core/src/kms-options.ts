import type { Storage } from "@keywright/storage"
import type { Anchor } from "./ports/anchor.js"
import type { Attestations } from "./ports/attestation.js"
import type { AuditSink } from "./ports/audit.js"
import type { CallTrace } from "./ports/call-trace.js"
import type { Clock } from "./ports/clock.js"
import type { DecisionSink } from "./ports/decisions.js"
import type { Entropy } from "./ports/entropy.js"
import type { EventSink } from "./ports/events.js"
import type { Guardrails } from "./ports/guardrails.js"
import type { Hsm } from "./ports/hsm.js"
import type { Identities, Identity } from "./ports/identities.js"
import type { CloudHsmClusters, XksOptions } from "./ports/key-stores.js"
import type { RegionHsm } from "./ports/region-hsm.js"
import type { Rest } from "./ports/rest.js"
import type { Timer } from "./ports/timer.js"
import { isAccountId, isRegion, type Place } from "./vocabulary/arns.js"
import { isClusterId } from "./vocabulary/key-stores.js"
import { limits } from "./vocabulary/limits.js"
import { type OptionNames, requireKnownOptions } from "./vocabulary/option-names.js"
import { partitionOf } from "./vocabulary/partitions.js"
import { defaultQuotas, type ResourceQuotas } from "./vocabulary/quotas.js"
import { awsRequestQuotas, type RequestQuotas } from "./vocabulary/request-quotas.js"

/** What a host is made of. */
export interface KmsOptions {
  /** For example `eu-central-1`; one storage and one HSM domain make one region. */
  readonly region: string
  /** The account whose administrator owns the engine: 12 digits. Others may use it too. */
  readonly account: string
  /** Default: the one that the region belongs to, `aws-us-gov` for `us-gov-west-1`. */
  readonly partition?: string | undefined
  readonly storage: Storage
  /**
   * `"never"`: throws when the storage holds no domain, because it is not the one that it should
   * be, say. Default: `"if-missing"`, the domain of an empty storage is made.
   */
  readonly create?: "if-missing" | "never" | undefined
  readonly hsm: RegionHsm
  /**
   * Where it is kept outside of the storage how that stood last. A storage that is older does not
   * open. Each host has one of its own. Default: none, an old copy is not noticed.
   */
  readonly anchor?: Anchor | undefined
  /**
   * By how many milliseconds the anchor may lag behind the storage: as much of what was written
   * last can be taken back unnoticed. Default: 0, every write waits for the anchor.
   */
  readonly anchorLagMs?: number | undefined
  /** What an account may have. Default: the quotas of AWS. */
  readonly quotas?: Partial<ResourceQuotas> | undefined
  /**
   * How many requests in a second each account may make, by group of operations; see
   * `awsRequestQuotas`. Default: as many as it likes.
   */
  readonly requestQuotas?: RequestQuotas | undefined
  /**
   * Whether each host keeps `requestQuotas` for itself, or all hosts of the region together, which
   * must then be given the same. Default: `"host"`.
   */
  readonly requestQuotasOf?: "host" | "region" | undefined
  /**
   * What principals may do by identity, as a function or as an object by ARN. An object is checked
   * and frozen, all the way down: what is to change comes from a function. Default: none.
   */
  readonly identities?: Identities | Readonly<Record<string, Identity>> | undefined
  /** Policies above keys and identities, checked and frozen. Default: none. */
  readonly guardrails?: Guardrails | undefined
  /**
   * The CloudHSM clusters that custom key stores can be connected to, by cluster id. Each is an
   * HSM of its own. Default: none.
   */
  readonly keyStores?: CloudHsmClusters | undefined
  /** How external key store proxies are reached. Default: they are not. */
  readonly xks?: XksOptions | undefined
  /**
   * How many bytes of records the host remembers, decoded: a key takes about 2 KB and what its
   * policy is long. A call about one that is not remembered reads it and costs two to three times
   * as much. Default: 32 MiB.
   */
  readonly cachedRecordsBytesMax?: number | undefined
  /** Where audit events go. Default: nowhere. */
  readonly audit?: AuditSink | undefined
  /** Where the events of keys go that nobody waits for. Default: nowhere. */
  readonly events?: EventSink | undefined
  /** Sees every decision of policies, with the question. Default: nobody does. */
  readonly decisions?: DecisionSink | undefined
  /** Follows calls, for traces and measurements. Default: nobody does. */
  readonly trace?: CallTrace | undefined
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
  /**
   * When work lets everything else in the process have its turn. Default: after a few
   * milliseconds without a pause.
   */
  readonly rest?: Rest | undefined
}

function placeOf({ region, account, ...options }: KmsOptions): Place {
  if (!isRegion(region)) throw new TypeError("`region` must be a region name like `us-east-1`")
  if (!isAccountId(account)) throw new TypeError("`account` must have 12 digits")
  const partition = options.partition ?? partitionOf(region)
  if (!/^aws(?:-[a-z]+)*$/.test(partition)) throw new TypeError("`partition` must be like `aws`")
  return { partition, region }
}

/** A cluster is told from all others by its id, and by its HSM. */
function checkClusters(hsm: RegionHsm, clusters: CloudHsmClusters): void {
  const hsms = new Set<Hsm>([hsm])
  for (const [id, cluster] of Object.entries(clusters)) {
    if (!isClusterId(id)) throw new TypeError("`keyStores` must be by ids like `cluster-…`")
    if (hsms.has(cluster.hsm)) throw new TypeError("`keyStores` must have an HSM for each")
    hsms.add(cluster.hsm)
  }
}

/** A quota is a number, or the one of AWS. */
function readQuotas(given: Partial<ResourceQuotas> = {}): ResourceQuotas {
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(defaultQuotas, name) && Number.isSafeInteger(value) && value >= 0) continue
    throw new TypeError(`\`quotas.${name}\` must be a quota that there is, and a whole number`)
  }
  return { ...defaultQuotas, ...given }
}

/** Groups that there are, and rates that let anything through. */
function checkRequestQuotas(given: RequestQuotas): void {
  for (const [group, perSecond] of Object.entries(given)) {
    if (Object.hasOwn(awsRequestQuotas, group) && perSecond >= 1) continue
    throw new TypeError(`\`requestQuotas\` must be rates of at least 1 by groups: ${group}`)
  }
}

/** For whoever hands options on, and has others beside them. */
export const kmsOptionNames: OptionNames<KmsOptions> = Object.freeze({
  region: true,
  account: true,
  partition: true,
  storage: true,
  create: true,
  hsm: true,
  anchor: true,
  anchorLagMs: true,
  quotas: true,
  requestQuotas: true,
  requestQuotasOf: true,
  identities: true,
  guardrails: true,
  keyStores: true,
  xks: true,
  cachedRecordsBytesMax: true,
  audit: true,
  events: true,
  decisions: true,
  trace: true,
  attestations: true,
  clock: true,
  entropy: true,
  traceEntropy: true,
  timer: true,
  rest: true,
})

/** What options come to; throws `TypeError` for those that make no sense. */
export function readOptions(options: KmsOptions): {
  readonly place: Place
  readonly quotas: ResourceQuotas
  readonly cachedRecordsBytesMax: number
} {
  requireKnownOptions(options, kmsOptionNames)
  const place = placeOf(options)
  checkClusters(options.hsm, options.keyStores ?? {})
  checkRequestQuotas(options.requestQuotas ?? {})
  if (!["host", "region", undefined].includes(options.requestQuotasOf)) {
    throw new TypeError("`requestQuotasOf` must be `host` or `region`")
  }
  if (!((options.anchorLagMs ?? 0) >= 0)) {
    throw new TypeError("`anchorLagMs` must be a number of milliseconds")
  }
  const { cachedRecordsBytesMax = limits.cachedRecordsBytesMax } = options
  if (!(cachedRecordsBytesMax >= 0)) {
    throw new TypeError("`cachedRecordsBytesMax` must be a number of bytes")
  }
  return { place, quotas: readQuotas(options.quotas), cachedRecordsBytesMax }
}
