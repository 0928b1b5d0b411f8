import { describe, expect, it } from "vitest"
import { ZodError } from "zod"
import { vouchedBearer } from "../src/sessions/bearers.js"
import { createGrantReader, encodeGrant, type SessionKind } from "../src/sessions/session-grant.js"
import { createSessionTokens, type NewSession } from "../src/sessions/session-tokens.js"
import { codeOf } from "../src/sts/mfa.js"
import {
  account,
  openStore,
  plainStore,
  policy,
  roleArn,
  startMs,
  trust,
  userArn,
} from "./support/accounts.js"
import { openPlainSessions } from "./support/sessions.js"

const role: SessionKind = {
  ...{ kind: "role", roleName: "R", roleId: "AROA", sessionName: "run", isChained: false },
  ...{ transitiveTagKeys: ["a"], sourceIdentity: "alice", providerKeys: { "p:sub": "s" } },
  ...{ policy: "{}", managedPolicies: ["P"] },
}
const user: SessionKind = { kind: "user", userName: "U", userId: "AIDA", mfaMs: 5 }
const federated: SessionKind = {
  ...{ kind: "federated", userName: "U", userId: "AIDA", name: "eve", managedPolicies: [] },
}
const session: NewSession = {
  ...{ account, issuedMs: startMs, expiresMs: startMs + 1000, tags: { a: "b" }, of: role },
}
const keys = { accessKeyId: "ASIA", secretAccessKey: "s" }
const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value))

const decodeGrant = createGrantReader()

describe("what a session was granted", () => {
  it.each([role, user, federated, { ...user, mfaMs: undefined }])(
    "is read as it was written: %j",
    (of) => {
      const grant = { ...session, ...keys, of }
      expect(decodeGrant(encodeGrant(grant))).toEqual({ v: 1, ...grant })
    },
  )

  it.each<[string, object]>([
    ["another version", { v: 2 }],
    ["more than there is", { more: 1 }],
    ["no account", { account: undefined }],
    ["half a moment", { issuedMs: 1.5 }],
    ["half a moment of its end", { expiresMs: 1.5 }],
    ["tags that are none", { tags: { a: 1 } }],
    ["another kind", { of: { ...user, kind: "root" } }],
    ["more of a role than there is", { of: { ...role, more: 1 } }],
    ["more of a user than there is", { of: { ...user, more: 1 } }],
    ["more of a federated user than there is", { of: { ...federated, more: 1 } }],
    ["no limits of a role", { of: { ...role, managedPolicies: undefined } }],
    ["no limits of a federated user", { of: { ...federated, managedPolicies: undefined } }],
    ["limits that are none", { of: { ...role, managedPolicies: [1] } }],
    ["tag keys that are none", { of: { ...role, transitiveTagKeys: [1] } }],
    ["keys of a provider that are none", { of: { ...role, providerKeys: { a: 1 } } }],
  ])("is not read with %s", (_what, more) => {
    const act = () => decodeGrant(bytesOf({ v: 1, ...session, ...keys, ...more }))
    expect(act).toThrow(ZodError)
  })
})

