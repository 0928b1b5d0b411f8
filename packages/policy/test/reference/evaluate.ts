import type { ContextScalar, Grant, Policies, PolicyRequest } from "../../src/index.js"
import { type Context, folded } from "./operators.js"
import {
  accountOf,
  effectApplies,
  type Json,
  type Match,
  type Question,
  someRegion,
  statementMatches,
  statementsOf,
} from "./statements.js"

/** Operations that work on keys of other accounts (KMS Developer Guide). */
const crossAccountOperations = new Set(
  (
    "Decapsulate DeriveSharedSecret Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair " +
    "GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac Sign Verify " +
    "VerifyMac DescribeKey GetPublicKey Decrypt ReEncryptFrom ReEncryptTo CreateGrant ListGrants " +
    "RevokeGrant GetKeyRotationStatus RetireGrant"
  )
    .split(" ")
    .map((name) => `kms:${name}`.toLowerCase()),
)

const grantable = new Set(
  (
    "Encrypt Decrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair " +
    "GenerateDataKeyPairWithoutPlaintext ReEncryptFrom ReEncryptTo Sign Verify GenerateMac " +
    "VerifyMac DeriveSharedSecret GetPublicKey DescribeKey CreateGrant RetireGrant Encapsulate " +
    "Decapsulate"
  )
    .split(" ")
    .map((name) => `kms:${name}`.toLowerCase()),
)

const withoutKey = new Set([
  "kms:listkeys",
  "kms:createkey",
  "kms:listaliases",
  "kms:generaterandom",
])

export interface ReferenceDecision {
  readonly effect: string
  readonly reason: string
}

interface Scene extends Question {
  readonly policies: Policies
  readonly request: PolicyRequest
}

function contextOf(request: PolicyRequest): Context {
  const context: Context = new Map()
  if (typeof request.context === "function") throw new Error("the reference reads records")
  for (const [name, value] of Object.entries(request.context)) {
    if (value === undefined) continue
    const texts = Array.isArray(value) ? value.map(String) : String(value as ContextScalar)
    const before = context.get(folded(name))
    context.set(folded(name), before === undefined ? texts : [before, texts].flat())
  }
  return context
}

const documents = (list: readonly unknown[] | undefined) => (list ?? []) as readonly Json[]

/** An operation without a key is about the account in the region that was called. */
function resourceOf(request: PolicyRequest, region: string) {
  const { action, resource, principal, resourceAccount } = request
  if (resource !== "*" || !/^kms:/i.test(action)) return resource
  const partition = /^arn:([^:]+):/.exec(principal.arn)?.[1] ?? "aws"
  return `arn:${partition}:kms:${region}:${resourceAccount}:*`
}

const sceneOf = (own: Policies, request: PolicyRequest): Scene => ({
  caller: { ...request.principal, hasBoundary: own.permissionsBoundary !== undefined },
  action: request.action,
  resource: resourceOf(
    request,
    String(contextOf(request).get("aws:requestedregion") ?? someRegion),
  ),
  context: contextOf(request),
  policies: own,
  request,
})

/** Tags and aliases of the key are for IAM policies. */
const asKeyPolicySees = (scene: Scene): Scene => ({
  ...scene,
  context: new Map(
    [...scene.context].filter(
      ([key]) => !key.startsWith("aws:resourcetag/") && key !== "kms:resourcealiases",
    ),
  ),
})

