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
}

/** What an `AWS` principal names; undefined when it is none of the forms that IAM accepts. */
export function parsePrincipalArn(text: string): PrincipalArn | undefined {
  if (isAccountId(text)) return { type: "account", account: text, canonical: text }
  if (isUniqueId(text)) return { type: "unique-id", account: undefined, canonical: text }
  const parts = splitArn(text)
  if (parts === undefined || !parts.partition.startsWith("aws") || parts.region !== "") {
    return undefined
  }
  const { account, resource } = parts
  if (!isAccountId(account)) return undefined
  if (parts.service === "iam" && resource === "root") {
    return { type: "account", account, canonical: account }
  }
  const slash = resource.indexOf("/")
  const type = resource.slice(0, Math.max(slash, 0))
  const wanted = parts.service === "iam" ? iamTypes : parts.service === "sts" ? stsTypes : undefined
  if (wanted?.has(type) !== true) return undefined
  const names = resource.slice(slash + 1).split("/")
  if (names.some((name) => name === "") || (type === "assumed-role" && names.length !== 2)) {
    return undefined
  }
  return { type: type as PrincipalArnType, account, canonical: text }
}

const iamTypes: ReadonlySet<string> = new Set(["user", "role"])
const stsTypes: ReadonlySet<string> = new Set(["assumed-role", "federated-user"])

interface ArnParts {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** The six parts of an ARN; the last may hold colons. */
export function splitArn(text: string): ArnParts | undefined {
  const parts: string[] = []
  let from = 0
  for (let part = 0; part < 5; part++) {
    const colon = text.indexOf(":", from)
    if (colon < 0) return undefined
    parts.push(text.slice(from, colon))
    from = colon + 1
  }
  const [prefix, partition, service, region, account] = parts
  if (prefix !== "arn" || partition === undefined || service === undefined) return undefined
  if (region === undefined || account === undefined) return undefined
  return { partition, service, region, account, resource: text.slice(from) }
}

export function isAccountId(text: string): boolean {
  return text.length === 12 && everyCode(text, isDigit)
}

/** `AIDA…` and `AROA…`: what IAM leaves of a deleted user or role. */
function isUniqueId(text: string): boolean {
  const prefixed = text.startsWith("AIDA") || text.startsWith("AROA")
  return prefixed && text.length >= 16 && text.length <= 128 && everyCode(text, isUpperOrDigit)
}

function everyCode(text: string, test: (code: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) if (!test(text.charCodeAt(at))) return false
  return true
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isUpperOrDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x5a)
}
