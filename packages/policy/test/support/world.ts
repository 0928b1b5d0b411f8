import fc from "fast-check"
import type { Grant, Policies, PolicyRequest, Principal } from "../../src/index.js"
import { operators } from "../../src/operators/table.js"

/**
 * A small world for random tests: few accounts, names, keys and values, so that random policies
 * and random requests meet often.
 */

const home = "111122223333"
const abroad = "444455556666"
export const keyArn = `arn:aws:kms:us-east-1:${home}:key/1234abcd`
const otherKeyArn = `arn:aws:kms:eu-west-1:${home}:key/mrk-77`

const userOf = (account: string) => `arn:aws:iam::${account}:user/team/ann`
const roleOf = (account: string) => `arn:aws:iam::${account}:role/app/Worker`
const sessionOf = (account: string) => `arn:aws:sts::${account}:assumed-role/Worker/run1`
const federatedOf = (account: string) => `arn:aws:sts::${account}:federated-user/fed`
const rootOf = (account: string) => `arn:aws:iam::${account}:root`
const service = "logs.us-east-1.amazonaws.com"

const principals: readonly Principal[] = [home, abroad].flatMap((account): Principal[] => [
  { type: "user", arn: userOf(account), account },
  { type: "role-session", arn: sessionOf(account), account, roleArn: roleOf(account) },
  { type: "federated-user", arn: federatedOf(account), account, issuerUserArn: userOf(account) },
  { type: "root", arn: rootOf(account), account },
  { type: "service", arn: service, account, service },
])

const linkedRole: Principal = {
  type: "role-session",
  arn: `arn:aws:sts::${home}:assumed-role/AWSServiceRoleForX/s`,
  account: home,
  roleArn: `arn:aws:iam::${home}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`,
}

const chinese: Principal = {
  type: "user",
  arn: `arn:aws-cn:iam::${abroad}:user/li`,
  account: abroad,
}

const accountNames = [home, abroad].flatMap((account) => [
  account,
  rootOf(account),
  userOf(account),
  roleOf(account),
  sessionOf(account),
  federatedOf(account),
])
const names = [...accountNames, `arn:aws-cn:iam::${abroad}:root`]

const oneOrMore = <Item>(item: fc.Arbitrary<Item>, max = 3): fc.Arbitrary<Item | Item[]> =>
  fc.oneof(item, fc.array(item, { minLength: 1, maxLength: max }))

