import { describe, expect, test } from "vitest"
import { compile, type Policies, type PolicyRequest } from "../src/index.js"
import {
  allows,
  type CallerName,
  callers,
  closed,
  delegated,
  denies,
  grantTo,
  home,
  keyAllows,
  keyArn,
  keyDenies,
  merge,
  nothing,
  requestOf,
} from "./support/scene.js"

/* What somebody is told who asks what would turn the answer: all of it, in its order. */

type Row = readonly [
  sentence: string,
  policies: Policies,
  told: readonly string[],
  caller?: CallerName,
  more?: Partial<PolicyRequest>,
]

const user = `arn:aws:iam::${home}:user/ann`
const role = `arn:aws:iam::${home}:role/team/App`
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})

const addToKeyPolicy = (principal: object): string => {
  const statement = { Principal: principal, Effect: "Allow", Action: "kms:Decrypt", Resource: "*" }
  return `add ${JSON.stringify(statement)} to keyPolicy 0`
}
const forUser = addToKeyPolicy({ AWS: user })
const add = (place: string, resource = keyArn, action = "kms:Decrypt"): string =>
  `add ${JSON.stringify({ Effect: "Allow", Action: action, Resource: resource })} to ${place}`

const pairs = (encryptionContext: { readonly [name: string]: string }): Partial<PolicyRequest> => ({
  encryptionContext,
  context: {
    ...Object.fromEntries(
      Object.entries(encryptionContext).map(([name, value]) => [
        `kms:EncryptionContext:${name}`,
        value,
      ]),
    ),
    "kms:EncryptionContextKeys": Object.keys(encryptionContext),
  },
})

const underScps = (...policies: readonly object[]): Policies => ({
  keyPolicy: keyAllows("*"),
  scps: [
    {
      account: home,
      levels: [
        { target: "r-1", policies: [allows()] },
        { target: "ou-1", policies },
      ],
    },
  ],
})

