import type { Storage } from "@keywright/storage"
import type { AuditSink } from "../ports/audit.js"
import { type Hsm, isHsmError } from "../ports/hsm.js"
import type { Identities } from "../ports/identities.js"
import type { CloudHsmCluster } from "../ports/key-stores.js"

/*
 * What a port throws is a failure and never a refusal, also when a port is built on another
 * engine and throws that engine's refusals.
 */

/** A port of the engine did not do its work; the cause says what it threw. */
export class PortError extends Error {
  override readonly name = "PortError"
}

function rethrow(port: string, error: unknown): never {
  if (isHsmError(error)) throw error
  throw new PortError(`the ${port} failed`, { cause: error })
}

const guarded =
  <Arguments extends readonly unknown[], Result>(
    port: string,
    method: (...args: Arguments) => Result,
  ): ((...args: Arguments) => Result) =>
  (...args) => {
    try {
      const result = method(...args)
      if (!(result instanceof Promise)) return result
      return result.catch((error: unknown) => rethrow(port, error)) as Result
    } catch (error) {
      return rethrow(port, error)
    }
  }

/** The same object with every method of the contract guarded. */
function guardMethods<Port extends object>(
  name: string,
  port: Port,
  methods: readonly (keyof Port)[],
): Port {
  const copy: Partial<Port> = {}
  for (const key of methods) {
    const method = port[key] as (...args: readonly unknown[]) => unknown
    copy[key] = guarded(name, (...args) => method.apply(port, [...args])) as Port[typeof key]
  }
  return copy as Port
}

export const guardStorage = (storage: Storage): Storage =>
  guardMethods("storage", storage, ["get", "list", "commit", "stamp", "close"])

const hsmMethods = [
  "state",
  "createDomain",
  "openDomain",
  "rotateDomainKey",
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

export const guardHsm = (hsm: Hsm): Hsm => ({
  ...guardMethods("HSM", hsm, hsmMethods),
  keySpecs: hsm.keySpecs,
})

/** A cluster, its HSM and its status guarded. */
export const guardCluster = (cluster: CloudHsmCluster): CloudHsmCluster => {
  const { status } = cluster
  return {
    ...cluster,
    hsm: guardHsm(cluster.hsm),
    status: status && guarded("status of a cluster", () => status()),
  }
}

export const guardIdentities = (identities: Identities): Identities =>
  guarded("identities port", identities)

export const guardAudit = (audit: AuditSink): AuditSink => guarded("audit sink", audit)
