import {
  type CompiledDocument,
  type ContextValue,
  evaluate,
  type Policies,
} from "@keywright/policy"
import type { Directory } from "../directory/directory.js"
import { isProviderPrincipal } from "../records/trust-document.js"
import type { Bearer } from "../sessions/bearers.js"
import type { RequestFacts } from "../sessions/request-facts.js"

/** One permission that a call needs. */
export interface Question {
  readonly bearer: Bearer
  readonly action: string
  readonly resource: string
  readonly resourceAccount: string
  /** Who may do it to the resource; absent for what is no resource of anybody. */
  readonly trust?: CompiledDocument | undefined
  /** Condition keys of this action. */
  readonly keys: Readonly<Record<string, ContextValue | undefined>>
  readonly facts: RequestFacts
}

const principalTypes = {
  user: "User",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  root: "Account",
  service: undefined,
} as const

type Keys = Readonly<Record<string, ContextValue | undefined>>

const tagKeys = (family: string, tags: Readonly<Record<string, string>> = {}): Keys =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${family}/${key}`, value]))

/** What conditions can ask about the bearer. */
function bearerKeys({ principal, identity, session, caller, userId, grant }: Bearer): Keys {
  const isProvider = isProviderPrincipal(principal.service)
  const isService = principal.type === "service" && !isProvider
  return {
    "aws:PrincipalIsAWSService": isService,
    ...(isService && { "aws:PrincipalServiceName": principal.service }),
    ...(principal.type !== "service" && {
      "aws:PrincipalArn": principal.roleArn ?? principal.arn,
      "aws:PrincipalAccount": principal.account,
      "aws:PrincipalType": principalTypes[principal.type],
      "aws:userid": userId,
    }),
    ...(principal.type === "user" && {
      "aws:username": principal.arn.slice(principal.arn.lastIndexOf("/") + 1),
    }),
    // As AWS sends it with temporary credentials that were got without.
    ...(grant !== undefined && { "aws:MultiFactorAuthPresent": false }),
    ...identity.conditionKeys,
    ...tagKeys("aws:PrincipalTag", identity.tags),
    ...tagKeys("aws:PrincipalTag", session?.tags),
    ...caller.context.conditionKeys,
  }
}

/** What conditions can ask about the request, whoever makes it. */
const requestKeys = (facts: RequestFacts, nowMs: number): Keys => ({
  "aws:CurrentTime": new Date(nowMs).toISOString(),
  "aws:EpochTime": Math.floor(nowMs / 1000),
  "aws:SecureTransport": facts.secureTransport ?? true,
  "aws:ViaAWSService": facts.viaService !== undefined,
  "aws:UserAgent": facts.userAgent,
  "aws:SourceIp": facts.sourceVpce === undefined ? facts.sourceIp : undefined,
  "aws:SourceVpce": facts.sourceVpce,
  "aws:SourceVpc": facts.sourceVpc,
  "aws:VpcSourceIp": facts.vpcSourceIp,
  ...facts.conditionKeys,
})

/** By names in lower case: of names that differ in nothing else the last one counts. */
function lookupOf(...all: readonly Keys[]): (lowerCaseKey: string) => ContextValue | undefined {
  const values = new Map<string, ContextValue>()
  for (const [name, value] of all.flatMap((keys) => Object.entries(keys))) {
    if (value !== undefined) values.set(name.toLowerCase(), value)
  }
  return (key) => values.get(key)
}

/** Whether policies allow it: those of the resource, of the bearer, and above both. */
export async function isAllowed(directory: Directory, question: Question): Promise<boolean> {
  const { bearer, action, resource, resourceAccount, trust, keys, facts } = question
  const { identity, session, principal } = bearer
  const { scps, rcps } = await directory.guardrails()
  const policies: Policies = {
    ...{ keyPolicy: trust, identityPolicies: identity.policies, scps, rcps },
    permissionsBoundary: identity.permissionsBoundary,
    sessionPolicies: session?.sessionPolicies,
  }
  const about = { "aws:ResourceAccount": resourceAccount }
  const known = lookupOf(requestKeys(facts, directory.clock()), bearerKeys(bearer), about, keys)
  const request = {
    ...{ principal, action, resource, resourceAccount, context: known },
    // Without a trust policy nobody but the bearer's own side has a say.
    isNewKey: trust === undefined,
  }
  return evaluate({ policies, request }).effect === "allow"
}
