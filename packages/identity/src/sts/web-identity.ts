import type { Directory } from "../directory/directory.js"
import { providerPrincipal } from "../records/trust-document.js"
import type { Bearer } from "../sessions/bearers.js"
import type { RequestFacts } from "../sessions/request-facts.js"
import { IdentityError } from "../vocabulary/identity-error.js"
import { limits } from "../vocabulary/limits.js"
import type { WebToken, WebTokens } from "../web-tokens/web-tokens.js"
import type { RoleRequest } from "./assume-role.js"
import { type InputOf, readLimits } from "./inputs.js"

/** Of the claims, those that conditions can ask for. Source: IAM User Guide, "Keys for OIDC". */
function keysOf(provider: string, { subject, audience, claims }: WebToken) {
  const { azp, amr, email } = claims
  const keys: Record<string, string> = {
    [`${provider}:sub`]: subject,
    [`${provider}:aud`]: typeof azp === "string" ? azp : audience,
  }
  if (typeof azp === "string") keys[`${provider}:oaud`] = audience
  if (typeof email === "string") keys[`${provider}:email`] = email
  const methods = Array.isArray(amr) ? amr.filter((one) => typeof one === "string") : []
  return { keys, methods: { [`${provider}:amr`]: methods.length > 0 ? methods : undefined } }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const rejected = (claim: string) =>
  new IdentityError("IDPRejectedClaim", `The claim '${claim}' is not as it must be.`)

const tagsClaim = "https://aws.amazon.com/tags"
const sourceIdentityClaim = "https://aws.amazon.com/source_identity"

/**
 * Session tags that the issuer has put into the token.
 *
 * Source: IAM User Guide, "Pass session tags in AWS STS", AssumeRoleWithWebIdentity.
 */
function tagsOf({ claims }: WebToken) {
  const claim = claims[tagsClaim]
  if (claim === undefined) return { tags: {}, transitiveTagKeys: [] }
  if (!isObject(claim) || !isObject(claim["principal_tags"])) throw rejected(tagsClaim)
  const { principal_tags: named, transitive_tag_keys: transitive = [] } = claim
  const tags: Record<string, string> = {}
  for (const [key, values] of Object.entries(named as Record<string, unknown>)) {
    const value: unknown = Array.isArray(values) && values.length === 1 ? values[0] : values
    const isKey = key.length >= 1 && key.length <= limits.tagKeyLengthMax && key !== "__proto__"
    const isTag = isKey && typeof value === "string"
    if (!isTag || value.length > limits.tagValueLengthMax) throw rejected(tagsClaim)
    tags[key] = value
  }
  const isList = Array.isArray(transitive) && transitive.every((one) => typeof one === "string")
  if (!isList) throw rejected(tagsClaim)
  return { tags, transitiveTagKeys: transitive as string[] }
}

function sourceIdentityOf({ claims }: WebToken): string | undefined {
  const claim = claims[sourceIdentityClaim]
  if (claim === undefined) return undefined
  if (typeof claim === "string" && /^[\w+=,.@-]{2,64}$/.test(claim)) return claim
  throw rejected(sourceIdentityClaim)
}

/** Whoever has the token: no principal of any account, known by its provider alone. */
function bearerOf(provider: string): Bearer {
  const service = providerPrincipal(provider)
  return {
    caller: { principal: service, context: { conditionKeys: {} } },
    principal: { type: "service", arn: provider, account: "", service },
    userId: provider,
    identity: { policies: [], tags: {}, conditionKeys: {} },
  }
}

const accountIn = (roleArn: string): string =>
  /^arn:[a-z-]+:iam::(\d{12}):/.exec(roleArn)?.[1] ?? ""

/** Verifies the token, and asks for a session as whoever has it. */
export async function webIdentityRequest(
  { partition }: Directory,
  webTokens: WebTokens | undefined,
  input: InputOf<"AssumeRoleWithWebIdentity">,
  { facts = {} }: { readonly facts?: RequestFacts | undefined },
): Promise<{ request: RoleRequest; token: WebToken }> {
  if (webTokens === undefined || input.ProviderId !== undefined) {
    throw new IdentityError(
      "InvalidIdentityToken",
      "No OpenIDConnect provider found in your account for this token",
    )
  }
  const token = await webTokens.verify(input.WebIdentityToken)
  const name = token.issuer.slice("https://".length)
  const provider = `arn:${partition}:iam::${accountIn(input.RoleArn)}:oidc-provider/${name}`
  const { keys, methods } = keysOf(name, token)
  const providerKeys = { ...keys, "aws:FederatedProvider": provider }
  const request: RoleRequest = {
    ...{ action: "sts:AssumeRoleWithWebIdentity", bearer: bearerOf(provider), facts },
    ...{ roleArn: input.RoleArn, sessionName: input.RoleSessionName },
    seconds: input.DurationSeconds,
    limits: (account) => readLimits(input, partition, account),
    ...tagsOf(token),
    sourceIdentity: sourceIdentityOf(token),
    providerKeys,
    keys: { ...providerKeys, ...methods },
  }
  return { request, token }
}
