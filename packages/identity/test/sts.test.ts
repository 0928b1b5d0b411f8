import { describe, expect, it } from "vitest"
import type { AccountsInput, TemporaryCredentials } from "../src/index.js"
import { codeOf } from "../src/sts/mfa.js"
import {
  account,
  otherAccount,
  policy,
  roleArn,
  startMs,
  trust,
  userArn,
} from "./support/accounts.js"
import { openSessions } from "./support/sessions.js"

const all = { all: policy({}) }
const denied = { name: "AccessDenied" }
const invalid = { name: "ValidationError" }
const refused = { name: "AccessDeniedException" }
const RoleSessionName = "blue"
const tagging = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
const serialNumber = `arn:aws:iam::${account}:mfa/alice`
const secret = "JBSWY3DPEHPK3PXP"

const accounts: AccountsInput = {
  accounts: {
    [account]: {
      policies: { OnlyDescribe: { document: policy({ Action: "kms:DescribeKey" }) } },
      users: {
        alice: { policies: all, mfaDevices: { [serialNumber]: secret } },
        bob: {},
      },
      roles: {
        App: {
          path: "/services/",
          trustPolicy: trust({ AWS: account }),
          policies: all,
          tags: { team: "app" },
        },
        Named: { trustPolicy: trust({ AWS: userArn("bob") }), policies: all },
        Partner: {
          trustPolicy: trust(
            { AWS: otherAccount },
            { Condition: { StringEquals: { "sts:ExternalId": "unguessable" } } },
          ),
          policies: all,
        },
        Tagged: {
          trustPolicy: trust({ AWS: account }, { Action: tagging }),
          policies: all,
          maxSessionSeconds: 43_200,
        },
        Next: {
          trustPolicy: trust({ AWS: roleArn("Tagged") }, { Action: tagging }),
          policies: all,
        },
        Guarded: {
          trustPolicy: trust(
            { AWS: account },
            { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } },
          ),
        },
        Logs: { serviceLinkedTo: "logs.amazonaws.com", policies: all },
      },
    },
    [otherAccount]: { users: { eve: { policies: all }, mallory: {} } },
  },
}

const open = (more: AccountsInput = {}) => openSessions({ ...accounts, ...more })
const assume = (name: string, more: object = {}) => ({
  RoleArn: roleArn(name),
  RoleSessionName,
  ...more,
})
const app = { RoleArn: roleArn("App", "/services/"), RoleSessionName }

