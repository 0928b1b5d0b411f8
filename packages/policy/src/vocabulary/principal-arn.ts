type PrincipalArnType =
  | "account"
  | "user"
  | "role"
  | "assumed-role"
  | "federated-user"
  | "unique-id"

export interface PrincipalArn {
  readonly type: PrincipalArnType
  /** Undefined for unique ids. */
  readonly account: string | undefined
  /** The form in which it is compared: an account is its twelve digits. */
  readonly canonical: string
  /** The partition that the ARN of an account names; twelve digits mean that of the caller. */
  readonly partition: string | undefined
}

/** What an `AWS` principal names; undefined when it is none of the forms that IAM accepts. */
export function parsePrincipalArn(text: string): PrincipalArn | undefined {
  if (isAccountId(text))
    return { type: "account", account: text, canonical: text, partition: undefined }
  if (isUniqueId(text))
    return { type: "unique-id", account: undefined, canonical: text, partition: undefined }
  const parts = splitArn(text)
  if (parts === undefined || !parts.partition.startsWith("aws") || parts.region !== "") {
    return undefined
  }
  const { account, resource } = parts
  if (!isAccountId(account)) return undefined
  if (parts.service === "iam" && resource === "root") {
    return { type: "account", account, canonical: account, partition: parts.partition }
  }
  const slash = resource.indexOf("/")
  const type = resource.slice(0, Math.max(slash, 0))
  const wanted = parts.service === "iam" ? iamTypes : parts.service === "sts" ? stsTypes : undefined
  if (wanted?.has(type) !== true) return undefined
  const names = countNames(resource, slash + 1)
  if (names === 0 || (type === "assumed-role" && names !== 2)) return undefined
  return { type: type as PrincipalArnType, account, canonical: text, partition: undefined }
}

/** What stands before the ARN of everyone whom a name means that is bound to a partition. */
export const arnPrefixOf = (partition: string | undefined): string =>
  partition === undefined ? "" : `${arnPrefix}${partition}:`

const iamTypes: ReadonlySet<string> = new Set(["user", "role"])
const stsTypes: ReadonlySet<string> = new Set(["assumed-role", "federated-user"])

/** How many names stand between slashes from there on; 0 when one of them is empty. */
function countNames(resource: string, from: number): number {
  let count = 0
  let start = from
  while (start <= resource.length) {
    const slash = resource.indexOf("/", start)
    const end = slash < 0 ? resource.length : slash
    if (end === start) return 0
    count += 1
    start = end + 1
  }
  return count
}

interface ArnParts {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** The six parts of an ARN; the last may hold colons. */
export function splitArn(text: string): ArnParts | undefined {
  if (!text.startsWith(arnPrefix)) return undefined
  const partition = text.indexOf(":", arnPrefix.length)
  const service = colonAfter(text, partition)
  const region = colonAfter(text, service)
  const account = colonAfter(text, region)
  if (account < 0) return undefined
  return {
    partition: text.slice(arnPrefix.length, partition),
    service: text.slice(partition + 1, service),
    region: text.slice(service + 1, region),
    account: text.slice(region + 1, account),
    resource: text.slice(account + 1),
  }
}

const arnPrefix = "arn:"

/** The colon after the one that was found; -1 when there is none. */
const colonAfter = (text: string, colon: number): number =>
  colon < 0 ? -1 : text.indexOf(":", colon + 1)

export const isAccountId = (text: string): boolean => text.length === 12 && everyCode(text, isDigit)

/** The name of a service principal, such as `logs.us-east-1.amazonaws.com`: labels and dots. */
export function isServiceName(text: string): boolean {
  const labels = text.split(".")
  return labels.length > 1 && labels.every((label) => label !== "" && everyCode(label, isOfLabel))
}

/** A service as names are compared: apart from those of accounts and IAM principals. */
export const serviceName = (service: string): string => `service:${service}`

/** `AIDA…` and `AROA…`: what IAM leaves of a deleted user or role. */
function isUniqueId(text: string): boolean {
  const prefixed = text.startsWith("AIDA") || text.startsWith("AROA")
  return prefixed && text.length >= 16 && text.length <= 128 && everyCode(text, isUpperOrDigit)
}

function everyCode(text: string, test: (code: number) => boolean): boolean {
  for (let at = 0; at < text.length; at += 1) if (!test(text.charCodeAt(at))) return false
  return true
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

const isOfLabel = (code: number): boolean =>
  isUpperOrDigit(code) || (code >= 0x61 && code <= 0x7a) || code === 0x2d || code === 0x5f

const isUpperOrDigit = (code: number): boolean => isDigit(code) || (code >= 0x41 && code <= 0x5a)
