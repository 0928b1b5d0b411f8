// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import { identity, names, ofCode, own, tenant, theirs, when } from "./support/lint-rows.js"
import { home, keyArn } from "./support/scene.js"

/* Where findings about what does nothing, or not what it seems to, begin and end. */

ofCode("inertStatement", [
  ["no action", [{}, { Action: undefined }], ["Statement[1]"]],
  ["no resource", { Resource: undefined }, ["Statement[0]"]],
  ["negations", { Resource: undefined, NotResource: "a", Action: undefined, NotAction: "b" }, []],
])

ofCode("wildcardInExactOperator", [
  ["a star", when("StringEquals", "aws:userid", ["b", "a*"]), ["StringEquals.aws:userid"]],
  ["a question mark", when("StringEquals", "aws:userid", "a?"), ["StringEquals.aws:userid"]],
  ["no wildcard", when("StringEquals", "aws:userid", "a"), []],
  ["a star that is escaped", when("StringEquals", "aws:userid", "${*}"), []],
  ["a pattern", when("StringLike", "aws:userid", "a*"), []],
  ["an ARN", when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:user/a"), []],
])

const old = { version: "2008-10-17" }

ofCode("variableUnderOldVersion", [
  ["in a resource", { Resource: ["*", "${aws:userid}"] }, ["Resource[1]"], { ...identity, ...old }],
  [
    "in a condition",
    when("StringEquals", "aws:userid", ["a", "${aws:username}"]),
    ["StringEquals.aws:userid[1]"],
    old,
  ],
  ["in the new version", when("StringEquals", "aws:userid", "${aws:username}"), []],
  ["no variable", when("StringEquals", "aws:userid", "$a{"), [], old],
  ["no resource", { Resource: undefined }, [], { ...identity, ...old }],
])

ofCode("variableInWrongPlace", [
  ["in an action", { Action: ["kms:Sign", "kms:${aws:userid}"] }, ["Action[1]"]],
  ["in a principal", { Principal: { Federated: "${aws:userid}" } }, ["Principal.Federated"]],
  ["in no action", { Action: undefined, Resource: undefined }, []],
  [
    "in the account of an ARN",
    { Resource: "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/a" },
    ["Resource"],
    identity,
  ],
  [
    "in the region of an ARN",
    { Resource: "arn:aws:kms:${aws:RequestedRegion}:1:key/a" },
    ["Resource"],
    identity,
  ],
  ["in the last part of an ARN", { Resource: "arn:aws:kms:a:1:key/${aws:userid}" }, [], identity],
  ["in a text", when("StringEquals", "aws:userid", "${aws:username}"), []],
  [
    "in a number",
    when("NumericEquals", "aws:MultiFactorAuthAge", ["1", "${aws:userid}"]),
    ["NumericEquals.aws:MultiFactorAuthAge[1]"],
  ],
  ["in a test of presence", when("Null", "aws:userid", "${aws:a}"), ["Null.aws:userid"]],
])

ofCode("unknownAction", [
  ["no action", { Action: ["kms:Decrypt", "KMS:TimeTravel"] }, ["Action[1]"]],
  ["a pattern that fits", { Action: "KMS:time*" }, ["Action"]],
  ["a pattern of one", { Action: "kms:DECRYP?" }, []],
  ["any letter case", { Action: "kms:decrypt" }, []],
  ["of another service", { Action: "s3:TimeTravel" }, [], identity],
  ["everything", { Action: "*" }, []],
  ["none", { Action: undefined }, []],
])

ofCode("otherServiceAction", [
  ["another service", { Action: ["KMS:Sign", "s3:GetObject"] }, ["Action[1]"]],
  ["everything", { Action: "*" }, []],
  ["none", { Action: undefined }, []],
  ["in an identity policy", { Action: "s3:GetObject" }, [], identity],
])

ofCode("unknownConditionKey", [
  ["a key of KMS", when("StringEquals", "KMS:Colour", "a"), ["StringEquals.KMS:Colour"]],
  ["a global key", when("StringEquals", "aws:Colour", "a"), ["StringEquals.aws:Colour"]],
  ["a key of nobody", when("StringEquals", "colour", "a"), ["StringEquals.colour"]],
  [
    "a family itself",
    when("StringEquals", "aws:RequestTag/", "a"),
    ["StringEquals.aws:RequestTag/"],
  ],
  ["a member of a family", when("StringEquals", "aws:RequestTag/a", "a"), []],
  ["another service", when("StringEquals", "s3:prefix", "a"), []],
])

ofCode("otherServiceKey", [
  ["another service", when("StringEquals", "s3:prefix", "a"), ["StringEquals.s3:prefix"]],
  ["a key of KMS", when("StringEquals", "KMS:Colour", "a"), []],
  ["a global key", when("StringEquals", "AWS:Colour", "a"), []],
  ["a key of nobody", when("StringEquals", "colour", "a"), []],
  [
    "with an action of the service beside it",
    { Action: ["kms:Sign", "s3:GetObject"], ...when("StringEquals", "s3:prefix", "a") },
    [],
    identity,
  ],
  [
    "with actions of KMS alone",
    { Action: ["KMS:Sign", "kms:D*"], ...when("StringEquals", "s3:prefix", "a") },
    ["StringEquals.s3:prefix"],
    identity,
  ],
  [
    "without an action",
    { Action: undefined, ...when("StringEquals", "s3:prefix", "a") },
    ["StringEquals.s3:prefix"],
  ],
])

const keySpec = when("StringEquals", "kms:KeySpec", "RSA_2048")

ofCode("keyNeverPresent", [
  [
    "a pair that no action carries",
    { Action: ["kms:DisableKey", "kms:Sign"], ...when("StringEquals", tenant, "a") },
    [`StringEquals.${tenant}`],
  ],
  [
    "a pair that one action carries",
    { Action: ["kms:DisableKey", "kms:Encrypt"], ...when("StringEquals", tenant, "a") },
    [],
  ],
  ["a property of the key", { Action: "kms:Sign", ...keySpec }, []],
  [
    "a property of no key",
    { Action: "kms:ListKeys", ...keySpec },
    ["StringEquals.kms:KeySpec"],
    identity,
  ],
  ["a property of a key to be", { Action: "kms:CreateKey", ...keySpec }, [], identity],
  [
    "a global key",
    { Action: "kms:ListKeys", ...when("StringEquals", "aws:TagKeys", "a") },
    [],
    identity,
  ],
  ["a key that nobody knows", when("StringEquals", "kms:Colour", "a"), []],
  ["no action of KMS", { Action: "s3:*", ...when("StringEquals", tenant, "a") }, [], identity],
])

ofCode("iamKeyInKeyPolicy", [
  [
    "a tag of the key",
    when("StringEquals", "AWS:ResourceTag/a", "b"),
    ["StringEquals.AWS:ResourceTag/a"],
  ],
  ["a tag of the caller", when("StringEquals", "aws:PrincipalTag/a", "b"), []],
  ["in an identity policy", when("StringEquals", "aws:ResourceTag/a", "b"), [], identity],
])

ofCode("otherKeyResource", [
  ["an ARN", { Resource: ["*", keyArn] }, ["Resource[1]"]],
  ["this key", { Resource: "*" }, []],
  ["in an identity policy", { Resource: keyArn }, [], identity],
  ["none", { Resource: undefined }, []],
])

const aliasArn = `arn:aws:kms:us-east-1:${home}:alias/a`

ofCode("aliasResource", [
  ["an alias", { Resource: ["*", aliasArn] }, ["Resource[1]"], identity],
  ["a key", { Resource: keyArn }, [], identity],
  ["no ARN", { Resource: "alias/a" }, [], identity],
  ["for an operation on aliases", { Resource: aliasArn, Action: "kms:DeleteAlias" }, [], identity],
  ["for all operations", { Resource: aliasArn, Action: "kms:*" }, [], identity],
  ["for another service", { Resource: aliasArn, Action: "s3:*" }, [], identity],
  ["without an action", { Resource: aliasArn, Action: undefined }, [], identity],
  ["without a resource", { Resource: undefined }, [], identity],
])

ofCode("notAcrossAccounts", [
  [
    "another account",
    { Principal: theirs, Action: ["kms:Sign", "kms:EnableKey"] },
    ["Action[1]"],
    { account: home },
  ],
  ["an action that does", { Principal: theirs }, [], { account: home }],
  [
    "an action that nobody knows",
    { Principal: theirs, Action: "kms:TimeTravel" },
    [],
    { account: home },
  ],
  ["whose account is not known", { Principal: theirs, Action: "kms:EnableKey" }, []],
  ["the own account", { Action: "kms:EnableKey" }, [], { account: home }],
  ["a deny", { Principal: theirs, Action: "kms:EnableKey", Effect: "Deny" }, [], { account: home }],
  [
    "all but one",
    { Principal: theirs, Action: undefined, NotAction: "kms:EnableKey" },
    [],
    { account: home },
  ],
  ["no action", { Principal: theirs, Action: undefined }, [], { account: home }],
  [
    "in a policy of an endpoint",
    { Principal: theirs, Action: "kms:EnableKey" },
    [],
    { account: home, kind: "vpcEndpointPolicy" },
  ],
])

ofCode("forAnyValueIfExists", [
  [
    "both",
    when("ForAnyValue:StringEqualsIfExists", names, "a"),
    [`ForAnyValue:StringEqualsIfExists.${names}`],
  ],
  ["IfExists alone", when("StringEqualsIfExists", "aws:userid", "a"), []],
  ["ForAllValues", when("ForAllValues:StringEqualsIfExists", names, "a"), []],
  ["ForAnyValue alone", when("ForAnyValue:StringEquals", names, "a"), []],
])

ofCode("pointlessNull", [
  ["ForAllValues", when("ForAllValues:Null", names, "true"), [`ForAllValues:Null.${names}`]],
  ["ForAnyValue", when("ForAnyValue:Null", names, "true"), [`ForAnyValue:Null.${names}`]],
  ["no quantifier", when("Null", names, "true"), []],
  ["another operator", when("ForAnyValue:StringEquals", names, "true"), []],
])

ofCode("federatedPrincipal", [
  [
    "a provider",
    { Principal: { AWS: own, Federated: ["a.com", "b.com"] } },
    ["Principal.Federated[0]", "Principal.Federated[1]"],
  ],
  ["a user", {}, []],
])
