// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import { describe, expect, test } from "vitest"
import {
  compile,
  type Opening,
  type Policies,
  type PolicyRequest,
  renderExplanation,
} from "../src/index.js"
import {
  abroad,
  allows,
  type CallerName,
  callers,
  closed,
  delegated,
  grantTo,
  home,
  keyAllows,
  keyArn,
  nothing,
  requestOf,
} from "./support/scene.js"

const user = callers.user.arn
const role = callers.foreignSession.roleArn ?? ""
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})

const everyKind: Policies = {
  keyPolicy: keyAllows({ AWS: abroad }, { Sid: "Shared" }),
  identityPolicies: [
    allows({ Action: "kms:Sign" }),
    allows({
      Sid: "Mine",
      Condition: {
        StringEquals: { "aws:team": ["a", "b"] },
        StringLike: { "aws:a": ["${aws:gone}x${aws:lost}"] },
      },
    }),
  ],
  permissionsBoundary: allows({ Resource: `arn:aws:kms:us-east-1:${home}:key/other` }),
  sessionPolicies: [allows()],
  scps: [
    {
      account: abroad,
      levels: [
        { target: "r-1", policies: [allows()] },
        { target: "ou-1", policies: [allows({ Action: "s3:*" })] },
      ],
    },
  ],
  rcps: [
    {
      account: home,
      levels: [
        { target: "r-9", policies: [keyAllows("*", { Effect: "Deny", Action: "kms:Sign" })] },
      ],
    },
  ],
  vpcEndpointPolicy: keyAllows("*"),
  grants: [grantTo(role, { constraints: { encryptionContextEquals: { a: "b" } } })],
}
/** Rows of which not all are as long. */
const named = <Row extends readonly [sentence: string, ...unknown[]]>(rows: readonly Row[]) =>
  rows.map((row) => [row[0], row] as const)

const context = { "aws:team": ["a", "b"], "aws:a": "x" }

const everyLine = [
  "DENIED (nothing allows): kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/1234abcd",
  "  caller   arn:aws:sts::444455556666:assumed-role/App/run (role-session, " +
    "other account 444455556666)",
  "  because  scp",
  "  by       scp 0 at ou-1",
  '  opened   delegation: keyPolicy 0 statement 0 "Shared"',
  "  limit    rcp: passed",
  "  limit    scp at r-1: passed",
  "  limit    scp at ou-1: blocked",
  "  limit    vpcEndpointPolicy: passed",
  "  limit    permissionsBoundary: blocked",
  "  limit    sessionPolicy: passed",
  "",
  "rcp 0 at r-9",
  "  Deny statement 0: does not apply",
  "    yes principal (everyone)",
  "    no  action",
  "    yes resource",
  "",
  "scp 0 at r-1",
  "  Allow statement 0: applies",
  "    yes action",
  "    yes resource",
  "",
  "scp 0 at ou-1",
  "  Allow statement 0: does not apply",
  "    no  action",
  "    yes resource",
  "",
  "vpcEndpointPolicy 0",
  "  Allow statement 0: applies",
  "    yes principal (everyone)",
  "    yes action",
  "    yes resource",
  "",
  "keyPolicy 0",
  '  Allow statement 0 "Shared": applies',
  "    yes principal (account)",
  "    yes action",
  "    yes resource",
  "",
  "identityPolicy 0",
  "  Allow statement 0: does not apply",
  "    no  action",
  "    yes resource",
  "",
  "identityPolicy 1",
  '  Allow statement 0 "Mine": does not apply',
  "    yes action",
  "    yes resource",
  "    yes StringEquals aws:team: wanted a or b; is a, b (multivalued)",
  "    no  StringLike aws:a: wanted ${aws:gone}x${aws:lost}; " +
    "is x (unresolvedVariable, no value for aws:gone, aws:lost)",
  "",
  "permissionsBoundary 0",
  "  Allow statement 0: does not apply",
  "    yes action",
  "    no  resource",
  "",
  "sessionPolicy 0",
  "  Allow statement 0: applies",
  "    yes action",
  "    yes resource",
  "",
  "grant g1 (role): does not apply",
  "    yes operation",
  "    no  encryptionContextEquals",
  "",
]

