import type { ContextValue, Principal } from "@keywright/policy"
import type { Directory } from "../directory/directory.js"
import type { Principal as Known, KnownIdentity } from "../directory/identities.js"
import type { AccessKeyRecord, UserRecord } from "../records/records.js"
import { IdentityError } from "../vocabulary/identity-error.js"
import type { SessionIdentity, VerifiedCaller } from "./caller.js"
import type { LimitedSession, SessionGrant } from "./session-grant.js"
import type { SessionTokens } from "./session-tokens.js"

/** Whoever holds credentials: as the engine takes it, and as the token service asks about it. */
export interface Bearer {
  readonly caller: VerifiedCaller
  readonly principal: Principal
  /** As GetCallerIdentity has it. */
  readonly userId: string
  /** What is known of the user, the role, or of the user who made the federated one. */
  readonly identity: KnownIdentity
  readonly session?: SessionIdentity | undefined
  /** Absent for long-term credentials. */
  readonly grant?: SessionGrant | undefined
}

/** Credentials that there are: what requests are signed with, and who holds them. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bearer: Bearer
}

export type FindCredentials = (
  accessKeyId: string,
  sessionToken: string | undefined,
) => Promise<Credentials | undefined>

const expired = () =>
  new IdentityError("ExpiredToken", "The security token included in the request is expired")

type Keys = Readonly<Record<string, ContextValue>>

const instant = (ms: number): string => new Date(ms).toISOString()

/** Condition keys of everybody with temporary credentials. */
const sessionKeys = ({ issuedMs }: SessionGrant, userId: string): Keys => ({
  "aws:TokenIssueTime": instant(issuedMs),
  "aws:userid": userId,
})

/**
 * Finds whom credentials belong to, at the moment of their use: a user or a role that is gone, or
 * was made again under its name, has no more sessions.
 */
