import {
  type DocumentKind,
  type Grant,
  type PolicyDocument,
  plainDocument,
} from "@keywright/policy"
import type { CallRecord } from "../call-record.js"
import type { Fixtures } from "../fixtures/fixtures.js"

/** A document as JSON text in one shape. */
interface GivenDocument {
  readonly kind: DocumentKind
  readonly text: string
}

/** What is there to be asked, whether or not anybody ever asks it. */
export interface Given {
  readonly documents: readonly GivenDocument[]
  readonly grants: readonly Grant[]
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** A document that can be read, as a list; of any other there is nothing to say. */
function documentOf(kind: DocumentKind, document: PolicyDocument | undefined): GivenDocument[] {
  const plain = document === undefined ? undefined : plainDocument(document, kind)
  return plain === undefined ? [] : [{ kind, text: JSON.stringify(plain) }]
}

const policyGiven = ({ input }: CallRecord): Given => ({
  documents: documentOf("keyPolicy", text(input["Policy"])),
  grants: [],
})

type Pairs = Readonly<Record<string, string>>

function grantGiven({ input, keyArns: [keyId = ""], account }: CallRecord): Given {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = (input["Constraints"] ??
    {}) as {
    readonly EncryptionContextEquals?: Pairs
    readonly EncryptionContextSubset?: Pairs
    readonly SourceArn?: string
  }
  const isConstrained = input["Constraints"] !== undefined
  const grant: Grant = {
    grantId: "given",
    keyId,
    issuingAccount: account,
    granteePrincipal: text(input["GranteePrincipal"]),
    granteeServicePrincipal: text(input["GranteeServicePrincipal"]),
    retiringPrincipal: text(input["RetiringPrincipal"]),
    retiringServicePrincipal: text(input["RetiringServicePrincipal"]),
    operations: (input["Operations"] ?? []) as readonly string[],
    ...(isConstrained && {
      constraints: {
        encryptionContextEquals: EncryptionContextEquals,
        encryptionContextSubset: EncryptionContextSubset,
        sourceArn: SourceArn,
      },
    }),
  }
  return { documents: [], grants: [grant] }
}

/** The operations that put something in place that decides. */
const giving: Readonly<Record<string, (call: CallRecord) => Given>> = {
  CreateKey: policyGiven,
  PutKeyPolicy: policyGiven,
  ReplicateKey: policyGiven,
  CreateGrant: grantGiven,
}

/** What a call has put in place, if it was allowed to. */
export function givenBy(call: CallRecord): Given {
  const isDone = call.error === undefined && Object.hasOwn(giving, call.operation)
  return (isDone ? giving[call.operation]?.(call) : undefined) ?? { documents: [], grants: [] }
}

/** What is in place from the beginning. */
export function givenByFixtures({ keys = [], identities = {} }: Fixtures): Given {
  const ofIdentities = Object.values(identities).flatMap((identity) => [
    ...(identity.policies ?? []).flatMap((one) => documentOf("identityPolicy", one)),
    ...documentOf("permissionsBoundary", identity.permissionsBoundary),
    ...(identity.sessionPolicies ?? []).flatMap((one) => documentOf("sessionPolicy", one)),
  ])
  return {
    documents: [...keys.flatMap(({ policy }) => documentOf("keyPolicy", policy)), ...ofIdentities],
    grants: keys.flatMap(({ grants = [], id = "", account = "" }) =>
      grants.map((grant) => ({ grantId: "given", keyId: id, issuingAccount: account, ...grant })),
    ),
  }
}

const distinct = <Item>(items: readonly Item[]): readonly Item[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
]

/** What several have put in place, each thing once. */
export const mergeGiven = (all: readonly Given[]): Given => ({
  documents: distinct(all.flatMap(({ documents }) => documents)),
  grants: distinct(all.flatMap(({ grants }) => grants)),
})