describe("AssumeRole", () => {
  it("gives a session that does what the role may, under its own ARN", async () => {
    const { sts, user, holder, encrypt } = await open()
    const { Credentials, AssumedRoleUser } = await sts.call(await user("alice"), "AssumeRole", app)
    const arn = `arn:aws:sts::${account}:assumed-role/App/blue`
    expect(AssumedRoleUser.Arn).toBe(arn)
    expect(AssumedRoleUser.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:blue$/)
    expect(Credentials.AccessKeyId).toMatch(/^ASIA/)
    expect(Credentials.Expiration).toEqual(new Date(startMs + 3_600_000))
    const session = await holder(Credentials)
    await encrypt(session)
    expect(await sts.call(session, "GetCallerIdentity", {})).toEqual({
      UserId: AssumedRoleUser.AssumedRoleId,
      Account: account,
      Arn: arn,
    })
  })

  it("asks the trust policy, and of an account that is trusted the policies of the user", async () => {
    const { sts, user } = await open()
    const bob = await user("bob")
    // Bob is named, and needs no policy of his own; the account alone is not enough for him.
    await sts.call(bob, "AssumeRole", assume("Named"))
    await expect(sts.call(bob, "AssumeRole", app)).rejects.toMatchObject({
      ...denied,
      message: `User: ${userArn("bob")} is not authorized to perform: sts:AssumeRole on resource: ${app.RoleArn}`,
    })
    const alice = await user("alice")
    await expect(sts.call(alice, "AssumeRole", assume("Named"))).rejects.toMatchObject(denied)
    // A role that is not there, or of another path, is told by nothing.
    for (const name of ["None", "App"]) {
      await expect(sts.call(alice, "AssumeRole", assume(name))).rejects.toMatchObject(denied)
    }
    const unsigned = sts.call({}, "AssumeRole", app)
    await expect(unsigned).rejects.toMatchObject({ name: "MissingAuthenticationToken" })
    const root = sts.vouch(`arn:aws:iam::${account}:root`)
    await expect(sts.call(root, "AssumeRole", app)).rejects.toMatchObject(denied)
  })

  it("crosses accounts where both sides allow it, with the external id that was agreed on", async () => {
    const { sts, user } = await open()
    const eve = await user("eve", otherAccount)
    const ExternalId = "unguessable"
    await sts.call(eve, "AssumeRole", assume("Partner", { ExternalId }))
    for (const [caller, more] of [
      [eve, {}],
      [eve, { ExternalId: "guessed" }],
      [await user("mallory", otherAccount), { ExternalId }],
      [await user("alice"), { ExternalId }],
    ] as const) {
      await expect(sts.call(caller, "AssumeRole", assume("Partner", more))).rejects.toMatchObject(
        denied,
      )
    }
  })

  it("limits a session by the policies that were passed along", async () => {
    const { sts, user, holder, encrypt, clientOf, KeyId, directory } = await open()
    const alice = await user("alice")
    const limits = [
      { Policy: JSON.stringify(policy({ Action: "kms:DescribeKey" })) },
      { PolicyArns: [{ arn: `arn:aws:iam::${account}:policy/OnlyDescribe` }] },
    ]
    let last = {} as TemporaryCredentials
    for (const more of limits) {
      const reply = await sts.call(alice, "AssumeRole", { ...app, ...more })
      expect(reply.PackedPolicySize).toBeGreaterThan(0)
      last = reply.Credentials
      const session = await holder(last)
      await clientOf(session).describeKey({ KeyId })
      await expect(encrypt(session)).rejects.toMatchObject(refused)
    }
    // Managed policies hold as they are when the session is used.
    await directory.putPolicy(account, "OnlyDescribe", { document: policy({ Action: "kms:Enc*" }) })
    await encrypt(await holder(last))
    // Without one of its limits nobody knows what a session may.
    await directory.remove("policy", account, "OnlyDescribe")
    expect((await holder(last)).bearer).toBeUndefined()
    const gone = sts.call(alice, "AssumeRole", { ...app, ...limits[1] })
    await expect(gone).rejects.toMatchObject({ name: "NoSuchEntity" })
    const wrong: readonly (readonly [object, string])[] = [
      [{ Policy: "{" }, "MalformedPolicyDocument"],
      [{ Policy: " ".repeat(2049) }, "ValidationError"],
      [
        { PolicyArns: [{ arn: `arn:aws:iam::${otherAccount}:policy/OnlyDescribe` }] },
        "ValidationError",
      ],
    ]
    for (const [more, name] of wrong) {
      await expect(sts.call(alice, "AssumeRole", { ...app, ...more })).rejects.toMatchObject({
        name,
      })
    }
  })

  it("refuses a session that carries more than it may, packed", async () => {
    const { sts, user } = await open()
    const Tags = Array.from({ length: 20 }, (_, i) => ({ Key: `k${i}`, Value: "v".repeat(256) }))
    const call = sts.call(await user("alice"), "AssumeRole", assume("Tagged", { Tags }))
    await expect(call).rejects.toMatchObject({ name: "PackedPolicyTooLarge" })
  })

  it("lasts as long as role, operation and chaining let it", async () => {
    const { sts, user, holder } = await open()
    const alice = await user("alice")
    const over = (seconds: number, name = "App") =>
      sts.call(alice, "AssumeRole", {
        ...(name === "App" ? app : assume(name)),
        DurationSeconds: seconds,
      })
    await over(900)
    await over(43_200, "Tagged")
    for (const seconds of [899, 3601, 43_201]) {
      await expect(over(seconds)).rejects.toMatchObject(invalid)
    }
    // Who may not assume the role does not hear how long it could.
    const stranger = sts.call(await user("bob"), "AssumeRole", { ...app, DurationSeconds: 3601 })
    await expect(stranger).rejects.toMatchObject(denied)
    const first = await holder((await over(43_200, "Tagged")).Credentials)
    const chained = (seconds: number) =>
      sts.call(first, "AssumeRole", assume("Next", { DurationSeconds: seconds }))
    await chained(3600)
    await expect(chained(3601)).rejects.toMatchObject(invalid)
  })

  it("carries tags, and those that are transitive through every role that follows", async () => {
    const { sts, user, holder } = await open()
    const Tags = [
      { Key: "Team", Value: "blue" },
      { Key: "cost", Value: "1" },
    ]
    const tagged = assume("Tagged", { Tags, TransitiveTagKeys: ["team"] })
    const alice = await user("alice")
    const first = await holder((await sts.call(alice, "AssumeRole", tagged)).Credentials)
    expect(first.bearer?.session?.tags).toEqual({ Team: "blue", cost: "1" })
    const next = await holder((await sts.call(first, "AssumeRole", assume("Next"))).Credentials)
    expect(next.bearer?.session?.tags).toEqual({ Team: "blue" })
    const more = { Tags: [{ Key: "TEAM", Value: "red" }] }
    await expect(sts.call(first, "AssumeRole", assume("Next", more))).rejects.toMatchObject(invalid)
    // Who trusts for AssumeRole alone takes no tags.
    await expect(sts.call(alice, "AssumeRole", { ...app, Tags })).rejects.toMatchObject(denied)
    for (const wrong of [
      { Tags: [Tags[0], { Key: "team", Value: "x" }] },
      { Tags, TransitiveTagKeys: ["other"] },
      { Tags: [{ Key: "AWS:team", Value: "x" }] },
      { Tags: [{ Key: "__proto__", Value: "x" }] },
    ]) {
      const call = sts.call(alice, "AssumeRole", assume("Tagged", wrong))
      await expect(call).rejects.toMatchObject(invalid)
    }
  })

  it("keeps the source identity through every role that follows", async () => {
    const { sts, user, holder } = await open()
    const named = assume("Tagged", { SourceIdentity: "alice" })
    const first = await holder(
      (await sts.call(await user("alice"), "AssumeRole", named)).Credentials,
    )
    expect(first.bearer?.caller.context.conditionKeys).toMatchObject({
      "aws:SourceIdentity": "alice",
    })
    const next = await sts.call(first, "AssumeRole", assume("Next"))
    expect(next.SourceIdentity).toBe("alice")
    const other = sts.call(first, "AssumeRole", assume("Next", { SourceIdentity: "bob" }))
    await expect(other).rejects.toMatchObject(denied)
  })

  it("is for services by their roles, and for nobody else", async () => {
    const { sts, user } = await open()
    const linked = {
      RoleArn: roleArn("Logs", "/aws-service-role/logs.amazonaws.com/"),
      RoleSessionName,
    }
    await sts.call(sts.vouch("logs.amazonaws.com"), "AssumeRole", linked)
    for (const caller of [sts.vouch("lambda.amazonaws.com"), await user("alice")]) {
      await expect(sts.call(caller, "AssumeRole", linked)).rejects.toMatchObject(denied)
    }
    expect(() => sts.vouch(userArn("alice"))).toThrow(TypeError)
  })

  it("is limited by the organization of the caller, and by that of the role", async () => {
    const organizationWith = (policies: object) => ({
      id: "o-exampleorgid",
      managementAccount: "999999999999",
      root: { id: "r-ab12", accounts: ["999999999999", { account, ...policies }] },
    })
    const Effect = "Deny"
    for (const policies of [
      { scps: [policy({}), policy({ Effect, Action: "sts:AssumeRole" })] },
      { rcps: [policy({ Effect, Principal: "*", Action: "sts:AssumeRole" })] },
    ]) {
      const { sts, user } = await open({ organization: organizationWith(policies) })
      const call = sts.call(await user("alice"), "AssumeRole", app)
      await expect(call).rejects.toMatchObject(denied)
    }
  })
})