const principalMap = fc.oneof(
  { weight: 3, arbitrary: fc.constant("*" as unknown) },
  { weight: 8, arbitrary: oneOrMore(fc.constantFrom(...names)).map((AWS): unknown => ({ AWS })) },
  { weight: 1, arbitrary: fc.constant({ AWS: "*" }) },
  { weight: 2, arbitrary: fc.constant({ Service: [service, "s3.amazonaws.com"] }) },
  { weight: 1, arbitrary: fc.constant({ Service: service, AWS: home }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>({}, { AWS: [] }, { Service: [] }) },
)

const actionPatterns = [
  "*",
  "kms:*",
  "kms:Decrypt",
  "KMS:decrypt",
  "kms:Describe*",
  "kms:*Grant",
  "kms:?e*",
  "kms:Create*",
  "kms:ListKeys",
  "kms:PutKeyPolicy",
  "kms:Futur?",
  "s3:*",
]

const actions = [
  "kms:Decrypt",
  "kms:decrypt",
  "kms:DescribeKey",
  "kms:CreateGrant",
  "kms:RetireGrant",
  "kms:ListKeys",
  "kms:PutKeyPolicy",
  "kms:Future",
]

const resourcePatterns = [
  "*",
  "*",
  "*",
  keyArn,
  otherKeyArn,
  `arn:aws:kms:*:${home}:key/*`,
  `arn:aws:kms:us-east-1:${home}:*`,
  "arn:aws:kms:*",
  "arn:aws:kms:us-*-1:*",
  `arn:aws:kms:?*-1:${home}:*`,
  `arn:aws:kms*:eu-west-1:${home}:*`,
  `arn:aws:*:${home}:*`,
  "arn:*:kms:us-east-?:111122223333:key/12*",
  `arn:aws:kms:*east*:${home}:key/*`,
  "arn:aws:kms:u*s*:key/*cd",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
  "arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/key}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
  "arn:aws:kms:*:111122223333:key/${AWS:ResourceTag/Team}*",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
  "arn:aws:kms:*-1:111122223333:key/${aws:PrincipalTag/key, '1234abcd'}",
]

const contextValues = ["a", "A", "ab", "a*b", "", "10", "7", "07.0", "true", "FALSE", "x:y"]
const addresses = ["203.0.113.7", "10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1"]
const dates = ["2026", "2026-03-04T05:06:07Z", "1772600767", "2026-03-04T06:06:07+01:00"]
const arns = [userOf(home), roleOf(abroad), "arn:aws:s3:::bucket:x"]
const binaries = ["AQID", "AQ==", "AR=="]
const requestValues = [...contextValues, ...addresses, ...dates, ...arns, ...binaries]

const policyValues = [
  ...requestValues,
  "*",
  "a*",
  "?",
  "*b",
  "203.0.113.0/24",
  "10.0.0.0/8",
  "2001:db8::/32",
  "::ffff:10.0.0.0/104",
  "0.0.0.0/0",
  "2026-03-04",
  "arn:aws:iam::*:user/*",
  "arn:aws:*::*:*",
  "arn:aws:s3:::bucket:*",
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables
  "${aws:username}",
  "${aws:username}*",
  "${aws:PrincipalTag/team, 'a'}",
  "${aws:ResourceTag/team, 'a'}",
  "a${*}b",
  "${?}",
  "arn:aws:iam::${aws:PrincipalAccount}:user/*",
  "arn:aws:s3:::${aws:username}:x",
  "${unfinished",
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables
]

const keys = [
  "aws:username",
  "AWS:UserName",
  "aws:SourceIp",
  "aws:PrincipalTag/team",
  "aws:PrincipalTag/key",
  "aws:PrincipalTag/\u212aey",
  "kms:EncryptionContext:tenant",
  "kms:EncryptionContextKeys",
  "aws:PrincipalAccount",
  "aws:ResourceTag/team",
  "kms:ResourceAliases",
  "__proto__",
]

const quantifiers = ["", "ForAllValues:", "ForAnyValue:"]

const operatorNames = operators.flatMap(({ name, takesIfExists }) =>
  quantifiers.flatMap((quantifier) => [
    `${quantifier}${name}`,
    ...(takesIfExists ? [`${quantifier}${name}IfExists`] : []),
  ]),
)

const conditionBlock = fc.dictionary(
  fc.constantFrom(...operatorNames),
  fc
    .dictionary(
      fc.constantFrom(...keys.filter((key) => key !== "AWS:UserName" && key !== "__proto__")),
      fc.oneof(
        { weight: 8, arbitrary: oneOrMore(fc.constantFrom<unknown>(...policyValues, true, 10, 7)) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
      { minKeys: 1, maxKeys: 2 },
    )
    .map((block) => ({ ...block })),
  { maxKeys: 2 },
)

const version = fc.constantFrom("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17")

interface DocumentShape {
  readonly principal: "any" | "everyone" | "none"
  readonly effects: readonly string[]
  readonly inert: boolean
}

function statement({ principal, effects, inert }: DocumentShape): fc.Arbitrary<object> {
  return fc
    .record({
      effect: fc.constantFrom(...effects),
      negatedPrincipal: fc.integer({ min: 0, max: 5 }),
      principal: principal === "everyone" ? fc.constant("*" as unknown) : principalMap,
      negatedAction: fc.integer({ min: 0, max: 9 }),
      action: oneOrMore(fc.constantFrom(...actionPatterns)),
      negatedResource: fc.integer({ min: 0, max: 9 }),
      resource: oneOrMore(fc.constantFrom(...resourcePatterns)),
      condition: fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        { weight: 3, arbitrary: conditionBlock },
      ),
      inert: fc.integer({ min: 0, max: 19 }),
    })
    .map((parts) => {
      const rcp = principal === "everyone"
      const made: Record<string, unknown> = { Effect: parts.effect }
      if (principal !== "none") {
        const negated = !rcp && parts.effect === "Deny" && parts.negatedPrincipal === 0
        made[negated ? "NotPrincipal" : "Principal"] = parts.principal
      }
      const action = rcp ? "kms:*" : parts.action
      if (!(inert && parts.inert === 0)) {
        made[!rcp && parts.negatedAction === 0 ? "NotAction" : "Action"] = action
      }
      if (!(inert && parts.inert === 1)) {
        made[parts.negatedResource === 0 ? "NotResource" : "Resource"] = parts.resource
      }
      if (parts.condition !== undefined) made.Condition = parts.condition
      return made
    })
}

function document(shape: DocumentShape, statementsMax = 3): fc.Arbitrary<object> {
  return fc.record({
    Version: version,
    Statement: fc.array(statement(shape), { minLength: 1, maxLength: statementsMax }),
  })
}

const both = ["Allow", "Allow", "Allow", "Deny"]
const resourceBased = document({ principal: "any", effects: both, inert: true }, 4)
const endpointPolicy = document({
  principal: "any",
  effects: ["Allow", "Allow", "Deny"],
  inert: false,
})
const bearer = document({ principal: "none", effects: both, inert: false })
const control = document({ principal: "everyone", effects: ["Deny"], inert: false }, 2)
const allowAll = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
}

const maybe = <Item>(item: fc.Arbitrary<Item>, frequency: number) =>
  fc.option(item, { nil: undefined, freq: frequency })

function organization(policy: fc.Arbitrary<object>) {
  const level = fc.record({
    target: fc.constantFrom("r-1", "ou-1"),
    policies: fc.array(fc.oneof(fc.constant(allowAll), policy), { maxLength: 2 }),
  })
  return fc.array(
    fc.record({
      account: fc.constantFrom(home, abroad),
      isManagementAccount: fc.constantFrom(false, false, false, true),
      levels: fc.array(level, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  )
}

const rcps = fc.array(
  fc.record({
    account: fc.constantFrom(home, abroad),
    levels: fc.array(
      fc.record({ target: fc.constant("r-1"), policies: fc.array(control, { maxLength: 1 }) }),
      { maxLength: 1 },
    ),
  }),
  { maxLength: 1 },
)

const pairs = fc.dictionary(fc.constantFrom("tenant", "Tenant", "app"), fc.constantFrom("a", "b"), {
  maxKeys: 2,
})

const grant: fc.Arbitrary<Grant> = fc
  .record({
    grantId: fc.constantFrom("g1", "g2", "g3"),
    keyId: fc.constantFrom(keyArn, "1234abcd", "1234abcd", "other"),
    issuingAccount: fc.constantFrom(home, abroad),
    grantee: fc.constantFrom<readonly [string, string]>(
      ...names.map((name) => ["granteePrincipal", name] as const),
      ["granteeServicePrincipal", service],
    ),
    retiringPrincipal: fc.constantFrom(undefined, ...names),
    operations: fc.subarray(["Decrypt", "DescribeKey", "CreateGrant", "RetireGrant", "Sign"]),
    constraints: fc.constantFrom<"none" | "equals" | "subset">("none", "none", "equals", "subset"),
    pairs,
    sourceArn: fc.constantFrom(undefined, undefined, undefined, arns[2]),
  })
  .map(({ grantee: [member, name], constraints, pairs: wanted, sourceArn, ...rest }) => ({
    ...rest,
    [member]: name,
    constraints: {
      ...(constraints === "equals" ? { encryptionContextEquals: wanted } : {}),
      ...(constraints === "subset" ? { encryptionContextSubset: wanted } : {}),
      ...(sourceArn === undefined ? {} : { sourceArn }),
    },
  }))

export const somePolicies: fc.Arbitrary<Policies> = fc.record({
  keyPolicy: maybe(resourceBased, 12),
  identityPolicies: fc.array(bearer, { maxLength: 2 }),
  permissionsBoundary: maybe(bearer, 2),
  sessionPolicies: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(bearer, { maxLength: 2 }) },
  ),
  scps: fc.oneof(fc.constant([]), fc.constant([]), organization(bearer)),
  rcps: fc.oneof(fc.constant([]), fc.constant([]), rcps),
  vpcEndpointPolicy: maybe(endpointPolicy, 2),
  grants: fc.oneof(fc.constant([]), fc.array(grant, { maxLength: 3 })),
})

const contextValue = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<string | number | boolean>(...requestValues, 7, true) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...requestValues), { maxLength: 3 }) },
)

