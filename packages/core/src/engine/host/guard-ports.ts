import type { Storage } from "@keywright/storage"
import type { Anchor } from "../../ports/anchor.js"
import type { Attestations } from "../../ports/attestation.js"
import type { AuditSink } from "../../ports/audit.js"
import type { Clock } from "../../ports/clock.js"
import type { DecisionSink } from "../../ports/decisions.js"
import { type Hsm, isHsmError } from "../../ports/hsm.js"
import type { Identities } from "../../ports/identities.js"
import type { CloudHsmCluster, CloudHsmClusters } from "../../ports/key-stores.js"
import type { RegionHsm } from "../../ports/region-hsm.js"

/*
 * What a port throws is a failure and never a refusal, also when a port is built on another
 * engine and throws that engine's refusals.
 */

/** A port of the engine did not do its work; the cause says what it threw. */
class PortError extends Error {
  override readonly name = "PortError"
}

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

/** Which failures are understood as they are. */
type Understands = (error: unknown) => boolean
const nothing: Understands = () => false

const guarded = <Arguments extends readonly unknown[], Result>(
  port: string,
  method: (...args: Arguments) => Result,
  understands: Understands = nothing,
): ((...args: Arguments) => Result) => {
  const rethrow = (error: unknown): never => {
    if (understands(error)) throw error
    throw new PortError(`the ${port} failed`, { cause: error })
  }
  return (...args) => {
    try {
      const result = method(...args)
      return isThenable(result) ? (Promise.resolve(result).catch(rethrow) as Result) : result
    } catch (error) {
      return rethrow(error)
    }
  }
}

/** The same object with every method of the contract guarded. */
function guardMethods<Port extends object>(
  name: string,
  port: Port,
  methods: readonly (keyof Port)[],
  understands?: Understands,
): Port {
  const copy: Partial<Port> = {}
  for (const key of methods) {
    const method = port[key] as (...args: readonly unknown[]) => unknown
    copy[key] = guarded(name, method.bind(port), understands) as Port[typeof key]
  }
  return copy as Port
}

/** Of a storage, and of no port beside it, a `TypeError` says that nothing was written. */
const isWrongCall: Understands = (error) => error instanceof TypeError

export const guardStorage = (storage: Storage): Storage =>
  guardMethods("storage", storage, ["get", "list", "commit", "stamp", "close"], isWrongCall)

const hsmMethods = [
  "createDomain",
  "openDomain",
  "rotateDomainKey",
  "resealDomain",
  "retireDomainKeys",
  "domainKeys",
  "isCurrent",
  "rewrap",
  "generateKey",
  "encrypt",
  "decrypt",
  "reEncrypt",
  "generateDataKey",
  "generateDataKeyWithoutPlaintext",
  "generateDataKeyPair",
  "generateDataKeyPairWithoutPlaintext",
  "publicKey",
  "sign",
  "verify",
  "generateMac",
  "verifyMac",
  "deriveSharedSecret",
  "encapsulate",
  "decapsulate",
  "generateWrappingKey",
  "importKey",
  "generateRandom",
  "close",
] as const satisfies readonly (keyof Hsm)[]

const regionHsmMethods = [
  ...hsmMethods,
  "generateReplicationKey",
  "replicationPublicKey",
  "endorseDomain",
  "endorsedKey",
  "withdrawTrust",
  "signForRegion",
  "verifyFromRegion",
  "offerTransfer",
  "wrapForRegion",
  "unwrapFromRegion",
  "rewrapReplication",
  "sealRecords",
  "openRecords",
  "digestRecords",
] as const satisfies readonly (keyof RegionHsm)[]

const guardHsm = (hsm: Hsm): Hsm => ({
  ...guardMethods("HSM", hsm, hsmMethods, isHsmError),
  keySpecs: hsm.keySpecs,
})

/** The HSM of a region, which other regions know. */
export const guardRegionHsm = (hsm: RegionHsm): RegionHsm => ({
  ...guardMethods("HSM", hsm, regionHsmMethods, isHsmError),
  keySpecs: hsm.keySpecs,
})

/** A cluster, its HSM and its status guarded. */
const guardCluster = (cluster: CloudHsmCluster): CloudHsmCluster => {
  const { status } = cluster
  return {
    ...cluster,
    hsm: guardHsm(cluster.hsm),
    status: status && guarded("status of a cluster", () => status()),
  }
}

export const guardClusters = (clusters: CloudHsmClusters): CloudHsmClusters =>
  Object.fromEntries(Object.entries(clusters).map(([id, cluster]) => [id, guardCluster(cluster)]))

export const guardAttestations = (attestations: Attestations): Attestations =>
  guardMethods("attestations port", attestations, ["verify", "envelop"])

/** The last moment that a JavaScript `Date` can tell. */
const latestMs = 8.64e15

/** A clock that tells no time is broken: a record must not be made with it. */
export const guardClock =
  (clock: Clock): Clock =>
  () => {
    const timeMs = Math.floor(clock())
    if (timeMs >= 0 && timeMs <= latestMs) return timeMs
    throw new PortError("the clock tells no time")
  }

export const guardAnchor = (anchor: Anchor): Anchor =>
  guardMethods("anchor", anchor, ["read", "write"])

export const guardIdentities = (identities: Identities): Identities =>
  guarded("identities port", identities)

export const guardDecisions = (decisions: DecisionSink): DecisionSink =>
  guarded("decision sink", decisions)

export const guardAudit = (audit: AuditSink): AuditSink => guarded("audit sink", audit)
