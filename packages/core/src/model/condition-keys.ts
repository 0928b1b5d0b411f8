import { type ContextValue, carriesConditionKey, lowerAscii } from "@keywright/policy"
import type { EncryptionContext } from "../formats/opaque/encryption-context.js"
import type { KeyRecord, TagRecord } from "../formats/stored/key-records.js"
import type { Identity } from "../ports/identities.js"
import type { Place } from "../vocabulary/arns.js"
import type { KnownCaller } from "./caller.js"

/** Everything that condition keys can be asked about in one authorization. */
export interface Facts {
  readonly caller: KnownCaller
  readonly identity: Identity | undefined
  readonly place: Place
  readonly nowMs: number
  readonly resourceAccount: string
  /** The resource is an alias: policies see nothing of KMS there but the action. */
  readonly isAlias: boolean
  readonly key?: KeyRecord | undefined
  readonly requestAlias?: string | undefined
  readonly encryptionContext?: EncryptionContext | undefined
  readonly isSameKey?: boolean | undefined
  /** Whole days since the key was used. */
  readonly trailingDays?: number | undefined
  readonly requestTags?: readonly TagRecord[] | undefined
  readonly tagKeys?: readonly string[] | undefined
  /** What the enclave that will get the answer was measured to be. */
  readonly measurements?: Readonly<Record<string, string>> | undefined
  /** The IAM action that is asked for. */
  readonly action: string
  /** Keys that were worked out from the input, by lower-case name. */
  readonly derivedKeys?: Readonly<Record<string, ContextValue | undefined>> | undefined
  /** Which keys come from members of the input, by lower-case name. */
  readonly inputKeys?: Readonly<Record<string, MemberValue>> | undefined
  readonly input: Readonly<Record<string, unknown>>
}

/** The value of an input member, or a default where the caller may leave it out. */
export interface MemberValue {
  readonly member: string
  /** A deprecated twin, which says the same under another name. */
  readonly twin?: string
  readonly default?: string | number | boolean
  /** What conditions see instead of the value; a value without a word is absent. */
  readonly words?: Readonly<Record<string, string>>
}

/** A member as conditions see it; members that conditions can ask for are scalars and dates. */
function memberValue({ input }: Facts, source: MemberValue): ContextValue | undefined {
  const value = input[source.member] ?? (source.twin && input[source.twin]) ?? source.default
  // Source: AWS KMS Developer Guide, "kms:ValidTo": "The value is expressed in Unix time".
  if (value instanceof Date) return value.getTime() / 1000
  return source.words ? source.words[String(value)] : (value as ContextValue | undefined)
}

type Lookup = (facts: Facts) => ContextValue | undefined

const principalTypes = {
  user: "User",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  root: "Account",
  service: undefined,
} as const

const grantActions: readonly string[] = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]

const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1)

const some = <Value>(list: readonly Value[] | undefined): readonly Value[] | undefined =>
  list?.length ? list : undefined

/**
 * Condition keys by lower-case name. What a lookup does not know is absent.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS condition keys"; IAM User Guide, "AWS global
 * condition context keys".
 */
const lookups: Readonly<Record<string, Lookup>> = {
  "kms:calleraccount": ({ caller }) => notAService(caller)?.account,
  "kms:viaservice": ({ caller }) => caller.context.viaService,
  "kms:keyspec": ({ key }) => key?.keySpec,
  "kms:keyusage": ({ key }) => key?.keyUsage,
  "kms:keyorigin": ({ key }) => key?.origin,
  "kms:customermasterkeyspec": ({ key }) => key?.keySpec,
  "kms:customermasterkeyusage": ({ key }) => key?.keyUsage,
  "kms:multiregion": ({ key }) => key && key.multiRegion !== undefined,
  "kms:multiregionkeytype": ({ key }) => key?.multiRegion?.type,
  "kms:resourcealiases": ({ key }) => some(key?.aliases),
  "kms:requestalias": ({ requestAlias }) => requestAlias,
  "kms:reencryptonsamekey": ({ isSameKey }) => isSameKey,
  "kms:trailingdayswithoutkeyusage": ({ trailingDays }) => trailingDays,
  "kms:encryptioncontextkeys": ({ encryptionContext }) =>
    encryptionContext && some(Object.keys(encryptionContext)),

  "kms:grantisforawsresource": ({ caller, action }) =>
    grantActions.includes(action) ? caller.context.viaService !== undefined : undefined,

  "aws:currenttime": ({ nowMs }) => new Date(nowMs).toISOString(),
  "aws:epochtime": ({ nowMs }) => Math.floor(nowMs / 1000),
  "aws:requestedregion": ({ place }) => place.region,
  "aws:securetransport": ({ caller }) => caller.context.secureTransport ?? true,
  "aws:useragent": ({ caller }) => caller.context.userAgent,
  "aws:sourceip": ({ caller: { context } }) =>
    context.sourceVpce === undefined ? context.sourceIp : undefined,
  "aws:sourcevpce": ({ caller }) => caller.context.sourceVpce,
  "aws:sourcevpc": ({ caller }) => caller.context.sourceVpc,
  "aws:vpcsourceip": ({ caller }) => caller.context.vpcSourceIp,
  "aws:viaawsservice": ({ caller }) => caller.context.viaService !== undefined,
  "aws:sourcearn": ({ caller }) => caller.context.sourceArn,
  "aws:sourceaccount": ({ caller }) => caller.context.sourceAccount,
  "aws:resourceaccount": ({ resourceAccount }) => resourceAccount,
  "aws:tagkeys": ({ tagKeys }) => some(tagKeys),

  "aws:principalarn": ({ caller }) => caller.roleArn ?? notAService(caller)?.arn,
  "aws:principalaccount": ({ caller }) => notAService(caller)?.account,
  "aws:principaltype": ({ caller }) => principalTypes[caller.type],
  "aws:principalisawsservice": ({ caller }) => caller.type === "service",
  "aws:principalservicename": ({ caller }) => caller.service,
  "aws:username": ({ caller }) => (caller.type === "user" ? lastSegment(caller.arn) : undefined),
}

