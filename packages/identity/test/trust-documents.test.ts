import { type CompiledDocument, evaluate } from "@keywright/policy"
import { describe, expect, it } from "vitest"
import {
  isProviderPrincipal,
  providerPrincipal,
  trustDocument,
} from "../src/records/trust-document.js"
import { account, roleArn, trust, userArn } from "./support/accounts.js"

const providerOf = (name: string) => `arn:aws:iam::${account}:oidc-provider/${name}`
const [ours, theirs] = [providerOf("id.example.com"), providerOf("other.example.com")]
const web = { Action: "sts:AssumeRoleWithWebIdentity" }
const statement = (principal: unknown, more: object = {}) =>
  trust(principal, { ...web, ...more }).Statement
const read = (...statements: readonly object[]) => {
  const whole = { Version: "2012-10-17", Statement: statements }
  const document = trustDocument(JSON.stringify(whole))
  if (document.problem !== undefined) throw new Error(document.problem)
  return document
}

const serviceOf = (service: string) => ({
  ...{ type: "service", arn: service, account: "", service },
})
const callers = {
  ours: serviceOf(providerPrincipal(ours)),
  theirs: serviceOf(providerPrincipal(theirs)),
  ec2: serviceOf("ec2.amazonaws.com"),
  ann: { type: "user", arn: userArn("ann"), account },
} as const
type Who = keyof typeof callers

/** Whom a document lets do it, of all these. */
const allowedBy = (keyPolicy: CompiledDocument, action = web.Action) =>
  (Object.keys(callers) as Who[]).filter((who) => {
    const about = { action, resource: roleArn("R"), resourceAccount: account, context: {} }
    const request = { ...about, principal: callers[who] as never }
    return evaluate({ policies: { keyPolicy }, request }).effect === "allow"
  })

describe("a trust policy", () => {
  it.each<[readonly object[], readonly Who[], readonly Who[]]>([
    // What it says, whom it lets in of principals, and whom of providers.
    [[statement({ AWS: userArn("ann") })], ["ann"], []],
    [[statement("*")], ["ours", "theirs", "ec2", "ann"], []],
    [[statement({ Service: "ec2.amazonaws.com" })], ["ec2"], []],
    [[statement({ Federated: ours })], ["ours"], ["ours"]],
    [[statement({ Federated: [ours, theirs] })], ["ours", "theirs"], ["ours", "theirs"]],
    [
      [statement({ Federated: ours, Service: "ec2.amazonaws.com", AWS: userArn("ann") })],
      ["ours", "ec2", "ann"],
      ["ours"],
    ],
    [
      [statement({ Federated: ours, Service: ["ec2.amazonaws.com", "lambda.amazonaws.com"] })],
      ["ours", "ec2"],
      ["ours"],
    ],
    [[statement({ Federated: ours }), statement("*")], ["ours", "theirs", "ec2", "ann"], ["ours"]],
    [[], [], []],
    [[statement({ Federated: [] })], [], []],
    [
      [
        statement({ Federated: [ours, theirs] }),
        statement({ Federated: ours }, { Effect: "Deny" }),
      ],
      ["theirs"],
      ["theirs"],
    ],
    [[statement({ Federated: ours }), statement("*", { Effect: "Deny" })], [], []],
    [
      [statement({ Federated: ours }), statement({ AWS: userArn("bob") }, { Effect: "Deny" })],
      ["ours"],
      ["ours"],
    ],
  ])("%j lets in of principals %j, and of providers %j", (statements, principals, providers) => {
    const document = read(...statements)
    expect(allowedBy(document.principals)).toEqual(principals)
    expect(allowedBy(document.providers)).toEqual(providers)
    expect(allowedBy(document.principals, "sts:TagSession")).toEqual([])
  })

  it("may be one statement, or a list of them", () => {
    const one = trust({ Federated: ours }, web)
    const document = trustDocument(JSON.stringify(one))
    expect(document.problem).toBeUndefined()
    const { providers } = document as Extract<typeof document, { providers: object }>
    expect(allowedBy(providers)).toEqual(["ours"])
  })

  it.each<[unknown, string]>([
    ["{", ""],
    ["[]", "a policy is a JSON object"],
    ["null", "a policy is a JSON object"],
    ["5", "a policy is a JSON object"],
    [{}, "Statement"],
    [{ Version: "2012-10-17", Statement: 5 }, "tatement"],
    [trust({ AWS: account }, { Effect: "Maybe" }), "Effect"],
    [trust({ Service: "x61.provider.invalid" }), "names a service that there is not"],
    [trust({ Service: "X61.Provider.Invalid" }), "names a service that there is not"],
    [trust({ Federated: 5 }), ""],
    ['{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', ""],
  ])("is not %j", (given, said) => {
    const { problem } = trustDocument(typeof given === "string" ? given : JSON.stringify(given))
    expect(problem).toBeTypeOf("string")
    if (said !== "") expect(problem).toContain(said)
  })

  it("is read to its last statement", () => {
    const [good, bad] = [statement("*"), statement("*", { Action: "kms:Decrypt" })]
    for (const statements of [
      [good, bad],
      [bad, good],
    ]) {
      expect(() => read(...statements)).toThrow("the actions of a trust policy begin with `sts:`")
    }
  })
})

describe("a provider", () => {
  it("is a service that no service can be", () => {
    expect(providerPrincipal("ab")).toBe("x61-62.provider.invalid")
    expect(providerPrincipal("\u0002\u00fc\u{1f511}")).toBe("x02-fc-1f511.provider.invalid")
    expect(providerPrincipal("")).toBe("x.provider.invalid")
  })

  it("is told from every service", () => {
    expect(isProviderPrincipal(providerPrincipal(ours))).toBe(true)
    for (const service of ["ec2.amazonaws.com", "x.provider.invalid.com", "", undefined]) {
      expect(isProviderPrincipal(service)).toBe(false)
    }
  })
})