const openings: readonly Row[] = [
  ["a user is named in the key policy", { keyPolicy: closed }, [forUser]],
  ["a role, not its session", { keyPolicy: closed }, [addToKeyPolicy({ AWS: role })], "session"],
  [
    "a service",
    { keyPolicy: closed },
    [addToKeyPolicy({ Service: "logs.us-east-1.amazonaws.com" })],
    "service",
  ],
  [
    "an identity policy allows where the key policy delegates",
    {
      keyPolicy: delegated,
      identityPolicies: [nothing, allows(when("StringEquals", "aws:userid", "a"))],
    },
    ["send aws:userid = a", add("identityPolicy 0")],
  ],
  [
    "an identity policy for what is done to no key",
    { identityPolicies: [] },
    [add("identityPolicy 0", "*", "kms:ListKeys")],
    "user",
    { action: "kms:ListKeys", resource: "*" },
  ],
  [
    "an identity policy for what names no resource",
    {},
    [add("identityPolicy 0", "*", "kms:ListKeys")],
    "user",
    { action: "kms:ListKeys", resource: "" },
  ],
  [
    "the level of an organization that allows nothing",
    underScps(nothing, nothing),
    [add("scp 0 at ou-1")],
  ],
  [
    "and not the level above, whose conditions fail too",
    underScps(allows(when("StringEquals", "aws:userid", "a"))),
    ["send aws:userid = a", add("scp 0 at ou-1")],
  ],
  [
    "a policy of the endpoint",
    { keyPolicy: keyAllows("*"), vpcEndpointPolicy: keyAllows("*", { Action: "s3:*" }) },
    [
      `add ${JSON.stringify({
        Principal: "*",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: keyArn,
      })} to vpcEndpointPolicy 0`,
    ],
    "user",
    { vpcEndpointId: "vpce-1" },
  ],
  [
    "a boundary",
    { keyPolicy: keyAllows({ AWS: role }), permissionsBoundary: nothing },
    [add("permissionsBoundary 0")],
    "session",
  ],
  [
    "a session policy",
    { keyPolicy: keyAllows({ AWS: role }), sessionPolicies: [nothing] },
    [add("sessionPolicy 0")],
    "session",
  ],
  [
    "every condition of a statement at once, or a statement without one",
    {
      keyPolicy: keyAllows("*", {
        Condition: {
          StringEquals: { "aws:a": "1", "aws:TagKeys": "x" },
          NumericLessThan: { "aws:n": "5" },
        },
      }),
    },
    [forUser, "send aws:a = 1 and send aws:TagKeys = x and send aws:n = 4"],
  ],
  [
    "only the conditions that fail",
    {
      keyPolicy: keyAllows("*", {
        Condition: { StringEquals: { "aws:a": "1" }, StringLike: { "aws:b": "2*" } },
      }),
    },
    ["send aws:b = 2", forUser],
    "user",
    { context: { "aws:a": "1" } },
  ],
  [
    "a key that is to be absent is not sent",
    { keyPolicy: keyAllows("*", when("Null", "aws:a", "true")) },
    ["send no aws:a", forUser],
    "user",
    { context: { "aws:a": "1" } },
  ],
  [
    "the value of a variable",
    { keyPolicy: keyAllows("*", when("StringEquals", "aws:a", "$" + "{aws:b}")) },
    ["send aws:a = 1", forUser],
    "user",
    { context: { "aws:b": "1" } },
  ],
  [
    "no variable that has no value",
    { keyPolicy: keyAllows("*", when("StringEquals", "aws:a", "$" + "{aws:b}")) },
    [forUser],
  ],
  [
    "another value than the one that is refused, though a variable has none",
    { keyPolicy: keyAllows("*", when("StringNotEquals", "aws:a", ["x", "$" + "{aws:b}"])) },
    ["send aws:a = ", forUser],
    "user",
    { context: { "aws:a": "x" } },
  ],
  [
    "nothing that a key policy cannot read",
    { keyPolicy: keyAllows("*", when("StringEquals", "aws:ResourceTag/a", "x")) },
    [forUser],
  ],
  [
    "but an identity policy can",
    {
      keyPolicy: delegated,
      identityPolicies: [allows(when("StringEquals", "aws:ResourceTag/a", "x"))],
    },
    ["send aws:ResourceTag/a = x", add("identityPolicy 0")],
  ],
  [
    "no condition of a statement about another action, caller or key",
    {
      keyPolicy: {
        Version: "2012-10-17",
        Statement: [
          { Action: "kms:Sign" },
          { Principal: { AWS: `arn:aws:iam::${home}:user/nobody` } },
          { Resource: `${keyArn}5` },
          { Resource: undefined },
          { Condition: { StringEquals: { "aws:a": [] } } },
        ].map((more) => ({
          Effect: "Allow",
          Principal: "*",
          Action: "kms:*",
          Resource: "*",
          ...when("StringEquals", "aws:a", "1"),
          ...more,
        })),
      },
    },
    [forUser],
  ],
  [
    "names that are too many are left out of the encryption context",
    {
      keyPolicy: keyAllows(
        "*",
        when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", ["a", "b"]),
      ),
    },
    ['use the encryption context {"a":"1"}', forUser],
    "user",
    pairs({ a: "1", c: "2" }),
  ],
  [
    "the pair that a grant asks for, beside those that are sent",
    {
      keyPolicy: closed,
      grants: [grantTo(user, { constraints: { encryptionContextSubset: { a: "b" } } })],
    },
    ['use the encryption context {"c":"d","a":"b"}', forUser],
    "user",
    pairs({ c: "d", a: "x" }),
  ],
  [
    "all pairs that a grant asks for, and no others",
    {
      keyPolicy: closed,
      grants: [grantTo(user, { constraints: { encryptionContextEquals: { a: "b" } } })],
    },
    ['use the encryption context {"a":"b"}', forUser],
    "user",
    pairs({ c: "d" }),
  ],
  [
    "no grant of another operation or of somebody else",
    {
      keyPolicy: closed,
      grants: [
        grantTo(user, {
          operations: ["Encrypt"],
          constraints: { encryptionContextEquals: { a: "b" } },
        }),
        grantTo(`${user}e`, {
          grantId: "g2",
          constraints: { encryptionContextEquals: { a: "b" } },
        }),
      ],
    },
    [forUser],
  ],
  [
    "nothing, of a key in another account that must stay there",
    { keyPolicy: keyAllows("*") },
    [],
    "foreignUser",
    { action: "kms:DisableKey" },
  ],
  [
    "a grant, of which nobody retires what is not there",
    { keyPolicy: closed },
    [],
    "foreignUser",
    { action: "kms:RetireGrant", grantId: "g1" },
  ],
]

const closings: readonly Row[] = [
  [
    "a statement of the key policy goes",
    { keyPolicy: keyAllows("*", { Sid: "All" }) },
    ['remove statement 0 "All" from keyPolicy 0'],
  ],
  [
    "a condition fails, or a statement goes",
    {
      keyPolicy: delegated,
      identityPolicies: [nothing, allows(when("StringLike", "aws:userid", "a*"))],
    },
    [
      "send aws:userid = ",
      "send no aws:userid",
      "remove statement 0 from keyPolicy 0",
      "remove statement 0 from identityPolicy 1",
    ],
    "user",
    { context: { "aws:userid": "ab" } },
  ],
  [
    "all grants go",
    { keyPolicy: closed, grants: [grantTo(user), grantTo(user, { grantId: "g2" })] },
    ["retire grant g1 and retire grant g2"],
  ],
]

