import {
  type CompiledDocument,
  type CompiledPolicies,
  type Compiler,
  checkLockout,
  createCompiler,
  type GrantIndex,
  indexGrants,
  type Policies,
  type PolicyRequest,
} from "@keywright/policy"
import type { EncryptionContext } from "../../formats/opaque/encryption-context.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { KnownCaller } from "../../model/caller.js"
import { conditionValue, type Facts } from "../../model/condition-keys.js"
import { policyGrant } from "../../model/grants.js"
import { type TagInput, tagRecords } from "../../operations/keys/tags.js"
import type { Call, Subject } from "../../operations/row.js"
import type { Attestation } from "../../ports/attestation.js"
import type { Guardrails } from "../../ports/guardrails.js"
import type { Identities, Identity } from "../../ports/identities.js"
import { keyArn, type Place, type Region } from "../../vocabulary/arns.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import type { ReadSet } from "../records/record-reader.js"
import type { Located } from "../subjects/locate.js"
import { createGrantFinder } from "./grants.js"

/** What is known of the one who asks, once for each call. */
export interface Asker {
  readonly caller: KnownCaller
  readonly identity: Identity | undefined
}

/** One permission that a call needs, put as a question. */
export interface Question {
  readonly policies: CompiledPolicies
  readonly request: PolicyRequest
  /** How a refusal names the resource, for one who may not know what exists. */
  readonly masked: boolean
  /** The resource was named by a ciphertext alone. */
  readonly byCiphertext: boolean
  /** The same question with the grants on the key, which can only add to what is allowed. */
  readonly withGrants?: () => Promise<Question>
}

/** What authorization knows of a call besides its subject. */
export interface Setting {
  readonly asker: Asker
  readonly input: Readonly<Record<string, unknown>>
  readonly nowMs: number
  readonly reads: ReadSet
  readonly isSameKey?: boolean | undefined
  /** All the keys of the call, by their roles. */
  readonly keys: Call<unknown>["keys"]
  readonly attestation?: Attestation | undefined
  /** Of the key of the call, where that can be asked. */
  readonly trailingDays?: number | undefined
}

export interface Authorizer {
  identify(caller: KnownCaller): Eventually<Asker>
  /** The question that a subject raises; `undefined` when it needs no permission of its own. */
  ask(subject: Subject, located: Located, setting: Setting): Question | undefined
  couldPutKeyPolicy(
    asker: Asker,
    key: KeyRecord,
    policy: string,
    at: { readonly nowMs: number; readonly region: Region },
  ): boolean
}

const nobody: Identity = Object.freeze({})

/** The policies on the side of the one who asks. */
type AskerPolicies = Pick<
  Policies,
  "identityPolicies" | "permissionsBoundary" | "sessionPolicies" | "vpcEndpointPolicy"
>

function compileAsker(
  compiler: Compiler,
  identity: Identity,
  vpcEndpointPolicy: CompiledDocument | undefined,
): AskerPolicies {
  const { policies = [], permissionsBoundary, sessionPolicies } = identity
  const compile = compiler.compileDocument
  return {
    identityPolicies: policies.map((policy) => compile(policy, "identityPolicy")),
    permissionsBoundary: permissionsBoundary && compile(permissionsBoundary, "permissionsBoundary"),
    sessionPolicies: sessionPolicies?.map((policy) => compile(policy, "sessionPolicy")),
    vpcEndpointPolicy,
  }
}

type Memory<Value> = WeakMap<object, WeakMap<object, Value>>

/** What is remembered of two objects, as long as both live; made when it is asked for first. */
function memoized<Value>(
  map: Memory<Value>,
  key: object,
  variant: object,
  make: () => Value,
): Value {
  const variants = map.get(key) ?? new WeakMap<object, Value>()
  const known = variants.get(variant)
  if (known !== undefined) return known
  const made = make()
  variants.set(variant, made)
  map.set(key, variants)
  return made
}

interface Resource {
  /** The ARN by which policies know it. */
  readonly resource: string
  /** The account that owns it. */
  readonly resourceAccount: string
}

/** What was located, as policies know it. */
function resourceOf(located: Located, { caller }: Asker): Resource {
  if (located.kind === "key") {
    return { resource: located.key.arn, resourceAccount: located.key.record.account }
  }
  if (located.kind === "alias") {
    return { resource: located.alias.arn, resourceAccount: located.alias.account }
  }
  if (located.kind === "missing key") {
    return { resource: located.arn, resourceAccount: located.account }
  }
  return { resource: "*", resourceAccount: caller.account }
}

function factsOf(
  place: Place,
  subject: Exclude<Subject, { readonly by: "own key" | "key store" }>,
  located: Located,
  resourceAccount: string,
  { asker, input, nowMs, isSameKey, keys, attestation, trailingDays }: Omit<Setting, "reads">,
): Facts {
  const key = located.kind === "key" ? located.key : undefined
  const member = (name: string | undefined) => (name === undefined ? undefined : input[name])
  const tags = member(subject.tags) as readonly TagInput[] | undefined
  const derived = subject.derive?.(input, keys)
  const region = member(subject.region) as Region | undefined
  return {
    caller: asker.caller,
    identity: asker.identity,
    place: region === undefined ? place : { ...place, region },
    nowMs,
    resourceAccount,
    key: key?.record,
    requestAlias: key?.aliasName,
    encryptionContext:
      derived?.encryptionContext ??
      (member("encryptionContext" in subject ? subject.encryptionContext : undefined) as
        | EncryptionContext
        | undefined),
    isSameKey,
    trailingDays,
    requestTags: tags && tagRecords(tags),
    tagKeys:
      (member(subject.tagKeys) as readonly string[] | undefined) ?? tags?.map((tag) => tag.TagKey),
    measurements: attestation?.measurements,
    action: subject.action,
    derivedKeys: derived?.conditionKeys,
    inputKeys: subject.conditionKeys,
    input,
  }
}

