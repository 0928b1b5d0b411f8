import {
  deny,
  identity,
  names,
  network,
  ofCode,
  own,
  type Row,
  tenant,
  theirs,
  vpce,
  when,
} from "./support/lint-rows.js"
import { abroad, home } from "./support/scene.js"

/* Where findings about what is denied or allowed too widely begin and end. */

ofCode("denyMissesAbsentKey", [
  ["a deny by address", deny("IpAddress", "aws:SourceIp", network), ["IpAddress.aws:SourceIp"]],
  ["a deny by a pair", deny("StringEquals", tenant, "a"), [`StringEquals.${tenant}`]],
  ["an allow", when("IpAddress", "aws:SourceIp", network), []],
  ["a negated operator", deny("NotIpAddress", "aws:SourceIp", network), []],
  ["IfExists", deny("IpAddressIfExists", "aws:SourceIp", network), []],
  ["a test of presence", deny("Null", "aws:SourceIp", "true"), []],
  ["ForAllValues", deny("ForAllValues:StringEquals", names, "a"), []],
  [
    "ForAnyValue",
    deny("ForAnyValue:StringEquals", names, "a"),
    [`ForAnyValue:StringEquals.${names}`],
  ],
  ["a key that every request has", deny("Bool", "aws:SecureTransport", "false"), []],
  ["a key that nobody knows", deny("StringEquals", "kms:Colour", "red"), []],
  [
    "a key whose presence is tested beside it",
    {
      ...deny("StringEquals", vpce, "vpce-1"),
      Condition: { StringEquals: { [vpce]: "vpce-1" }, Null: { "AWS:sourcevpce": "false" } },
    },
    [],
  ],
  [
    "a test of presence of another key",
    {
      ...deny("StringEquals", vpce, "vpce-1"),
      Condition: { StringEquals: { [vpce]: "vpce-1" }, Null: { "aws:SourceIp": "false" } },
    },
    [`StringEquals.${vpce}`],
  ],
])

ofCode("negationMeetsAbsentKey", [
  ["a negated deny", deny("StringNotEquals", vpce, "a"), [`StringNotEquals.${vpce}`]],
  ["a negated allow", when("StringNotEquals", vpce, "a"), [`StringNotEquals.${vpce}`]],
  ["no negation", deny("StringEquals", vpce, "a"), []],
  ["IfExists", deny("StringNotEqualsIfExists", vpce, "a"), []],
  ["ForAnyValue", deny("ForAnyValue:StringNotEquals", names, "a"), []],
  [
    "ForAllValues",
    deny("ForAllValues:StringNotEquals", names, "a"),
    [`ForAllValues:StringNotEquals.${names}`],
  ],
  ["a key that every request has", deny("StringNotEquals", "aws:RequestedRegion", "a"), []],
  ["a key that nobody knows", deny("StringNotEquals", "kms:Colour", "red"), []],
  [
    "a key whose presence is tested beside it",
    { Condition: { StringNotEquals: { [vpce]: "vpce-1" }, Null: { [vpce]: "false" } } },
    [],
  ],
])

const byAddress = { "aws:SourceIp": network }

ofCode("sourceIpWithoutEndpoint", [
  [
    "a deny of what is not in a network",
    deny("NotIpAddress", "aws:SourceIp", network),
    ["NotIpAddress.aws:SourceIp"],
  ],
  ["a deny of what is in a network", deny("IpAddress", "aws:SourceIp", network), []],
  ["an allow", when("NotIpAddress", "aws:SourceIp", network), []],
  ["another key", deny("NotIpAddress", "aws:VpcSourceIp", network), []],
  ...["aws:SourceVpc", "AWS:SOURCEVPCE", "aws:SourceVpcArn", "aws:VpcSourceIp"].map(
    (key): Row => [
      `${key} beside it`,
      {
        ...deny("NotIpAddress", "aws:SourceIp", network),
        Condition: { NotIpAddress: byAddress, StringNotEquals: { [key]: "a" } },
      },
      [],
    ],
  ),
  [
    "another key beside it",
    {
      ...deny("NotIpAddress", "aws:SourceIp", network),
      Condition: { NotIpAddress: byAddress, StringNotEquals: { "aws:userid": "a" } },
    },
    ["NotIpAddress.aws:SourceIp"],
  ],
])

