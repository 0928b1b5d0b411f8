// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
/** The benchmark's world: one key, three callers, four requests in turn. */

const account = "111122223333"
const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const app = `arn:aws:iam::${account}:role/app/Orders`
const version = "2012-10-17"

export const keyPolicy = JSON.stringify({
  Version: version,
  Id: "orders-key",
  Statement: [
    {
      Sid: "Delegate",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Admins",
      Effect: "Allow",
      Principal: {
        AWS: [`arn:aws:iam::${account}:role/Admin`, `arn:aws:iam::${account}:user/chief`],
      },
      Action: [
        "kms:Create*",
        "kms:Describe*",
        "kms:Enable*",
        "kms:List*",
        "kms:Put*",
        "kms:Update*",
      ],
      Resource: "*",
    },
    {
      Sid: "Use",
      Effect: "Allow",
      Principal: { AWS: app },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "kms:EncryptionContext:tenant": ["42", "43"] } },
    },
    {
      Sid: "Grants",
      Effect: "Allow",
      Principal: { AWS: app },
      Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
      Resource: "*",
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      Sid: "Office",
      Effect: "Deny",
      Principal: "*",
      Action: "kms:*",
      Resource: "*",
      Condition: {
        NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"] },
        Bool: { "aws:ViaAWSService": "false" },
      },
    },
  ],
})

export const identityPolicies = [
  JSON.stringify({
    Version: version,
    Statement: [
      {
        Sid: "Keys",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: `arn:aws:kms:*:${account}:key/*`,
        Condition: { StringEquals: { "kms:EncryptionContext:owner": "${aws:username}" } },
      },
    ],
  }),
  JSON.stringify({
    Version: version,
    Statement: [
      { Effect: "Allow", Action: ["kms:ListKeys", "kms:ListAliases"], Resource: "*" },
      {
        Effect: "Deny",
        Action: "kms:ScheduleKeyDeletion",
        Resource: "*",
        Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
      },
    ],
  }),
]

export const closedKeyPolicy = JSON.stringify({
  Version: version,
  Statement: {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:user/chief` },
    Action: "kms:*",
    Resource: "*",
  },
})

const session = {
  type: "role-session",
  arn: `arn:aws:sts::${account}:assumed-role/Orders/i-0123`,
  account,
  roleArn: app,
}
const user = { type: "user", arn: `arn:aws:iam::${account}:user/ann`, account }

const turns = [
  { principal: session, action: "kms:Decrypt", ip: "203.0.113.9", pairs: { tenant: "42" } },
  { principal: user, action: "kms:GenerateDataKey", ip: "2001:db8::9", pairs: { owner: "ann" } },
  { principal: session, action: "kms:Decrypt", ip: "192.0.2.77", pairs: { tenant: "42" } },
  { principal: user, action: "kms:Encrypt", ip: "198.51.100.3", pairs: { owner: "bob" } },
]

/** Builds the whole request each time, as a service would. */
export function requestOf(turn) {
  const { principal, action, ip, pairs } = turns[turn & 3]
  const context = {
    "aws:SourceIp": ip,
    "aws:SecureTransport": true,
    "aws:ViaAWSService": false,
    "aws:PrincipalArn": principal.roleArn ?? principal.arn,
    "aws:PrincipalAccount": account,
    "aws:RequestedRegion": "us-east-1",
    "kms:CallerAccount": account,
    "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    "kms:EncryptionContextKeys": Object.keys(pairs),
  }
  if (principal.type === "user") context["aws:username"] = "ann"
  for (const name of Object.keys(pairs)) context[`kms:EncryptionContext:${name}`] = pairs[name]
  return {
    principal,
    action,
    resource: key,
    resourceAccount: account,
    encryptionContext: pairs,
    context,
  }
}

export function largeStatement(index) {
  return {
    Sid: `Statement ${index}`,
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:role/Team${index}` },
    Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
    Resource: "*",
    Condition: { StringEquals: { "kms:EncryptionContext:team": `${index}` } },
  }
}

/** Grants of one role with a context each, the one that fits among them. */
export function grantsOf(count) {
  return Array.from({ length: count }, (_, index) => ({
    grantId: `grant-${index}`,
    keyId: key,
    issuingAccount: account,
    granteePrincipal: session.arn,
    operations: ["Decrypt", "GenerateDataKey"],
    constraints: { encryptionContextSubset: { tenant: "42", item: `${index}` } },
  }))
}

export function grantRequestOf(turn, count) {
  const request = requestOf(0)
  return { ...request, encryptionContext: { tenant: "42", item: `${(turn * 7919) % count}` } }
}

export function organization(compileDocument) {
  const allow = { Version: version, Statement: { Effect: "Allow", Action: "*", Resource: "*" } }
  const deny = (region) => ({
    Version: version,
    Statement: {
      Effect: "Deny",
      Action: "kms:DisableKey",
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
  })
  const guard = (index) => ({
    Version: version,
    Statement: {
      Effect: "Deny",
      Principal: "*",
      Action: "kms:PutKeyPolicy",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:PrincipalAccount": `${index}` } },
    },
  })
  const level = (target, kind, documents) => ({
    target,
    policies: documents.map((document) => compileDocument(document, kind)),
  })
  const regions = ["eu-a-1", "eu-a-2", "eu-a-3", "eu-a-4"]
  const names = ["r-1", "ou-1", "ou-2", account]
  return {
    scps: [
      { account, levels: names.map((name) => level(name, "scp", [allow, ...regions.map(deny)])) },
    ],
    rcps: [
      { account, levels: names.map((name) => level(name, "rcp", [0, 1, 2, 3, 4].map(guard))) },
    ],
  }
}

export const cedarPolicies = {
  staticPolicies: `
permit(principal in Role::"admin", action in
  [Action::"CreateGrant", Action::"DescribeKey"], resource);
permit(principal == User::"ann", action in [Action::"Decrypt", Action::"GenerateDataKey"], resource)
  when { context has owner && context.owner == "ann" };
permit(principal == Session::"orders", action in
  [Action::"Encrypt", Action::"Decrypt", Action::"GenerateDataKey"], resource)
  when { context has tenant && ["42", "43"].contains(context.tenant) };
permit(principal == Session::"orders", action in
  [Action::"CreateGrant", Action::"ListGrants"], resource)
  when { context has grantIsForAwsResource && context.grantIsForAwsResource };
permit(principal, action in [Action::"ListKeys", Action::"ListAliases"], resource);
forbid(principal, action == Action::"ScheduleKeyDeletion", resource)
  unless { context has mfa && context.mfa };
forbid(principal, action, resource) when {
  !context.viaService &&
  !(ip(context.sourceIp).isInRange(ip("203.0.113.0/24")) ||
    ip(context.sourceIp).isInRange(ip("198.51.100.0/24")) ||
    ip(context.sourceIp).isInRange(ip("2001:db8::/32")))
};`,
}

function cedarRequest(turn) {
  const { principal, action, ip, pairs } = turns[turn & 3]
  const [type, id] = principal.type === "user" ? ["User", "ann"] : ["Session", "orders"]
  return {
    principal: { type, id },
    action: { type: "Action", id: action.slice(4) },
    resource: { type: "Key", id: key },
    context: { sourceIp: ip, viaService: false, secureTransport: true, ...pairs },
  }
}

export function cedarCall(turn) {
  return { ...cedarRequest(turn), policies: cedarPolicies, entities: [] }
}

export function cedarStatefulCall(turn, preparsedPolicySetId) {
  return { ...cedarRequest(turn), preparsedPolicySetId, validateRequest: false, entities: [] }
}
