import { incomplete, notUnderstood } from "./refusals.js"

/** A request as it came over the wire. Everything in it is hostile. */
export interface SignedRequest {
  readonly method: string
  /** Path and query as on the request line, still encoded: `/` or `/?X-Amz-Algorithm=…`. */
  readonly target: string
  /** Names in any case; several values of one name as a list. As Node has them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

/** The headers by their names in lower case. */
export type Headers = ReadonlyMap<string, string>

/** One parameter of a query, decoded. */
export interface QueryParameter {
  readonly name: string
  readonly value: string
}

/** A request, read. */
export interface ReadRequest {
  readonly method: string
  /** As it was sent. */
  readonly path: string
  readonly query: readonly QueryParameter[]
  readonly headers: Headers
  readonly body: Uint8Array
}

/** More than a request to a KMS ever has. */
const [headersMax, parametersMax, targetMax] = [200, 200, 65_536]

/** Source: RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Source: SigV4, "Create a canonical request": trimmed, and white space in rows made one space. */
const trimmed = (value: string): string => {
  const text = value.trim()
  return unevenSpace.test(text) ? text.replace(/\s+/g, " ") : text
}

/** White space in rows, or of another kind than the one space that is left of it. */
const unevenSpace = /\s\s|[^\S ]/

function readHeaders(headers: SignedRequest["headers"]): Headers {
  const read = new Map<string, string>()
  const entries = Object.entries(headers)
  if (entries.length > headersMax) throw notUnderstood("The request has too many headers.")
  for (const [name, value] of entries) {
    if (value === undefined) continue
    const lower = name.toLowerCase()
    // HTTP/2 names the host so.
    const key = lower === ":authority" ? "host" : lower
    if (!token.test(key)) {
      if (lower.startsWith(":")) continue
      throw notUnderstood("A header has a name that is none.")
    }
    // `Host` and `:authority` may come together; any other name twice is two meanings.
    const text = typeof value === "string" ? trimmed(value) : value.map(trimmed).join(",")
    const before = read.get(key)
    if (before !== undefined && before !== text) {
      throw notUnderstood(`The header '${key}' is there twice.`)
    }
    read.set(key, text)
  }
  return read
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw notUnderstood("The query string is not encoded as it should be.")
  }
}

function readQuery(query: string): readonly QueryParameter[] {
  if (query === "") return []
  const parts = query.split("&")
  if (parts.length > parametersMax) throw notUnderstood("The query string has too many parameters.")
  return parts
    .filter((part) => part !== "")
    .map((part) => {
      const end = part.indexOf("=")
      const [name, value] = end < 0 ? [part, ""] : [part.slice(0, end), part.slice(end + 1)]
      return { name: decoded(name), value: decoded(value) }
    })
}

/** Reads a request; throws for one that means nothing, or several things. */
export function readRequest({ method, target, headers, body }: SignedRequest): ReadRequest {
  if (!token.test(method)) throw notUnderstood("The request has no method.")
  if (!target.startsWith("/") || target.length > targetMax || /[\s#\p{Cs}]/u.test(target)) {
    throw notUnderstood("The request has no path.")
  }
  const end = target.indexOf("?")
  const [path, query] = end < 0 ? [target, ""] : [target.slice(0, end), target.slice(end + 1)]
  return { method, path, query: readQuery(query), headers: readHeaders(headers), body }
}

/** The one value of a parameter; throws where there are two. */
export function parameterOf({ query }: ReadRequest, name: string): string | undefined {
  const found = query.filter((one) => one.name.toLowerCase() === name.toLowerCase())
  if (found.length > 1) throw incomplete(`The parameter '${name}' is there twice.`)
  return found[0]?.value
}