ofCode("networkDenyHitsServices", [
  [
    "a deny of what is not in a network",
    deny("NotIpAddress", "aws:SourceIp", network),
    ["NotIpAddress.aws:SourceIp"],
  ],
  ...["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn", "aws:VpcSourceIp"].map(
    (key): Row => [
      `a deny by ${key}`,
      deny("StringNotEquals", key, "a"),
      [`StringNotEquals.${key}`],
    ],
  ),
  ["a deny by another key", deny("StringNotEquals", "aws:userid", "a"), []],
  ...[
    "aws:ViaAWSService",
    "kms:ViaService",
    "aws:CalledVia",
    "aws:PrincipalIsAWSService",
    "AWS:viaawsservice",
  ].map(
    (key): Row => [
      `${key} beside it`,
      {
        ...deny("NotIpAddress", "aws:SourceIp", network),
        Condition: { NotIpAddress: byAddress, StringEquals: { [key]: "false" } },
      },
      [],
    ],
  ),
])

const narrowing = [
  "kms:CallerAccount",
  "kms:ViaService",
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalOrgID",
  "aws:PrincipalOrgPaths",
  "aws:PrincipalTag/team",
  "aws:userid",
  "aws:username",
  "aws:SourceAccount",
  "aws:SourceArn",
  "aws:SourceIp",
  "aws:SourceOrgID",
  "aws:SourceOrgPaths",
  "aws:SourceVpc",
  "aws:SourceVpcArn",
  "aws:SourceVpce",
  "aws:VpceAccount",
  "aws:VpceOrgID",
  "aws:VpceOrgPaths",
]

ofCode("publicPrincipal", [
  ["everyone", { Principal: "*" }, ["Principal"]],
  ["everyone in a list", { Principal: { AWS: ["*"] } }, ["Principal"]],
  ["a deny", { Principal: "*", Effect: "Deny" }, []],
  ["a user", {}, []],
  ["an endpoint policy", { Principal: "*" }, [], { kind: "vpcEndpointPolicy" }],
  ...narrowing.map(
    (key): Row => [
      `everyone with a condition on ${key}`,
      { Principal: "*", ...when("StringEquals", key, "a") },
      [],
    ],
  ),
  ...["aws:UserAgent", "aws:RequestTag/team", "kms:KeySpec", "aws:userid2"].map(
    (key): Row => [
      `everyone with a condition on ${key}`,
      { Principal: "*", ...when("StringEquals", key, "a") },
      ["Principal"],
    ],
  ),
])

ofCode("forAllValuesOnSingleValue", [
  [
    "an allow",
    when("ForAllValues:StringEquals", "aws:userid", "a"),
    ["ForAllValues:StringEquals.aws:userid"],
  ],
  ["a deny", deny("ForAllValues:StringEquals", "aws:userid", "a"), []],
  ["ForAnyValue", when("ForAnyValue:StringEquals", "aws:userid", "a"), []],
  ["no quantifier", when("StringEquals", "aws:userid", "a"), []],
  ["a key of many values", when("ForAllValues:StringEquals", names, "a"), []],
  ["a key that nobody knows", when("ForAllValues:StringEquals", "kms:Colour", "a"), []],
  ["a test of presence", when("ForAllValues:Null", "aws:userid", "true"), []],
])

ofCode("notActionWithAllow", [
  ["an allow", { Action: undefined, NotAction: "kms:Sign" }, ["NotAction"]],
  ["a deny", { Action: undefined, NotAction: "kms:Sign", Effect: "Deny" }, []],
  ["no action at all", { Action: undefined }, []],
])

