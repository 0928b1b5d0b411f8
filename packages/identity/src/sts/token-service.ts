import type { Directory } from "../directory/directory.js"
import {
  type Bearer,
  createFindCredentials,
  type FindCredentials,
  vouchedBearer,
} from "../sessions/bearers.js"
import type { RequestFacts } from "../sessions/request-facts.js"
import { createSessionTokens, type TemporaryCredentials } from "../sessions/session-tokens.js"
import { accessDenied, IdentityError, validation } from "../vocabulary/identity-error.js"
import { limits } from "../vocabulary/limits.js"
import type { WebTokens } from "../web-tokens/web-tokens.js"
import { assume, type RoleReply, type StsParts } from "./assume-role.js"
import { isAllowed } from "./decide.js"
import {
  type GivenInput,
  type InputOf,
  packedSize,
  readInput,
  readLimits,
  requirePolicies,
  type StsAction,
  shapes,
} from "./inputs.js"
import { createTakeCode, type TakeCode } from "./mfa.js"
import { webIdentityRequest } from "./web-identity.js"

/** Who calls: by credentials that were verified, or as the host vouches for. */
export interface StsCaller {
  /** Absent where nobody signed. */
  readonly bearer?: Bearer | undefined
  readonly facts?: RequestFacts | undefined
}

interface Replies {
  readonly AssumeRole: RoleReply
  readonly AssumeRoleWithWebIdentity: RoleReply & {
    readonly SubjectFromWebIdentityToken: string
    readonly Audience: string
    readonly Provider: string
  }
  readonly GetSessionToken: { readonly Credentials: TemporaryCredentials }
  readonly GetFederationToken: {
    readonly Credentials: TemporaryCredentials
    readonly FederatedUser: { readonly FederatedUserId: string; readonly Arn: string }
    readonly PackedPolicySize: number
  }
  readonly GetCallerIdentity: {
    readonly UserId: string
    readonly Account: string
    readonly Arn: string
  }
}

/** The security token service of a directory, in-process. */
export interface TokenService {
  /** Throws {@link IdentityError}. Replies have AWS's members. */
  call<Action extends StsAction>(
    caller: StsCaller,
    action: Action,
    input: GivenInput<Action>,
  ): Promise<Replies[Action]>
  /** A caller whom the host vouches for: a service, or the root user of an account. */
  vouch(principal: string, facts?: RequestFacts): StsCaller
  /** Whom credentials belong to. Throws `ExpiredToken`; `undefined` for none that there are. */
  readonly credentials: FindCredentials
  /** Writes down that an access key was used, beside the call; it may be lost. */
  noteUse(accessKeyId: string): void
  /** The operations that there are. */
  readonly actions: readonly string[]
}

export interface TokenServiceOptions {
  readonly directory: Directory
  /** Verifies tokens of identity providers. Default: AssumeRoleWithWebIdentity is refused. */
  readonly webTokens?: WebTokens | undefined
}

interface Asked<Action extends StsAction> extends StsParts {
  readonly caller: StsCaller
  readonly input: InputOf<Action>
  readonly webTokens: WebTokens | undefined
  readonly takeCode: TakeCode
}

/** Whoever has signed; the operation needs one. */
function signed({ bearer }: StsCaller): Bearer {
  if (bearer !== undefined) return bearer
  throw new IdentityError("MissingAuthenticationToken", "Request is missing Authentication Token")
}

/** The user who has signed with an access key of its own. */
function longTermUser(caller: StsCaller, operation: string) {
  const { principal, grant } = signed(caller)
  if (grant !== undefined || principal.type !== "user") {
    throw accessDenied(`Cannot call ${operation} with session credentials`)
  }
  const name = principal.arn.slice(principal.arn.lastIndexOf("/") + 1)
  return { account: principal.account, userName: name }
}

type MfaInput = { SerialNumber?: string | undefined; TokenCode?: string | undefined }

/** Whether the code of a device was shown; throws for one that is wrong. */
async function hasShownCode(
  { takeCode, caller }: Pick<Asked<StsAction>, "takeCode" | "caller">,
  { SerialNumber: serialNumber, TokenCode: code }: MfaInput,
): Promise<boolean> {
  if (serialNumber === undefined && code === undefined) return false
  if (serialNumber === undefined || code === undefined) {
    throw validation("SerialNumber and TokenCode are given together.")
  }
  const user = longTermUser(caller, "AssumeRole with an MFA device")
  await takeCode({ ...user, serialNumber, code })
  return true
}

const tagsOf = (tags: readonly { Key: string; Value: string }[]) => {
  const found = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
  if (Object.keys(found).length !== tags.length) throw validation("Duplicate tag keys found.")
  return found
}

type Perform<Action extends StsAction> = (asked: Asked<Action>) => Promise<Replies[Action]>

