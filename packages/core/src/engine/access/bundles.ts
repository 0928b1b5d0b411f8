import {
  type CompiledDocument,
  type CompiledPolicies,
  type Compiler,
  createCompiler,
  type GrantIndex,
  type Policies,
} from "@keywright/policy"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { Guardrails } from "../../ports/guardrails.js"
import type { Identity } from "../../ports/identities.js"
import { limits } from "../../vocabulary/limits.js"
import type { Inquiry } from "../subjects/inquiry.js"
import { createBoundedMemory } from "./bounded-memory.js"
import { memoized, type PairMemory } from "./memoized.js"

/** The policies on the side of the caller. */
type CallerPolicies = Pick<
  Policies,
  "identityPolicies" | "permissionsBoundary" | "sessionPolicies" | "vpcEndpointPolicy"
>

/** The policies that decide a call, compiled. */
export interface Bundles {
  /** All of them, on a key and with grants if there are any. */
  bundleFor(asked: Asked, key: KeyRecord | undefined, grants?: GrantIndex): CompiledPolicies
  /** All but those of the key. */
  withoutKey(asked: Asked): Policies
  /** Lets go of a key policy that is about to be replaced. */
  forget(keyPolicy: string): void
}

type Asked = Pick<Inquiry, "caller" | "identity">

const nobody: Identity = Object.freeze({})
const keyless = Object.freeze({})
const grantless = Object.freeze({})
const nowhere = Object.freeze({})

/** What a bundle takes, and each document of a caller in it. Measured, and rounded up. */
const bundleBytes = 1000
const slotBytes = 200

function compileCaller(
  compiler: Compiler,
  identity: Identity,
  vpcEndpointPolicy: CompiledDocument | undefined,
): CallerPolicies {
  const { policies = [], permissionsBoundary, sessionPolicies } = identity
  const compile = compiler.compileDocument
  return {
    identityPolicies: policies.map((policy) => compile(policy, "identityPolicy")),
    permissionsBoundary: permissionsBoundary && compile(permissionsBoundary, "permissionsBoundary"),
    sessionPolicies: sessionPolicies?.map((policy) => compile(policy, "sessionPolicy")),
    vpcEndpointPolicy,
  }
}

/** Compiles documents once for each text, and bundles once for each key policy and identity. */
export function createBundles(guardrails: Guardrails): Bundles {
  const compiler = createCompiler({ bytesMax: limits.compiledPoliciesBytesMax })
  const callerPolicies: PairMemory<CallerPolicies> = new WeakMap()
  const bundles = createBoundedMemory<CompiledPolicies>(limits.policyBundlesBytesMax)
  const { scps = [], rcps = [], vpcEndpointPolicies = {} } = guardrails
  const endpointPolicies = new Map<string | undefined, CompiledDocument>(
    Object.entries(vpcEndpointPolicies).map(([endpoint, policy]) => [
      endpoint,
      compiler.compileDocument(policy, "vpcEndpointPolicy"),
    ]),
  )

  const policiesOf = ({ identity = nobody, caller }: Asked): CallerPolicies => {
    const endpointPolicy = endpointPolicies.get(caller.context.sourceVpce)
    return memoized(callerPolicies, identity, endpointPolicy ?? nowhere, () =>
      compileCaller(compiler, identity, endpointPolicy),
    )
  }

  return {
    forget: (keyPolicy) => compiler.forget(keyPolicy, "keyPolicy"),
    withoutKey: (asked) => ({ ...policiesOf(asked), scps, rcps }),
    bundleFor: (asked, key, grants) => {
      const own = policiesOf(asked)
      // By its text and not by the key: keys with the same policy share what is made of it.
      const keyPolicy = key && compiler.compileDocument(key.policy, "keyPolicy")
      return bundles.obtain(own, grants ?? grantless, keyPolicy ?? keyless, () => {
        const { identityPolicies, sessionPolicies } = own
        const value = compiler.compile({
          ...own,
          keyPolicy,
          scps,
          rcps,
          grants,
        })
        const documents = (identityPolicies?.length ?? 0) + (sessionPolicies?.length ?? 0)
        return { value, bytes: bundleBytes + documents * slotBytes }
      })
    },
  }
}