describe("an explanation in the terminal", () => {
  test("tells what every kind of document said", () => {
    const request = requestOf("foreignSession", { vpcEndpointId: "vpce-1", context })
    expect(renderExplanation(compile(everyKind).explain(request)).split("\n")).toEqual(everyLine)
  })
})

describe("an explanation of grants in the terminal", () => {
  test("of an allow by a grant names the grant, and what is left out is counted", () => {
    const grants = Array.from({ length: 103 }, (_, at) => grantTo(user, { grantId: `g${at}` }))
    const explained = compile({ keyPolicy: closed, grants }).explain(requestOf("user"))
    expect(explained.grants).toHaveLength(100)
    expect(explained.grantsLeftOut).toBe(3)
    const lines = renderExplanation(explained).split("\n")
    expect(lines.slice(0, 4)).toEqual([
      `ALLOWED: kms:Decrypt on ${keyArn}`,
      `  caller   ${user} (user, account of the key)`,
      "  because  grant",
      "  by       grant g0",
    ])
    expect(lines).toContain("    no  principal")
    expect(lines).toContain("grant g99 (user): applies")
    expect(lines.slice(-3)).toEqual(["", "and 3 more grants for this grantee", ""])
  })
})

type Case = readonly [sentence: string, block: object, because: string, more?: object]

const cases: readonly Case[] = [
  ["a quantifier at a test of presence", { "ForAllValues:Null": { "aws:b": "true" } }, "emptySet"],
  ["a value that is there", { Null: { "aws:one": "true" } }, "value"],
  ["an empty list", { StringEquals: { "aws:none": "1" } }, "missing"],
  ["an empty list under IfExists", { StringEqualsIfExists: { "aws:none": "1" } }, "ifExists"],
  ["an empty list at a test of presence", { Null: { "aws:none": "true" } }, "missing"],
  ["an empty list of many", { "ForAnyValue:StringEquals": { "aws:none": "1" } }, "emptySet"],
  ["two values under a quantifier", { "ForAnyValue:StringEquals": { "aws:two": "1" } }, "value"],
  ["two values of a variable", { StringEquals: { "aws:one": "${aws:two}" } }, "multivalued"],
  ["a variable without value", { StringEquals: { "aws:one": "${aws:b}" } }, "unresolvedVariable"],
  [
    "a variable without value that does no harm",
    { StringEquals: { "aws:one": ["${aws:b}", "1"] } },
    "value",
  ],
  [
    "a negated variable without value",
    { StringNotEquals: { "aws:one": "${aws:b}" } },
    "unresolvedVariable",
  ],
  [
    "a negated variable without value beside one that fits",
    { StringNotEquals: { "aws:one": ["${aws:b}", "1"] } },
    "value",
  ],
]

const open = keyAllows("*")

const byKeyPolicy = { document: "keyPolicy", index: 0, statement: 0 } as const

const limits: readonly (readonly [
  sentence: string,
  policies: Policies,
  bound: readonly string[],
  caller?: CallerName,
  more?: Partial<PolicyRequest>,
])[] = [
  ["nothing", { keyPolicy: open }, []],
  ["a boundary that allows", { permissionsBoundary: allows() }, ["permissionsBoundary passed"]],
  ["a boundary that does not", { permissionsBoundary: nothing }, ["permissionsBoundary blocked"]],
  [
    "a session policy that allows",
    { sessionPolicies: [allows()] },
    ["sessionPolicy passed"],
    "session",
  ],
  ["one that does not", { sessionPolicies: [nothing] }, ["sessionPolicy blocked"], "session"],
  ["a federated user without session policy", {}, ["sessionPolicy blocked"], "federated"],
  [
    "an endpoint",
    { vpcEndpointPolicy: open },
    ["vpcEndpointPolicy passed"],
    "user",
    { vpcEndpointId: "v" },
  ],
  [
    "an endpoint that allows nothing",
    { vpcEndpointPolicy: keyAllows("*", { Action: "s3:*" }) },
    ["vpcEndpointPolicy blocked"],
    "user",
    { vpcEndpointId: "v" },
  ],
  [
    "resource control policies, which deny or say nothing",
    { rcps: [{ account: home, levels: [] }] },
    ["rcp passed"],
  ],
  [
    "each level of an organization",
    {
      scps: [
        {
          account: home,
          levels: [
            { target: "a", policies: [nothing] },
            { target: "b", policies: [allows()] },
          ],
        },
      ],
    },
    ["scp 0 a blocked", "scp 1 b passed"],
  ],
]

