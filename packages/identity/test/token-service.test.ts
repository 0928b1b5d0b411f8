import { describe, expect, it } from "vitest"
import type { StsAction, StsCaller } from "../src/index.js"
import { account, policy, roleArn, startMs, trust, userArn } from "./support/accounts.js"
import { openPlainSessions } from "./support/sessions.js"

const team = (Value: string) => ({ Key: "team", Value })
const fromOffice = { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }
const federate = (statement: object) => policy({ Action: "sts:GetFederationToken", ...statement })
const tagAs = (Condition: object) => ({
  federate: federate({}),
  tag: policy({ Action: "sts:TagSession", Condition }),
})

const open = () =>
  openPlainSessions({
    accounts: {
      [account]: {
        policies: { P: { document: policy({ Action: "kms:DescribeKey" }) } },
        users: {
          ann: { policies: { all: policy({}) } },
          untagged: { policies: { federate: federate({}) } },
          blue: { policies: tagAs({ StringEquals: { "aws:RequestTag/team": "blue" } }) },
          keyed: {
            policies: tagAs({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }),
          },
          office: { policies: { federate: federate({ Condition: fromOffice }) } },
          narrow: {
            policies: {
              federate: federate({ Resource: `arn:aws:sts::${account}:federated-user/eve` }),
            },
          },
        },
        roles: {
          App: { trustPolicy: trust({ AWS: account }), policies: { all: policy({}) } },
          Office: { trustPolicy: trust({ AWS: account }, { Condition: fromOffice }) },
        },
      },
    },
  })

const app = { RoleArn: roleArn("App"), RoleSessionName: "run" }
const eve = { Name: "eve" }
const facts = { sourceIp: "203.0.113.7" }
const elsewhere = { sourceIp: "198.51.100.7" }
const arn = `arn:aws:sts::${account}:federated-user/eve`
const denied = (name: string, action: string) => ({
  name: "AccessDenied",
  message: `User: ${userArn(name)} is not authorized to perform: ${action} on resource: ${arn}`,
})

describe("GetFederationToken", () => {
  it("asks the user's policies, by the name, the tags and the facts of the request", async () => {
    const { sts, user } = await open()
    const callAs = async (name: string, input: object, known: StsCaller["facts"] = {}) =>
      sts.call({ ...(await user(name)), facts: known }, "GetFederationToken", { ...eve, ...input })
    const [get, tag] = ["sts:GetFederationToken", "sts:TagSession"]
    for (const [name, input, known, action] of [
      ["untagged", {}, {}, undefined],
      ["untagged", { Tags: [team("blue")] }, {}, tag],
      ["blue", { Tags: [team("blue")] }, {}, undefined],
      ["blue", { Tags: [team("red")] }, {}, tag],
      ["keyed", { Tags: [team("red")] }, {}, undefined],
      ["keyed", { Tags: [team("red"), { Key: "cost", Value: "1" }] }, {}, tag],
      ["office", {}, facts, undefined],
      ["office", {}, elsewhere, get],
      ["narrow", {}, {}, undefined],
    ] as const) {
      // Two access keys are all that a user may have.
      const call = callAs(name, input, known)
      if (action === undefined) await call
      else await expect(call).rejects.toMatchObject(denied(name, action))
    }
    const other = callAs("narrow", { Name: "mallory" })
    await expect(other).rejects.toMatchObject({ name: "AccessDenied" })
  })

  it("gives a session with its tags, of twelve hours or as long as is asked for", async () => {
    const { sts, user, holder } = await open()
    const ann = await user("ann")
    const Tags = [team("blue"), { Key: "cost", Value: "" }]
    const reply = await sts.call(ann, "GetFederationToken", { ...eve, Tags })
    expect(reply.Credentials.Expiration).toEqual(new Date(startMs + 43_200_000))
    expect(reply.PackedPolicySize).toBe(1)
    const { bearer } = await holder(reply.Credentials)
    expect(bearer?.session?.tags).toEqual({ team: "blue", cost: "" })
    expect(bearer?.caller.context.issuerUserArn).toBe(userArn("ann"))
    for (const DurationSeconds of [900, 129_600]) {
      const { Credentials } = await sts.call(ann, "GetFederationToken", { ...eve, DurationSeconds })
      expect(Credentials.Expiration).toEqual(new Date(startMs + DurationSeconds * 1000))
    }
  })

  it("is limited by policies that there are, and says each tag once", async () => {
    const { sts, user, holder, directory } = await open()
    const ann = await user("ann")
    const call = (input: object) => sts.call(ann, "GetFederationToken", { ...eve, ...input })
    const PolicyArns = [{ arn: `arn:aws:iam::${account}:policy/P` }]
    const { Credentials } = await call({ PolicyArns })
    expect((await holder(Credentials)).bearer?.session).toEqual({
      ...{ tags: {}, sessionPolicies: [JSON.stringify(policy({ Action: "kms:DescribeKey" }))] },
    })
    await directory.remove("policy", account, "P")
    expect((await holder(Credentials)).bearer).toBeUndefined()
    await expect(call({ PolicyArns })).rejects.toMatchObject({
      ...{ name: "NoSuchEntity", message: "The policy with name P cannot be found." },
    })
    await expect(call({ Policy: "{" })).rejects.toMatchObject({ name: "MalformedPolicyDocument" })
    await expect(call({ Tags: [team("blue"), team("red")] })).rejects.toMatchObject({
      ...{ name: "ValidationError", message: "Duplicate tag keys found." },
    })
    const Tags = Array.from({ length: 20 }, (_, i) => ({ Key: `k${i}`, Value: "v".repeat(256) }))
    await expect(call({ Tags })).rejects.toMatchObject({ name: "PackedPolicyTooLarge" })
  })
})