const grantContext = fc.record(
  {
    "kms:GrantOperations": fc.subarray(["Decrypt", "DescribeKey", "Sign"]),
    "kms:GrantConstraintType": fc.constantFrom(
      "EncryptionContextEquals",
      "EncryptionContextSubset",
    ),
    "aws:SourceArn": fc.constantFrom(...arns),
    "kms:GrantConstraintSourceArn": fc.constantFrom(...arns),
  },
  { requiredKeys: [] },
)

const twice = <Item>(item: Item): readonly Item[] => [item, item]

export const someRequest: fc.Arbitrary<PolicyRequest> = fc
  .record({
    principal: fc.constantFrom(...principals, ...principals, linkedRole, chinese),
    // A grant is retired by few, so it is asked for often.
    action: fc.constantFrom(...twice("kms:Decrypt"), ...twice("kms:RetireGrant"), ...actions),
    resource: fc.constantFrom(keyArn, keyArn, otherKeyArn),
    keyManager: fc.constantFrom<"CUSTOMER" | "AWS" | undefined>("CUSTOMER", undefined, "AWS"),
    vpcEndpointId: fc.constantFrom(undefined, "vpce-1"),
    encryptionContext: maybe(pairs, 3),
    grantId: fc.constantFrom(undefined, "g1", "g2"),
    context: fc.dictionary(fc.constantFrom(...keys), contextValue, { maxKeys: 6 }),
    forGrants: grantContext,
    region: fc.constantFrom({}, { "aws:RequestedRegion": "us-east-1" }),
  })
  .map(({ context, forGrants, region, resource, action, ...rest }) => ({
    ...rest,
    action,
    resource: action === "kms:ListKeys" ? "*" : resource,
    resourceAccount: home,
    context: { ...context, ...forGrants, ...region },
  }))
