import { identity, names, ofCode, own, tenant, when } from "./support/lint-rows.js"
import { abroad, home, keyArn } from "./support/scene.js"

/* Where findings about what could be said better begin and end. */

const keySpec = when("StringEquals", "kms:KeySpec", "RSA_2048")

ofCode("redundantAction", [
  ["of two equal ones the later", { Action: ["kms:Sign", "KMS:sign"] }, ["Action[1]"]],
  ["what a pattern covers", { Action: ["kms:Sign", "KMS:S*"] }, ["Action[0]"]],
  ["a pattern that another covers", { Action: ["kms:D*", "kms:De*"] }, ["Action[1]"]],
  ["two different ones", { Action: ["kms:Sign", "kms:Verify"] }, []],
  ["one", { Action: "kms:*" }, []],
  ["none", { Action: undefined }, []],
  [
    "200",
    { Action: Array(200).fill("kms:Sign") },
    Array.from({ length: 199 }, (_, at) => `Action[${at + 1}]`),
  ],
  ["too many to compare", { Action: Array(201).fill("kms:Sign") }, []],
])

const statement = {
  Action: ["kms:Sign", "kms:Verify"],
  Resource: ["a", "b"],
  Condition: { StringEquals: { [tenant]: ["a", "b"], "aws:userid": "c" } },
}

ofCode("redundantStatement", [
  [
    "the same in another order, under another name",
    [
      statement,
      {
        Sid: "Other",
        Action: ["kms:verify", "kms:SIGN"],
        Resource: ["b", "a"],
        Condition: { StringEquals: { "AWS:userid": "c", [tenant]: ["b", "a"] } },
      },
    ],
    ["Statement[1]"],
  ],
  ["thrice", [{}, {}, {}], ["Statement[1]", "Statement[2]"]],
  ["another effect", [statement, { ...statement, Effect: "Deny" }], []],
  ["another principal", [statement, { ...statement, Principal: { AWS: abroad } }], []],
  [
    "principals in another order",
    [{ Principal: { AWS: [abroad, home] } }, { Principal: { AWS: [home, abroad] } }],
    ["Statement[1]"],
  ],
  ["everyone", [{}, { Principal: "*" }, { Principal: { AWS: [] } }], []],
  [
    "a principal of another kind",
    [{ Principal: { Service: "a.b" } }, { Principal: { Federated: "a.b" } }],
    [],
  ],
  ["other actions", [statement, { ...statement, Action: ["kms:Sign"] }], []],
  ["negated actions", [{}, { Action: undefined, NotAction: "kms:Decrypt" }], []],
  ["another resource", [statement, { ...statement, Resource: ["a", "B"] }], []],
  ["negated resources", [{}, { Resource: undefined, NotResource: "*" }], []],
  [
    "a negated principal",
    [{ Effect: "Deny" }, { Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: own } }],
    [],
  ],
  ["another operator", [when("StringEquals", tenant, "a"), when("StringLike", tenant, "a")], []],
  ["another key", [when("StringEquals", tenant, "a"), when("StringEquals", names, "a")], []],
  ["another value", [when("StringEquals", tenant, "a"), when("StringEquals", tenant, "A")], []],
])

ofCode("redundantPrincipal", [
  ["beside everyone", { Principal: { AWS: [home, "*"] } }, ["Principal.AWS[0]"]],
  ["a service beside everyone", { Principal: { AWS: "*", Service: "a.b" } }, []],
  [
    "an account beside its ARN",
    { Principal: { AWS: [`arn:aws:iam::${home}:root`, home] } },
    ["Principal.AWS[0]"],
  ],
  [
    "the ARN of an account twice",
    { Principal: { AWS: [`arn:aws:iam::${home}:root`, `arn:aws:iam::${home}:root`] } },
    ["Principal.AWS[1]"],
  ],
  ["a service twice", { Principal: { Service: ["a.b", "a.b"] } }, ["Principal.Service[1]"]],
  ["an account and a user of it", { Principal: { AWS: [home, own] } }, []],
  [
    "one account in two partitions",
    { Principal: { AWS: [`arn:aws:iam::${home}:root`, `arn:aws-cn:iam::${home}:root`] } },
    [],
  ],
  ["one name of two kinds", { Principal: { Service: "a.b", Federated: "a.b" } }, []],
  ["no principal", {}, [], identity],
])

ofCode("stringOperatorOnArnKey", [
  ["a text", when("StringEquals", "aws:SourceArn", "a"), ["StringEquals.aws:SourceArn"]],
  ["an ARN", when("ArnEquals", "aws:SourceArn", "arn:a:b:c:d:e"), []],
  ["a key that holds a text", when("StringEquals", "aws:userid", "a"), []],
  ["a key that nobody knows", when("StringEquals", "kms:Colour", "a"), []],
  ["a test of presence", when("Null", "aws:SourceArn", "true"), []],
])

ofCode("missingSid", [
  ["a name", {}, []],
  ["no name", [{}, { Sid: undefined }], ["Statement[1]"]],
])

const toAccount = { Principal: { AWS: home }, Action: "kms:*" }
const drift = ["Statement"]

ofCode("defaultPolicyDrift", [
  ["the account may do all", toAccount, []],
  ["by its ARN", { ...toAccount, Principal: { AWS: `arn:aws:iam::${home}:root` } }, []],
  ["all of everything", { ...toAccount, Action: "*" }, []],
  ["in any letter case", { ...toAccount, Action: "KMS:*" }, []],
  ["in one of two statements", [{}, toAccount], []],
  ["the account of the key", toAccount, [], { account: home }],
  ["another account", toAccount, drift, { account: abroad }],
  ["a user", { Action: "kms:*" }, drift],
  ["a service", { ...toAccount, Principal: { Service: "a.b" } }, drift],
  ["everyone", { ...toAccount, Principal: "*" }, drift],
  ["a deny", { ...toAccount, Effect: "Deny" }, drift],
  ["with a condition", { ...toAccount, ...keySpec }, drift],
  ["some actions", { ...toAccount, Action: "kms:D*" }, drift],
  ["all but some", { ...toAccount, Action: undefined, NotAction: "kms:*" }, drift],
  ["no action", { ...toAccount, Action: undefined }, drift],
  ["one key by its ARN", { ...toAccount, Resource: keyArn }, drift],
  ["this key and another", { ...toAccount, Resource: [keyArn, "*"] }, []],
  ["some actions and all", { ...toAccount, Action: ["kms:Sign", "kms:*"] }, []],
  ["a user and the account", { ...toAccount, Principal: { AWS: [own, home] } }, []],
  ["all keys but some", { ...toAccount, Resource: undefined, NotResource: "*" }, drift],
  ["no resource", { ...toAccount, Resource: undefined }, drift],
  ["not by an identity policy", { Action: "s3:*" }, [], identity],
])
