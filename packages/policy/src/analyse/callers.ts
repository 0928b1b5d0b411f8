import type { NormalStatement } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { parsePrincipalArn, splitArn } from "../vocabulary/principal-arn.js"
import type { ContextRecord, Principal } from "../vocabulary/types.js"

/** Context keys that follow from the caller. Lower case. */
export const callerKeys: readonly string[] = [
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principaltype",
  "kms:calleraccount",
  "aws:username",
  "aws:principalisawsservice",
  "aws:principalservicename",
]

const strangerAccounts = ["999999999999", "888888888888", "777777777777"]

/** Callers that stand for everyone the statements can tell apart by name. */
export function callersFor(
  statements: readonly NormalStatement[],
  account: string,
): readonly Principal[] {
  const callers = new Map<string, Principal>()
  const add = (principal: Principal) => callers.set(`${principal.type} ${principal.arn}`, principal)
  const names = statements.flatMap(({ principal, conditions }) => [
    ...(principal?.entries ?? []).map(({ value }) => value),
    ...conditions
      .filter(({ key }) => callerKeys.includes(lowerAscii(key)))
      .flatMap(({ values }) => values.map(({ value }) => value)),
  ])
  const accounts = new Set([account])
  for (const name of names) {
    const principal = principalNamed(name)
    if (principal !== undefined) add(principal)
    const named = parsePrincipalArn(name)?.account
    if (named !== undefined) accounts.add(named)
  }
  for (const { principal } of statements) {
    for (const entry of principal?.entries ?? []) {
      if (entry.kind === "Service") add(serviceNamed(entry.value))
    }
  }
  const stranger = strangerAccounts.find((one) => !accounts.has(one)) ?? "666666666666"
  for (const partition of partitionsOf(names)) {
    for (const one of [...accounts, stranger]) {
      add(userOf(one, partition))
      add({ type: "root", arn: `arn:${partition}:iam::${one}:root`, account: one })
      add(roleSession(`arn:${partition}:iam::${one}:role/Stranger`, one))
    }
  }
  add(serviceNamed("stranger.amazonaws.com"))
  return [...callers.values()]
}

/** The partitions that are named. One policy belongs to one, but nobody has to say it. */
function partitionsOf(names: readonly string[]): readonly string[] {
  const named = names.map((name) => splitArn(name)?.partition).filter((one) => one !== undefined)
  const known = [...new Set(named)].filter((partition) => partition.startsWith("aws"))
  return known.length === 0 ? [defaultPartition] : known
}

const defaultPartition = "aws"

export function strangerTo(statements: readonly NormalStatement[], account: string): Principal {
  const text = JSON.stringify(statements)
  const free = strangerAccounts.find((one) => one !== account && !text.includes(one))
  return userOf(free ?? "666666666666")
}

const userOf = (account: string, partition = defaultPartition): Principal => ({
  type: "user",
  arn: `arn:${partition}:iam::${account}:user/stranger`,
  account,
})

const serviceNamed = (service: string): Principal => ({
  type: "service",
  arn: service,
  account: "",
  service,
})

function roleSession(roleArn: string, account: string): Principal {
  const name = roleArn.slice(roleArn.lastIndexOf("/") + 1)
  const partition = splitArn(roleArn)?.partition ?? defaultPartition
  const arn = `arn:${partition}:sts::${account}:assumed-role/${name}/stranger`
  return { type: "role-session", arn, account, roleArn }
}

/** The caller that a policy names; wildcards stand for a stranger's name. */
function principalNamed(text: string): Principal | undefined {
  const parsed = parsePrincipalArn(text.replaceAll("*", "stranger"))
  const account = parsed?.account
  if (parsed === undefined || account === undefined) return undefined
  const arn = parsed.canonical
  const partition = splitArn(arn)?.partition ?? defaultPartition
  switch (parsed.type) {
    case "user":
      return { type: "user", arn, account }
    case "role":
      return roleSession(arn, account)
    case "assumed-role": {
      const role = arn.split("/")[1] ?? ""
      const roleArn = `arn:${partition}:iam::${account}:role/${role}`
      return { type: "role-session", arn, account, roleArn }
    }
    case "federated-user":
      return { type: "federated-user", arn, account, issuerUserArn: userOf(account, partition).arn }
    default:
      return undefined
  }
}

const principalTypes: { readonly [type in Principal["type"]]: string | undefined } = {
  user: "User",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  root: "Account",
  service: undefined,
}

/** The keys that AWS would derive from the caller. */
export function callerContext(principal: Principal): ContextRecord {
  const { type, account, arn, roleArn, service } = principal
  if (type === "service") {
    return { "aws:PrincipalIsAWSService": true, "aws:PrincipalServiceName": service }
  }
  return {
    "aws:PrincipalAccount": account,
    "kms:CallerAccount": account,
    "aws:PrincipalArn": roleArn ?? arn,
    "aws:PrincipalType": principalTypes[type],
    "aws:PrincipalIsAWSService": false,
    "aws:username": type === "user" ? arn.slice(arn.lastIndexOf("/") + 1) : undefined,
  }
}
