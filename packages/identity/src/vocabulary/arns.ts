/** What IAM names: the kinds that have records. */
export type EntityKind = "user" | "group" | "role" | "policy"

export const accountForm = /^\d{12}$/
/** Source: IAM API reference: names of users, groups, roles and policies. */
export const nameForm = /^[\w+=,.@-]{1,128}$/
/** Source: IAM API reference, `Path`: begins and ends with a slash. */
export const pathForm = /^\/(?:[!-.0-~]+\/)*$/
export const pathLengthMax = 512

/** The ARN of what has a path and a name. */
export const entityArn = (
  partition: string,
  kind: EntityKind,
  account: string,
  path: string,
  name: string,
): string => `arn:${partition}:iam::${account}:${kind}${path}${name}`

/** A user or role, as its ARN names it. */
export interface NamedPrincipal {
  readonly kind: "user" | "role"
  readonly account: string
  readonly path: string
  readonly name: string
}

const principalForm = /^arn:([a-z-]+):iam::(\d{12}):(user|role)(\/(?:[!-~]*\/)?)([\w+=,.@-]+)$/

/** `undefined` for what is the ARN of no user and no role of the partition. */
export function readPrincipalArn(partition: string, arn: string): NamedPrincipal | undefined {
  const [, own, account = "", kind, path = "", name = ""] = principalForm.exec(arn) ?? []
  if (own !== partition) return undefined
  return { kind: kind as "user" | "role", account, path, name }
}