describe("session tokens", () => {
  it("come with keys of their own, and grant what they were issued for", async () => {
    const tokens = createSessionTokens(await openStore())
    const issued = await tokens.issue(session)
    expect(issued.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
    expect(issued.SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
    expect(issued.Expiration).toEqual(new Date(session.expiresMs))
    const grant = await tokens.open(issued.AccessKeyId, issued.SessionToken)
    expect(grant).toMatchObject({ ...session, secretAccessKey: issued.SecretAccessKey })
    expect(await tokens.open(issued.AccessKeyId, issued.SessionToken)).toBe(grant)
    const other = await tokens.issue(session)
    expect(other.AccessKeyId).not.toBe(issued.AccessKeyId)
    expect(await tokens.open(other.AccessKeyId, issued.SessionToken)).toBeUndefined()
  })

  it("are opened once while they are remembered, and leave no bytes behind", async () => {
    const store = await openStore()
    const seen = {
      opened: [] as Uint8Array[],
      sealed: [] as Uint8Array[],
      places: new Set<string>(),
    }
    const tokens = createSessionTokens({
      ...store,
      sealElsewhere: (place, bytes) => {
        seen.sealed.push(bytes)
        seen.places.add(place)
        return store.sealElsewhere(place, bytes)
      },
      openElsewhere: async (place, sealed) => {
        const bytes = await store.openElsewhere(place, sealed)
        if (bytes !== undefined) seen.opened.push(bytes)
        seen.places.add(place)
        return bytes
      },
    })
    const { AccessKeyId, SessionToken } = await tokens.issue(session)
    for (let i = 0; i < 3; i += 1) await tokens.open(AccessKeyId, SessionToken)
    expect(seen.opened).toHaveLength(1)
    expect([...seen.places]).toEqual(["session token 1"])
    for (const bytes of [...seen.opened, ...seen.sealed]) {
      expect(bytes.length).toBeGreaterThan(100)
      expect(bytes.every((byte) => byte === 0)).toBe(true)
    }
  })

  it("are 12,288 characters long at most", async () => {
    const store = await openStore()
    const asked: number[] = []
    const tokens = createSessionTokens({
      ...store,
      openElsewhere: async (_place, sealed) => {
        asked.push(sealed.length)
        return undefined
      },
    })
    expect(await tokens.open("ASIA", "A".repeat(12_288))).toBeUndefined()
    expect(asked).toEqual([9216])
    expect(await tokens.open("ASIA", "A".repeat(12_292))).toBeUndefined()
    expect(asked).toHaveLength(1)
  })

  it("are remembered, so many of them, and then the oldest one is opened anew", async () => {
    const opened: string[] = []
    const seal = (name: string) => encodeGrant({ ...session, ...keys, secretAccessKey: name })
    const store = {
      ...plainStore(),
      openElsewhere: async (_place: string, sealed: Uint8Array) => {
        const name = new TextDecoder().decode(sealed)
        opened.push(name)
        return seal(name)
      },
    }
    const tokens = createSessionTokens(store, 3)
    for (const name of "abcabcdbcdacdab") {
      const grant = await tokens.open("ASIA", Buffer.from(`${name} `.repeat(3)).toString("base64"))
      expect(grant?.secretAccessKey).toBe(`${name} `.repeat(3))
    }
    expect(opened.map((name) => name[0]).join("")).toBe("abcdab")
  })
})

describe("whom a host vouches for", () => {
  it("is a root user or a service", () => {
    const nobody = { policies: [], tags: {}, conditionKeys: {} }
    const root = `arn:aws:iam::${account}:root`
    expect(vouchedBearer("aws", root)).toEqual({
      caller: { principal: root, context: { conditionKeys: {} } },
      principal: { type: "root", arn: root, account },
      ...{ userId: account, identity: nobody },
    })
    for (const service of ["ec2.amazonaws.com", "a-1.b.amazonaws.com", "ec2.amazonaws.com.cn"]) {
      expect(vouchedBearer("aws", service)).toEqual({
        caller: { principal: service, context: { conditionKeys: {} } },
        principal: { type: "service", arn: service, account: "", service },
        ...{ userId: service, identity: nobody },
      })
    }
  })

  it.each([
    ...[
      "",
      "ec2",
      "amazonaws.com",
      ".amazonaws.com",
      "EC2.amazonaws.com",
      "ec2.amazonaws.com.evil",
    ],
    ...["ec2.amazonaws.com.cnx", "x ec2.amazonaws.com", "ec2xamazonaws.com", "ec2.amazonawsxcom"],
    ...[userArn("alice"), `arn:aws-cn:iam::${account}:root`, `arn:aws:iam::${account}:roots`],
    ...[`xarn:aws:iam::${account}:root`, "arn:aws:iam::1:root", "ec2.amazonaws.comxcn"],
  ])("is nobody else: %j", (principal) => {
    const said = "`principal` must be a service or the root user of an account"
    expect(() => vouchedBearer("aws", principal)).toThrow(new TypeError(said))
  })
})

const input = { RoleArn: roleArn("R", "/p/"), RoleSessionName: "run" }
const [device, secret] = ["serial-0001", "JBSWY3DPEHPK3PXP"]
const open = () =>
  openPlainSessions({
    accounts: {
      [account]: {
        policies: { P: { document: policy({}) }, Q: { document: policy({ Action: "kms:*" }) } },
        users: {
          ann: { policies: { all: policy({}) }, path: "/team/", mfaDevices: { [device]: secret } },
        },
        roles: { R: { trustPolicy: trust({ AWS: account }, { Action: "sts:*" }), path: "/p/" } },
      },
    },
  })

describe("who holds credentials", () => {
  it("is the role of the session, as engine and token service take it", async () => {
    const { sts, user: userOf, holder } = await open()
    const more = { SourceIdentity: "ann", Policy: JSON.stringify(policy({})) }
    const { Credentials, AssumedRoleUser } = await sts.call(await userOf("ann"), "AssumeRole", {
      ...{ ...input, ...more, Tags: [{ Key: "a", Value: "b" }] },
    })
    const { bearer } = await holder(Credentials)
    const arn = `arn:aws:sts::${account}:assumed-role/R/run`
    const conditionKeys = {
      "aws:TokenIssueTime": new Date(startMs).toISOString(),
      "aws:userid": AssumedRoleUser.AssumedRoleId,
      "aws:SourceIdentity": "ann",
    }
    const limited = { tags: { a: "b" }, sessionPolicies: [more.Policy] }
    expect(bearer).toMatchObject({
      caller: {
        principal: arn,
        context: { roleArn: input.RoleArn, conditionKeys, session: limited },
      },
      principal: { type: "role-session", arn, account, roleArn: input.RoleArn },
      ...{ userId: AssumedRoleUser.AssumedRoleId, session: limited },
    })
    const plain = await sts.call(await userOf("ann"), "AssumeRole", input)
    const { bearer: without } = await holder(plain.Credentials)
    expect(without?.session).toEqual({ tags: {} })
    expect(without?.caller.context.conditionKeys).not.toHaveProperty(["aws:SourceIdentity"])
  })

  it("is the federated user, with what its maker may", async () => {
    const { sts, user: userOf, holder } = await open()
    const ann = await userOf("ann")
    const { Credentials } = await sts.call(ann, "GetFederationToken", { Name: "eve" })
    const { bearer } = await holder(Credentials)
    const arn = `arn:aws:sts::${account}:federated-user/eve`
    const issuerUserArn = userArn("ann", "/team/")
    const conditionKeys = {
      "aws:TokenIssueTime": new Date(startMs).toISOString(),
      "aws:userid": `${account}:eve`,
    }
    expect(bearer).toMatchObject({
      caller: { principal: arn, context: { issuerUserArn, conditionKeys } },
      principal: { type: "federated-user", arn, account, issuerUserArn },
      ...{ userId: `${account}:eve`, identity: ann.bearer?.identity, session: { tags: {} } },
    })
  })

  it("is the user, by its access key, as long as that is active", async () => {
    const { sts, directory } = await open()
    const { accessKeyId, secretAccessKey } = await directory.accessKeys.create(account, "ann")
    const found = await sts.credentials(accessKeyId, undefined)
    expect(found).toMatchObject({ accessKeyId, secretAccessKey })
    expect(found?.bearer).toMatchObject({
      caller: { principal: userArn("ann", "/team/"), context: { conditionKeys: {} } },
      principal: { type: "user", arn: userArn("ann", "/team/"), account },
    })
    expect(found?.bearer.grant).toBeUndefined()
    expect(found?.bearer.userId).toMatch(/^AIDA/)
    await directory.accessKeys.setStatus(accessKeyId, "Inactive")
    expect(await sts.credentials(accessKeyId, undefined)).toBeUndefined()
    expect(await sts.credentials("AKIANOBODYHASTHIS234", undefined)).toBeUndefined()
  })

  it("has the same limits as long as the policies are the same texts", async () => {
    const { sts, user: userOf, directory } = await open()
    const PolicyArns = ["P", "Q"].map((name) => ({ arn: `arn:aws:iam::${account}:policy/${name}` }))
    const ann = await userOf("ann")
    const { Credentials } = await sts.call(ann, "AssumeRole", { ...input, PolicyArns })
    const { AccessKeyId, SessionToken } = Credentials
    const limitsNow = async () => (await sts.credentials(AccessKeyId, SessionToken))?.bearer.session
    const first = await limitsNow()
    expect(first?.sessionPolicies).toHaveLength(2)
    expect(first).toSatisfy(Object.isFrozen)
    expect(first?.sessionPolicies).toSatisfy(Object.isFrozen)
    expect(await limitsNow()).toBe(first)
    await directory.putPolicy(account, "P", { document: policy({}) })
    expect(await limitsNow()).toBe(first)
    await directory.putPolicy(account, "Q", { document: policy({ Action: "kms:List*" }) })
    const second = await limitsNow()
    expect(second?.sessionPolicies?.[0]).toBe(first?.sessionPolicies?.[0])
    expect(second?.sessionPolicies?.[1]).toContain("kms:List*")
    await directory.putPolicy(account, "P", { document: policy({ Action: "sts:*" }) })
    expect((await limitsNow())?.sessionPolicies?.[0]).toContain("sts:*")
    await directory.remove("policy", account, "Q")
    expect(await limitsNow()).toBeUndefined()
    // One without limits keeps that it has none.
    const { Credentials: free } = await sts.call(ann, "AssumeRole", input)
    const again = async () =>
      (await sts.credentials(free.AccessKeyId, free.SessionToken))?.bearer.session
    expect(await again()).toBe(await again())
  })

  it("has shown the code of an MFA device so many seconds ago, or none", async () => {
    const { sts, user: userOf, holder, time } = await open()
    const shown = { SerialNumber: device, TokenCode: codeOf(secret, startMs / 30_000) }
    const { Credentials } = await sts.call(await userOf("ann"), "GetSessionToken", shown)
    for (const [laterMs, age] of [
      [0, 0],
      [60_999, 60],
      [61_000, 61],
      // A clock that was set back.
      [-5000, 0],
    ] as const) {
      time.nowMs = startMs + laterMs
      const { bearer } = await holder(Credentials)
      expect(bearer?.caller.context.conditionKeys).toStrictEqual({
        "aws:TokenIssueTime": new Date(startMs).toISOString(),
        ...{ "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": age },
      })
    }
  })

  it("is nobody with the token of another key, or a key whose user does not say it", async () => {
    const { sts, user: userOf, directory, disk } = await open()
    const { Credentials } = await sts.call(await userOf("ann"), "AssumeRole", input)
    const { AccessKeyId, SessionToken } = Credentials
    expect(await sts.credentials("ASIANOBODYHASTHIS234", SessionToken)).toBeUndefined()
    expect(await sts.credentials(AccessKeyId, "AAAAAAAAAAAA*")).toBeUndefined()
    const { accessKeyId } = await directory.accessKeys.create(account, "ann")
    const key = `access-key/${accessKeyId}`
    const [entry] = await disk.get([key])
    for (const end of [
      () => directory.accessKeys.delete(accessKeyId),
      () => directory.remove("user", account, "ann"),
    ]) {
      await end()
      const put = [{ key, value: entry?.value as Uint8Array }]
      await disk.commit({ expect: [], put, remove: [] })
      expect(await sts.credentials(accessKeyId, undefined)).toBeUndefined()
    }
  })

  it("is nobody when the role of the session is gone, or was made again", async () => {
    const { sts, user: userOf, holder, directory } = await open()
    const { Credentials } = await sts.call(await userOf("ann"), "AssumeRole", input)
    expect((await holder(Credentials)).bearer).toBeDefined()
    await directory.remove("role", account, "R")
    expect((await holder(Credentials)).bearer).toBeUndefined()
    await directory.putRole(account, "R", { trustPolicy: trust({ AWS: account }), path: "/p/" })
    expect((await holder(Credentials)).bearer).toBeUndefined()
  })

  it.each(["GetSessionToken", "GetFederationToken"] as const)(
    "is nobody when the user of %s is gone, or was made again",
    async (action) => {
      const { sts, user: userOf, holder, directory, time } = await open()
      const given = action === "GetSessionToken" ? {} : { Name: "eve" }
      const { Credentials } = await sts.call(await userOf("ann"), action, given as never)
      expect((await holder(Credentials)).bearer).toBeDefined()
      await directory.remove("user", account, "ann")
      expect((await holder(Credentials)).bearer).toBeUndefined()
      await directory.putUser(account, "ann", { path: "/team/" })
      expect((await holder(Credentials)).bearer).toBeUndefined()
      time.nowMs += 43_200_000
      await expect(holder(Credentials)).rejects.toMatchObject({
        name: "ExpiredToken",
        message: "The security token included in the request is expired",
      })
    },
  )
})
