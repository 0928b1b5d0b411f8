import type { ContextValue } from "@keywright/policy"
import type { Directory } from "../directory/directory.js"
import type { Principal } from "../directory/identities.js"
import type { RoleRecord } from "../records/records.js"
import { trustDocument } from "../records/trust-document.js"
import type { Bearer } from "../sessions/bearers.js"
import type { RequestFacts } from "../sessions/request-facts.js"
import type { LimitedSession } from "../sessions/session-grant.js"
import type { SessionTokens, TemporaryCredentials } from "../sessions/session-tokens.js"
import { accessDenied, validation } from "../vocabulary/identity-error.js"
import { limits } from "../vocabulary/limits.js"
import { isAllowed, type Question } from "./decide.js"
import { packedSize, requirePolicies, type SessionLimits } from "./inputs.js"

/** What a role session is to be like, whoever asks for it and by which operation. */
export interface RoleRequest {
  readonly action: "sts:AssumeRole" | "sts:AssumeRoleWithWebIdentity"
  readonly bearer: Bearer
  readonly roleArn: string
  readonly sessionName: string
  readonly seconds: number | undefined
  readonly limits: (account: string) => SessionLimits
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  /** Condition keys that stay with the session. */
  readonly providerKeys: Readonly<Record<string, string>>
  /** Further condition keys of the request. */
  readonly keys: Readonly<Record<string, ContextValue | undefined>>
  readonly facts: RequestFacts
}

export interface RoleReply {
  readonly Credentials: TemporaryCredentials
  readonly AssumedRoleUser: { readonly AssumedRoleId: string; readonly Arn: string }
  readonly PackedPolicySize: number
  readonly SourceIdentity?: string
}

export interface StsParts {
  readonly directory: Directory
  readonly tokens: SessionTokens
}

type RoleSession = Extract<LimitedSession, { kind: "role" }>

const roleSessionOf = ({ grant }: Bearer): RoleSession | undefined =>
  grant?.of.kind === "role" ? grant.of : undefined

const lower = (names: readonly string[]): readonly string[] => names.map((one) => one.toLowerCase())

/** The tags of the new session: those that are passed, and those that no session gets rid of. */
function tagsOf({ bearer, tags, transitiveTagKeys }: RoleRequest) {
  const before = roleSessionOf(bearer)
  const inherited = Object.entries(bearer.grant?.tags ?? {}).filter(([key]) =>
    before?.transitiveTagKeys.includes(key),
  )
  const given = lower(Object.keys(tags))
  if (new Set(given).size !== given.length) {
    throw validation("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
  }
  const overridden = inherited.find(([key]) => given.includes(key.toLowerCase()))
  if (overridden !== undefined) {
    throw validation(
      "One of the specified transitive tag keys can't be set because it conflicts with a " +
        "transitive tag key from the calling session.",
    )
  }
  if (transitiveTagKeys.some((key) => !given.includes(key.toLowerCase()))) {
    throw validation("The specified transitive tag key must be included in the requested tags.")
  }
  const transitive = Object.keys(tags).filter((key) =>
    lower(transitiveTagKeys).includes(key.toLowerCase()),
  )
  const all = { ...Object.fromEntries(inherited), ...tags }
  if (Object.keys(all).length > limits.tagsMax) {
    throw validation(`A session has at most ${limits.tagsMax} tags.`)
  }
  return { tags: all, transitiveTagKeys: [...inherited.map(([key]) => key), ...transitive] }
}

/** A source identity that was set once is that of all sessions that follow. */
function sourceIdentityOf({ bearer, sourceIdentity, roleArn }: RoleRequest): string | undefined {
  const before = roleSessionOf(bearer)?.sourceIdentity
  if (before === undefined || sourceIdentity === undefined || before === sourceIdentity) {
    return sourceIdentity ?? before
  }
  throw notAuthorized(bearer, "sts:SetSourceIdentity", roleArn)
}

const notAuthorized = ({ principal: { arn } }: Bearer, action: string, resource: string) =>
  accessDenied(`User: ${arn} is not authorized to perform: ${action} on resource: ${resource}`)

function secondsOf({ bearer, seconds }: RoleRequest, { maxSessionSeconds }: RoleRecord): number {
  const isChained = roleSessionOf(bearer) !== undefined
  const wanted = seconds ?? limits.sessionSecondsUsual
  if (isChained && wanted > limits.chainedSecondsMax) {
    throw validation(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role " +
        "chaining",
    )
  }
  if (wanted > maxSessionSeconds) {
    throw validation(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
  }
  return wanted
}

const requestTagKeys = (tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]))