ofCode("everyActionForOtherAccount", [
  ["all of KMS", { Principal: theirs, Action: "KMS:*" }, ["Action"], { account: home }],
  [
    "all",
    { Principal: { AWS: abroad }, Action: ["kms:Sign", "*"] },
    ["Action[1]"],
    { account: home },
  ],
  ["whose account is not known", { Principal: theirs, Action: "*" }, []],
  ["some actions", { Principal: theirs, Action: "kms:D*" }, [], { account: home }],
  ["a deny", { Principal: theirs, Action: "*", Effect: "Deny" }, [], { account: home }],
  ["the own account", { Action: "*" }, [], { account: home }],
  ["everyone", { Principal: "*", Action: "*" }, [], { account: home }],
  [
    "all but some",
    { Principal: theirs, Action: undefined, NotAction: ["*"] },
    [],
    { account: home },
  ],
  ["no action", { Principal: theirs, Action: undefined }, [], { account: home }],
  ["a service", { Principal: { Service: "s3.amazonaws.com" }, Action: "*" }, [], { account: home }],
  [
    "whom nobody knows",
    { Principal: { AWS: "AIDAEXAMPLE000000000" }, Action: "*" },
    [],
    { account: home },
  ],
])

const service = { Principal: { AWS: own, Service: "logs.amazonaws.com" } }

ofCode("confusedDeputy", [
  ["a service", service, ["Principal.Service"]],
  ["a deny", { ...service, Effect: "Deny" }, []],
  ["a user", {}, []],
  ["no principal", {}, [], identity],
  ...[
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "kms:GrantConstraintSourceArn",
  ].map((key): Row => [`with ${key}`, { ...service, ...when("StringEquals", key, "a") }, []]),
  ["with another key", { ...service, ...when("StringEquals", tenant, "a") }, ["Principal.Service"]],
])

ofCode("unboundCreateGrant", [
  ["the action", { Action: "kms:CreateGrant" }, ["Action"]],
  ["a pattern", { Action: ["kms:Sign", "kms:Create*"] }, ["Action"]],
  ["all but another", { Action: undefined, NotAction: "kms:Sign" }, ["NotAction"]],
  ["another action", { Action: "kms:RetireGrant" }, []],
  ["no action", { Action: undefined }, []],
  ["a deny", { Action: "kms:CreateGrant", Effect: "Deny" }, []],
  ["in an identity policy", { Action: "kms:CreateGrant" }, ["Action"], identity],
  ["to an account", { Action: "kms:*", Principal: { AWS: home } }, []],
  [
    "to an account, in a policy of an endpoint",
    { Action: "kms:*", Principal: { AWS: home } },
    ["Action"],
    { kind: "vpcEndpointPolicy" },
  ],
  ["to an account and a user", { Action: "kms:*", Principal: { AWS: [home, own] } }, ["Action"]],
  [
    "to an account and a service",
    { Action: "kms:*", Principal: { AWS: home, Service: "s3.amazonaws.com" } },
    ["Action"],
  ],
  ["to everyone", { Action: "kms:*", Principal: "*" }, ["Action"]],
  ["to everyone and an account", { Action: "kms:*", Principal: { AWS: [home, "*"] } }, ["Action"]],
  ["to nobody", { Action: "kms:*", Principal: { AWS: [] } }, ["Action"]],
  ...[
    tenant,
    names,
    "kms:GrantConstraintType",
    "kms:GrantConstraintSourceArn",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:GranteeServicePrincipal",
    "kms:RetiringPrincipal",
    "kms:ViaService",
  ].map(
    (key): Row => [
      `with ${key}`,
      { Action: "kms:CreateGrant", ...when("StringEquals", key, "a") },
      [],
    ],
  ),
  [
    "with another key",
    { Action: "kms:CreateGrant", ...when("StringEquals", "kms:CallerAccount", home) },
    ["Action"],
  ],
])