const operations: { readonly [Action in StsAction]: Perform<Action> } = {
  AssumeRole: async (asked) => {
    const { input, caller, directory } = asked
    const bearer = signed(caller)
    const hasMfa = await hasShownCode(asked, input)
    return assume(asked, {
      ...{ action: "sts:AssumeRole", bearer, roleArn: input.RoleArn },
      ...{ sessionName: input.RoleSessionName, seconds: input.DurationSeconds },
      limits: (account) => readLimits(input, directory.partition, account),
      tags: tagsOf(input.Tags),
      transitiveTagKeys: input.TransitiveTagKeys,
      sourceIdentity: input.SourceIdentity,
      providerKeys: {},
      keys: {
        "sts:ExternalId": input.ExternalId,
        ...(hasMfa && { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 0 }),
      },
      facts: caller.facts ?? {},
    })
  },

  AssumeRoleWithWebIdentity: async ({ input, caller, webTokens, ...parts }) => {
    const { request, token } = await webIdentityRequest(parts.directory, webTokens, input, caller)
    return {
      ...(await assume(parts, request)),
      SubjectFromWebIdentityToken: token.subject,
      Audience: token.audience,
      Provider: token.issuer,
    }
  },

  GetSessionToken: async (asked) => {
    const { input, caller, directory, tokens } = asked
    const user = longTermUser(caller, "GetSessionToken")
    const isShown = await hasShownCode(asked, input)
    const issuedMs = directory.clock()
    const seconds = input.DurationSeconds ?? limits.userSessionSecondsUsual
    const Credentials = await tokens.issue({
      ...{ account: user.account, issuedMs, expiresMs: issuedMs + seconds * 1000, tags: {} },
      of: {
        ...{ kind: "user", userName: user.userName, userId: signed(caller).userId },
        mfaMs: isShown ? issuedMs : undefined,
      },
    })
    return { Credentials }
  },

  GetFederationToken: async ({ input, caller, directory, tokens }) => {
    const { account, userName } = longTermUser(caller, "GetFederationToken")
    const bearer = signed(caller)
    const { Name: name } = input
    const arn = `arn:${directory.partition}:sts::${account}:federated-user/${name}`
    const tags = tagsOf(input.Tags)
    const sessionLimits = readLimits(input, directory.partition, account)
    const PackedPolicySize = packedSize(sessionLimits, tags)
    const tagKeys = Object.keys(tags)
    const keys = {
      ...Object.fromEntries(tagKeys.map((key) => [`aws:RequestTag/${key}`, tags[key]])),
      // An empty list is an absent key.
      "aws:TagKeys": tagKeys,
    }
    const facts = caller.facts ?? {}
    const about = { bearer, keys, facts, resource: arn, resourceAccount: account }
    for (const action of [
      "sts:GetFederationToken",
      ...(tagKeys.length ? ["sts:TagSession"] : []),
    ]) {
      if (await isAllowed(directory, { ...about, action })) continue
      throw accessDenied(
        `User: ${bearer.principal.arn} is not authorized to perform: ${action} on resource: ${arn}`,
      )
    }
    await requirePolicies(directory, account, sessionLimits)
    const issuedMs = directory.clock()
    const seconds = input.DurationSeconds ?? limits.userSessionSecondsUsual
    const Credentials = await tokens.issue({
      ...{ account, issuedMs, expiresMs: issuedMs + seconds * 1000, tags },
      of: {
        ...{ kind: "federated", userName, userId: bearer.userId, name },
        policy: sessionLimits.policy,
        managedPolicies: [...sessionLimits.managedPolicies],
      },
    })
    const FederatedUser = { FederatedUserId: `${account}:${name}`, Arn: arn }
    return { Credentials, FederatedUser, PackedPolicySize }
  },

  GetCallerIdentity: async ({ caller }) => {
    const { principal, userId } = signed(caller)
    return { UserId: userId, Account: principal.account, Arn: principal.arn }
  },
}

/**
 * Opens the token service of a directory. Tokens are sealed by the store of the directory, for
 * nothing else, and hold what they grant: any host of the store opens them, and there is nothing to
 * look up or to clear away.
 */
export function createTokenService({ directory, webTokens }: TokenServiceOptions): TokenService {
  const tokens = createSessionTokens(directory.store)
  const takeCode = createTakeCode(directory)
  const { partition } = directory
  return Object.freeze<TokenService>({
    credentials: createFindCredentials(directory, tokens),
    noteUse: (accessKeyId) => {
      directory.accessKeys.noteUse(accessKeyId).catch(() => undefined)
    },
    actions: Object.freeze(Object.keys(shapes)),
    vouch: (principal, facts) => ({ bearer: vouchedBearer(partition, principal), facts }),
    call: async (caller, action, given) => {
      if (!Object.hasOwn(operations, action)) {
        throw new IdentityError("InvalidAction", `Could not find operation ${String(action)}`)
      }
      const input = readInput(action, given)
      return operations[action]({ directory, tokens, webTokens, takeCode, caller, input } as never)
    },
  })
}
