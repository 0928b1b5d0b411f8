import { beforeAll, describe, expect, it } from "vitest"
import { providerPrincipal, trustDocument } from "../src/records/trust-document.js"
import { type Bearer, vouchedBearer } from "../src/sessions/bearers.js"
import type { RequestFacts } from "../src/sessions/request-facts.js"
import type { TemporaryCredentials } from "../src/sessions/session-tokens.js"
import { isAllowed } from "../src/sts/decide.js"
import { account, policy, roleArn, startMs, trust, userArn } from "./support/accounts.js"
import { openSessions } from "./support/sessions.js"

const open = () =>
  openSessions({
    accounts: {
      [account]: {
        users: { ann: { path: "/team/", tags: { team: "blue" }, policies: { all: policy({}) } } },
        roles: {
          App: {
            trustPolicy: trust({ AWS: account }, { Action: "sts:*" }),
            tags: { app: "orders", Unit: "role" },
          },
        },
      },
    },
  })

type World = Awaited<ReturnType<typeof open>>
let world: World
type Who = "ann" | "session" | "tagged" | "federated" | "root" | "service"
let bearers: Record<Who, Bearer>

beforeAll(async () => {
  world = await open()
  const ann = await world.user("ann")
  const input = { RoleArn: roleArn("App"), RoleSessionName: "run" }
  const bearerOf = async (reply: Promise<{ Credentials: TemporaryCredentials }>) =>
    (await world.holder((await reply).Credentials)).bearer as Bearer
  const tagged = { ...input, Tags: [{ Key: "unit", Value: "session" }] }
  const federated = { Name: "eve", Tags: [{ Key: "team", Value: "red" }] }
  bearers = {
    ann: ann.bearer as Bearer,
    session: await bearerOf(world.sts.call(ann, "AssumeRole", input)),
    tagged: await bearerOf(world.sts.call(ann, "AssumeRole", tagged)),
    federated: await bearerOf(world.sts.call(ann, "GetFederationToken", federated)),
    root: vouchedBearer("aws", `arn:aws:iam::${account}:root`),
    service: vouchedBearer("aws", "ec2.amazonaws.com"),
  }
})

const anyone = { AWS: "*", Service: "ec2.amazonaws.com" }

/** Whether a trust policy that allows all whom the condition holds for allows one. */
async function holds(
  who: keyof typeof bearers,
  Condition: object,
  facts: RequestFacts = {},
  keys: Record<string, string | undefined> = {},
): Promise<boolean> {
  const read = trustDocument(JSON.stringify(trust(anyone, { Condition })))
  if (read.problem !== undefined) throw new Error(read.problem)
  return isAllowed(world.directory, {
    ...{ bearer: bearers[who], action: "sts:AssumeRole", facts, keys },
    ...{ resource: roleArn("App"), resourceAccount: account, trust: read.principals },
  })
}

