import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose"
import { createSigV4Verifier, type SigV4Options, type SigV4Verifier } from "../sigv4/index.js"
import type { TokenService } from "../sts/token-service.js"
import { IdentityError } from "../vocabulary/identity-error.js"
import {
  type IssuerKeys,
  publicAlgorithms,
  type WebToken,
  type WebTokens,
} from "../web-tokens/web-tokens.js"
import { headerOf, type PeerCertificate, type RawRequest } from "./request.js"
import { bearerTokenOf, type Named, namedCaller, type Way } from "./way.js"

/** Regions are those that the host wants: there are not many. */
const verifiersMax = 64

const isSigned = (request: RawRequest): boolean =>
  /^AWS4-/.test(headerOf(request, "authorization") ?? "") ||
  /[?&]x-amz-(?:signature|algorithm)=/i.test(request.target)

export interface SigV4WayOptions extends Omit<SigV4Options, "region"> {
  /** Knows the access keys and the sessions of a directory. */
  readonly sts: Pick<TokenService, "credentials" | "noteUse">
}

/** By an AWS signature, of a user or of a session. */
export function sigv4({ sts, ...options }: SigV4WayOptions): Way {
  const verifiers = new Map<string, SigV4Verifier>()
  return async (request, { region }) => {
    if (!isSigned(request)) return undefined
    const verifier = verifiers.get(region) ?? createSigV4Verifier({ ...options, region })
    if (verifiers.size < verifiersMax) verifiers.set(region, verifier)
    const verified = await verifier.verify(request, sts.credentials)
    const { key, accessKeyId, sessionToken } = verified
    if (sessionToken === undefined) sts.noteUse(accessKeyId)
    return key.bearer.caller
  }
}

/** By a token of an OpenID Connect issuer; the host says whom it takes the holder for. */
export const webIdentity =
  (options: {
    readonly tokens: WebTokens
    readonly principalOf: (token: WebToken) => Named | Promise<Named>
  }): Way =>
  async (request) => {
    const text = bearerTokenOf(headerOf(request, "authorization"))
    if (text === undefined) return undefined
    const token = await options.tokens.verify(text)
    const name = token.issuer.slice("https://".length)
    return namedCaller(await options.principalOf(token), {
      "aws:FederatedProvider": token.issuer,
      [`${name}:sub`]: token.subject,
      [`${name}:aud`]: token.audience,
    })
  }

/** Source: SPIFFE ID, section 2: trust domain and path. */
const spiffeForm = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)*)$/

export interface SpiffeOptions {
  /** The keys of each trust domain: its JWT bundle. */
  readonly bundles: Readonly<Record<string, IssuerKeys>>
  /** What a token must be for: the name of this service. */
  readonly audience: string
  readonly clock: () => number
  /** Whom the host takes a workload for, by its SPIFFE ID. */
  readonly principalOf: (spiffeId: string) => Named | Promise<Named>
}

const refused = () =>
  new IdentityError("InvalidIdentityToken", "The JWT-SVID that was passed could not be verified.")

function subjectOf(token: string): string {
  try {
    return decodeJwt(token).sub ?? ""
  } catch {
    return ""
  }
}

/**
 * By a JWT-SVID. A token whose subject is no SPIFFE ID is for another way.
 *
 * Source: SPIFFE JWT-SVID specification, version 1.0.
 */
export function spiffe({ bundles, audience, clock, principalOf }: SpiffeOptions): Way {
  return async (request) => {
    const token = bearerTokenOf(headerOf(request, "authorization"))
    if (token === undefined) return undefined
    const subject = subjectOf(token)
    if (!subject.startsWith("spiffe://")) return undefined
    const domain = spiffeForm.exec(subject)?.[1] ?? ""
    const bundle = Object.hasOwn(bundles, domain) ? bundles[domain] : undefined
    if (bundle === undefined || subject.length > 2048) throw refused()
    const keys = typeof bundle === "function" ? await bundle(false) : bundle
    await jwtVerify(token, createLocalJWKSet(keys), {
      ...{ audience, subject, currentDate: new Date(clock()) },
      algorithms: publicAlgorithms.filter((one) => !one.startsWith("Ed")),
      requiredClaims: ["sub", "aud", "exp"],
    }).catch(() => {
      throw refused()
    })
    return namedCaller(await principalOf(subject), { "keywright:SpiffeId": subject })
  }
}

/** By the client's certificate, which TLS has verified. */
export const mutualTls =
  (options: { readonly principalOf: (peer: PeerCertificate) => Named | Promise<Named> }): Way =>
  async ({ connection }) => {
    const peer = connection?.tls?.peer
    if (peer === undefined) return undefined
    const keys = { "keywright:PeerFingerprint": peer.fingerprint }
    return namedCaller(await options.principalOf(peer), keys)
  }

/** Everybody is the same: for tests, and behind a host that lets one in. */
export const fixed =
  (named: Exclude<Named, undefined>): Way =>
  async () =>
    namedCaller(named, {})