/** The role, or the refusal that does not tell whether there is one. */
async function roleOf({ directory }: StsParts, request: RoleRequest): Promise<Principal> {
  const { bearer, action, roleArn } = request
  if (bearer.principal.type === "root") {
    throw accessDenied("Roles may not be assumed by root accounts.")
  }
  const found = await directory.principals.byArn(roleArn)
  const isRole = found !== undefined && "trustPolicy" in found.record
  if (!isRole || bearer.principal.type === "federated-user") {
    throw notAuthorized(bearer, action, roleArn)
  }
  return found
}

/** Throws unless trust policy, the caller's own policies and those above allow it all. */
async function authorize(
  { directory }: StsParts,
  request: RoleRequest,
  role: RoleRecord,
  wanted: { tags: Readonly<Record<string, string>>; sourceIdentity: string | undefined },
  transitiveTagKeys: readonly string[],
): Promise<void> {
  const { bearer, roleArn, sessionName, facts, action } = request
  const trust = trustDocument(role.trustPolicy)
  if (trust.problem !== undefined) throw notAuthorized(bearer, action, roleArn)
  const { tags, sourceIdentity } = wanted
  const tagKeys = Object.keys(tags)
  const question: Omit<Question, "action"> = {
    ...{ bearer, facts, resource: roleArn, resourceAccount: role.account },
    trust: action === "sts:AssumeRole" ? trust.principals : trust.providers,
    keys: {
      ...request.keys,
      ...requestTagKeys(tags),
      "sts:RoleSessionName": sessionName,
      "sts:SourceIdentity": sourceIdentity,
      // An empty list is an absent key.
      "aws:TagKeys": tagKeys,
      "sts:TransitiveTagKeys": transitiveTagKeys,
    },
  }
  const actions = [
    action,
    ...(tagKeys.length > 0 ? ["sts:TagSession"] : []),
    ...(sourceIdentity !== undefined ? ["sts:SetSourceIdentity"] : []),
  ]
  for (const one of actions) {
    if (await isAllowed(directory, { ...question, action: one })) continue
    throw notAuthorized(bearer, one, roleArn)
  }
}

/** Makes a session of a role, if everything that has a say allows it. */
export async function assume(parts: StsParts, request: RoleRequest): Promise<RoleReply> {
  const { arn: _, record } = await roleOf(parts, request)
  const role = record as RoleRecord
  const { account } = role
  const { tags, transitiveTagKeys } = tagsOf(request)
  const sourceIdentity = sourceIdentityOf(request)
  const sessionLimits = request.limits(account)
  const PackedPolicySize = packedSize(sessionLimits, tags)
  // Before anything that depends on the role is told.
  await authorize(parts, request, role, { tags, sourceIdentity }, transitiveTagKeys)
  const seconds = secondsOf(request, role)
  const { directory, tokens } = parts
  await requirePolicies(directory, account, sessionLimits)
  const issuedMs = directory.clock()
  const { sessionName, providerKeys, bearer } = request
  const Credentials = await tokens.issue({
    ...{ account, issuedMs, expiresMs: issuedMs + seconds * 1000, tags },
    of: {
      ...{ kind: "role", roleName: role.name, roleId: role.id, sessionName },
      isChained: roleSessionOf(bearer) !== undefined,
      ...{ transitiveTagKeys, sourceIdentity, providerKeys: { ...providerKeys } },
      policy: sessionLimits.policy,
      managedPolicies: [...sessionLimits.managedPolicies],
    },
  })
  const arn = `arn:${directory.partition}:sts::${account}:assumed-role/${role.name}/${sessionName}`
  return {
    Credentials,
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${sessionName}`, Arn: arn },
    PackedPolicySize,
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
  }
}
