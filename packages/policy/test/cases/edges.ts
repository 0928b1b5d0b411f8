import type { Grant, PolicyRequest } from "../../src/index.js"
import {
  allows,
  type CallerName,
  callers,
  closed,
  denies,
  grantTo,
  home,
  keyAllows,
  keyArn,
  nothing,
} from "../support/scene.js"
import type { DecisionCase } from "./case.js"

const bucket = "arn:aws:s3:::b"
const otherBucket = "arn:aws:s3:::c"

/** A call of the user, or of whoever else is named, under grants alone. */
const underGrants = (
  name: string,
  grants: readonly Grant[],
  request: Partial<PolicyRequest>,
  isAllowed: boolean,
): DecisionCase => ({
  name,
  policies: { keyPolicy: closed, grants },
  caller: "user",
  request,
  ...(isAllowed
    ? { effect: "allow", reason: "grant" }
    : { effect: "implicitDeny", reason: "keyPolicy" }),
})

const bound = (constraints: Grant["constraints"], more: Partial<Grant> = {}): Grant =>
  grantTo(callers.user.arn, { operations: ["CreateGrant", "Decrypt"], constraints, ...more })

/** Asks for a grant under a grant, from a bucket unless said. */
const child = (context: PolicyRequest["context"], encryptionContext = {}) => ({
  action: "kms:CreateGrant",
  context: { "aws:SourceArn": bucket, "kms:GrantOperations": ["Decrypt"], ...context },
  encryptionContext,
})

const two = { encryptionContextSubset: { a: "1", b: "2" } }
const asSubset = { "kms:GrantConstraintType": "EncryptionContextSubset" }

const subsets: readonly DecisionCase[] = [
  ["a subset of two pairs admits both and more", { a: "1", b: "2", c: "3" }, true],
  ["a subset of two pairs refuses the first alone", { a: "1" }, false],
  ["a subset of two pairs refuses the second alone", { b: "2" }, false],
  ["a subset of two pairs refuses another first value", { a: "0", b: "2" }, false],
  ["a subset of two pairs refuses another second value", { a: "1", b: "0" }, false],
  ["a subset of two pairs refuses exchanged values", { a: "2", b: "1" }, false],
].map(([name, encryptionContext, isAllowed]) =>
  underGrants(
    name as string,
    [bound(two)],
    { encryptionContext: encryptionContext as Record<string, string> },
    isAllowed as boolean,
  ),
)

const children: readonly DecisionCase[] = [
  underGrants(
    "a grant for a source admits a child for the same source",
    [bound({ sourceArn: bucket })],
    child({ "kms:GrantConstraintSourceArn": bucket }),
    true,
  ),
  underGrants(
    "a grant for a source refuses a child for another source",
    [bound({ sourceArn: bucket })],
    child({ "kms:GrantConstraintSourceArn": otherBucket }),
    false,
  ),
  underGrants(
    "a grant for a source refuses a child for any source",
    [bound({ sourceArn: bucket })],
    child({}),
    false,
  ),
  underGrants(
    "a grant for a source refuses a child that another source asks for",
    [bound({ sourceArn: bucket })],
    child({ "aws:SourceArn": otherBucket, "kms:GrantConstraintSourceArn": bucket }),
    false,
  ),
  underGrants(
    "a grant for any source admits a child for one",
    [bound({})],
    child({ "kms:GrantConstraintSourceArn": bucket }),
    true,
  ),
  underGrants(
    "a grant bound by two pairs admits a child bound by both",
    [bound(two)],
    child(asSubset, { a: "1", b: "2" }),
    true,
  ),
  underGrants(
    "a grant bound by two pairs refuses a child bound by one",
    [bound(two)],
    child(asSubset, { a: "1" }),
    false,
  ),
  underGrants(
    "a grant bound by two pairs refuses a child bound by another value",
    [bound(two)],
    child(asSubset, { a: "1", b: "0" }),
    false,
  ),
  underGrants(
    "a grant with an empty subset admits a child without constraint",
    [bound({ encryptionContextSubset: {} })],
    child({}),
    true,
  ),
  underGrants(
    "a grant bound by pairs refuses a child that is bound by its source alone",
    [bound({ ...two, sourceArn: bucket })],
    child({ "kms:GrantConstraintSourceArn": bucket }, { a: "1", b: "2" }),
    false,
  ),
]

