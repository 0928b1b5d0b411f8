import { describe, expect, it } from "vitest"
import { shaped } from "../src/directory/entities.js"
import {
  accountsShape,
  groupShape,
  organizationShape,
  policyShape,
  roleShape,
  userShape,
} from "../src/records/shapes.js"
import { account, otherAccount, policy, trust } from "./support/accounts.js"

const trustPolicy = trust({ AWS: account })
const organization = {
  id: "o-exampleorgid",
  managementAccount: account,
  root: { id: "r-ab12", accounts: [account] },
}

const shapes = {
  user: (more: object) => shaped("user", userShape(), more),
  group: (more: object) => shaped("group", groupShape(), more),
  role: (more: object) => shaped("role", roleShape(), { trustPolicy, ...more }),
  policy: (more: object) => shaped("policy", policyShape(), more),
  organization: (more: object) =>
    shaped("organization", organizationShape(), { ...organization, ...more }),
  accounts: (more: object) => shaped("accounts", accountsShape(), more),
}
type What = keyof typeof shapes

/** A policy of so many characters, of which white space is none. */
function sized(size: number, statement: object = {}): object {
  const whole = policy({ Action: "kms:Encrypt", ...statement })
  const Sid = (length: number) => ({
    ...whole,
    Statement: { ...whole.Statement, Sid: "s".repeat(length) },
  })
  return Sid(size - JSON.stringify(Sid(0)).length)
}
const sizedTrust = (size: number) =>
  sized(size, { Principal: { AWS: account }, Action: "sts:AssumeRole", Resource: undefined })
const spaced = (document: object) => JSON.stringify(document, undefined, 8)

const many = (count: number, prefix = "n") =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)
const tags = (count: number) => Object.fromEntries(many(count).map((name) => [name, "v"]))
const proto = (value: unknown) =>
  JSON.parse(JSON.stringify({ x: value }).replace('"x"', '"__proto__"'))

/** Organizational units, each in the one before. */
const nested = (depth: number): object[] =>
  depth === 0 ? [] : [{ id: "ou-ab12-11111111", accounts: [], units: nested(depth - 1) }]
const rootWith = (more: object) => ({ root: { id: "r-ab12", accounts: [{ account }], ...more } })
const accountWith = (more: object) => ({ accounts: { [account]: more } })
const userWith = (...accessKeys: object[]) => accountWith({ users: { a: { accessKeys } } })

const accessKey = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s".repeat(40) }
const secret = "JBSWY3DPEHPK3PXP"
const document = policy({})

const named = ["user", "group", "role"] as const
const tagged = ["user", "role"] as const
const inlineMax = { user: 2048, group: 5120, role: 10_240 } as const
const paths = [...named, "policy"] as const
const withPath = (what: What, path: unknown) => ({
  path,
  ...(what === "policy" && { document: JSON.stringify(document) }),
})

const taken: readonly (readonly [What, object])[] = [
  ...paths.flatMap((what) =>
    ["/", "/a/", "/a/b!~-.0/", `/${"a".repeat(510)}/`].map(
      (path) => [what, withPath(what, path)] as const,
    ),
  ),
  ...named.flatMap((what) => [
    [what, { managedPolicies: many(20) }] as const,
    [what, { managedPolicies: ["a", "a".repeat(128), "aZ9_+=,.@-"] }] as const,
    [what, { policies: { p: JSON.stringify(sized(inlineMax[what])) } }] as const,
  ]),
  ...tagged.flatMap((what) =>
    [
      ...[
        tags(50),
        { "": undefined, a: "" },
        { ["k".repeat(128)]: "v".repeat(256) },
        { "a b:/": "c" },
      ],
    ]
      .filter((one) => !("" in one))
      .map((one) => [what, { tags: one }] as const),
  ),
  ["user", { tags: { "\u00df": "1", ss: "2" } }],
  ["user", { permissionsBoundary: "B" }],
  ["role", { permissionsBoundary: "B" }],
  ["user", { groups: many(10) }],
  ["user", { mfaDevices: { ["a".repeat(9)]: secret, ["aZ9_+=/:,.@-"]: "A2".repeat(64) } }],
  ["user", { mfaDevices: { ["a".repeat(256)]: secret } }],
  ["role", { maxSessionSeconds: 3600 }],
  ["role", { maxSessionSeconds: 43_200 }],
  ["policy", { document: JSON.stringify(sized(6144)) }],
  ["organization", { id: `o-${"a".repeat(10)}` }],
  ["organization", { id: `o-${"z9".repeat(16)}` }],
  ["organization", { root: { id: "r-0aZz".toLowerCase() } }],
  ["organization", { root: { id: `r-${"a".repeat(32)}` } }],
  ["organization", rootWith({ units: nested(5) })],
  ["organization", rootWith({ units: [{ id: `ou-${"a9".repeat(16)}-${"z0".repeat(16)}` }] })],
]