describe("a session", () => {
  it("ends when its time is over, when its role is gone, and when that was made again", async () => {
    const { sts, user, holder, time, directory } = await open()
    const alice = await user("alice")
    const { Credentials } = await sts.call(alice, "AssumeRole", assume("Tagged"))
    time.nowMs += 3_599_999
    expect((await holder(Credentials)).bearer).toBeDefined()
    time.nowMs += 1
    await expect(holder(Credentials)).rejects.toMatchObject({ name: "ExpiredToken" })
    const later = await sts.call(alice, "AssumeRole", assume("Tagged"))
    await directory.remove("role", account, "Tagged")
    expect((await holder(later.Credentials)).bearer).toBeUndefined()
    await directory.fill(accounts)
    expect((await holder(later.Credentials)).bearer).toBeUndefined()
  })

  it("is nobody's with another access key, or when any part of its token is changed", async () => {
    const { sts, user } = await open()
    const { Credentials } = await sts.call(await user("alice"), "AssumeRole", app)
    const { AccessKeyId, SessionToken: token } = Credentials
    expect(await sts.credentials("ASIANOBODYHASTHIS234", token)).toBeUndefined()
    expect(await sts.credentials(AccessKeyId, undefined)).toBeUndefined()
    for (let at = 0; at < token.length; at += 7) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`
      expect(await sts.credentials(AccessKeyId, changed)).toBeUndefined()
    }
    for (const other of ["", "=", token.slice(4), `${token}AAAA`, "A".repeat(100_000), "ü"]) {
      expect(await sts.credentials(AccessKeyId, other)).toBeUndefined()
    }
    // What another store has sealed is nothing here.
    const elsewhere = await open()
    expect(await elsewhere.sts.credentials(AccessKeyId, token)).toBeUndefined()
  })

  it("shows nothing of its secret", async () => {
    const { sts, user } = await open()
    // So long that no random bytes look like it.
    const RoleSessionName = "a-session-with-a-long-name"
    const asked = { ...app, RoleSessionName }
    const { Credentials } = await sts.call(await user("alice"), "AssumeRole", asked)
    const bytes = Buffer.from(Credentials.SessionToken, "base64").toString("latin1")
    expect(bytes).not.toContain(Credentials.SecretAccessKey)
    for (const hidden of [RoleSessionName, "/services/"]) expect(bytes).not.toContain(hidden)
  })

  it("is revoked with all that were issued before a moment", async () => {
    const { sts, user, holder, encrypt, directory, time } = await open()
    const alice = await user("alice")
    const before = await sts.call(alice, "AssumeRole", app)
    time.nowMs += 1000
    const Condition = { DateLessThan: { "aws:TokenIssueTime": new Date(time.nowMs).toISOString() } }
    const revoke = policy({ Effect: "Deny", Condition })
    const { App: role } = accounts.accounts?.[account]?.roles ?? {}
    await directory.putRole(account, "App", { ...role, policies: { ...all, revoke } } as never)
    const after = await sts.call(alice, "AssumeRole", app)
    await encrypt(await holder(after.Credentials))
    await expect(encrypt(await holder(before.Credentials))).rejects.toMatchObject(refused)
  })
})

describe("GetSessionToken", () => {
  it("with the code of a device proves MFA, for as long as the session lasts", async () => {
    const { sts, user, holder, time } = await open()
    const alice = await user("alice")
    const SerialNumber = serialNumber
    const TokenCode = codeOf(secret, Math.floor(time.nowMs / 30_000))
    await expect(sts.call(alice, "AssumeRole", assume("Guarded"))).rejects.toMatchObject(denied)
    const without = await holder((await sts.call(alice, "GetSessionToken", {})).Credentials)
    await expect(sts.call(without, "AssumeRole", assume("Guarded"))).rejects.toMatchObject(denied)
    const shown = await sts.call(alice, "GetSessionToken", { SerialNumber, TokenCode })
    time.nowMs += 60_000
    const session = await holder(shown.Credentials)
    await sts.call(session, "AssumeRole", assume("Guarded"))
    expect(session.bearer?.caller).toMatchObject({
      principal: userArn("alice"),
      context: {
        conditionKeys: { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 60 },
      },
    })
    // A code is taken once, also by AssumeRole, and not by who has no access key.
    const again = { SerialNumber, TokenCode }
    await expect(sts.call(alice, "GetSessionToken", again)).rejects.toMatchObject(denied)
    const direct = { SerialNumber, TokenCode: codeOf(secret, Math.floor(time.nowMs / 30_000)) }
    await sts.call(alice, "AssumeRole", assume("Guarded", direct))
    await expect(sts.call(session, "GetSessionToken", {})).rejects.toMatchObject(denied)
  })

  it("takes no code that is wrong, old, of another device or of another user", async () => {
    const { sts, user, time } = await open()
    const step = Math.floor(time.nowMs / 30_000)
    const right = { SerialNumber: serialNumber, TokenCode: codeOf(secret, step) }
    const wrong = String((Number(right.TokenCode) + 1) % 1_000_000).padStart(6, "0")
    const alice = await user("alice")
    for (const [caller, input] of [
      [alice, { ...right, TokenCode: wrong }],
      [alice, { ...right, TokenCode: codeOf(secret, step - 2) }],
      [alice, { ...right, SerialNumber: `${serialNumber}2` }],
      [alice, { ...right, SerialNumber: "constructor" }],
      [await user("bob"), right],
    ] as const) {
      await expect(sts.call(caller, "GetSessionToken", input)).rejects.toMatchObject(denied)
    }
    const half = sts.call(alice, "GetSessionToken", { TokenCode: right.TokenCode })
    await expect(half).rejects.toMatchObject(invalid)
  })

  it("looks at five codes of a user in 30 seconds, and not at the sixth", async () => {
    const { sts, user, time } = await open()
    const alice = await user("alice")
    const codeNow = () => codeOf(secret, Math.floor(time.nowMs / 30_000))
    const show = (TokenCode: string) =>
      sts.call(alice, "GetSessionToken", { SerialNumber: serialNumber, TokenCode })
    const wrong = String((Number(codeNow()) + 1) % 1_000_000).padStart(6, "0")
    for (let i = 0; i < 5; i += 1) await expect(show(wrong)).rejects.toMatchObject(denied)
    await expect(show(codeNow())).rejects.toMatchObject(denied)
    time.nowMs += 30_000
    await show(codeNow())
  })

  it("agrees with the codes that others have published", () => {
    // Source: RFC 6238, appendix B, SHA-1, of which a device shows the last six digits.
    const published = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    const times = [
      [59, "287082"],
      [1_111_111_109, "081804"],
      [1_234_567_890, "005924"],
      [20_000_000_000, "353130"],
    ] as const
    for (const [seconds, code] of times) {
      expect(codeOf(published, Math.floor(seconds / 30))).toBe(code)
    }
  })
})

describe("GetFederationToken", () => {
  it("gives as much as user and policy allow both, and nothing without a policy", async () => {
    const { sts, user, holder, encrypt, clientOf, KeyId } = await open()
    const alice = await user("alice")
    const limited = { Name: "eve", Policy: JSON.stringify(policy({ Action: "kms:DescribeKey" })) }
    const { Credentials, FederatedUser } = await sts.call(alice, "GetFederationToken", limited)
    expect(FederatedUser).toEqual({
      FederatedUserId: `${account}:eve`,
      Arn: `arn:aws:sts::${account}:federated-user/eve`,
    })
    const eve = await holder(Credentials)
    await clientOf(eve).describeKey({ KeyId })
    await expect(encrypt(eve)).rejects.toMatchObject(refused)
    const bare = await holder(
      (await sts.call(alice, "GetFederationToken", { Name: "eve" })).Credentials,
    )
    await expect(clientOf(bare).describeKey({ KeyId })).rejects.toMatchObject(refused)
    await expect(sts.call(eve, "AssumeRole", app)).rejects.toMatchObject(denied)
    await expect(sts.call(eve, "GetFederationToken", limited)).rejects.toMatchObject(denied)
  })

  it("is for users who may call it", async () => {
    const { sts, user } = await open()
    const call = sts.call(await user("bob"), "GetFederationToken", { Name: "eve" })
    await expect(call).rejects.toMatchObject(denied)
  })
})
