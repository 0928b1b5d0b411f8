import { incomplete, notSigned, notUnderstood } from "./refusals.js"
import { parameterOf, type ReadRequest } from "./request.js"

/** What a request says of its own signature. Nothing of it is verified. */
export interface Claim {
  readonly form: "header" | "presigned"
  readonly accessKeyId: string
  /** Of the credential scope: `20261129`. */
  readonly scopeDate: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  /** In lower case and in order. */
  readonly signedHeaders: readonly string[]
  /** 64 hexadecimal digits. */
  readonly signature: string
  /** When it was signed: `20261129T120000Z`. */
  readonly date: string
  /** For how long a presigned request may be used, in seconds. */
  readonly expiresSeconds: number | undefined
  readonly sessionToken: string | undefined
}

const algorithm = "AWS4-HMAC-SHA256"
const printable = /^[\x21-\x7e]{1,128}$/
const isoDate = /^\d{8}T\d{6}Z$/

/** Source: RFC 9110, section 5.6.7: the form that the `Date` header has. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

type Parameters = ReadonlyMap<string, string>

/** The `name=value` parameters behind the algorithm; none may be there twice. */
function headerParameters(header: string): Parameters {
  const parameters = new Map<string, string>()
  for (const part of header.slice(algorithm.length + 1).split(",")) {
    const end = part.indexOf("=")
    const name = (end < 0 ? part : part.slice(0, end)).trim()
    const value = end < 0 ? "" : part.slice(end + 1).trim()
    if (parameters.has(name)) throw incomplete("Authorization header has a parameter twice.")
    parameters.set(name, value)
  }
  return parameters
}

function requiredOf(read: (name: string) => string | undefined, where: string) {
  return (name: string): string => {
    const value = read(name)
    if (value) return value
    throw incomplete(`${where} requires '${name}' parameter.`)
  }
}

function readCredential(text: string) {
  const [accessKeyId = "", scopeDate = "", region = "", service = "", terminator, ...more] =
    text.split("/")
  if (terminator === undefined || more.length > 0 || !printable.test(accessKeyId)) {
    throw incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. " +
        "keyid/date/region/service/term",
    )
  }
  return { accessKeyId, scopeDate, region, service, terminator }
}

/** Names in lower case, in order, each once: there is one way to write them. */
function readSignedHeaders(text: string): readonly string[] {
  const names = text.split(";")
  const isInOrder = names.every((name, i) => i === 0 || name > (names[i - 1] as string))
  if (!isInOrder || names.some((name) => name === "" || name !== name.toLowerCase())) {
    throw notUnderstood("SignedHeaders must be sorted names in lower case.")
  }
  return names
}

function readSignature(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw notUnderstood("Signature must be 64 hexadecimal digits in lower case.")
}

/** The date of the header form: `X-Amz-Date` before `Date`. */
function headerDate({ headers }: ReadRequest): string {
  const own = headers.get("x-amz-date")
  if (own !== undefined && isoDate.test(own)) return own
  const standard = own === undefined ? headers.get("date") : undefined
  if (standard !== undefined && isoDate.test(standard)) return standard
  if (standard !== undefined && httpDate.test(standard)) {
    const ms = Date.parse(standard)
    if (!Number.isNaN(ms)) return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "")
  }
  if (own ?? standard) throw notUnderstood("Date must be in ISO-8601 'basic format'.")
  throw incomplete(
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  )
}

function claimInHeader(request: ReadRequest, header: string): Claim {
  if (!header.startsWith(`${algorithm} `)) {
    throw notUnderstood(`Authorization header requires the algorithm ${algorithm}.`)
  }
  const parameters = headerParameters(header)
  const required = requiredOf((name) => parameters.get(name), "Authorization header")
  return {
    form: "header",
    ...readCredential(required("Credential")),
    signature: readSignature(required("Signature")),
    signedHeaders: readSignedHeaders(required("SignedHeaders")),
    date: headerDate(request),
    expiresSeconds: undefined,
    sessionToken: request.headers.get("x-amz-security-token"),
  }
}

function claimInQuery(request: ReadRequest): Claim {
  const read = (name: string) => parameterOf(request, name)
  const required = requiredOf(read, "AWS query-string parameters")
  if (required("X-Amz-Algorithm") !== algorithm) {
    throw notUnderstood(`X-Amz-Algorithm must be ${algorithm}.`)
  }
  const date = required("X-Amz-Date")
  if (!isoDate.test(date)) throw notUnderstood("X-Amz-Date must be in ISO-8601 'basic format'.")
  const expires = required("X-Amz-Expires")
  if (!/^\d{1,6}$/.test(expires)) throw notUnderstood("X-Amz-Expires should be a number.")
  return {
    form: "presigned",
    ...readCredential(required("X-Amz-Credential")),
    signature: readSignature(required("X-Amz-Signature")),
    signedHeaders: readSignedHeaders(required("X-Amz-SignedHeaders")),
    date,
    expiresSeconds: Number(expires),
    sessionToken: read("X-Amz-Security-Token"),
  }
}

/**
 * What a request says of its signature, in its `Authorization` header or in its query. Throws
 * where it says nothing, half of it, or both.
 *
 * Source: IAM User Guide, "Elements of an AWS API request signature".
 */
export function readClaim(request: ReadRequest): Claim {
  const header = request.headers.get("authorization")
  const isPresigned = request.query.some(({ name }) => /^x-amz-(signature|algorithm)$/i.test(name))
  if (header !== undefined && header !== "" && isPresigned) {
    throw notUnderstood("A request is signed in its header or in its query, and not in both.")
  }
  if (isPresigned) return claimInQuery(request)
  if (header === undefined || header === "") throw notSigned()
  return claimInHeader(request, header)
}