/**
 * Puts the questions that policies answer. Documents are compiled once for each text, and bundles
 * once for each key and identity as they are now.
 */
export function createAuthorizer(
  place: Place,
  identities: Identities,
  guardrails: Guardrails,
): Authorizer {
  const compiler = createCompiler({ documentsMax: limits.cachedRecordsMax })
  const askerPolicies: Memory<AskerPolicies> = new WeakMap()
  const bundles: Memory<CompiledPolicies> = new WeakMap()
  const { scps = [], rcps = [], vpcEndpointPolicies = {} } = guardrails
  const keyless = Object.freeze({})
  const nowhere = Object.freeze({})
  const endpointPolicies = new Map<string | undefined, CompiledDocument>(
    Object.entries(vpcEndpointPolicies).map(([endpoint, policy]) => [
      endpoint,
      compiler.compileDocument(policy, "vpcEndpointPolicy"),
    ]),
  )
  const grantFinder = createGrantFinder()

  const policiesOf = ({ identity = nobody, caller }: Asker): AskerPolicies => {
    const endpointPolicy = endpointPolicies.get(caller.context.sourceVpce)
    return memoized(askerPolicies, identity, endpointPolicy ?? nowhere, () =>
      compileAsker(compiler, identity, endpointPolicy),
    )
  }

  const bundleFor = (
    asker: Asker,
    key: KeyRecord | undefined,
    grants?: GrantIndex,
  ): CompiledPolicies => {
    const own = policiesOf(asker)
    return memoized(bundles, grants ?? key ?? keyless, own, () => {
      const keyPolicy = key && compiler.compileDocument(key.policy, "keyPolicy")
      return compiler.compile({ ...own, ...(keyPolicy && { keyPolicy }), scps, rcps, grants })
    })
  }

  const requestOf = (
    action: string,
    { resource, resourceAccount }: Resource,
    facts: Facts,
    { caller }: Asker,
    grantId?: string,
  ): PolicyRequest => ({
    principal: caller,
    action,
    resource,
    resourceAccount,
    keyManager: facts.key?.keyManager,
    vpcEndpointId: caller.context.sourceVpce,
    encryptionContext: facts.encryptionContext,
    grantId,
    context: (lowerCaseKey) => conditionValue(facts, lowerCaseKey),
  })

  return {
    identify: (caller) => {
      const { identityArns } = caller
      const findFrom = (i: number): Eventually<Identity | undefined> => {
        const arn = identityArns[i]
        if (arn === undefined) return undefined
        return andThen(identities(arn), (identity) =>
          identity === undefined ? findFrom(i + 1) : identity,
        )
      }
      return andThen(findFrom(0), (identity) => ({ caller, identity }))
    },

    ask: (subject, located, setting) => {
      if (subject.by === "own key" || subject.by === "key store") return undefined
      const { asker } = setting
      const resource = resourceOf(located, asker)
      const facts = factsOf(place, subject, located, resource.resourceAccount, setting)
      const named = located.kind === "key" ? located.key : undefined
      const key = named?.record
      const grant = named?.grant
      const question: Question = {
        policies: bundleFor(asker, key, grant && indexGrants([policyGrant(grant)])),
        request: requestOf(subject.action, resource, facts, asker, grant?.grantId),
        masked: named?.isDraft || facts.resourceAccount !== asker.caller.account,
        byCiphertext: subject.by === "ciphertext" && setting.input[subject.member] === undefined,
      }
      if (key === undefined || key.grantsCount === 0 || grant !== undefined) return question
      const withGrants = async (): Promise<Question> => {
        const index = await grantFinder.grantsFor(setting.reads, key, asker.caller)
        return index ? { ...question, policies: bundleFor(asker, key, index) } : question
      }
      return { ...question, withGrants }
    },

    couldPutKeyPolicy: (asker, key, policy, { nowMs, region }) => {
      const there = { ...place, region }
      const arn = keyArn(there, key.account, key.keyId)
      const { state } = key
      const located: Located = { kind: "key", key: { arn, state, record: { ...key, policy } } }
      const action = "kms:PutKeyPolicy"
      const setting = { asker, input: {}, nowMs, keys: {} }
      const resource = resourceOf(located, asker)
      const subject = { by: "account", action } as const
      const facts = factsOf(there, subject, located, resource.resourceAccount, setting)
      const keyPolicy = compiler.compileDocument(policy, "keyPolicy")
      const request = requestOf(action, resource, facts, asker)
      const policies = { ...policiesOf(asker), scps, rcps }
      return checkLockout({ keyPolicy, policies, request }).ok
    },
  }
}
