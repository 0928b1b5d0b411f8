import type { HttpRequest } from "./http.js"

/*
 * The AWS SDK's way to name who calls, without a signature: in the same process nobody verifies
 * one, and making it is a third of what a call costs.
 */

/** As much of an `HttpAuthScheme` of the AWS SDK v3 as is needed. */
export interface AuthScheme {
  schemeId: string
  identityProvider<Provider>(config: { getIdentityProvider(schemeId: string): Provider }): Provider
  signer: {
    sign<Request extends object>(
      request: Request,
      identity: object,
      properties: Readonly<Record<string, unknown>>,
    ): Promise<Request>
  }
}

interface AwsIdentity {
  readonly accessKeyId?: unknown
  readonly sessionToken?: unknown
}

const schemeId = "aws.auth#sigv4"

// Whoever reads these sees that nobody signed, and when nobody did.
const day = "19700101"
const signature = "0".repeat(64)

/** The headers that a signed request has, with the client's own access key and no signature. */
function headersOf({ accessKeyId, sessionToken }: AwsIdentity, region: unknown) {
  const credential = `${String(accessKeyId)}/${day}/${String(region)}/kms/aws4_request`
  const parameters = `Credential=${credential}, SignedHeaders=host, Signature=${signature}`
  const headers: Record<string, string> = {
    authorization: `AWS4-HMAC-SHA256 ${parameters}`,
    "x-amz-date": `${day}T000000Z`,
  }
  if (typeof sessionToken === "string") headers["x-amz-security-token"] = sessionToken
  return headers
}

/** The same request, which names who calls. */
export const named = <Request extends object>(
  request: Request,
  identity: object,
  region: unknown,
): Request => {
  const { headers } = request as unknown as HttpRequest
  return Object.assign(request, { headers: { ...headers, ...headersOf(identity, region) } })
}

/** Takes the place of Signature Version 4 in a client; one that does not know it signs. */
export const unsigned: AuthScheme = Object.freeze({
  schemeId,
  identityProvider: (config) => config.getIdentityProvider(schemeId),
  signer: Object.freeze({
    sign: async (request, identity, { region, signingRegion = region }) =>
      named(request, identity, signingRegion),
  }),
} satisfies AuthScheme)