/**
 * What holds where neither the engine nor the host knows better.
 *
 * Source: IAM User Guide, "AWS global condition context keys": `aws:MultiFactorAuthPresent` is in
 * the request "only when the principal uses temporary security credentials".
 */
const presumptions: Readonly<Record<string, Lookup>> = {
  "aws:multifactorauthpresent": ({ caller }) => (isTemporary[caller.type] ? false : undefined),
  "aws:principalservicenameslist": ({ caller }) => some(caller.service ? [caller.service] : []),
}

/** Whether a caller of this type has temporary credentials. */
const isTemporary = {
  user: false,
  "role-session": true,
  "federated-user": true,
  root: false,
  service: false,
} as const satisfies Readonly<Record<KnownCaller["type"], boolean>>

/** Keys about who calls: not every action has them. */
const aboutCalls: ReadonlySet<string> = new Set(["kms:calleraccount", "kms:viaservice"])

/**
 * Whether the request has such a key at all, whoever says what its value is.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS permissions"; "You can't use condition keys in a policy
 * statement where the resource is an alias."
 */
function isCarried({ action, isAlias }: Facts, lowerCaseKey: string): boolean {
  return !aboutCalls.has(lowerCaseKey) || (!isAlias && carriesConditionKey(action, lowerCaseKey))
}

const notAService = (caller: KnownCaller): KnownCaller | undefined =>
  caller.type === "service" ? undefined : caller

type Pairs = Readonly<Record<string, string>>

/** Families of keys: the text behind the prefix names a tag or a context pair, in any case. */
const families: readonly (readonly [
  prefix: string,
  pairs: (facts: Facts) => Pairs | readonly TagRecord[] | undefined,
])[] = [
  ["aws:principaltag/", ({ identity }) => identity?.tags],
  ["aws:resourcetag/", ({ key }) => key?.tags],
  ["aws:requesttag/", ({ requestTags }) => requestTags],
  ["kms:recipientattestation:", ({ measurements }) => measurements],
  ["kms:encryptioncontext:", ({ encryptionContext }) => encryptionContext],
]

const isMeant = (name: string, lowerCaseName: string): boolean =>
  name === lowerCaseName || lowerAscii(name) === lowerCaseName

const isList: (value: unknown) => value is readonly unknown[] = Array.isArray

/** Names that differ only in letter case cannot be told apart: then all their values count. */
function valueIn(
  pairs: Pairs | readonly TagRecord[],
  lowerCaseName: string,
): ContextValue | undefined {
  const values: string[] = []
  if (isList(pairs)) {
    for (const { key, value } of pairs) if (isMeant(key, lowerCaseName)) values.push(value)
  } else {
    for (const name of Object.keys(pairs)) {
      if (isMeant(name, lowerCaseName)) values.push(pairs[name] as string)
    }
  }
  return values.length > 1 ? values : values[0]
}

/** Policies name keys as they like: `constructor`, too. */
const own = <Value>(
  record: Readonly<Record<string, Value>> | undefined,
  lowerCaseKey: string,
): Value | undefined =>
  record !== undefined && Object.hasOwn(record, lowerCaseKey) ? record[lowerCaseKey] : undefined

function ownValue(
  record: Readonly<Record<string, ContextValue>> | undefined,
  lowerCaseName: string,
): ContextValue | undefined {
  for (const name in record) {
    if (lowerAscii(name) === lowerCaseName && Object.hasOwn(record, name)) return record[name]
  }
  return undefined
}

/**
 * The value of a condition key. What the engine knows comes first, so that a host cannot
 * contradict it by accident; then what the identity and the request bring along, and last what is
 * presumed.
 */
export function conditionValue(facts: Facts, lowerCaseKey: string): ContextValue | undefined {
  if (!isCarried(facts, lowerCaseKey)) return undefined
  const known = own(lookups, lowerCaseKey)?.(facts) ?? own(facts.derivedKeys, lowerCaseKey)
  if (known !== undefined) return known
  const source = own(facts.inputKeys, lowerCaseKey)
  if (source !== undefined) return memberValue(facts, source)
  for (const [prefix, pairs] of families) {
    if (!lowerCaseKey.startsWith(prefix)) continue
    const found = pairs(facts)
    const value = found && valueIn(found, lowerCaseKey.slice(prefix.length))
    if (value !== undefined) return value
  }
  return (
    ownValue(facts.identity?.conditionKeys, lowerCaseKey) ??
    ownValue(facts.caller.context.conditionKeys, lowerCaseKey) ??
    own(presumptions, lowerCaseKey)?.(facts)
  )
}