/** The pseudo-code of the evaluation logic, read aloud. Documents are well-formed objects. */
export function referenceDecide(policies: Policies, request: PolicyRequest): ReferenceDecision {
  const { principal } = request
  const service = principal.type === "service"
  const own: Policies = service
    ? { ...policies, identityPolicies: [], sessionPolicies: [], permissionsBoundary: undefined }
    : policies
  const scene = sceneOf(own, request)
  const action = request.action.toLowerCase()
  const retires = action === "kms:retiregrant"
  const onKey = !withoutKey.has(action)
  const linked = principal.roleArn?.includes("/aws-service-role/") === true
  const rcpExempt = !onKey || retires || linked || request.keyManager === "AWS"
  const rcp = rcpExempt ? undefined : entryFor(own.rcps, request.resourceAccount)
  const scp = service || linked ? undefined : entryFor(own.scps, principal.account)
  const endpoint =
    request.vpcEndpointId === undefined ? [] : documents([own.vpcEndpointPolicy].filter(isThere))
  const keyPolicy = onKey && !retires ? documents([own.keyPolicy].filter(isThere)) : []
  const boundary = documents([own.permissionsBoundary].filter(isThere))
  const ordered: [string, readonly Json[]][] = [
    ["rcp", documents(rcp?.levels.flatMap((level) => level.policies))],
    ["scp", documents(scp?.levels.flatMap((level) => level.policies))],
    ["vpcEndpointPolicy", endpoint],
    ["keyPolicy", keyPolicy],
    ["identityPolicy", documents(own.identityPolicies)],
    ["permissionsBoundary", boundary],
    ["sessionPolicy", documents(own.sessionPolicies)],
  ]
  for (const [reason, list] of ordered) {
    const asked = reason === "keyPolicy" ? asKeyPolicySees(scene) : scene
    if (list.some((document) => effectApplies(document, "Deny", asked))) {
      return { effect: "explicitDeny", reason }
    }
  }
  const allows = (list: readonly Json[]) => list.some((item) => effectApplies(item, "Allow", scene))
  const deny = (reason: string) => ({ effect: "implicitDeny", reason })
  if (scp?.levels.some((level) => !allows(documents(level.policies)))) return deny("scp")
  if (endpoint.length > 0 && !allows(endpoint)) return deny("vpcEndpointPolicy")

  const sessions = documents(own.sessionPolicies)
  const sessionOpen = sessions.length > 0 ? allows(sessions) : principal.type !== "federated-user"
  const boundaryOpen = boundary.length === 0 || allows(boundary)
  const within = sessionOpen && boundaryOpen
  const iam = principal.type === "root" || allows(documents(own.identityPolicies))
  const blockedBy = !sessionOpen
    ? "sessionPolicy"
    : !boundaryOpen
      ? "permissionsBoundary"
      : "identityPolicy"
  const byIam = (reason: string) => (within && iam ? { effect: "allow", reason } : deny(blockedBy))
  if (retires) return referenceRetire(scene, { within, iam, blockedBy })
  const sameAccount = service || principal.account === request.resourceAccount
  if (!onKey) return sameAccount ? byIam("identityPolicy") : deny("crossAccountOperation")

  const policy = keyPolicyMatches(keyPolicy, asKeyPolicySees(scene))
  const grants = grantMatches(scene)
  const allow = (reason: string) => ({ effect: "allow", reason })
  if (sameAccount) {
    if (policy.has("direct")) return allow("keyPolicy")
    if (grants.has("direct")) return allow("grant")
    if (policy.has("limited") && within) return allow("keyPolicy")
    if (grants.has("limited") && within) return allow("grant")
    if (policy.has("delegation") || grants.has("delegation")) return byIam("delegation")
    return deny(policy.has("limited") || grants.has("limited") ? blockedBy : "keyPolicy")
  }
  const isOfKms = /^kms:/i.test(request.action)
  if (isOfKms && !crossAccountOperations.has(action)) return deny("crossAccountOperation")
  if (grants.has("direct") || (grants.has("limited") && within)) return allow("grant")
  if (policy.size > 0 || grants.size > 0) return byIam("crossAccount")
  return deny("keyPolicy")
}

const isThere = (value: unknown) => value !== undefined

function entryFor(entries: Policies["scps"], account: string) {
  const entry = (entries ?? []).find((candidate) => candidate.account === account)
  return entry?.isManagementAccount ? undefined : entry
}

function keyPolicyMatches(keyPolicy: readonly Json[], scene: Scene): Set<Match> {
  const found = new Set<Match>()
  for (const document of keyPolicy) {
    for (const statement of statementsOf(document)) {
      if (statement.Effect !== "Allow") continue
      for (const match of statementMatches(document, statement, scene)) found.add(match)
    }
  }
  return found
}

