import { describe, expect, test } from "vitest"
import { compile, compileDocument, type Policies, type PolicyRequest } from "../src/index.js"
import {
  allows,
  callers,
  closed,
  delegated,
  denies,
  grantTo,
  home,
  keyAllows,
  keyDenies,
  merge,
  nothing,
  requestOf,
} from "./support/scene.js"

const decide = (policies: Policies, more: Partial<PolicyRequest> = {}) =>
  compile(policies).decide(requestOf("user", more))
const by = (policies: Policies, more: Partial<PolicyRequest> = {}) => decide(policies, more).by

const levelsOf = (...policies: readonly object[]) => [
  {
    account: home,
    levels: [
      { target: "r-root", policies: [allows()] },
      { target: "ou-1", policies: [...policies] },
    ],
  },
]
const open = keyAllows("*")
const denied = denies()
const sid = { Sid: "Named" }

describe("a decision names what decided", () => {
  test.each<[string, Policies, readonly object[]]>([
    ["a key policy", { keyPolicy: open }, [{ document: "keyPolicy", index: 0, statement: 0 }]],
    [
      "a Deny of it, by its Sid",
      { keyPolicy: keyDenies("*", sid) },
      [{ document: "keyPolicy", index: 0, statement: 1, sid: "Named" }],
    ],
    [
      "the door of the account, and the policy that goes through it",
      { keyPolicy: delegated, identityPolicies: [nothing, allows(sid)] },
      [
        { document: "keyPolicy", index: 0, statement: 0 },
        { document: "identityPolicy", index: 1, statement: 0, sid: "Named" },
      ],
    ],
    [
      "a Deny of the second identity policy",
      { keyPolicy: open, identityPolicies: [nothing, denied] },
      [{ document: "identityPolicy", index: 1, statement: 0 }],
    ],
    [
      "a Deny of a boundary",
      { keyPolicy: open, permissionsBoundary: denied },
      [{ document: "permissionsBoundary", index: 0, statement: 0 }],
    ],
    [
      "a Deny of a session policy",
      { keyPolicy: open, sessionPolicies: [denied] },
      [{ document: "sessionPolicy", index: 0, statement: 0 }],
    ],
    [
      "a Deny of an SCP, with its level",
      { keyPolicy: open, scps: levelsOf(allows(), denied) },
      [{ document: "scp", index: 1, level: 1, target: "ou-1", statement: 0 }],
    ],
    [
      "a Deny of an RCP, by its Sid",
      { keyPolicy: open, rcps: levelsOf(denies({ Principal: "*", ...sid })) },
      [{ document: "rcp", index: 0, level: 1, target: "ou-1", statement: 0, sid: "Named" }],
    ],
    [
      "a level at which no SCP allows",
      { keyPolicy: open, scps: levelsOf(nothing) },
      [{ document: "scp", index: 0, level: 1, target: "ou-1" }],
    ],
    [
      "an endpoint policy that does not allow",
      { keyPolicy: open, vpcEndpointPolicy: keyAllows("*", { Action: "kms:Encrypt" }) },
      [{ document: "vpcEndpointPolicy", index: 0 }],
    ],
    ["a grant", { keyPolicy: closed, grants: [grantTo(callers.user.arn)] }, [{ grantId: "g1" }]],
  ])("%s", (_, policies, wanted) => {
    const rcps = policies.rcps?.map((entry) => ({
      ...entry,
      levels: entry.levels.map((level) => ({
        ...level,
        policies: level.target === "r-root" ? [keyAllows("*", { Action: "*" })] : level.policies,
      })),
    }))
    const request = { vpcEndpointId: "vpce-1" }
    // What a reference does not say, it has no member for.
    expect(by({ ...policies, ...(rcps && { rcps }) }, request)).toStrictEqual(wanted)
  })

  test("an identity policy, where there is no key; the root user, who needs none, nothing", () => {
    const list = { action: "kms:ListKeys", resource: "*" }
    expect(by({ identityPolicies: [nothing, allows(sid)] }, list)).toStrictEqual([
      { document: "identityPolicy", index: 1, statement: 0, sid: "Named" },
    ])
    expect(by({}, { ...list, principal: callers.root })).toStrictEqual([])
    expect(by({ keyPolicy: delegated }, { principal: callers.root })).toStrictEqual([
      { document: "keyPolicy", index: 0, statement: 0 },
    ])
  })

  test("nothing, where a document is null: that is no policy", () => {
    const policies = { keyPolicy: null, identityPolicies: [allows()] } as unknown as Policies
    expect(by(policies)).toEqual([
      { document: "keyPolicy", index: 0, problem: "a policy is a JSON object" },
    ])
  })

  test("a grant to a role or an account, within the limits of who calls", () => {
    const session = { principal: callers.session }
    const limits = { permissionsBoundary: allows(), sessionPolicies: [allows()] }
    const toRole = { keyPolicy: closed, grants: [grantTo(callers.session.roleArn ?? "")] }
    expect(by({ ...toRole, ...limits }, session)).toStrictEqual([{ grantId: "g1" }])
    const abroad = { ...session, resourceAccount: "444455556666" }
    expect(by({ ...toRole, ...limits }, abroad)).toStrictEqual([{ grantId: "g1" }])
    const toAccount = { ...toRole, grants: [grantTo(home)], identityPolicies: [allows()] }
    expect(by({ ...toAccount, ...limits }, session)).toStrictEqual([
      { grantId: "g1" },
      { document: "identityPolicy", index: 0, statement: 0 },
    ])
  })

  test("a broken document, and what is wrong with it", () => {
    const broken = { Statement: 1 }
    expect(by({ keyPolicy: open, identityPolicies: [allows(), broken] })).toEqual([
      { document: "identityPolicy", index: 1, problem: "a statement is a JSON object" },
    ])
    expect(by({ keyPolicy: open, scps: levelsOf(allows(), broken) })).toEqual([
      {
        ...{ document: "scp", index: 1, level: 1, target: "ou-1" },
        problem: "a statement is a JSON object",
      },
    ])
  })
})

