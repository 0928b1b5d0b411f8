import type { Claim } from "./claim.js"
import { hexOf, type SigV4Hashing, utf8 } from "./hashing.js"
import type { ReadRequest } from "./request.js"
import { encoded } from "./target.js"

/*
 * The text that was signed.
 *
 * Source: IAM User Guide, "Create a signed AWS API request".
 */

/** Without empty and dot segments, as every service but S3 has it. */
function normalized(path: string): string {
  const segments: string[] = []
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue
    if (segment === "..") segments.pop()
    else segments.push(segment)
  }
  const isFolder = segments.length > 0 && path.endsWith("/")
  return `/${segments.join("/")}${isFolder ? "/" : ""}`
}

/** The path is encoded once on the wire, and once more here. */
const canonicalPath = (path: string): string =>
  path === "/" ? path : encoded(normalized(path)).replaceAll("%2F", "/")

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** All parameters but the signature, sorted by name and value. */
const canonicalQuery = ({ query }: ReadRequest): string =>
  query.length === 0 ? "" : sortedQuery(query)

const sortedQuery = (query: ReadRequest["query"]): string =>
  query
    .filter(({ name }) => name.toLowerCase() !== "x-amz-signature")
    .map(({ name, value }) => [encoded(name), encoded(value)] as const)
    .sort(([a, x], [b, y]) => byText(a, b) || byText(x, y))
    .map((pair) => pair.join("="))
    .join("&")

export function canonicalRequest(
  request: ReadRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  let headers = ""
  for (const name of signedHeaders) headers += `${name}:${request.headers.get(name) ?? ""}\n`
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request),
    headers,
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n")
}

export const scopeOf = ({ scopeDate, region, service, terminator }: Claim): string =>
  [scopeDate, region, service, terminator].join("/")

export const stringToSign = (hashing: SigV4Hashing, claim: Claim, canonical: string): string =>
  ["AWS4-HMAC-SHA256", claim.date, scopeOf(claim), hexOf(hashing.sha256(utf8(canonical)))].join(
    "\n",
  )
