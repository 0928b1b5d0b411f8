import { describe, expect, it } from "vitest"
import type { KeyRecord } from "../../src/formats/stored/key-records.js"
import { type RequestContext, readCaller } from "../../src/model/caller.js"
import {
  granteeNames,
  isBoundByContext,
  policyGrant,
  requireConstraints,
  requireGrantable,
  requireParties,
  requirePartition,
  withGrant,
  withoutGrant,
} from "../../src/model/grants.js"
import { joined } from "../../src/model/identities.js"
import { grantOperations } from "../../src/vocabulary/grant-operations.js"
import { account, alice, app, otherAccount, rootOf } from "../support/accounts.js"
import { keyRecord } from "../support/key-records.js"

const read = (principal: string, context?: RequestContext, partition = "aws") =>
  readCaller({ principal, context }, account, partition)
const session = `arn:aws:sts::${account}:assumed-role/App/run`
const federated = `arn:aws:sts::${account}:federated-user/eve`
const pathRole = `arn:aws:iam::${account}:role/team/App`

const other = (arn: string) => arn.replace(account, otherAccount)

const known: readonly (readonly [principal: string, wanted: object])[] = [
  [rootOf(account), { type: "root", identityArns: [] }],
  [alice, { type: "user", identityArns: [alice] }],
  [
    `arn:aws:iam::${account}:user/a/b/ann+=,.@-_`,
    { type: "user", identityArns: [`arn:aws:iam::${account}:user/a/b/ann+=,.@-_`] },
  ],
  [session, { type: "role-session", roleArn: app, identityArns: [session, app] }],
  [federated, { type: "federated-user", identityArns: [federated] }],
]

const strangers = [
  "",
  "alice",
  account,
  "amazonaws.com",
  "logs.amazonaws.org",
  "LOGS.amazonaws.com",
  "logs.amazonaws.com.de",
  "x logs.amazonaws.com",
  "logs..amazonaws.com",
  alice.replace("arn:aws:", "arn:aws-cn:"),
  alice.replace("iam::", "iam:us-east-1:"),
  alice.replace(account, "1111"),
  alice.replace("iam", "sts"),
  alice.replace("iam", "s3"),
  session.replace("sts", "iam"),
  rootOf(account).replace("iam", "sts"),
  `arn:aws:iam::${account}:roots`,
  `arn:aws:iam::${account}:xroot`,
  `arn:aws:iam::${account}:user/`,
  `arn:aws:iam::${account}:user/a b`,
  `arn:aws:iam::${account}:user/a:b`,
  `arn:aws:iam::${account}:xuser/a`,
  `arn:aws:iam::${account}:group/a`,
  `arn:aws:iam::${account}:role/`,
  `arn:aws:iam::${account}:role/a b`,
  `arn:aws:iam::${account}:role/a/`,
  `arn:aws:iam::${account}:xrole/a`,
  `arn:aws:sts::${account}:assumed-role/App`,
  `arn:aws:sts::${account}:assumed-role/App/`,
  `arn:aws:sts::${account}:assumed-role//run`,
  `arn:aws:sts::${account}:assumed-role/App/run/more`,
  `arn:aws:sts::${account}:xassumed-role/App/run`,
  `arn:aws:sts::${account}:federated-user/`,
  `arn:aws:sts::${account}:federated-user/a/b`,
  `arn:aws:sts::${account}:xfederated-user/a`,
]

const contexts = [
  [app, "sessionName", ["ru", "r".repeat(64), "a+=,.@-_"], ["r", "r".repeat(65), "a b", "a/b", ""]],
  [
    session,
    "roleArn",
    [app, pathRole],
    [
      "App",
      other(app),
      `${app}2`,
      app.replace("iam", "sts"),
      app.replace("role/", "user/"),
      `arn:aws:iam::${account}:xrole/App`,
      `arn:aws:iam::${account}:role/App/Other`,
    ],
  ],
  [
    federated,
    "issuerUserArn",
    [alice, `arn:aws:iam::${account}:user/team/ann`],
    [
      "alice",
      other(alice),
      alice.replace("iam", "sts"),
      alice.replace("user/", "role/"),
      `arn:aws:iam::${account}:xuser/a`,
      `arn:aws:iam::${account}:user/`,
    ],
  ],
] as const