const endings: readonly Row[] = [
  [
    "of the key policy, by any of its conditions",
    {
      keyPolicy: keyDenies("*", {
        Condition: { StringEquals: { "aws:a": "1" }, Null: { "aws:b": "false" } },
      }),
    },
    ["send aws:a = ", "send no aws:a", "send no aws:b", "remove statement 1 from keyPolicy 0"],
    "user",
    { context: { "aws:a": "1", "aws:b": "1" } },
  ],
  [
    "by leaving out a pair of the encryption context",
    { keyPolicy: keyDenies("*", when("StringLike", "kms:EncryptionContext:a", "*")) },
    ["send no kms:EncryptionContext:a", "remove statement 1 from keyPolicy 0"],
    "user",
    pairs({ a: "1", b: "2" }),
  ],
  [
    "of an identity policy",
    { keyPolicy: keyAllows("*"), identityPolicies: [nothing, denies({ Sid: "S" })] },
    ['remove statement 0 "S" from identityPolicy 1'],
  ],
  [
    "of a boundary",
    { keyPolicy: keyAllows("*"), permissionsBoundary: denies() },
    ["remove statement 0 from permissionsBoundary 0"],
    "session",
  ],
  [
    "of a session policy",
    { keyPolicy: keyAllows("*"), sessionPolicies: [denies()] },
    ["remove statement 0 from sessionPolicy 0"],
    "session",
  ],
  [
    "of a service control policy",
    underScps(allows(), denies({ Sid: "No" })),
    ['remove statement 0 "No" from scp 1 at ou-1'],
  ],
  [
    "of a resource control policy",
    {
      keyPolicy: keyAllows("*"),
      rcps: [
        {
          account: home,
          levels: [
            {
              target: "r-1",
              policies: [
                keyAllows("*", {
                  Effect: "Deny",
                  ...when("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
                }),
              ],
            },
          ],
        },
      ],
    },
    ["send aws:PrincipalOrgID = o-1", "remove statement 0 from rcp 0 at r-1"],
  ],
  [
    "of the policy of an endpoint",
    { keyPolicy: keyAllows("*"), vpcEndpointPolicy: keyDenies("*") },
    ["remove statement 1 from vpcEndpointPolicy 0"],
    "user",
    { vpcEndpointId: "vpce-1" },
  ],
  [
    "and the pairs of a grant are those that are left",
    {
      keyPolicy: merge(
        closed,
        keyAllows("*", { Effect: "Deny", ...when("StringLike", "kms:EncryptionContext:a", "*") }),
      ),
      grants: [grantTo(user, { constraints: { encryptionContextEquals: { b: "2" } } })],
    },
    [
      "send no kms:EncryptionContext:a",
      'use the encryption context {"b":"2"}',
      `remove statement 1 from keyPolicy 0 and ${forUser}`,
    ],
    "user",
    pairs({ a: "1", b: "2" }),
  ],
  [
    "and the names of pairs are those that are left",
    {
      keyPolicy: merge(
        keyAllows("*", when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "b")),
        keyAllows("*", { Effect: "Deny", ...when("StringLike", "kms:EncryptionContext:a", "*") }),
      ),
    },
    [
      "send no kms:EncryptionContext:a",
      'use the encryption context {"b":"2"}',
      `remove statement 1 from keyPolicy 0 and ${forUser}`,
    ],
    "user",
    pairs({ a: "1", b: "2" }),
  ],
  [
    "and another key is no pair",
    {
      keyPolicy: merge(
        closed,
        keyAllows("*", { Effect: "Deny", ...when("StringEquals", "aws:x", "1") }),
      ),
      grants: [grantTo(user, { constraints: { encryptionContextEquals: { b: "2" } } })],
    },
    ["send aws:x = ", "send no aws:x", "remove statement 1 from keyPolicy 0"],
    "user",
    { encryptionContext: { b: "2" }, context: { "aws:x": "1" } },
  ],
]

function toldOf([, policies, , caller = "user", more]: Row, max = 9): readonly string[] {
  const found = compile(policies).counterfactuals(requestOf(caller, more), { max })
  return found.map(({ sentence }) => sentence)
}

describe("what somebody is told who asks for what would turn the answer", () => {
  const named = (rows: readonly Row[]) => rows.map((row) => [row[0], row] as const)

  test.each(named(openings))("nothing allows: %s", (_sentence, row) => {
    const told = row[2].map((change) => `The request would be allowed if you ${change}.`)
    expect(toldOf(row)).toEqual(told)
  })

  test.each(named(closings))("something allows: %s", (_sentence, row) => {
    const told = row[2].map((change) => `The request would be denied if you ${change}.`)
    expect(toldOf(row)).toEqual(told)
  })

  test.each(named(endings))("something denies: the statement %s", (_sentence, row) => {
    const told = row[2].map((change) => `The request would be allowed if you ${change}.`)
    expect(toldOf(row)).toEqual(told)
  })

  test("is as much as was asked for, or three", () => {
    const row: Row = [
      "",
      {
        keyPolicy: keyDenies("*", {
          Condition: { StringEquals: { "aws:a": "1" }, Null: { "aws:b": "false" } },
        }),
      },
      [],
      "user",
      { context: { "aws:a": "1", "aws:b": "1" } },
    ]
    const request = requestOf("user", row[4])
    expect(compile(row[1]).counterfactuals(request)).toHaveLength(3)
    expect(toldOf(row, 1)).toEqual(["The request would be allowed if you send aws:a = ."])
    expect(toldOf(row, 0)).toEqual([])
  })

  test("comes with the answer that would be given, frozen", () => {
    const [found] = compile({ keyPolicy: closed }).counterfactuals(requestOf("session"))
    expect(found?.decision).toMatchObject({ effect: "allow", reason: "keyPolicy" })
    expect(Object.isFrozen(found)).toBe(true)
    expect(callers.session.roleArn).toBe(role)
  })
})