const refused: readonly (readonly [What, object, string, string])[] = [
  ...paths.flatMap((what) =>
    ["", "a", "a/", "/a", "//", "/a b/", "/\u00fc/", "x/a/", "/a/x"].map(
      (path) =>
        [what, withPath(what, path), `${what}.path`, "must begin and end with a slash"] as const,
    ),
  ),
  ...paths.map(
    (what) => [what, withPath(what, `/${"a".repeat(511)}/`), `${what}.path`, "512"] as const,
  ),
  ...named.flatMap((what) => [
    [what, { managedPolicies: many(21) }, `${what}.managedPolicies`, "20"] as const,
    ...["", "a".repeat(129), "a b", " a", "a ", "a/b", "\u00fc"].map(
      (name) =>
        [
          ...[what, { managedPolicies: ["a", name] }, `${what}.managedPolicies.1`],
          "must be 1 to 128 letters, digits and +=,.@-_",
        ] as never,
    ),
    [
      ...([what, { policies: { p: sized(inlineMax[what] + 1) } }, `${what}.policies.p`] as const),
      `must have at most ${inlineMax[what]} characters`,
    ] as const,
    [
      ...([what, { policies: { p: sized(inlineMax[what] - 199), q: sized(200) } }] as const),
      ...([
        `${what}.policies`,
        `must have at most ${inlineMax[what]} characters together`,
      ] as const),
    ] as const,
    [what, { policies: { "a b": document } }, `${what}.policies.a b`, "Invalid key"] as const,
    [what, { policies: proto(document) }, `${what}.policies`, "name `__proto__`"] as const,
    [what, { policies: null }, `${what}.policies`, "expected record"] as const,
    [what, { policies: 5 }, `${what}.policies`, "expected record"] as const,
    [
      what,
      { policies: { p: 5 } },
      `${what}.policies.p`,
      "must be a policy, as an object or as JSON text",
    ] as const,
    [
      what,
      { policies: { p: null } },
      `${what}.policies.p`,
      "must be a policy, as an object or as JSON",
    ] as const,
    [what, { policies: { p: {} } }, `${what}.policies.p`, "Statement"] as const,
    // A policy of a key names principals; one of an identity does not.
    [
      what,
      { policies: { p: policy({ Principal: "*" }) } },
      `${what}.policies.p`,
      "names no principal",
    ] as const,
    [what, { other: 1 }, what, "Unrecognized key"] as const,
  ]),
  ...tagged.flatMap((what) => [
    [what, { tags: tags(51) }, `${what}.tags`, "must be at most 50 tags"] as const,
    [
      what,
      { tags: { a: "1", A: "2" } },
      `${what}.tags`,
      "must have each key in one letter case",
    ] as const,
    [what, { tags: { "": "v" } }, `${what}.tags.`, "Invalid key"] as const,
    [
      what,
      { tags: { ["k".repeat(129)]: "v" } },
      `${what}.tags.${"k".repeat(129)}`,
      "Invalid key",
    ] as const,
    [what, { tags: { a: "v".repeat(257) } }, `${what}.tags.a`, "256"] as const,
    [what, { tags: proto("v") }, `${what}.tags`, "name `__proto__`"] as const,
    [
      what,
      { permissionsBoundary: "a b" },
      `${what}.permissionsBoundary`,
      "must be 1 to 128 letters",
    ] as const,
  ]),
  ["user", { groups: many(11) }, "user.groups", "10"],
  ["user", { groups: ["a b"] }, "user.groups.0", "must be 1 to 128 letters"],
  ...["a".repeat(8), "a".repeat(257), "serial 12", " serial12", "serial12 "].map(
    (serial) =>
      [
        "user",
        { mfaDevices: { [serial]: secret } },
        `user.mfaDevices.${serial}`,
        "Invalid key",
      ] as const,
  ),
  ...[
    "A".repeat(15),
    "A".repeat(129),
    `${secret}1`,
    secret.toLowerCase(),
    ` ${secret}`,
    `${secret} `,
  ].map(
    (one) =>
      [
        "user",
        { mfaDevices: { serial123: one } },
        "user.mfaDevices.serial123",
        "must be Base32",
      ] as const,
  ),
  ["user", { mfaDevices: proto(secret) }, "user.mfaDevices", "name `__proto__`"],
  ...[3599, 43_201, 3600.5].map(
    (one) => ["role", { maxSessionSeconds: one }, "role.maxSessionSeconds", ""] as const,
  ),
  ...["", " 3600", "3600 ", "3.6e3", "0xe10", "1234567", "x"].map(
    (one) =>
      ["role", { maxSessionSeconds: one }, "role.maxSessionSeconds", "must be seconds"] as const,
  ),
  ["role", { trustPolicy: undefined }, "role.trustPolicy", "must be a policy"],
  ["role", { trustPolicy: policy({}) }, "role.trustPolicy", ""],
  [
    "role",
    { trustPolicy: sizedTrust(8193) },
    "role.trustPolicy",
    "must have at most 8192 characters",
  ],
  ["policy", {}, "policy.document", "must be a policy"],
  ["policy", { document: sized(6145) }, "policy.document", "must have at most 6144 characters"],
  ["policy", { document, tags: {} }, "policy", "Unrecognized key"],
  ...[
    "",
    "o-",
    "o-aaaaaaaaa",
    `o-${"a".repeat(33)}`,
    "o-Exampleorgid",
    "xo-exampleorgid",
    "o-exampleorg-id",
  ].map(
    (id) =>
      ["organization", { id }, "organization.id", "must be an id like `o-exampleorgid`"] as const,
  ),
  ...["1", "11112222333a", `${account}1`, ` ${account}`].map(
    (one) =>
      [
        "organization",
        { managementAccount: one },
        "organization.managementAccount",
        "must have 12 digits",
      ] as const,
  ),
  ...["r-ab1", `r-${"a".repeat(33)}`, "r-AB12", "xr-ab12", "r-ab12-", "ou-ab12-11111111"].map(
    (id) =>
      [
        "organization",
        { root: { id } },
        "organization.root.id",
        "must be an id like `r-ab12`",
      ] as const,
  ),
  ...[
    "ou-ab1-11111111",
    "ou-ab12-1111111",
    `ou-${"a".repeat(33)}-11111111`,
    `ou-ab12-${"1".repeat(33)}`,
    "r-ab12",
    "xou-ab12-11111111",
    "ou-ab12-11111111-",
    "ou-ab12",
  ].map(
    (id) =>
      [
        "organization",
        rootWith({ units: [{ id }] }),
        "organization.root.units.0.id",
        "or `ou-ab12-12345678`",
      ] as const,
  ),
  [
    "organization",
    rootWith({ units: nested(6) }),
    "organization.root.units.0.units.0.units.0.units.0.units.0.units.0",
    "",
  ],
  ["organization", rootWith({ accounts: ["1"] }), "organization.root.accounts.0", ""],
  [
    "organization",
    rootWith({ accounts: [{ account, other: 1 }] }),
    "organization.root.accounts.0",
    "",
  ],
  ["organization", rootWith({ other: 1 }), "organization.root", "Unrecognized key"],
  ["organization", rootWith({ scps: Array(11).fill(document) }), "organization.root.scps", "10"],
  [
    "organization",
    rootWith({ scps: [sized(10_241)] }),
    "organization.root.scps.0",
    "must have at most 10240",
  ],
  [
    "organization",
    rootWith({ scps: [policy({ Principal: "*" })] }),
    "organization.root.scps.0",
    "names no principal",
  ],
  ["organization", rootWith({ rcps: [policy({})] }), "organization.root.rcps.0", "`Principal`"],
  ["organization", { other: 1 }, "organization", "Unrecognized key"],
  ["accounts", { other: 1 }, "accounts", "Unrecognized key"],
  ["accounts", { accounts: { "1": {} } }, "accounts.accounts.1", "Invalid key"],
  ["accounts", accountWith({ other: 1 }), `accounts.accounts.${account}`, "Unrecognized key"],
  ...(["users", "groups", "roles", "policies"] as const).flatMap((list) => [
    [
      "accounts",
      accountWith({ [list]: { "a b": {} } }),
      `accounts.accounts.${account}.${list}.a b`,
      "",
    ] as const,
    [
      "accounts",
      accountWith({ [list]: proto({}) }),
      `accounts.accounts.${account}.${list}`,
      "`__proto__`",
    ] as const,
  ]),
  ...[
    [{ accessKeyId: "A".repeat(15) }, "0.accessKeyId", "must be 16 to 128 capitals and digits"],
    [{ accessKeyId: "A".repeat(129) }, "0.accessKeyId", "must be 16 to 128 capitals and digits"],
    [{ accessKeyId: `${accessKey.accessKeyId}a` }, "0.accessKeyId", "must be 16 to 128 capitals"],
    [{ accessKeyId: `a${accessKey.accessKeyId}` }, "0.accessKeyId", "must be 16 to 128 capitals"],
    [{ secretAccessKey: "s".repeat(15) }, "0.secretAccessKey", "16"],
    [{ secretAccessKey: "s".repeat(129) }, "0.secretAccessKey", "128"],
    [{ status: "active" }, "0.status", ""],
    [{ other: 1 }, "0", "Unrecognized key"],
  ].map(
    ([more, place, said]) =>
      [
        "accounts",
        userWith({ ...accessKey, ...(more as object) }),
        `accounts.accounts.${account}.users.a.accessKeys.${place}`,
        said,
      ] as never,
  ),
]