describe("a caller", () => {
  it.each(known)("%s is understood by its ARN", (principal, wanted) => {
    const context = {}
    expect(read(principal, context)).toEqual({ arn: principal, account, context, ...wanted })
    expect(read(principal)).toEqual({ arn: principal, account, context, ...wanted })
  })

  it.each([
    [app, undefined, "keywright"],
    [app, "run", "run"],
    [pathRole, undefined, "keywright"],
  ])("%s is a role in a session", (roleArn, sessionName, name) => {
    const arn = `arn:aws:sts::${account}:assumed-role/App/${name}`
    const context = sessionName === undefined ? {} : { sessionName }
    expect(read(roleArn, context)).toEqual({
      type: "role-session",
      account,
      arn,
      roleArn,
      identityArns: [arn, roleArn],
      context,
    })
  })

  it("may be a session of a role with a path, or a federated user of an issuer", () => {
    expect(read(session, { roleArn: pathRole })).toMatchObject({
      arn: session,
      roleArn: pathRole,
      identityArns: [session, pathRole],
    })
    const issued = read(federated, { issuerUserArn: alice })
    expect(issued).toMatchObject({ issuerUserArn: alice, identityArns: [federated, alice] })
    expect("issuerUserArn" in read(federated)).toBe(false)
  })

  it.each(["logs.amazonaws.com", "logs.us-east-1.amazonaws.com", "s3.amazonaws.com.cn"])(
    "%s is a service, of the account of the engine",
    (principal) => {
      expect(read(principal)).toEqual({
        type: "service",
        arn: principal,
        service: principal,
        account,
        identityArns: [],
        context: {},
      })
    },
  )

  it.each(strangers)("%j is none", (principal) => {
    expect(() => read(principal)).toThrow(TypeError)
    expect(() => read(principal)).toThrow("of the partition `aws`")
  })

  it.each(contexts)("%s has a context that agrees with it: %s", (principal, member, good, bad) => {
    for (const value of good) expect(() => read(principal, { [member]: value })).not.toThrow()
    for (const value of bad) {
      expect(() => read(principal, { [member]: value }), value).toThrow(`\`context.${member}\``)
    }
  })

  it("may be said to be a role where no session is named", () => {
    expect(() => read(alice, { roleArn: "anything" })).not.toThrow()
    expect(() => read(alice, { issuerUserArn: other(alice) })).toThrow("issuerUserArn")
  })

  it("is meant by a grant under any of its names, each once", () => {
    expect(granteeNames(read(alice))).toEqual([alice, account])
    expect(granteeNames(read(session))).toEqual([session, app, account])
    expect(granteeNames(read(federated, { issuerUserArn: alice }))).toEqual([
      federated,
      alice,
      account,
    ])
    expect(granteeNames(read("logs.amazonaws.com"))).toEqual(["logs.amazonaws.com"])
  })
})

describe("what is known of a session and of its role", () => {
  it("is joined: policies of both, and of names that are alike the session's", () => {
    expect(
      joined(
        { policies: ["a"], tags: { Team: "red", stage: "x" }, conditionKeys: { "aws:A": 1 } },
        { policies: ["b"], tags: { team: "blue" }, conditionKeys: { "aws:a": 2, b: 3 } },
      ),
    ).toEqual({
      policies: ["a", "b"],
      tags: { stage: "x", team: "blue" },
      conditionKeys: { "aws:a": 2, b: 3 },
    })
    expect(joined({}, {})).toEqual({ policies: [], tags: {}, conditionKeys: {} })
    expect(Object.isFrozen(joined({}, {}))).toBe(true)
  })

  it.each(["permissionsBoundary", "sessionPolicies"] as const)("has one limit: %s", (member) => {
    const [one, two] = [["{}"], ["{}"]] as never[]
    expect(joined({ [member]: one }, {})[member]).toBe(one)
    expect(joined({}, { [member]: one })[member]).toBe(one)
    expect(joined({ [member]: one }, { [member]: one })[member]).toBe(one)
    expect(member in joined({}, {})).toBe(false)
    expect(() => joined({ [member]: one }, { [member]: two })).toThrow(`\`${member}\``)
  })
})

