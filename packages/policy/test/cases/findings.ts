// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import type { DocumentKind, LintOptions } from "../../src/index.js"
import { abroad, home, keyArn } from "../support/scene.js"

/** For every code of the catalogue: a policy that has the finding and a close one that has not. */
export interface FindingCase {
  readonly code: string
  readonly severity: "error" | "security" | "warning" | "suggestion"
  readonly kind: DocumentKind
  readonly found: string
  readonly clean: string
  readonly options?: LintOptions
}

const me = { AWS: "arn:aws:iam::111122223333:user/ann" }

function key(more: object, version = "2012-10-17"): string {
  const statement = {
    Sid: "Use",
    Effect: "Allow",
    Principal: me,
    Action: "kms:Decrypt",
    Resource: "*",
  }
  return JSON.stringify({ Version: version, Statement: [{ ...statement, ...more }] })
}

function identity(more: object, version = "2012-10-17"): string {
  const statement = { Sid: "Use", Effect: "Allow", Action: "kms:Decrypt", Resource: keyArn }
  return JSON.stringify({ Version: version, Statement: [{ ...statement, ...more }] })
}

const condition = (operator: string, name: string, value: unknown) => ({
  Condition: { [operator]: { [name]: value } },
})
const denied = (operator: string, name: string, value: unknown) => ({
  Effect: "Deny",
  Principal: "*",
  Action: "kms:*",
  ...condition(operator, name, value),
})

const plain = key({})
const plainIdentity = identity({})
const twoStatements = (first: object, second: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [first, second].map((more) => ({
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: keyArn,
      ...more,
    })),
  })

type Row = readonly [
  code: string,
  severity: FindingCase["severity"],
  kind: DocumentKind,
  found: string,
  clean: string,
  options?: LintOptions,
]

const officeAddress = "203.0.113.0/24"
const viaService = { "kms:ViaService": "s3.us-east-1.amazonaws.com" }