describe("what a trust policy can ask of whoever assumes a role", () => {
  const absent = undefined
  it.each<[string, keyof typeof bearers, string | undefined]>([
    ["aws:PrincipalArn", "ann", userArn("ann", "/team/")],
    ["aws:PrincipalArn", "session", roleArn("App")],
    ["aws:PrincipalArn", "service", absent],
    ["aws:PrincipalAccount", "ann", account],
    ["aws:PrincipalAccount", "service", absent],
    ["aws:PrincipalType", "ann", "User"],
    ["aws:PrincipalType", "session", "AssumedRole"],
    ["aws:PrincipalType", "federated", "FederatedUser"],
    ["aws:PrincipalType", "root", "Account"],
    ["aws:PrincipalType", "service", absent],
    ["aws:username", "ann", "ann"],
    ["aws:username", "session", absent],
    ["aws:userid", "root", account],
    ["aws:userid", "service", absent],
    ["aws:PrincipalIsAWSService", "service", "true"],
    ["aws:PrincipalIsAWSService", "ann", "false"],
    ["aws:PrincipalServiceName", "service", "ec2.amazonaws.com"],
    ["aws:PrincipalServiceName", "ann", absent],
    ["aws:PrincipalTag/team", "ann", "blue"],
    ["aws:PrincipalTag/app", "session", "orders"],
    ["aws:PrincipalTag/team", "session", absent],
    // A tag of the session is said of whoever has it, before one of the role or the user.
    ["aws:PrincipalTag/app", "tagged", "orders"],
    ["aws:PrincipalTag/unit", "session", "role"],
    ["aws:PrincipalTag/unit", "tagged", "session"],
    ["aws:PrincipalTag/team", "federated", "red"],
    ["aws:userid", "federated", `${account}:eve`],
    ["aws:MultiFactorAuthPresent", "federated", "false"],
    ["aws:TokenIssueTime", "federated", new Date(startMs).toISOString()],
    ["aws:TokenIssueTime", "session", new Date(startMs).toISOString()],
    ["aws:TokenIssueTime", "ann", absent],
    ["aws:MultiFactorAuthPresent", "session", "false"],
    ["aws:MultiFactorAuthPresent", "ann", absent],
    ["aws:ResourceAccount", "ann", account],
    ["aws:CurrentTime", "ann", new Date(startMs).toISOString()],
    ["aws:EpochTime", "ann", String(startMs / 1000)],
    ["aws:SecureTransport", "ann", "true"],
    ["aws:ViaAWSService", "ann", "false"],
    ["aws:SourceIp", "ann", absent],
    ["aws:UserAgent", "ann", absent],
  ])("%s of %s", async (key, who, value) => {
    expect(await holds(who, { Null: { [key]: String(value === absent) } })).toBe(true)
    if (value === absent) return
    expect(await holds(who, { StringEquals: { [key]: value } })).toBe(true)
    expect(await holds(who, { StringEquals: { [key.toUpperCase()]: value } })).toBe(true)
    expect(await holds(who, { StringNotEquals: { [key]: value } })).toBe(false)
  })

  it.each<[string, RequestFacts, string | undefined]>([
    ["aws:SecureTransport", { secureTransport: false }, "false"],
    ["aws:ViaAWSService", { viaService: "ec2.amazonaws.com" }, "true"],
    ["aws:UserAgent", { userAgent: "cli" }, "cli"],
    ["aws:SourceIp", { sourceIp: "203.0.113.7" }, "203.0.113.7"],
    ["aws:SourceIp", { sourceIp: "203.0.113.7", sourceVpce: "vpce-1" }, absent],
    ["aws:SourceVpce", { sourceVpce: "vpce-1" }, "vpce-1"],
    ["aws:SourceVpc", { sourceVpc: "vpc-1" }, "vpc-1"],
    ["aws:VpcSourceIp", { vpcSourceIp: "10.0.0.1" }, "10.0.0.1"],
    ["keywright:Shift", { conditionKeys: { "keywright:Shift": "night" } }, "night"],
  ])("%s of the request %j", async (key, facts, value) => {
    expect(await holds("ann", { Null: { [key]: String(value === absent) } }, facts)).toBe(true)
    if (value === absent) return
    expect(await holds("ann", { StringEquals: { [key]: value } }, facts)).toBe(true)
  })

  it("a key of the action counts before one that the host has said", async () => {
    const facts = { conditionKeys: { "STS:RoleSessionName": "host" } }
    const condition = { StringEquals: { "sts:RoleSessionName": "run" } }
    expect(await holds("ann", condition, facts)).toBe(false)
    expect(await holds("ann", condition, facts, { "sts:RoleSessionName": "run" })).toBe(true)
    // One that is absent takes nothing away.
    const said = { StringEquals: { "sts:RoleSessionName": "host" } }
    expect(await holds("ann", said, facts, { "sts:RoleSessionName": undefined })).toBe(true)
  })
})

const tags = [{ Key: "team", Value: "blue" }]