const outcome = (act: () => unknown): string => {
  try {
    act()
    return "OK"
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

const granteePrincipal = alice

const sourceArn = "arn:aws:s3:::b"

const granteeServicePrincipal = "logs.amazonaws.com"

const rsa = { keySpec: "RSA_2048" } as const

const always = "CreateGrant DescribeKey RetireGrant"

const encrypts = "Decrypt Encrypt ReEncryptFrom ReEncryptTo"

const pairs = (count: number, length = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, "v".repeat(length)]))

const parties: readonly (readonly [
  sentence: string,
  parties: Parameters<typeof requireParties>[0],
  ends: string,
])[] = [
  ["a grantee", { granteePrincipal }, "OK"],
  ["nobody", {}, "ValidationException"],
  ["two grantees", { granteePrincipal, granteeServicePrincipal }, "ValidationException"],
  ["one who retires it", { granteePrincipal, retiringPrincipal: app }, "OK"],
  ["a service that retires it", { granteePrincipal, retiringServicePrincipal: "a.b" }, "OK"],
  [
    "two who retire it",
    { granteePrincipal, retiringPrincipal: app, retiringServicePrincipal: "a.b" },
    "ValidationException",
  ],
  [
    "a service without a source",
    { granteeServicePrincipal, retiringPrincipal: app },
    "ValidationException",
  ],
  [
    "a service of which nobody retires",
    { granteeServicePrincipal, constraints: { sourceArn } },
    "ValidationException",
  ],
  [
    "a service",
    { granteeServicePrincipal, constraints: { sourceArn }, retiringPrincipal: app },
    "OK",
  ],
  [
    "a service that another retires",
    { granteeServicePrincipal, constraints: { sourceArn }, retiringServicePrincipal: "a.b" },
    "OK",
  ],
]

const somebodies: readonly (readonly [arn: string, isGood: boolean])[] = [
  [rootOf(account), true],
  [alice, true],
  [app, true],
  [session, true],
  [federated, true],
  ["arn:aws-us-gov:iam::111122223333:user/a", true],
  [account, false],
  [`x${alice}`, false],
  [`arn:aws:iam::${account}:group/a`, false],
  [`arn:aws:iam::${account}:user/`, false],
  [`arn:aws:iam::${account}:roots`, false],
  [`arn:aws:iam:us-east-1:${account}:user/a`, false],
  ["arn:aws:iam::1111:user/a", false],
  [`arn:aws:s3::${account}:user/a`, false],
  [`arn:awsX:iam::${account}:user/a`, false],
]