describe("what accounts are made of", () => {
  it.each(taken)("a %s may be %j", (what, more) => {
    expect(shapes[what](more)).toMatchObject(more)
  })

  it.each(refused)("a %s is not %j", (what, more, place, said) => {
    expect(() => shapes[what](more)).toThrow(TypeError)
    expect(() => shapes[what](more)).toThrow(`\`${place}\` `)
    if (said !== "") expect(() => shapes[what](more)).toThrow(said)
  })

  it("is what is said, and what is left out is none", () => {
    const empty = { policies: {}, managedPolicies: [] }
    expect(shapes.user({})).toEqual({ ...empty, path: "/", groups: [], tags: {}, mfaDevices: {} })
    expect(shapes.group({})).toEqual({ ...empty, path: "/" })
    expect(shapes.role({})).toEqual({
      ...{ ...empty, path: "/", tags: {} },
      ...{ maxSessionSeconds: 3600, trustPolicy: JSON.stringify(trustPolicy) },
    })
    expect(shapes.policy({ document })).toEqual({ path: "/", document: JSON.stringify(document) })
    expect(shapes.accounts({})).toEqual({ accounts: {} })
    expect(shapes.accounts({ accounts: { [account]: {} } })).toEqual({
      accounts: { [account]: { users: {}, groups: {}, roles: {}, policies: {} } },
    })
    expect(shapes.organization({})).toEqual({
      ...organization,
      root: { id: "r-ab12", accounts: [{ account }], units: [] },
    })
    const member = { account: otherAccount, scps: [document], rcps: [] }
    expect(shapes.organization(rootWith({ accounts: [member] }))).toHaveProperty("root.accounts", [
      { ...member, scps: [JSON.stringify(document)] },
    ])
  })

  it("has units as deep as they are said, with nothing in them but what is said", () => {
    const bare = (depth: number): object[] | undefined =>
      depth === 0 ? undefined : [{ id: "ou-ab12-11111111", units: bare(depth - 1) }]
    expect(shapes.organization({ root: { id: "r-ab12", units: bare(5) } })).toHaveProperty("root", {
      ...{ id: "r-ab12", accounts: [], units: nested(5) },
    })
  })

  it("has an access key, or two", () => {
    const keysOf = (count: number) => shapes.accounts(userWith(...Array(count).fill(accessKey)))
    for (const count of [0, 1, 2]) {
      expect(keysOf(count)).toHaveProperty(
        `accounts.${account}.users.a.accessKeys`,
        Array(count).fill({ ...accessKey, status: "Active" }),
      )
    }
    expect(() => keysOf(3)).toThrow("accessKeys")
  })

  it("is what JSON can say", () => {
    const act = () => shapes.user({ policies: { p: { a: 1n } } })
    expect(act).toThrow("`user.policies.p` must be a policy, as an object or as JSON text")
  })

  it("has numbers as digits, too", () => {
    expect(shapes.role({ maxSessionSeconds: "43200" })).toHaveProperty("maxSessionSeconds", 43_200)
  })

  it("has an access key that is active, unless it says otherwise", () => {
    const longest = { ...accessKey, accessKeyId: "A9".repeat(64), secretAccessKey: "s".repeat(128) }
    const shortest = {
      ...{ accessKeyId: "A".repeat(16), secretAccessKey: "s".repeat(16), status: "Inactive" },
    }
    expect(shapes.accounts(userWith(longest, shortest))).toHaveProperty(
      `accounts.${account}.users.a.accessKeys`,
      [{ ...longest, status: "Active" }, shortest],
    )
  })

  it("is a policy of that size, of which white space is no part", () => {
    const policies = { p: spaced(sized(2048)) }
    expect(shapes.user({ policies })).toHaveProperty("policies", policies)
    const [half, rest] = [sized(1024), sized(1024, { Effect: "Deny" })]
    shapes.user({ policies: { half: spaced(half), rest: spaced(rest) } })
    shapes.role({ trustPolicy: spaced(sizedTrust(8192)) })
    shapes.policy({ document: spaced(sized(6144)) })
    const scps = Array(10).fill(spaced(sized(10_240)))
    expect(shapes.organization(rootWith({ scps }))).toHaveProperty("root.scps", scps)
  })
})