describe("what a trust policy can ask of the session that is wanted", () => {
  it.each<[string, object, string | undefined]>([
    ["sts:RoleSessionName", {}, "run"],
    ["sts:ExternalId", { ExternalId: "contract" }, "contract"],
    ["sts:ExternalId", {}, undefined],
    ["sts:SourceIdentity", { SourceIdentity: "ann" }, "ann"],
    ["sts:SourceIdentity", {}, undefined],
    ["aws:RequestTag/team", { Tags: tags }, "blue"],
    ["aws:RequestTag/team", {}, undefined],
    ["aws:TagKeys", { Tags: tags }, "team"],
    ["aws:TagKeys", {}, undefined],
    ["sts:TransitiveTagKeys", { Tags: tags, TransitiveTagKeys: ["team"] }, "team"],
    ["sts:TransitiveTagKeys", { Tags: tags }, undefined],
    ["aws:MultiFactorAuthPresent", {}, undefined],
  ])("%s of %j", async (key, more, value) => {
    const { sts, directory } = world
    const asked = async (Condition: object) => {
      const trustPolicy = trust({ AWS: account }, { Action: "sts:*", Condition })
      await directory.putRole(account, "Asks", { trustPolicy })
      const input = { RoleArn: roleArn("Asks"), RoleSessionName: "run", ...more }
      return sts.call({ bearer: bearers.ann }, "AssumeRole", input)
    }
    await asked({ Null: { [key]: String(value === undefined) } })
    const denied = { name: "AccessDenied" }
    const other = asked({ Null: { [key]: String(value !== undefined) } })
    await expect(other).rejects.toMatchObject(denied)
    if (value === undefined) return
    await asked({ "ForAllValues:StringEquals": { [key]: value } })
    const another = asked({ "ForAllValues:StringEquals": { [key]: `${value}x` } })
    await expect(another).rejects.toMatchObject(denied)
  })
})

it.each([
  [{ RoleSessionName: "a b" }, "1 validation error detected: Value at 'roleSessionName' failed to"],
  [{ DurationSeconds: 5 }, "'durationSeconds' failed to satisfy constraint: Too small: "],
  [{ Tags: [{ Key: "a" }] }, "Value at 'tags.0.Value' failed to satisfy constraint: "],
  [{ Tags: [...tags, ...tags] }, "Duplicate tag keys found."],
  [{ SerialNumber: "arn:aws:iam::1:mfa/a" }, "SerialNumber and TokenCode are given together."],
])("what is wrong with %j is said in the words of AWS", async (more, said) => {
  const input = { RoleArn: roleArn("App"), RoleSessionName: "run", ...more }
  const call = world.sts.call({ bearer: bearers.ann }, "AssumeRole", input as never)
  await expect(call).rejects.toMatchObject({ name: "ValidationError" })
  await expect(call).rejects.toThrow(said)
})

describe("a trust policy", () => {
  it.each([
    ["sts:*", undefined],
    ["*", undefined],
    [["STS:AssumeRole", "sts:TagSession"], undefined],
    ["kms:sts:x", "begin with `sts:`"],
    ["**", "an action is"],
    [["sts:AssumeRole", "kms:Decrypt"], "begin with `sts:`"],
    [undefined, "begin with `sts:`"],
  ])("is about the token service: %j", (Action, said) => {
    const { problem } = trustDocument(JSON.stringify(trust({ AWS: account }, { Action })))
    if (said === undefined) expect(problem).toBeUndefined()
    else expect(problem).toContain(said)
  })

  it("takes no two providers for one", () => {
    const names = ["ab", "\u6162", "a", "b", "ba", "6162", "\u0616\u0002", "A", "a/b", "a-b", ""]
    expect(new Set(names.map(providerPrincipal)).size).toBe(names.length)
  })

  it.each([
    ["Resource", "*", "has no `Resource`"],
    ["NotResource", "*", "has no `NotResource`"],
    ["NotPrincipal", { AWS: account }, "`NotPrincipal` is not taken"],
    ["NotAction", "sts:AssumeRole", "`NotAction` is not taken"],
    ["Condition", { StringEquals: { "AWS:ResourceTag/a": "b" } }, "tags of its own role"],
    ["Condition", { StringEquals: { "kms:resourcealiases": "b" } }, "tags of its own role"],
  ])("has no %s of %j", (member, value, said) => {
    const whole = trust({ AWS: account }, { Effect: "Deny", [member]: value })
    if (member.startsWith("Not") && member !== "NotResource") {
      Reflect.deleteProperty(whole.Statement, member.slice(3))
    }
    expect(trustDocument(JSON.stringify(whole)).problem).toContain(said)
  })
})