const doors: readonly (readonly [string, Policies, readonly Opening[], CallerName?])[] = [
  ["everyone", { keyPolicy: open }, [{ by: "direct", reference: byKeyPolicy }]],
  ["the account", { keyPolicy: delegated }, [{ by: "delegation", reference: byKeyPolicy }]],
  [
    "a role that a boundary binds",
    { keyPolicy: keyAllows({ AWS: callers.session.roleArn }), permissionsBoundary: allows() },
    [{ by: "limited", reference: byKeyPolicy }],
    "session",
  ],
  ["nobody", { keyPolicy: closed }, []],
  ["no key policy", {}, []],
  [
    "an identity policy",
    { keyPolicy: closed, identityPolicies: [nothing, allows()] },
    [{ by: "identity", reference: { document: "identityPolicy", index: 1, statement: 0 } }],
  ],
]

describe("an explanation", () => {
  test("names who asked for what", () => {
    const { request } = compile({ keyPolicy: closed }).explain(requestOf("session"))
    expect(request).toEqual({
      principal: { type: "role-session", arn: callers.session.arn, account: home },
      action: "kms:Decrypt",
      resource: keyArn,
      resourceAccount: home,
      sameAccount: true,
      onKey: true,
    })
    const listing = requestOf("foreignUser", { action: "kms:ListKeys", resource: "*" })
    expect(compile({ grants: [grantTo(user)] }).explain(listing)).toMatchObject({
      request: { sameAccount: false, onKey: false },
      grants: [],
      grantsLeftOut: 0,
    })
  })

  test("of a statement has every part in its place", () => {
    const keyPolicy = keyAllows(
      { AWS: user },
      { Sid: "S", ...when("Bool", "AWS:SecureTransport", "true") },
    )
    const request = requestOf("user", { context: { "aws:SecureTransport": false } })
    const { documents } = compile({ keyPolicy }).explain(request)
    expect(documents).toEqual([
      {
        document: "keyPolicy",
        index: 0,
        statements: [
          {
            statement: 0,
            effect: "Allow",
            action: true,
            resource: true,
            conditions: [
              {
                operator: "Bool",
                key: "AWS:SecureTransport",
                policyValues: ["true"],
                result: false,
                because: "value",
                requestValues: ["false"],
              },
            ],
            applies: false,
            sid: "S",
            principal: { result: true, kinds: ["user"] },
          },
        ],
      },
    ])
  })

  test("of a statement without Action or Resource says that neither fits", () => {
    const keyPolicy = keyAllows("*", { Action: undefined, Resource: undefined })
    const [document] = compile({ keyPolicy }).explain(requestOf("user")).documents
    expect(document?.statements).toMatchObject([{ action: false, resource: false, applies: false }])
  })

  test.each(cases)("says of %s why it came out so", (_sentence, Condition, because) => {
    const values = { "aws:one": "1", "aws:none": [], "aws:two": ["1", "2"] }
    const request = requestOf("user", { context: values })
    const { documents } = compile({ keyPolicy: keyAllows("*", { Condition }) }).explain(request)
    expect(documents[0]?.statements[0]?.conditions[0]?.because).toBe(because)
  })

  test.each(named(limits))("says what binds the caller: %s", (_sentence, limited) => {
    const [, policies, bound, caller, more] = limited
    const explained = compile(policies).explain(requestOf(caller ?? "user", more))
    const names = ["rcp", "scp", "vpcEndpointPolicy", "permissionsBoundary", "sessionPolicy"]
    expect([...new Set(explained.limits.map(({ limit }) => limit))]).toEqual(names)
    const found = explained.limits.filter(({ result }) => result !== "notApplicable")
    expect(
      found.map(({ limit, level, target, result }) =>
        [limit, level, target, result].filter((part) => part !== undefined).join(" "),
      ),
    ).toEqual(bound)
  })

  test.each(named(doors))("says who opened the door: %s", (_sentence, door) => {
    const [, policies, opened, caller] = door
    expect(compile(policies).explain(requestOf(caller ?? "user")).opened).toEqual(opened)
  })
})
