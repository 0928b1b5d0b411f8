import { type HttpRequest, headerOf, parameterOf } from "./http.js"
import { ProtocolError } from "./protocol-errors.js"

/** The scope that a request is signed for. */
export interface Credential {
  readonly accessKeyId: string
  readonly region: string
}

const algorithm = "AWS4-HMAC-SHA256"
const required = ["Credential", "Signature", "SignedHeaders"]
const requiredInQuery = ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
const printable = /^[\x21-\x7e]{1,128}$/

const incomplete = (message: string) => new ProtocolError("IncompleteSignatureException", message)

/** The `name=value` parameters behind the algorithm; none may be there twice. */
function readParameters(header: string): ReadonlyMap<string, string> {
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

/** Everything that a Signature Version 4 header must have and this one lacks. */
function missingFrom(parameters: ReadonlyMap<string, string>, request: HttpRequest): string[] {
  const missing: string[] = []
  for (const name of required) {
    if (parameters.get(name)) continue
    missing.push(`Authorization header requires '${name}' parameter.`)
  }
  const isDated = headerOf(request, "x-amz-date") ?? headerOf(request, "date")
  if (!isDated) {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    )
  }
  return missing
}

/** Checks who is named and for what the request is signed. Nobody's secret is known here. */
function readCredential(text: string, region: string): Credential {
  const [accessKeyId = "", date = "", scope, service, terminator, ...more] = text.split("/")
  if (terminator === undefined || more.length > 0 || !printable.test(accessKeyId)) {
    throw incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. " +
        "keyid/date/region/service/term",
    )
  }
  const problems: string[] = []
  if (scope !== region) problems.push("Credential should be scoped to a valid region.")
  if (service !== "kms") problems.push("Credential should be scoped to correct service: 'kms'.")
  if (terminator !== "aws4_request") {
    problems.push("Credential should be scoped with a valid terminator: 'aws4_request'.")
  }
  if (!/^\d{8}$/.test(date)) problems.push("Date in Credential scope is not valid.")
  if (problems.length === 0) return { accessKeyId, region }
  throw new ProtocolError("InvalidSignatureException", problems.join(" "))
}

/** Of a presigned request. */
function readQuery(request: HttpRequest, region: string): Credential {
  const missing = requiredInQuery.filter((name) => !parameterOf(request, name.toLowerCase()))
  if (missing.length === 0) {
    return readCredential(parameterOf(request, "x-amz-credential") ?? "", region)
  }
  const problems = missing.map((name) => `AWS query-string parameters must include '${name}'.`)
  throw incomplete(problems.join(" "))
}

/**
 * The credential that a request names in its Signature Version 4 `Authorization` header, or in its
 * query where it is presigned, parsed strictly. The signature itself is not verified, and neither
 * is its age.
 *
 * Source: IAM User Guide, "Elements of an AWS API request signature".
 */
export function readAuthorization(request: HttpRequest, region: string): Credential {
  const header = headerOf(request, "authorization")
  if (header === undefined || header === "") {
    if (parameterOf(request, "x-amz-algorithm") === algorithm) return readQuery(request, region)
    throw new ProtocolError("MissingAuthenticationTokenException", "Missing Authentication Token")
  }
  const isKnown = header.startsWith(`${algorithm} `)
  const parameters = isKnown ? readParameters(header) : new Map<string, string>()
  const missing = missingFrom(parameters, request)
  if (missing.length > 0) throw incomplete(missing.join(" "))
  return readCredential(parameters.get("Credential") ?? "", region)
}
