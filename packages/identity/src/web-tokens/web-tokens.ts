import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, jwtVerify } from "jose"
import { IdentityError } from "../vocabulary/identity-error.js"

/** Finds the keys of an issuer: those that are given, or what fetches them. */
export type IssuerKeys = JSONWebKeySet | ((isFresh: boolean) => Promise<JSONWebKeySet>)

/** An OpenID Connect issuer whose tokens are taken. */
export interface Issuer {
  /** Exactly as in the tokens: `https://token.actions.githubusercontent.com`. */
  readonly issuer: string
  /** Client ids: a token is for one of them. */
  readonly audiences: readonly string[]
  readonly keys: IssuerKeys
  /** Default: those with public keys that are in use. */
  readonly algorithms?: readonly string[] | undefined
}

/** A token that was verified. */
export interface WebToken {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly expiresMs: number
  readonly claims: Readonly<Record<string, unknown>>
}

export interface WebTokens {
  /** Throws `InvalidIdentityToken`, `ExpiredTokenException` or `IDPRejectedClaim`. */
  verify(token: string): Promise<WebToken>
}

/** Keys that both sides have would make everybody who verifies an issuer. */
export const publicAlgorithms: readonly string[] = Object.freeze([
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
])

/** Source: RFC 7519 leaves it open; JWTs of issuers have some kilobytes. */
const tokenLengthMax = 20_000

const invalid = (message: string) => new IdentityError("InvalidIdentityToken", message)
const notVerified = () => invalid("The web identity token that was passed could not be verified.")

function checkIssuers(issuers: readonly Issuer[]): ReadonlyMap<string, Issuer> {
  const known = new Map(issuers.map((one) => [one.issuer, one]))
  if (known.size !== issuers.length) throw new TypeError("`issuers` must name each issuer once")
  for (const { issuer, audiences, algorithms = [] } of issuers) {
    if (!/^https:\/\/[^\s?#]{1,250}$/.test(issuer)) {
      throw new TypeError("`issuer` must be an https URL without query")
    }
    if (audiences.length === 0) throw new TypeError("`audiences` must have a client id")
    const other = algorithms.find((one) => !publicAlgorithms.includes(one))
    if (other !== undefined) throw new TypeError(`\`algorithms\` must be of public keys: ${other}`)
  }
  return known
}

/** What the caller hears of a token that `jose` refuses. */
function refusalOf(error: unknown): IdentityError {
  if (error instanceof errors.JWTExpired) {
    return new IdentityError("ExpiredTokenException", "Token expired: its `exp` has passed.")
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return invalid("Incorrect token audience")
    return new IdentityError("IDPRejectedClaim", `The claim '${error.claim}' is not as it must be.`)
  }
  return notVerified()
}

const isKeyMissing = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWSSignatureVerificationFailed

/**
 * Verifies tokens of OpenID Connect issuers: issuer, audience, times and signature, with the
 * algorithms that are listed and no others.
 */
export function createWebTokens(options: {
  readonly issuers: readonly Issuer[]
  readonly clock: () => number
}): WebTokens {
  const issuers = checkIssuers(options.issuers)
  const { clock } = options

  const verifyWith = async (token: string, from: Issuer, isFresh: boolean) => {
    const { keys } = from
    const set = typeof keys === "function" ? await keys(isFresh) : keys
    return jwtVerify(token, createLocalJWKSet(set), {
      issuer: from.issuer,
      audience: [...from.audiences],
      algorithms: [...(from.algorithms ?? publicAlgorithms)],
      currentDate: new Date(clock()),
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
      clockTolerance: 60,
    })
  }

  const issuerOf = (token: string): Issuer | undefined => {
    try {
      return issuers.get(decodeJwt(token).iss ?? "")
    } catch {
      return undefined
    }
  }

  return Object.freeze<WebTokens>({
    verify: async (token) => {
      if (typeof token !== "string" || token.length > tokenLengthMax) throw notVerified()
      const from = issuerOf(token)
      if (from === undefined)
        throw invalid("No OpenIDConnect provider found in your account for this token")
      const verified = await verifyWith(token, from, false)
        // Issuers change their keys: look again once, for a key that is not known yet.
        .catch((error: unknown) => {
          if (typeof from.keys !== "function" || !isKeyMissing(error)) throw error
          return verifyWith(token, from, true)
        })
        .catch((error: unknown) => {
          throw error instanceof IdentityError ? error : refusalOf(error)
        })
      const { sub = "", aud = [], exp = 0 } = verified.payload
      const named = typeof aud === "string" ? [aud] : aud
      const audience = from.audiences.find((one) => named.includes(one)) ?? ""
      if (typeof sub !== "string" || sub === "") {
        throw new IdentityError("IDPRejectedClaim", "The claim 'sub' is not a text, or empty.")
      }
      return Object.freeze({
        ...{ issuer: from.issuer, subject: sub, audience },
        ...{ expiresMs: exp * 1000, claims: verified.payload },
      })
    },
  })
}
