import { sha256 } from "@noble/hashes/sha2.js"
import * as z from "zod/mini"
import { isAccountId, isKeyId } from "../../vocabulary/arns.js"
import { hexOf, textOf, utf8 } from "../../vocabulary/bytes.js"
import { type GrantOperation, grantOperations } from "../../vocabulary/grant-operations.js"
import { encodeFields } from "../fields.js"
import { type GrantName, isGrantId } from "../opaque/grant-token.js"
import { textMap } from "../text-map.js"
import { RecordError, type RecordFormat, recordFormat } from "./record-format.js"

/** What a request must be for the grant to count. */
export interface GrantConstraintsRecord {
  readonly encryptionContextEquals?: Readonly<Record<string, string>> | undefined
  readonly encryptionContextSubset?: Readonly<Record<string, string>> | undefined
  readonly sourceArn?: string | undefined
}

/** One grant on one key, to one grantee. */
export interface GrantRecord extends GrantName {
  /** The account whose principal made it. */
  readonly issuingAccount: string
  readonly createdMs: number
  readonly name?: string | undefined
  readonly granteePrincipal?: string | undefined
  readonly granteeServicePrincipal?: string | undefined
  readonly retiringPrincipal?: string | undefined
  readonly retiringServicePrincipal?: string | undefined
  readonly operations: readonly GrantOperation[]
  readonly constraints?: GrantConstraintsRecord | undefined
}

/** Enough of a hash to be a name: storage keys are short ASCII, principals may be long. */
const digest = (...texts: readonly string[]): string =>
  hexOf(sha256(encodeFields(texts)).subarray(0, 16))

/** An account is named by its digits and by its root ARN alike. */
const principalDigest = (principal: string): string =>
  digest(principal.replace(/^arn:[^:]+:iam::(\d{12}):root$/, "$1"))

export const granteeOf = (grant: GrantRecord): string =>
  grant.granteeServicePrincipal ?? grant.granteePrincipal ?? ""

/**
 * All grants on a key, those of one grantee next to each other, and among them those of the same
 * operations, source and encryption context: what applies to a request is found without reading
 * the others.
 */
export const grantPrefix = (account: string, keyId: string): string => `grant/${account}/${keyId}/`
export const granteePrefix = (account: string, keyId: string, grantee: string): string =>
  `${grantPrefix(account, keyId)}${principalDigest(grantee)}/`

/** Enough for places below a grantee: grants that share one by chance are still told apart. */
const place = (kind: string, ...texts: readonly string[]): string =>
  `${kind}${digest(...texts).slice(0, 15)}/`

/** Below a grantee, the grants that permit the same operations. */
export const operationsPlace = (operations: readonly GrantOperation[]): string =>
  place("o", ...[...operations].sort())

/** Below that, those that ask for the same source, or for none. */
export const sourcePlace = (sourceArn: string | undefined): string =>
  sourceArn === undefined ? place("s") : place("s", sourceArn)

type Pairs = Readonly<Record<string, string>>

/** Below that, those that are bound to no context, to exactly one, or to any with some pairs. */
export const contextPlaces = {
  any: place("a"),
  exactly: (pairs: Pairs): string => place("e", ...Object.entries(pairs).sort().flat()),
  /** Every grant that asks for pairs stands at one of them. */
  with: (name: string, value: string): string => place("h", name, value),
  /** How all places of the last kind begin. */
  withPairs: "h",
} as const

/** The pair that is likely to be the rarest: the one with the longest value. */
function rarestPair(pairs: Pairs): readonly [string, string] | undefined {
  const longestFirst = Object.entries(pairs).sort(([, a], [, b]) => b.length - a.length)
  return longestFirst[0]
}

function contextPlace({ constraints }: GrantRecord): string {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints ?? {}
  if (equals !== undefined) return contextPlaces.exactly(equals)
  const pair = subset && rarestPair(subset)
  return pair === undefined ? contextPlaces.any : contextPlaces.with(...pair)
}

/** The grants that a principal may retire, of keys of any account. */
export const retiringPrefix = (principal: string): string =>
  `retiring/${principalDigest(principal)}/`

const named = ({ account, keyId, grantId }: GrantName): string => `${account}/${keyId}/${grantId}`

/** Where the storage key of a grant stands, by its id. */
export const grantPointerKey = (name: GrantName): string => `grantid/${named(name)}`

export const retiringKey = (grant: GrantRecord): string | undefined => {
  const principal = grant.retiringServicePrincipal ?? grant.retiringPrincipal
  return principal === undefined ? undefined : retiringPrefix(principal) + named(grant)
}

const pairTexts = (pairs: Readonly<Record<string, string>> | undefined): readonly string[] =>
  pairs === undefined ? ["-"] : ["+", ...Object.entries(pairs).sort().flat()]

/** Where a named grant can be found again by all that was asked for when it was made. */
export const grantNameKey = (grant: GrantRecord): string | undefined => {
  if (grant.name === undefined) return undefined
  const { account, keyId, constraints } = grant
  const asked = digest(
    grant.name,
    grant.issuingAccount,
    granteeOf(grant),
    grant.retiringServicePrincipal ?? grant.retiringPrincipal ?? "",
    [...grant.operations].sort().join(),
    ...pairTexts(constraints?.encryptionContextEquals),
    ...pairTexts(constraints?.encryptionContextSubset),
    constraints?.sourceArn ?? "",
  )
  return `grantname/${account}/${keyId}/${asked}`
}

const principal = () => z.optional(z.string())
const pairs = () => z.optional(textMap({ otherwise: "not a map of text" }))

export const grantRecordFormat: RecordFormat<GrantRecord> = recordFormat(
  "grant",
  (grant) =>
    granteePrefix(grant.account, grant.keyId, granteeOf(grant)) +
    operationsPlace(grant.operations) +
    sourcePlace(grant.constraints?.sourceArn) +
    contextPlace(grant) +
    grant.grantId,
  () =>
    z.strictObject({
      account: z.string().check(z.refine(isAccountId)),
      keyId: z.string().check(z.refine(isKeyId)),
      grantId: z.string().check(z.refine(isGrantId)),
      issuingAccount: z.string().check(z.refine(isAccountId)),
      createdMs: z.int().check(z.minimum(0)),
      name: z.optional(z.string()),
      granteePrincipal: principal(),
      granteeServicePrincipal: principal(),
      retiringPrincipal: principal(),
      retiringServicePrincipal: principal(),
      operations: z.array(z.enum(grantOperations)),
      constraints: z.optional(
        z.strictObject({
          encryptionContextEquals: pairs(),
          encryptionContextSubset: pairs(),
          sourceArn: z.optional(z.string()),
        }),
      ),
    }),
)

const grantKeyForm =
  /^grant\/\d{12}\/[0-9a-z-]+\/[0-9a-f]{32}\/(?:[oaehs][0-9a-f]{15}\/){3}[0-9a-f]{64}$/

/** An entry of an index of grants. */
export interface GrantPointer {
  readonly key: string
  /** The storage key of the grant that it stands for. */
  readonly grantKey: string
}

export const grantPointerFormat: RecordFormat<GrantPointer> = {
  kind: "grant pointer",
  keyOf: ({ key }) => key,
  encode: ({ grantKey }) => utf8(grantKey),
  decode: (bytes, key) => {
    const grantKey = textOf(bytes)
    if (grantKeyForm.test(grantKey)) return { key, grantKey }
    throw new RecordError(key, `the grant pointer record \`${key}\` does not parse`)
  },
}
