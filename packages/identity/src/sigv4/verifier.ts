import { canonicalRequest, stringToSign } from "./canonical.js"
import { type Claim, readClaim } from "./claim.js"
import { hexOf, isEqualText, nobleHashing, type SigV4Hashing, utf8 } from "./hashing.js"
import {
  headerNotSigned,
  notUnderstood,
  replayed,
  SigV4Error,
  unknownKey,
  wrongPayload,
  wrongScope,
  wrongSignature,
} from "./refusals.js"
import type { ReplayWindow } from "./replay-window.js"
import { type ReadRequest, readRequest, type SignedRequest } from "./request.js"
import { createSigningKeys } from "./signing-keys.js"

/** Whom an access key belongs to, and the secret that it signs with. */
export interface KnownAccessKey {
  readonly secretAccessKey: string
}

/**
 * Finds an access key, together with the session token that came with it, which nobody has
 * verified. `undefined` for a key that there is not or that is inactive, and for a token that is
 * not that of the key.
 */
export type AccessKeyLookup<Key extends KnownAccessKey> = (
  accessKeyId: string,
  sessionToken: string | undefined,
) => Key | undefined | Promise<Key | undefined>

export interface SigV4Options {
  /** For which region requests must be signed. */
  readonly region: string
  /** For which service. Default: `kms`. */
  readonly service?: string | undefined
  /** Milliseconds since the epoch: `Date.now`. */
  readonly clock: () => number
  /** Refuses a signature that was here before. Default: it may come again while it is fresh. */
  readonly replay?: ReplayWindow | undefined
  /** Default: in JavaScript. A suite of `@keywright/hsm/openssl` is quicker. */
  readonly hashing?: SigV4Hashing | undefined
}

/** A request whose signature was verified. */
export interface VerifiedSignature<Key extends KnownAccessKey> {
  readonly key: Key
  readonly accessKeyId: string
  readonly sessionToken: string | undefined
  readonly form: Claim["form"]
  readonly region: string
  readonly service: string
  readonly signedMs: number
  /** From when on it would not be taken any more. */
  readonly expiresMs: number
  readonly signedHeaders: readonly string[]
}

export interface SigV4Verifier {
  /** Throws {@link SigV4Error} for a request whose signature is not taken. */
  verify<Key extends KnownAccessKey>(
    request: SignedRequest,
    lookup: AccessKeyLookup<Key>,
  ): Promise<VerifiedSignature<Key>>
  /** Wipes the signing keys that are remembered. */
  close(): void
}

/** Source: IAM User Guide: a request must arrive within five minutes; AWS takes 15. */
const skewMs = 900_000
/** Source: IAM User Guide: a presigned request is valid for seven days at the most. */
const presignedSecondsMax = 604_800

/** The moment of a date in the basic format of ISO 8601. */
function momentOf(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? []
  const text = `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) {
    throw notUnderstood("Date must be in ISO-8601 'basic format'.")
  }
  return ms
}

/** The moments of the dates that came last: clients sign many requests in one second. */
function createMoments(): (date: string) => number {
  let [last, lastMs] = ["", 0]
  return (date) => {
    if (date !== last) {
      lastMs = momentOf(date)
      last = date
    }
    return lastMs
  }
}

const basic = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "")

function checkScope(claim: Claim, region: string, service: string): void {
  const problems: string[] = []
  if (claim.region !== region) problems.push("Credential should be scoped to a valid region.")
  if (claim.service !== service) {
    problems.push(`Credential should be scoped to correct service: '${service}'.`)
  }
  if (claim.terminator !== "aws4_request") {
    problems.push("Credential should be scoped with a valid terminator: 'aws4_request'.")
  }
  const day = claim.date.slice(0, 8)
  if (claim.scopeDate !== day) {
    problems.push(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${claim.scopeDate.slice(0, 32)}' != '${day}', from '${claim.date}'.`,
    )
  }
  if (problems.length > 0) throw wrongScope(problems.join(" "))
}

/** When it was signed, and until when it may be used. */
function lifetimeOf({ form, expiresSeconds }: Claim, signedMs: number): readonly [number, number] {
  if (form === "header") return [signedMs, signedMs + skewMs]
  const seconds = expiresSeconds ?? 0
  if (seconds < 1 || seconds > presignedSecondsMax) {
    throw notUnderstood(`X-Amz-Expires must be from 1 to ${presignedSecondsMax} seconds.`)
  }
  return [signedMs, signedMs + seconds * 1000]
}

