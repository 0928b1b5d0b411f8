import type { Grant, PolicyRequest, Principal } from "../../src/index.js"

/** The people, keys and documents that the case files speak of. */

export const home = "111122223333"
export const abroad = "444455556666"
export const keyArn = `arn:aws:kms:us-east-1:${home}:key/1234abcd`

export type CallerName =
  | "user"
  | "session"
  | "federated"
  | "root"
  | "service"
  | "foreignUser"
  | "foreignSession"
  | "foreignRoot"
  | "linkedRole"

const user = (account: string): Principal => ({
  type: "user",
  arn: `arn:aws:iam::${account}:user/ann`,
  account,
})
const session = (account: string): Principal => ({
  type: "role-session",
  arn: `arn:aws:sts::${account}:assumed-role/App/run`,
  account,
  roleArn: `arn:aws:iam::${account}:role/team/App`,
})
const root = (account: string): Principal => ({
  type: "root",
  arn: `arn:aws:iam::${account}:root`,
  account,
})

export const callers: { readonly [name in CallerName]: Principal } = {
  user: user(home),
  session: session(home),
  federated: {
    type: "federated-user",
    arn: `arn:aws:sts::${home}:federated-user/fed`,
    account: home,
    issuerUserArn: `arn:aws:iam::${home}:user/ann`,
  },
  root: root(home),
  service: {
    type: "service",
    arn: "logs.us-east-1.amazonaws.com",
    account: "",
    service: "logs.us-east-1.amazonaws.com",
  },
  foreignUser: user(abroad),
  foreignSession: session(abroad),
  foreignRoot: root(abroad),
  linkedRole: {
    type: "role-session",
    arn: `arn:aws:sts::${home}:assumed-role/AWSServiceRoleForX/s`,
    account: home,
    roleArn: `arn:aws:iam::${home}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`,
  },
}

const version = "2012-10-17"

interface More {
  readonly [element: string]: unknown
}

/** A key policy of one statement: who, and anything else. */
export function keyAllows(principal: unknown, more: More = {}): object {
  const statement = {
    Effect: "Allow",
    Principal: principal,
    Action: "kms:*",
    Resource: "*",
    ...more,
  }
  return { Version: version, Statement: [statement] }
}

export function keyDenies(principal: unknown, more: More = {}): object {
  return merge(keyAllows("*"), keyAllows(principal, { Effect: "Deny", ...more }))
}

/** An identity policy, boundary, session policy or SCP of one statement. */
export function allows(more: More = {}): object {
  return {
    Version: version,
    Statement: { Effect: "Allow", Action: "kms:*", Resource: "*", ...more },
  }
}

export function denies(more: More = {}): object {
  return allows({ Effect: "Deny", ...more })
}

export function merge(...documents: readonly object[]): object {
  const statements = documents.flatMap((document) =>
    "Statement" in document ? [document.Statement].flat() : [],
  )
  return { Version: version, Statement: statements }
}

export const nothing = allows({ Action: "s3:GetObject" })
export const delegated = keyAllows({ AWS: home })
export const closed = keyAllows({ AWS: `arn:aws:iam::${home}:user/nobody` })

export function grantTo(grantee: string, more: Partial<Grant> = {}): Grant {
  return {
    grantId: "g1",
    keyId: "1234abcd",
    issuingAccount: home,
    granteePrincipal: grantee,
    operations: ["Decrypt", "DescribeKey"],
    ...more,
  }
}

export function requestOf(caller: CallerName, more: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    principal: callers[caller],
    action: "kms:Decrypt",
    resource: keyArn,
    resourceAccount: home,
    context: {},
    ...more,
  }
}