const sources: readonly DecisionCase[] = [
  underGrants(
    "a source that is a list of one is that source",
    [bound({ sourceArn: bucket })],
    { context: { "aws:SourceArn": [bucket] } },
    true,
  ),
  underGrants(
    "a source that is a list of two is none",
    [bound({ sourceArn: bucket })],
    { context: { "aws:SourceArn": [bucket, otherBucket] } },
    false,
  ),
  underGrants(
    "a grant by the ARN of the key counts beside one by its id",
    [
      bound({ sourceArn: bucket }, { grantId: "g1", keyId: keyArn }),
      bound(undefined, { grantId: "g2" }),
    ],
    {},
    true,
  ),
  underGrants(
    "a grant by the id of the key counts beside one by its ARN",
    [
      bound(undefined, { grantId: "g1", keyId: keyArn }),
      bound({ sourceArn: bucket }, { grantId: "g2" }),
    ],
    {},
    true,
  ),
]

/** Who retires, and what stands in the way. */
const retiring: readonly DecisionCase[] = [
  {
    name: "a service retires where it is the retiring principal, and needs no policy",
    policies: {
      keyPolicy: closed,
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
      grants: [
        grantTo(callers.user.arn, {
          retiringServicePrincipal: "logs.us-east-1.amazonaws.com",
          constraints: { sourceArn: bucket },
        }),
      ],
    },
    caller: "service",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "retiringPrincipal",
  },
  {
    name: "a service does not retire what another service may",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { retiringServicePrincipal: "s3.us-east-1.amazonaws.com" }),
      ],
    },
    caller: "service",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "implicitDeny",
    reason: "grantRelation",
  },
  {
    name: "a service does not retire as the account that issued the grant, whichever that is",
    policies: {
      keyPolicy: closed,
      identityPolicies: [allows()],
      grants: [grantTo(callers.user.arn, { issuingAccount: "" })],
    },
    caller: "service",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "implicitDeny",
    reason: "grantRelation",
  },
]

/** What belongs to the caller does not bind a service, though it counts as of an account. */
const services: readonly DecisionCase[] = [
  ["an SCP", { scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }] }],
  ["an identity policy", { identityPolicies: [denies()] }],
  ["a boundary", { permissionsBoundary: denies() }],
  ["a session policy", { sessionPolicies: [denies()] }],
].map(([name, policies]) => ({
  name: `${name} does not bind a service that counts as of the account`,
  policies: { keyPolicy: keyAllows("*"), ...(policies as object) },
  caller: "service",
  request: { principal: { ...callers.service, account: home } },
  effect: "allow",
  reason: "keyPolicy",
}))

const levels = (...policies: readonly (readonly object[])[]) => [
  { account: home, levels: policies.map((all, i) => ({ target: `t${i}`, policies: all })) },
]

/** SCPs at the root, at a unit and at the account; each level must allow. */
const organization: readonly DecisionCase[] = [
  ["three levels that allow let pass", levels([allows()], [allows()], [allows()]), "allow"],
  ["the first of three levels may block", levels([nothing], [allows()], [allows()]), "scp"],
  ["the second of three levels may block", levels([allows()], [nothing], [allows()]), "scp"],
  ["the last of three levels may block", levels([allows()], [allows()], [nothing]), "scp"],
  ["a level that is empty among others blocks", levels([allows()], [], [allows()]), "scp"],
].map(
  ([name, scps, reason]): DecisionCase => ({
    name: name as string,
    policies: { keyPolicy: keyAllows("*"), scps: scps as ReturnType<typeof levels> },
    caller: "user",
    effect: reason === "allow" ? "allow" : "implicitDeny",
    reason: reason === "allow" ? "keyPolicy" : "scp",
  }),
)

const linked = (roleArn: string, isSpared: boolean): DecisionCase => ({
  name: `an SCP ${isSpared ? "spares" : "binds"} the session of ${roleArn}`,
  policies: {
    keyPolicy: keyAllows("*"),
    scps: levels([denies()]),
  },
  caller: "linkedRole" satisfies CallerName,
  request: { principal: { ...callers.linkedRole, roleArn } as PolicyRequest["principal"] },
  ...(isSpared
    ? { effect: "allow", reason: "keyPolicy" }
    : { effect: "explicitDeny", reason: "scp" }),
})

/** The path makes a role service-linked, and its name does not. */
const linkedRoles: readonly DecisionCase[] = [
  linked(`arn:aws:iam::${home}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`, true),
  linked(`arn:aws:iam::${home}:role/AWSServiceRoleForX`, false),
  linked(`arn:aws:iam::${home}:role/team/aws-service-role/x.amazonaws.com/R`, false),
  linked(`arn:aws:iam::${home}:role/aws-service-roles/x.amazonaws.com/R`, false),
  linked(`arn:aws:iam::${home}:role/aws-service-role`, false),
]

/** What only random policies came upon before. */
export const edges: readonly DecisionCase[] = [
  ...subsets,
  ...children,
  ...sources,
  ...retiring,
  ...services,
  ...organization,
  ...linkedRoles,
]