function nameMatches(name: string | undefined, scene: Scene): Match | undefined {
  if (name === undefined) return undefined
  const { caller } = scene
  if (caller.type === "service") return name === caller.service ? "direct" : undefined
  const account = accountOf(name, caller) ?? name
  if (account === caller.account) return caller.type === "root" ? "direct" : "delegation"
  if (caller.type === "root") return undefined
  if (name === caller.arn) return "direct"
  const parent = caller.type === "role-session" ? caller.roleArn : caller.issuerUserArn
  return caller.type !== "user" && name === parent ? "limited" : undefined
}

function grantMatches(scene: Scene): Set<Match> {
  const found = new Set<Match>()
  const { request } = scene
  if (!grantable.has(request.action.toLowerCase())) return found
  const keyId = request.resource.split(":key/")[1]
  for (const grant of (scene.policies.grants ?? []) as readonly Grant[]) {
    if (grant.keyId !== request.resource && grant.keyId !== keyId) continue
    const match = nameMatches(grant.granteeServicePrincipal ?? grant.granteePrincipal, scene)
    if (match !== undefined && grantAllows(grant, scene)) found.add(match)
  }
  return found
}

function grantAllows(grant: Grant, scene: Scene): boolean {
  const operation = scene.request.action.slice("kms:".length).toLowerCase()
  if (!grant.operations.some((name) => name.toLowerCase() === operation)) return false
  const {
    encryptionContextEquals: equals,
    encryptionContextSubset: subset,
    sourceArn,
  } = grant.constraints ?? {}
  const context = scene.request.encryptionContext ?? {}
  const covers = (pairs: object) =>
    Object.entries(pairs).every(([name, value]) =>
      Object.entries(context).some(([n, v]) => n === name && v === value),
    )
  if (operation !== "describekey") {
    if (equals && !(covers(equals) && Object.keys(equals).length === Object.keys(context).length))
      return false
    if (subset && !covers(subset)) return false
  }
  if (sourceArn !== undefined && scene.context.get("aws:sourcearn") !== sourceArn) return false
  if (operation !== "creategrant") return true
  const asked = scene.context.get("kms:grantoperations")
  if (!Array.isArray(asked) || asked.length === 0) return false
  if (!asked.every((name) => grant.operations.includes(name))) return false
  const type = scene.context.get("kms:grantconstrainttype")
  if (equals && type !== "EncryptionContextEquals") return false
  const bound = subset !== undefined && Object.keys(subset).length > 0
  if (bound && type !== "EncryptionContextEquals" && type !== "EncryptionContextSubset")
    return false
  return sourceArn === undefined || scene.context.get("kms:grantconstraintsourcearn") === sourceArn
}

interface OwnSide {
  readonly within: boolean
  readonly iam: boolean
  readonly blockedBy: string
}

function referenceRetire(scene: Scene, { within, iam, blockedBy }: OwnSide): ReferenceDecision {
  const grants = (scene.policies.grants ?? []) as readonly Grant[]
  const grant = grants.findLast((candidate) => candidate.grantId === scene.request.grantId)
  if (grant === undefined) return { effect: "implicitDeny", reason: "grantRelation" }
  const may = (name: string | undefined) => {
    const match = nameMatches(name, scene)
    return (
      match === "direct" ||
      (match === "limited" && within) ||
      (match === "delegation" && within && iam)
    )
  }
  if (may(grant.retiringServicePrincipal ?? grant.retiringPrincipal)) {
    return { effect: "allow", reason: "retiringPrincipal" }
  }
  if (
    grant.operations.includes("RetireGrant") &&
    may(grant.granteeServicePrincipal ?? grant.granteePrincipal)
  ) {
    return { effect: "allow", reason: "grantee" }
  }
  if (scene.caller.type === "service" || scene.caller.account !== grant.issuingAccount) {
    return { effect: "implicitDeny", reason: "grantRelation" }
  }
  return within && iam
    ? { effect: "allow", reason: "issuingAccount" }
    : { effect: "implicitDeny", reason: blockedBy }
}