describe("a document that was compiled", () => {
  test("is one of the kind that it was compiled as, and of no other", () => {
    const keyPolicy = compileDocument(open, "keyPolicy")
    const identity = compileDocument(allows(), "identityPolicy")
    expect(decide({ keyPolicy }).reason).toBe("keyPolicy")
    const identityPolicies = [identity]
    expect(decide({ keyPolicy: delegated, identityPolicies }).reason).toBe("delegation")
    expect(() => decide({ keyPolicy: identity })).toThrow(TypeError)
    expect(() => decide({ vpcEndpointPolicy: keyPolicy })).toThrow(TypeError)
    expect(() => decide({ permissionsBoundary: identity })).toThrow(TypeError)
    expect(() => decide({ sessionPolicies: identityPolicies })).toThrow(TypeError)
    expect(() => decide({ identityPolicies: [keyPolicy] })).toThrow(TypeError)
    expect(() => decide({ scps: levelsOf(identity) })).toThrow(TypeError)
  })
})

const root = `arn:aws:iam::${home}:root`
const g1 = { grantId: "g1" }
const abroad = { issuingAccount: "444455556666" }
const retiredBy = (retiringPrincipal: string) =>
  grantTo(callers.federated.arn, { ...abroad, retiringPrincipal })
const issuedBy = (issuingAccount: string) => grantTo(callers.federated.arn, { issuingAccount })

const retirements: readonly (readonly [
  string,
  Policies,
  Partial<PolicyRequest>,
  string,
  readonly object[],
])[] = [
  ["a user", { grants: [retiredBy(callers.user.arn)] }, {}, "retiringPrincipal", [g1]],
  [
    "a role, in a session of it",
    { grants: [retiredBy(callers.session.roleArn ?? "")] },
    { principal: callers.session },
    "retiringPrincipal",
    [g1],
  ],
  [
    "a role, in a session that may not",
    { grants: [retiredBy(callers.session.roleArn ?? "")], sessionPolicies: [nothing] },
    { principal: callers.session },
    "grantRelation",
    [],
  ],
  [
    "its account, within a boundary",
    { grants: [retiredBy(root)], identityPolicies: [allows()], permissionsBoundary: allows() },
    {},
    "retiringPrincipal",
    [g1],
  ],
  [
    "its account, outside of a boundary",
    { grants: [retiredBy(root)], identityPolicies: [allows()], permissionsBoundary: nothing },
    {},
    "grantRelation",
    [],
  ],
  [
    "the account that made it, by its root user",
    { grants: [issuedBy(home)] },
    { principal: callers.root },
    "issuingAccount",
    [g1],
  ],
  [
    "the account that made it, by an identity policy",
    { grants: [issuedBy(home)], identityPolicies: [allows()] },
    {},
    "issuingAccount",
    [g1, { document: "identityPolicy", index: 0, statement: 0 }],
  ],
  ["the account that made it, by nothing", { grants: [issuedBy(home)] }, {}, "identityPolicy", []],
  [
    "the account that made it, outside of a boundary",
    { grants: [issuedBy(home)], identityPolicies: [allows()], permissionsBoundary: nothing },
    {},
    "permissionsBoundary",
    [],
  ],
  ["nobody, where there are none", { identityPolicies: [allows()] }, {}, "grantRelation", []],
]