export function createFindCredentials(
  directory: Directory,
  tokens: SessionTokens,
): FindCredentials {
  const { principals, clock, partition } = directory
  const identities = new WeakMap<SessionGrant, SessionIdentity>()

  /**
   * The same object as long as the policies are the same texts; `undefined` where one of them is
   * gone: what it would have limited is not known any more.
   */
  const sessionIdentity = async (
    grant: SessionGrant,
    of: LimitedSession,
  ): Promise<SessionIdentity | undefined> => {
    const managed = await principals.policyDocuments(grant.account, of.managedPolicies)
    if (managed === undefined) return undefined
    const policies = [...(of.policy === undefined ? [] : [of.policy]), ...managed]
    const known = identities.get(grant)
    const before = known?.sessionPolicies ?? []
    const isSame =
      before.length === policies.length && before.every((one, i) => one === policies[i])
    if (known !== undefined && isSame) return known
    const made = Object.freeze({
      tags: grant.tags,
      ...(policies.length > 0 && { sessionPolicies: Object.freeze(policies) }),
    })
    identities.set(grant, made)
    return made
  }

  const roleBearer = (
    grant: SessionGrant,
    of: Extract<LimitedSession, { kind: "role" }>,
    { arn: roleArn, record, identity }: Known,
    session: SessionIdentity,
  ): Bearer => {
    const { account } = grant
    const arn = `arn:${partition}:sts::${account}:assumed-role/${record.name}/${of.sessionName}`
    const userId = `${record.id}:${of.sessionName}`
    const conditionKeys = {
      ...of.providerKeys,
      ...sessionKeys(grant, userId),
      ...(of.sourceIdentity !== undefined && { "aws:SourceIdentity": of.sourceIdentity }),
    }
    return {
      caller: { principal: arn, context: { roleArn, conditionKeys, session } },
      principal: { type: "role-session", arn, account, roleArn },
      ...{ userId, identity, session, grant },
    }
  }

  const federatedBearer = (
    grant: SessionGrant,
    of: Extract<LimitedSession, { kind: "federated" }>,
    { arn: issuerUserArn, identity }: Known,
    session: SessionIdentity,
  ): Bearer => {
    const { account } = grant
    const arn = `arn:${partition}:sts::${account}:federated-user/${of.name}`
    const userId = `${account}:${of.name}`
    const conditionKeys = sessionKeys(grant, userId)
    return {
      caller: { principal: arn, context: { issuerUserArn, conditionKeys, session } },
      principal: { type: "federated-user", arn, account, issuerUserArn },
      ...{ userId, identity, session, grant },
    }
  }

  const userBearer = (
    { arn, record, identity }: Known,
    grant: SessionGrant | undefined,
    conditionKeys: Keys,
  ): Bearer => ({
    caller: { principal: arn, context: { conditionKeys } },
    principal: { type: "user", arn, account: record.account },
    ...{ userId: record.id, identity, grant },
  })

  const sessionBearer = async (grant: SessionGrant): Promise<Bearer | undefined> => {
    const { account, of } = grant
    if (of.kind === "role") {
      const role = await principals.role(account, of.roleName)
      if (role?.record.id !== of.roleId) return undefined
      const session = await sessionIdentity(grant, of)
      return session && roleBearer(grant, of, role, session)
    }
    const user = await principals.user(account, of.userName)
    if (user?.record.id !== of.userId) return undefined
    if (of.kind === "federated") {
      const session = await sessionIdentity(grant, of)
      return session && federatedBearer(grant, of, user, session)
    }
    return userBearer(user, grant, {
      "aws:TokenIssueTime": instant(grant.issuedMs),
      "aws:MultiFactorAuthPresent": of.mfaMs !== undefined,
      ...(of.mfaMs !== undefined && {
        "aws:MultiFactorAuthAge": Math.max(0, Math.floor((clock() - of.mfaMs) / 1000)),
      }),
    })
  }

  /** The user says it, too: the record of a key that was deleted may be put back on the disk. */
  const byKey = async (key: AccessKeyRecord): Promise<Bearer | undefined> => {
    const user = await principals.user(key.account, key.userName)
    const { accessKeyIds = [] } = (user?.record ?? {}) as Partial<UserRecord>
    return user && accessKeyIds.includes(key.accessKeyId)
      ? userBearer(user, undefined, {})
      : undefined
  }

  return async (accessKeyId, sessionToken) => {
    if (sessionToken === undefined) {
      const key = await directory.accessKeys.find(accessKeyId)
      if (key?.status !== "Active") return undefined
      const bearer = await byKey(key)
      return bearer && { accessKeyId, secretAccessKey: key.secretAccessKey, bearer }
    }
    const grant = await tokens.open(accessKeyId, sessionToken)
    if (grant === undefined) return undefined
    if (clock() >= grant.expiresMs) throw expired()
    const bearer = await sessionBearer(grant)
    return bearer && { accessKeyId, secretAccessKey: grant.secretAccessKey, bearer }
  }
}

/** Somebody whom the host vouches for: a service, or the root user of an account. */
export function vouchedBearer(partition: string, principal: string): Bearer {
  const nobody: KnownIdentity = { policies: [], tags: {}, conditionKeys: {} }
  const rootAccount = new RegExp(`^arn:${partition}:iam::(\\d{12}):root$`).exec(principal)?.[1]
  const caller = { principal, context: { conditionKeys: {} } }
  if (rootAccount !== undefined) {
    const type = { type: "root", arn: principal, account: rootAccount } as const
    return { caller, principal: type, userId: rootAccount, identity: nobody }
  }
  if (!/^(?:[a-z0-9-]+\.)+amazonaws\.com(?:\.cn)?$/.test(principal)) {
    throw new TypeError("`principal` must be a service or the root user of an account")
  }
  const service = { type: "service", arn: principal, account: "", service: principal } as const
  return { caller, principal: service, userId: principal, identity: nobody }
}