function checkTime(claim: Claim, atMs: number, nowMs: number): readonly [number, number] {
  const [signedMs, expiresMs] = lifetimeOf(claim, atMs)
  if (signedMs > nowMs + skewMs) {
    throw new SigV4Error(
      "too early",
      `Signature not yet current: ${claim.date} is still later than ${basic(nowMs + skewMs)} ` +
        `(${basic(nowMs)} + 15 min.)`,
    )
  }
  if (nowMs > expiresMs) {
    const ago = claim.form === "header" ? ` (${basic(nowMs)} - 15 min.)` : ""
    const limit = claim.form === "header" ? nowMs - skewMs : nowMs
    throw new SigV4Error(
      "expired",
      `Signature expired: ${claim.date} is now earlier than ${basic(limit)}${ago}`,
    )
  }
  return [signedMs, expiresMs]
}

/** What changes the meaning of a request must be signed: where it goes, and what is AWS's. */
function checkHeaders({ headers }: ReadRequest, signedHeaders: readonly string[]): void {
  if (!signedHeaders.includes("host")) throw headerNotSigned("host")
  for (const name of headers.keys()) {
    if (name.startsWith("x-amz-") && !signedHeaders.includes(name)) throw headerNotSigned(name)
  }
  const missing = signedHeaders.find((name) => !headers.has(name))
  if (missing !== undefined) throw notUnderstood(`The signed header '${missing}' is not there.`)
}

/** The hash of the body as it came. A header that says another is not believed. */
function payloadHashOf({ headers, body }: ReadRequest, hashing: SigV4Hashing): string {
  const hash = hexOf(hashing.sha256(body))
  const said = headers.get("x-amz-content-sha256")
  if (said !== undefined && said !== hash) throw wrongPayload()
  return hash
}

/**
 * Verifies Signature Version 4, in the header and in the query. Give it the bytes of the body as
 * they came, before they are parsed.
 *
 * Source: IAM User Guide, "AWS Signature Version 4 for API requests".
 *
 * @example
 * ```ts
 * const verifier = createSigV4Verifier({ region: "eu-central-1", clock: Date.now })
 * const { key } = await verifier.verify(request, (accessKeyId) => accessKeys.get(accessKeyId))
 * ```
 */
export function createSigV4Verifier(options: SigV4Options): SigV4Verifier {
  const { region, service = "kms", clock, replay, hashing = nobleHashing } = options
  if (typeof region !== "string" || region === "") throw new TypeError("`region` must be a name")
  if (typeof clock !== "function") throw new TypeError("`clock` must be a function: Date.now")
  const signingKeys = createSigningKeys(hashing)
  const momentAt = createMoments()

  return Object.freeze<SigV4Verifier>({
    verify: async (request, lookup) => {
      const read = readRequest(request)
      const claim = readClaim(read)
      checkScope(claim, region, service)
      const nowMs = clock()
      const [signedMs, expiresMs] = checkTime(claim, momentAt(claim.date), nowMs)
      checkHeaders(read, claim.signedHeaders)
      const payloadHash = payloadHashOf(read, hashing)
      const { accessKeyId, sessionToken, signature, form, signedHeaders } = claim
      const key = await lookup(accessKeyId, sessionToken)
      if (key === undefined) throw unknownKey()
      const canonical = canonicalRequest(read, signedHeaders, payloadHash)
      const text = utf8(stringToSign(hashing, claim, canonical))
      const signingKey = signingKeys.keyFor(claim, key.secretAccessKey)
      const computed = hexOf(hashing.hmacSha256(signingKey, text))
      if (!isEqualText(computed, signature)) throw wrongSignature()
      if (replay?.enter(signature, nowMs, expiresMs) === false) throw replayed()
      return Object.freeze({
        ...{ key, accessKeyId, sessionToken, form, region, service },
        ...{ signedMs, expiresMs, signedHeaders },
      })
    },
    close: signingKeys.clear,
  })
}

/** {@link SigV4Verifier.verify} once. Whoever verifies many makes a verifier, which is quicker. */
export const verifySigV4 = async <Key extends KnownAccessKey>(
  request: SignedRequest,
  lookup: AccessKeyLookup<Key>,
  options: SigV4Options,
): Promise<VerifiedSignature<Key>> => {
  const verifier = createSigV4Verifier(options)
  try {
    return await verifier.verify(request, lookup)
  } finally {
    verifier.close()
  }
}