test.each(retirements)("a grant may be retired by %s", (_, policies, more, reason, wanted) => {
  const retire = { action: "kms:RetireGrant", grantId: "g1", ...more }
  const decision = decide({ keyPolicy: closed, ...policies }, retire)
  expect([decision.reason, decision.by]).toEqual([reason, wanted])
})

describe("a grant", () => {
  test("that names its key by id is on no resource that only ends so", () => {
    const policies = { keyPolicy: closed, grants: [grantTo(callers.user.arn)] }
    expect(decide(policies).effect).toBe("allow")
    for (const resource of ["arn:1234abcd", "xxxx1234abcd", "arn:aws:kms:1234abcd"]) {
      expect(decide(policies, { resource }).effect, resource).toBe("implicitDeny")
    }
  })

  test.each([
    ["retired by", { retiringPrincipal: root }, "retiringPrincipal"],
    ["made for", { granteePrincipal: root, operations: ["RetireGrant"] }, "grantee"],
  ] as const)("that is %s an account is retired by whom the account lets", (_, more, reason) => {
    const issuingAccount = "444455556666"
    const grant = grantTo(callers.session.arn, { issuingAccount, ...more })
    const retire = (identityPolicies: readonly object[]) =>
      decide(
        { keyPolicy: closed, grants: [grant], identityPolicies },
        { action: "kms:RetireGrant", grantId: "g1" },
      )
    expect(retire([allows()])).toMatchObject({ effect: "allow", reason })
    expect(retire([]).effect).toBe("implicitDeny")
    expect(retire([nothing]).effect).toBe("implicitDeny")
  })

  test("is not retired by a request that names none, be it without an id", () => {
    const grant = { ...grantTo(callers.user.arn, { retiringPrincipal: callers.user.arn }) }
    const retire = (grants: readonly object[], grantId?: string) =>
      decide({ keyPolicy: closed, grants: grants as Policies["grants"] }, {
        action: "kms:RetireGrant",
        ...(grantId !== undefined && { grantId }),
      } as Partial<PolicyRequest>).effect
    expect(retire([grant], "g1")).toBe("allow")
    expect(retire([grant], "g2")).toBe("implicitDeny")
    expect(retire([grant])).toBe("implicitDeny")
    expect(retire([{ ...grant, grantId: undefined }])).toBe("implicitDeny")
  })

  test("for whom nobody can be is nobody's, and no error", () => {
    for (const grantee of ["nobody", "", "arn:aws:s3:::bucket"]) {
      const policies = { keyPolicy: closed, grants: [grantTo(grantee)] }
      expect(decide(policies).effect, grantee).toBe("implicitDeny")
    }
    const nobodys = { ...retiredBy(callers.user.arn), granteePrincipal: undefined }
    const grants = [nobodys] as unknown as Policies["grants"]
    expect(decide({ keyPolicy: closed, ...(grants && { grants }) }).effect).toBe("implicitDeny")
    const retire = { action: "kms:RetireGrant", grantId: "g1" }
    expect(decide({ ...(grants && { grants }) }, retire).reason).toBe("retiringPrincipal")
    const both = { ...grantTo(callers.user.arn), KeyId: undefined, GrantId: undefined }
    expect(decide({ keyPolicy: closed, grants: [both] }).effect).toBe("allow")
  })
})

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables */
describe("a statement", () => {
  const context = { "aws:username": "ann", region: "us-east-1" }
  const key = (id: string, region = "us-east-1") => `arn:aws:kms:${region}:${home}:key/${id}`
  const allowsKey = (Resource: string, resource: string) =>
    decide({ keyPolicy: keyAllows("*", { Resource }) }, { resource, context }).effect === "allow"

  test.each([
    ["in its last part", key("${aws:username}"), key("ann"), key("${aws:username}")],
    ["in no other part", key("${aws:username}", "${region}"), key("ann", "${region}"), key("ann")],
    ["in none of fewer than six", "arn:*:key/${aws:username}", key("${aws:username}"), key("ann")],
    ["and wildcards", key("a?${aws:username}*", "us-*"), key("abannx"), key("aann")],
    ["and no wildcards of a value", key("${aws:username}"), key("ann"), key("a")],
    ["that is a star itself", key("${*}n${aws:username}"), key("*nann"), key("xnann")],
  ])("of a resource has variables %s", (_, pattern, is, isNot) => {
    expect(allowsKey(pattern, is)).toBe(true)
    for (const other of [isNot, key("a"), key("")]) {
      expect(allowsKey(pattern, other), other).toBe(false)
    }
  })

  test("of a resource has wildcards that stand for no colon, but for a star that ends a part", () => {
    const pattern = "arn:aws:kms:us?east:1:key/x"
    expect(allowsKey(pattern, "arn:aws:kms:us-east:1:key/x")).toBe(true)
    expect(allowsKey(pattern, "arn:aws:kms:us:east:1:key/x")).toBe(false)
    for (const part of ["us*east", "*east", "*:east*t", "u*:east"]) {
      const crossing = allowsKey(`arn:aws:kms:${part}:1:key/x`, "arn:aws:kms:us:east:1:key/x")
      expect(crossing, part).toBe(part === "u*:east")
    }
    expect(allowsKey("arn:aws:kms:us*:key/x", "arn:aws:kms:us:east:1:key/x")).toBe(true)
  })

  test("of an empty list is about nothing, and of none but an empty list about everything", () => {
    const effect = (more: object) =>
      decide({ keyPolicy: keyAllows("*", { Resource: undefined, ...more }) }).effect
    expect(effect({ Resource: [] })).toBe("implicitDeny")
    expect(effect({ NotResource: [] })).toBe("allow")
    expect(effect({ NotResource: "*" })).toBe("implicitDeny")
    expect(effect({ Resource: "*", Action: [] })).toBe("implicitDeny")
    expect(effect({ Resource: "*", Action: undefined, NotAction: [] })).toBe("allow")
    expect(effect({})).toBe("implicitDeny")
    for (const inert of [{}, { Resource: "*", Action: undefined }]) {
      const keyPolicy = keyAllows("*", { Resource: undefined, ...inert })
      const { effect } = decide({ keyPolicy }, { action: "kms:Unknown" })
      expect(effect).toBe("implicitDeny")
    }
  })

  test("of an action has wildcards and no variables", () => {
    const allowsAction = (Action: string, action: string) =>
      decide({ identityPolicies: [allows({ Action })] }, { action, resource: "*" }).effect ===
      "allow"
    const actions = ["kms:ListKeys", "s3:GetObject"]
    for (const action of actions) {
      const start = action.slice(0, -1)
      const own = [action, `${start}?`, `${start}*`, action.toUpperCase(), "*"]
      for (const Action of own) expect(allowsAction(Action, action), Action).toBe(true)
      const none = [start.concat("${a}"), `${action}?`, start, `${start}x`]
      for (const Action of none) expect(allowsAction(Action, action), Action).toBe(false)
    }
    expect(allowsAction("s3:*", "kms:ListKeys")).toBe(false)
    expect(allowsAction("kms:*", "s3:GetObject")).toBe(false)
  })
})
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables */

test("a value of two variables is settled by none that stands for two things", () => {
  const context = { "test:key": "x1", "test:one": "x", "test:two": "1", "TEST:TWO": "2" }
  const asked = (effect: "Allow" | "Deny", operator: string, value: string) => {
    const statement = { Effect: effect, Condition: { [operator]: { "test:key": value } } }
    const tested = keyAllows("*", statement)
    return decide({ keyPolicy: effect === "Deny" ? merge(open, tested) : tested }, { context })
      .effect
  }
  /* biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables */
  for (const value of ["${test:one}${test:two}", "${test:two}${test:one}", "${test:two}"]) {
    for (const operator of ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]) {
      expect(asked("Allow", operator, value), operator).toBe("implicitDeny")
      expect(asked("Deny", operator, value), operator).toBe("explicitDeny")
    }
  }
  expect(asked("Allow", "StringLike", "${test:one}?")).toBe("allow")
  expect(asked("Deny", "StringEquals", "${test:one}")).toBe("allow")
  /* biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables */
})

test("in the language of 2008 a variable is the text that it is written with", () => {
  const resource = `arn:aws:kms:us-east-1:${home}:key/\${aws:username}`
  const context = { "aws:username": "ann" }
  const effect = (Version: string, asked: string) =>
    decide(
      { keyPolicy: { ...keyAllows("*", { Resource: resource }), Version } },
      { resource: asked, context },
    ).effect
  const named = `arn:aws:kms:us-east-1:${home}:key/ann`
  expect(effect("2008-10-17", resource)).toBe("allow")
  expect(effect("2008-10-17", named)).toBe("implicitDeny")
  expect(effect("2012-10-17", resource)).toBe("implicitDeny")
  expect(effect("2012-10-17", named)).toBe("allow")
})

test("whether a key is present is said by true and false, and by no variable", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
  const keyPolicy = keyAllows("*", { Condition: { Null: { "aws:userid": "${aws:username}" } } })
  for (const said of ["true", "false"]) {
    expect(decide({ keyPolicy }, { context: { "aws:username": said } }).effect).toBe("implicitDeny")
    const both = { "aws:username": said, "aws:userid": "x" }
    expect(decide({ keyPolicy }, { context: both }).effect).toBe("implicitDeny")
  }
})