const grantables = [
  [
    {},
    `${encrypts} GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair ` +
      "GenerateDataKeyPairWithoutPlaintext",
  ],
  [rsa, `${encrypts} GetPublicKey`],
  [{ ...rsa, keyUsage: "SIGN_VERIFY" }, "Sign Verify GetPublicKey"],
  [{ keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" }, "GenerateMac VerifyMac"],
  [{ keySpec: "ECC_NIST_P256", keyUsage: "KEY_AGREEMENT" }, "DeriveSharedSecret GetPublicKey"],
  [
    { keySpec: "ML_KEM_768", keyUsage: "ENCAPSULATE_DECAPSULATE" },
    "Encapsulate Decapsulate GetPublicKey",
  ],
] as const

const constrained: readonly (readonly [
  sentence: string,
  more: Partial<KeyRecord>,
  constraints: Parameters<typeof requireConstraints>[1]["constraints"],
  ends: string,
])[] = [
  ["none", {}, undefined, "OK"],
  ["a source", {}, { sourceArn }, "OK"],
  ["pairs", {}, { encryptionContextEquals: pairs(8, 384) }, "OK"],
  ["a subset", {}, { encryptionContextSubset: pairs(8, 384) }, "OK"],
  ["both", {}, { encryptionContextEquals: {}, encryptionContextSubset: {} }, "Exception"],
  ["nine pairs", {}, { encryptionContextEquals: pairs(9) }, "Exception"],
  ["nine pairs of a subset", {}, { encryptionContextSubset: pairs(9) }, "Exception"],
  ["a long value", {}, { encryptionContextSubset: pairs(2, 385) }, "Exception"],
  ["pairs of a key pair", rsa, { encryptionContextEquals: pairs(1) }, "Exception"],
  ["a source of a key pair", rsa, { sourceArn }, "OK"],
]

describe("a grant", () => {
  it.each(parties)("is to %s", (_sentence, parties, ends) => {
    expect(outcome(() => requireParties(parties)).split(":")[0]).toBe(ends)
  })

  it.each(somebodies)("is to somebody like %s: %s", (arn, isGood) => {
    const ends = isGood ? "OK" : "InvalidArnException"
    expect(outcome(() => requireParties({ granteePrincipal: arn })).split(":")[0]).toBe(ends)
    const retiring = { granteePrincipal, retiringPrincipal: arn }
    expect(outcome(() => requireParties(retiring)).split(":")[0]).toBe(ends)
  })

  it("is to nobody of another partition", () => {
    const parties = { granteePrincipal, retiringPrincipal: app }
    expect(outcome(() => requirePartition(parties, "aws"))).toBe("OK")
    expect(outcome(() => requirePartition(parties, "aws-cn"))).toContain(alice)
    const mixed = { granteePrincipal, retiringPrincipal: app.replace("arn:aws:", "arn:aws-cn:") }
    expect(outcome(() => requirePartition(mixed, "aws"))).toContain("arn:aws-cn:")
    expect(outcome(() => requirePartition({ granteeServicePrincipal }, "aws-cn"))).toBe("OK")
  })

  it.each(grantables)("on a key %j permits what such a key can do", (more, operations) => {
    const can = grantOperations.filter(
      (operation) => outcome(() => requireGrantable(keyRecord(more), [operation])) === "OK",
    )
    expect([...can].sort()).toEqual(`${operations} ${always}`.split(" ").sort())
    expect(outcome(() => requireGrantable(keyRecord(more), grantOperations))).toContain("Exception")
  })

  it.each(constrained)(
    "has constraints that its key can meet: %s",
    (_sentence, more, constraints, ends) => {
      const act = () => requireConstraints(keyRecord(more), { constraints })
      expect(outcome(act)).toContain(ends)
    },
  )

  it("is counted by its key, and changes it", () => {
    const name = { account, keyId: "k", grantId: "g" }
    const one = withGrant(keyRecord(), name, 1)
    expect(one).toEqual(keyRecord({ grantsCount: 1, grantsRevision: "+g" }))
    expect(outcome(() => withGrant(one, name, 1))).toContain("LimitExceededException")
    expect(withoutGrant(one, name)).toEqual(keyRecord({ grantsCount: 0, grantsRevision: "-g" }))
    expect(withoutGrant(keyRecord(), name).grantsCount).toBe(0)
    expect(withoutGrant(keyRecord({ grantsCount: 3 }), name).grantsCount).toBe(2)
  })

  it("is judged by policies without what is the engine's alone", () => {
    const grant = {
      grantId: "g",
      keyId: "k",
      issuingAccount: account,
      granteePrincipal,
      granteeServicePrincipal,
      retiringPrincipal: app,
      retiringServicePrincipal: "a.b",
      operations: ["Decrypt"],
      constraints: { sourceArn },
    } as const
    expect(policyGrant({ ...grant, account, createdMs: 1, name: "n" })).toEqual(grant)
  })

  it("binds its encryption context but for what needs none", () => {
    const free = grantOperations.filter((operation) => !isBoundByContext(operation))
    expect([...free].sort()).toEqual(["DescribeKey", "RetireGrant"])
  })
})