describe("GetSessionToken", () => {
  it("gives a session of the user, of twelve hours or as long as is asked for", async () => {
    const { sts, user, holder } = await open()
    const ann = await user("ann")
    for (const [input, seconds] of [
      [{}, 43_200],
      [{ DurationSeconds: 900 }, 900],
      [{ DurationSeconds: 129_600 }, 129_600],
    ] as const) {
      const { Credentials } = await sts.call(ann, "GetSessionToken", input)
      expect(Credentials.Expiration).toEqual(new Date(startMs + seconds * 1000))
      const { bearer } = await holder(Credentials)
      expect(bearer?.userId).toBe(ann.bearer?.userId)
      expect(bearer?.caller).toEqual({
        principal: userArn("ann"),
        context: {
          conditionKeys: {
            "aws:TokenIssueTime": new Date(startMs).toISOString(),
            "aws:MultiFactorAuthPresent": false,
          },
        },
      })
    }
  })
})

describe("the token service", () => {
  it("is asked by whoever has signed, but for who has a token of a provider", async () => {
    const { sts } = await open()
    for (const [action, input] of [
      ["AssumeRole", app],
      ["GetSessionToken", {}],
      ["GetFederationToken", eve],
      ["GetCallerIdentity", {}],
    ] as const) {
      await expect(sts.call({}, action, input as never)).rejects.toMatchObject({
        name: "MissingAuthenticationToken",
        message: "Request is missing Authentication Token",
      })
    }
    const token = { ...app, WebIdentityToken: "token" }
    const web = sts.call({}, "AssumeRoleWithWebIdentity", token)
    await expect(web).rejects.toMatchObject({ name: "InvalidIdentityToken" })
  })

  it("gives long-term users alone what is for them", async () => {
    const { sts, user, holder } = await open()
    const ann = await user("ann")
    const session = await holder((await sts.call(ann, "AssumeRole", app)).Credentials)
    const own = await holder((await sts.call(ann, "GetSessionToken", {})).Credentials)
    const root = sts.vouch(`arn:aws:iam::${account}:root`)
    const shown = { ...app, SerialNumber: "serial-0001", TokenCode: "012345" }
    for (const [action, input, what] of [
      ["GetSessionToken", {}, "GetSessionToken"],
      ["GetFederationToken", eve, "GetFederationToken"],
      ["AssumeRole", shown, "AssumeRole with an MFA device"],
    ] as const) {
      for (const caller of [session, own, root, sts.vouch("ec2.amazonaws.com")]) {
        await expect(sts.call(caller, action, input as never)).rejects.toMatchObject({
          ...{ name: "AccessDenied", message: `Cannot call ${what} with session credentials` },
        })
      }
    }
  })

  it("wants serial number and code of an MFA device together", async () => {
    const { sts, user } = await open()
    const ann = await user("ann")
    for (const half of [{ SerialNumber: "serial-0001" }, { TokenCode: "012345" }]) {
      for (const [action, input] of [
        ["GetSessionToken", half],
        ["AssumeRole", { ...app, ...half }],
      ] as const) {
        await expect(sts.call(ann, action, input as never)).rejects.toMatchObject({
          ...{ name: "ValidationError" },
          message: "SerialNumber and TokenCode are given together.",
        })
      }
    }
  })

  it("says who somebody is", async () => {
    const { sts } = await open()
    const identityOf = (principal: string) =>
      sts.call(sts.vouch(principal), "GetCallerIdentity", {})
    const root = `arn:aws:iam::${account}:root`
    expect(await identityOf(root)).toEqual({ UserId: account, Account: account, Arn: root })
    const service = "ec2.amazonaws.com"
    expect(await identityOf(service)).toEqual({ UserId: service, Account: "", Arn: service })
  })

  it("decides by the facts of the request, also of one whom the host vouches for", async () => {
    const { sts, user } = await open()
    const ann = await user("ann")
    const office = { RoleArn: roleArn("Office"), RoleSessionName: "run" }
    await sts.call({ ...ann, facts }, "AssumeRole", office)
    for (const known of [undefined, elsewhere]) {
      const call = sts.call({ ...ann, facts: known }, "AssumeRole", office)
      await expect(call).rejects.toMatchObject({ name: "AccessDenied" })
    }
    expect(sts.vouch("ec2.amazonaws.com", facts).facts).toBe(facts)
  })

  it("has these operations and no others", async () => {
    const { sts, user } = await open()
    expect([...sts.actions].sort()).toEqual([
      ...["AssumeRole", "AssumeRoleWithWebIdentity"],
      ...["GetCallerIdentity", "GetFederationToken", "GetSessionToken"],
    ])
    const ann = await user("ann")
    for (const action of ["AssumeRoot", "constructor", "toString"]) {
      await expect(sts.call(ann, action as StsAction, {} as never)).rejects.toMatchObject({
        ...{ name: "InvalidAction", message: `Could not find operation ${action}` },
      })
    }
  })

  it("loses a note of a use that cannot be written, and nothing else", async () => {
    const { sts, directory, store } = await open()
    const { accessKeyId } = await directory.accessKeys.create(account, "ann")
    await store.storage.close()
    await expect(directory.accessKeys.noteUse(accessKeyId)).rejects.toHaveProperty("code", "closed")
    expect(sts.noteUse(accessKeyId)).toBeUndefined()
  })
})