const rows: readonly Row[] = [
  ["syntax", "error", "keyPolicy", "{ nope }", plain],
  [
    "duplicateMember",
    "error",
    "keyPolicy",
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}',
    plain,
  ],
  [
    "duplicateKeyByCase",
    "error",
    "keyPolicy",
    key({ Condition: { StringEquals: { "aws:userid": "1", "AWS:UserId": "2" } } }),
    key(condition("StringEquals", "aws:userid", "1")),
  ],
  ["unknownElement", "error", "keyPolicy", key({ Principle: "*" }), plain],
  ["unsupportedVersion", "error", "keyPolicy", key({}, "2020-01-01"), key({}, "2008-10-17")],
  ["missingStatement", "error", "keyPolicy", '{"Version":"2012-10-17"}', plain],
  ["wrongType", "error", "keyPolicy", key({ Action: 7 }), plain],
  ["invalidEffect", "error", "keyPolicy", key({ Effect: "allow" }), plain],
  ["bothForms", "error", "keyPolicy", key({ NotAction: "kms:Encrypt" }), plain],
  ["missingAction", "error", "identityPolicy", identity({ Action: undefined }), plainIdentity],
  ["missingResource", "error", "identityPolicy", identity({ Resource: undefined }), plainIdentity],
  ["missingPrincipal", "error", "keyPolicy", key({ Principal: undefined }), plain],
  ["invalidAction", "error", "keyPolicy", key({ Action: "Decrypt" }), plain],
  [
    "idNotAllowed",
    "error",
    "identityPolicy",
    '{"Version":"2012-10-17","Id":"x","Statement":[]}',
    plainIdentity,
  ],
  ["principalNotAllowed", "error", "identityPolicy", identity({ Principal: "*" }), plainIdentity],
  ["invalidPrincipal", "error", "keyPolicy", key({ Principal: { AWS: "ann" } }), plain],
  [
    "partialWildcardPrincipal",
    "error",
    "keyPolicy",
    key({ Principal: { AWS: "arn:aws:iam::111122223333:user/*" } }),
    plain,
  ],
  [
    "notPrincipalWithAllow",
    "error",
    "keyPolicy",
    key({ Principal: undefined, NotPrincipal: me }),
    key({ Principal: undefined, NotPrincipal: me, Effect: "Deny" }),
  ],
  [
    "nullIfExists",
    "error",
    "keyPolicy",
    key(condition("NullIfExists", "aws:userid", "true")),
    key(condition("Null", "aws:userid", "true")),
  ],
  [
    "invalidOperator",
    "error",
    "keyPolicy",
    key(condition("StringMatches", "aws:userid", "x")),
    key(condition("StringLike", "aws:userid", "x")),
  ],
  [
    "invalidKey",
    "error",
    "keyPolicy",
    key(condition("StringLike", "", "x")),
    key(condition("StringLike", "aws:userid", "x")),
  ],
  [
    "rcpElement",
    "error",
    "rcp",
    key({ Principal: "*", Effect: "Deny", Action: "*" }),
    key({ Principal: "*", Effect: "Deny" }),
  ],
  ["emptyList", "error", "keyPolicy", key({ Action: [] }), plain],
  [
    "emptyList",
    "error",
    "keyPolicy",
    key(condition("StringLike", "aws:userid", [])),
    key(condition("StringLike", "aws:userid", ["x"])),
  ],
  ["emptyList", "error", "keyPolicy", key({ Principal: { AWS: [] } }), plain],
  ["invalidArn", "error", "identityPolicy", identity({ Resource: "1234abcd" }), plainIdentity],
  [
    "invalidArn",
    "error",
    "keyPolicy",
    key(condition("ArnLike", "aws:PrincipalArn", "ann")),
    key(condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*")),
  ],
  [
    "invalidAccountId",
    "error",
    "identityPolicy",
    identity({ Resource: "arn:aws:kms:us-east-1:1234:key/x" }),
    plainIdentity,
  ],
  [
    "invalidRegion",
    "error",
    "identityPolicy",
    identity({ Resource: `arn:aws:kms:useast:${home}:key/x` }),
    plainIdentity,
  ],
  [
    "invalidNumber",
    "error",
    "keyPolicy",
    key(condition("NumericEquals", "aws:MultiFactorAuthAge", "ten")),
    key(condition("NumericEquals", "aws:MultiFactorAuthAge", "10")),
  ],
  [
    "invalidDate",
    "error",
    "keyPolicy",
    key(condition("DateLessThan", "aws:CurrentTime", "tomorrow")),
    key(condition("DateLessThan", "aws:CurrentTime", "2030-01-01")),
  ],
  [
    "invalidIpAddress",
    "error",
    "keyPolicy",
    key(condition("IpAddress", "aws:SourceIp", "203.0.113.0/40")),
    key(condition("IpAddress", "aws:SourceIp", officeAddress)),
  ],
  [
    "invalidBase64",
    "error",
    "keyPolicy",
    key(condition("BinaryEquals", "aws:userid", "%%")),
    key(condition("BinaryEquals", "aws:userid", "AQID")),
  ],
  [
    "invalidBoolean",
    "error",
    "keyPolicy",
    key(condition("Bool", "aws:SecureTransport", "yes")),
    key(condition("Bool", "aws:SecureTransport", "true")),
  ],
  [
    "invalidBoolean",
    "error",
    "keyPolicy",
    key(condition("Null", "aws:userid", "absent")),
    key(condition("Null", "aws:userid", "true")),
  ],
  ["sizeOverLimit", "error", "keyPolicy", key({ Sid: "x".repeat(33_000) }), plain],
  ["sizeOverLimit", "error", "scp", identity({ Sid: "x".repeat(5_200) }), plainIdentity],
  ["characterOutOfRange", "error", "keyPolicy", key({ Sid: "na\u0101me" }), key({ Sid: "name" })],
  [
    "setOperatorMissing",
    "error",
    "keyPolicy",
    key(condition("StringEquals", "kms:EncryptionContextKeys", "a")),
    key(condition("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "a")),
  ],
  [
    "duplicateSid",
    "error",
    "identityPolicy",
    twoStatements({ Sid: "A" }, { Sid: "A" }),
    twoStatements({ Sid: "A" }, { Sid: "B" }),
  ],
  [
    "invalidSid",
    "error",
    "identityPolicy",
    identity({ Sid: "with space" }),
    identity({ Sid: "WithoutSpace" }),
  ],
  ["invalidSid", "error", "keyPolicy", key({ Sid: "no_underscore" }), key({ Sid: "with space" })],
  [
    "publicPrincipal",
    "security",
    "keyPolicy",
    key({ Principal: "*" }),
    key({ Principal: "*", ...condition("StringEquals", "kms:CallerAccount", home) }),
  ],
  [
    "forAllValuesOnSingleValue",
    "security",
    "keyPolicy",
    key(condition("ForAllValues:StringEquals", "kms:EncryptionContext:tenant", "1")),
    key(condition("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "tenant")),
  ],
  [
    "notActionWithAllow",
    "security",
    "keyPolicy",
    key({ Action: undefined, NotAction: "kms:PutKeyPolicy" }),
    plain,
  ],
  [
    "everyActionForOtherAccount",
    "security",
    "keyPolicy",
    key({ Principal: { AWS: abroad }, Action: "kms:*" }),
    key({ Principal: { AWS: home }, Action: "kms:*" }),
    { account: home },
  ],
  [
    "confusedDeputy",
    "security",
    "keyPolicy",
    key({ Principal: { Service: "logs.amazonaws.com" } }),
    key({
      Principal: { Service: "logs.amazonaws.com" },
      ...condition("StringEquals", "aws:SourceAccount", home),
    }),
  ],
  [
    "unboundCreateGrant",
    "security",
    "keyPolicy",
    key({ Action: "kms:CreateGrant" }),
    key({ Action: "kms:CreateGrant", ...condition("Bool", "kms:GrantIsForAWSResource", true) }),
  ],
  [
    "unboundCreateGrant",
    "security",
    "keyPolicy",
    key({ Action: "kms:*" }),
    key({ Action: "kms:*", Principal: { AWS: home } }),
  ],
  ["inertStatement", "warning", "keyPolicy", key({ Resource: undefined }), plain],
  [
    "wildcardInExactOperator",
    "warning",
    "keyPolicy",
    key(condition("StringEquals", "aws:userid", "A*")),
    key(condition("StringLike", "aws:userid", "A*")),
  ],
  [
    "variableUnderOldVersion",
    "warning",
    "identityPolicy",
    identity(condition("StringEquals", "aws:userid", "${aws:username}"), "2008-10-17"),
    identity(condition("StringEquals", "aws:userid", "${aws:username}")),
  ],
  [
    "variableInWrongPlace",
    "warning",
    "identityPolicy",
    identity({ Resource: "arn:aws:kms:*:${aws:PrincipalAccount}:key/x" }),
    identity({ Resource: "arn:aws:kms:*:111122223333:key/${aws:userid}" }),
  ],
  ["variableInWrongPlace", "warning", "keyPolicy", key({ Action: "kms:${aws:userid}" }), plain],
  [
    "variableInWrongPlace",
    "warning",
    "keyPolicy",
    key(condition("NumericEquals", "aws:MultiFactorAuthAge", "${aws:userid}")),
    key(condition("NumericEquals", "aws:MultiFactorAuthAge", "1")),
  ],
  [
    "unknownAction",
    "warning",
    "keyPolicy",
    key({ Action: "kms:TimeTravel" }),
    key({ Action: "kms:Describe*" }),
  ],
  ["otherServiceAction", "warning", "keyPolicy", key({ Action: "s3:GetObject" }), plain],
  [
    "unknownConditionKey",
    "warning",
    "keyPolicy",
    key(condition("StringEquals", "kms:Colour", "red")),
    key(condition("StringEquals", "kms:KeySpec", "RSA_2048")),
  ],
  [
    "otherServiceKey",
    "warning",
    "keyPolicy",
    key(condition("StringEquals", "s3:prefix", "x")),
    key(condition("StringEquals", "aws:userid", "x")),
  ],
  [
    "keyNeverPresent",
    "warning",
    "keyPolicy",
    key({ Action: "kms:DisableKey", ...condition("StringEquals", "kms:EncryptionContext:a", "1") }),
    key(condition("StringEquals", "kms:EncryptionContext:a", "1")),
  ],
  [
    "iamKeyInKeyPolicy",
    "warning",
    "keyPolicy",
    key(condition("StringEquals", "AWS:ResourceTag/team", "red")),
    key(condition("StringEquals", "aws:PrincipalTag/team", "red")),
  ],
  [
    "iamKeyInKeyPolicy",
    "warning",
    "keyPolicy",
    key(condition("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/red")),
    key(condition("StringEquals", "kms:RequestAlias", "alias/red")),
  ],
  [
    "denyMissesAbsentKey",
    "warning",
    "keyPolicy",
    key(denied("IpAddress", "aws:SourceIp", officeAddress)),
    key(denied("IpAddressIfExists", "aws:SourceIp", officeAddress)),
  ],
  [
    "negationMeetsAbsentKey",
    "warning",
    "keyPolicy",
    key(denied("StringNotEquals", "aws:SourceVpce", "vpce-1")),
    key(denied("StringNotEqualsIfExists", "aws:SourceVpce", "vpce-1")),
  ],
  ["otherKeyResource", "warning", "keyPolicy", key({ Resource: keyArn }), plain],
  [
    "aliasResource",
    "warning",
    "identityPolicy",
    identity({ Resource: `arn:aws:kms:us-east-1:${home}:alias/a` }),
    identity({ Action: "kms:CreateAlias", Resource: `arn:aws:kms:us-east-1:${home}:alias/a` }),
  ],
  [
    "notAcrossAccounts",
    "warning",
    "keyPolicy",
    key({ Principal: { AWS: abroad }, Action: "kms:DisableKey" }),
    key({ Principal: { AWS: abroad } }),
    { account: home },
  ],
  [
    "sourceIpWithoutEndpoint",
    "warning",
    "keyPolicy",
    key(denied("NotIpAddress", "aws:SourceIp", officeAddress)),
    key({
      ...denied("NotIpAddress", "aws:SourceIp", officeAddress),
      Condition: {
        NotIpAddress: { "aws:SourceIp": officeAddress },
        StringNotEquals: { "aws:SourceVpce": "vpce-1" },
      },
    }),
  ],
  [
    "networkDenyHitsServices",
    "warning",
    "keyPolicy",
    key(denied("StringNotEquals", "aws:SourceVpce", "vpce-1")),
    key({
      ...denied("StringNotEquals", "aws:SourceVpce", "vpce-1"),
      Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1", ...viaService } },
    }),
  ],
  [
    "forAnyValueIfExists",
    "warning",
    "keyPolicy",
    key(condition("ForAnyValue:StringEqualsIfExists", "kms:EncryptionContextKeys", "a")),
    key(condition("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "a")),
  ],
  [
    "pointlessNull",
    "warning",
    "keyPolicy",
    key(condition("ForAllValues:Null", "aws:userid", "true")),
    key(condition("Null", "aws:userid", "true")),
  ],
  [
    "federatedPrincipal",
    "warning",
    "keyPolicy",
    key({ Principal: { Federated: "accounts.google.com" } }),
    plain,
  ],
  [
    "redundantAction",
    "suggestion",
    "keyPolicy",
    key({ Action: ["kms:Decrypt", "kms:D*"] }),
    key({ Action: ["kms:Decrypt", "kms:E*"] }),
  ],
  [
    "redundantStatement",
    "suggestion",
    "identityPolicy",
    twoStatements({ Sid: "A" }, { Sid: "B" }),
    twoStatements({ Sid: "A" }, { Sid: "B", Action: "kms:Encrypt" }),
  ],
  [
    "redundantPrincipal",
    "suggestion",
    "keyPolicy",
    key({ Principal: { AWS: [home, `arn:aws:iam::${home}:root`] } }),
    key({ Principal: { AWS: [`arn:aws-cn:iam::${abroad}:root`, `arn:aws:iam::${abroad}:root`] } }),
  ],
  [
    "stringOperatorOnArnKey",
    "suggestion",
    "keyPolicy",
    key(condition("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*")),
    key(condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*")),
  ],
  ["missingSid", "suggestion", "keyPolicy", key({ Sid: undefined }), plain],
  [
    "defaultPolicyDrift",
    "suggestion",
    "keyPolicy",
    plain,
    key({ Principal: { AWS: home }, Action: "kms:*" }),
  ],
]

export const findings: readonly FindingCase[] = rows.map(
  ([code, severity, kind, found, clean, options]) => ({
    code,
    severity,
    kind,
    found,
    clean,
    ...(options === undefined ? {} : { options }),
  }),
)