describe("a role of a service", () => {
  const roleOf = (more: object) => shapes.accounts(accountWith({ roles: { R: more } }))

  it("is assumed by it alone, for an hour, and limited by nothing", () => {
    for (const serviceLinkedTo of ["logs.amazonaws.com", "a-1.eu.amazonaws.com.cn"]) {
      expect(roleOf({ serviceLinkedTo })).toHaveProperty(`accounts.${account}.roles.R`, {
        ...{ policies: {}, managedPolicies: [], tags: {} },
        path: `/aws-service-role/${serviceLinkedTo}/`,
        trustPolicy: JSON.stringify(trust({ Service: serviceLinkedTo })),
        ...{ maxSessionSeconds: 3600, permissionsBoundary: undefined },
      })
    }
  })

  it.each([
    ...[
      "logs",
      "logs.example.com",
      "Logs.amazonaws.com",
      "xlogs.amazonaws.com.evil",
      "a b.amazonaws.com",
    ],
    ...[".amazonaws.com", "logs..amazonaws.com", "amazonaws.com", "x logs.amazonaws.com"],
    ...["logs.amazonaws.com.cnx", "logs.amazonawsxcom", "logsxamazonaws.com"],
  ])("is of no other service: %s", (serviceLinkedTo) => {
    expect(() => roleOf({ serviceLinkedTo })).toThrow(TypeError)
  })

  it("has nothing else", () => {
    const serviceLinkedTo = "logs.amazonaws.com"
    for (const more of [
      { path: "/" },
      { trustPolicy },
      { permissionsBoundary: "B" },
      { policies: { p: sized(10_241) } },
    ]) {
      expect(() => roleOf({ serviceLinkedTo, ...more })).toThrow(TypeError)
    }
    const more = {
      policies: { p: JSON.stringify(sized(10_240)) },
      managedPolicies: ["P"],
      tags: { a: "b" },
    }
    expect(roleOf({ serviceLinkedTo, ...more })).toHaveProperty(
      `accounts.${account}.roles.R`,
      expect.objectContaining(more),
    )
  })
})
