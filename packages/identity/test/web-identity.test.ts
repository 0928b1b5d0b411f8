import fc from "fast-check"
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose"
import { beforeAll, describe, expect, it } from "vitest"
import { type AccountsInput, createWebTokens, type IssuerKeys } from "../src/index.js"
import { account, openAccounts, policy, roleArn, startMs, trust } from "./support/accounts.js"
import { openSessions } from "./support/sessions.js"

const issuer = "https://token.example.com/realms/a"
const provider = `arn:aws:iam::${account}:oidc-provider/token.example.com/realms/a`
const audience = "my-client"
const denied = { name: "AccessDenied" }
const invalid = { name: "InvalidIdentityToken" }

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>
let pair: KeyPair
let other: KeyPair
let jwk: JWK

beforeAll(async () => {
  pair = await generateKeyPair("ES256", { extractable: true })
  other = await generateKeyPair("ES256", { extractable: true })
  jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256" }
})

const seconds = Math.floor(startMs / 1000)
const claims = {
  sub: "repo:acme/orders",
  aud: audience,
  iss: issuer,
  iat: seconds,
  exp: seconds + 600,
}

const tokenOf = (more: object = {}, key = pair.privateKey, kid = "one") =>
  new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: "ES256", kid }).sign(key)

const webTokensWith = (keys: IssuerKeys) =>
  createWebTokens({ issuers: [{ issuer, audiences: [audience], keys }], clock: () => startMs })

const web = "sts:AssumeRoleWithWebIdentity"
const accounts: AccountsInput = {
  accounts: {
    [account]: {
      roles: {
        Ci: {
          trustPolicy: trust(
            { Federated: provider },
            {
              Action: [web, "sts:TagSession"],
              Condition: { StringLike: { "token.example.com/realms/a:sub": "repo:acme/*" } },
            },
          ),
          policies: { all: policy({}) },
        },
        Other: { trustPolicy: trust({ Federated: `${provider}2` }, { Action: web }) },
        Everyone: { trustPolicy: trust("*", { Action: web }) },
        Users: { trustPolicy: trust({ AWS: account }, { Action: ["sts:AssumeRole", web] }) },
      },
    },
  },
}

const open = () => openSessions(accounts, webTokensWith({ keys: [jwk] }))
const asked = (WebIdentityToken: string, name = "Ci") => ({
  ...{ RoleArn: roleArn(name), RoleSessionName: "ci", WebIdentityToken },
})

describe("AssumeRoleWithWebIdentity", () => {
  it("gives a session to whoever has a token of a provider that the role trusts", async () => {
    const { sts, holder, encrypt } = await open()
    const tags = { "https://aws.amazon.com/tags": { principal_tags: { team: ["blue"] } } }
    const token = await tokenOf(tags)
    const reply = await sts.call({}, "AssumeRoleWithWebIdentity", asked(token))
    expect(reply).toMatchObject({
      ...{ SubjectFromWebIdentityToken: claims.sub, Audience: audience, Provider: issuer },
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/Ci/ci` },
    })
    const session = await holder(reply.Credentials)
    await encrypt(session)
    expect(session.bearer?.session?.tags).toEqual({ team: "blue" })
    expect(session.bearer?.caller.context.conditionKeys).toMatchObject({
      "aws:FederatedProvider": provider,
      "token.example.com/realms/a:sub": claims.sub,
    })
  })

  it("asks the trust policy, which must name the provider", async () => {
    const { sts } = await open()
    const token = await tokenOf()
    for (const name of ["Other", "Everyone", "Users", "None"]) {
      const call = sts.call({}, "AssumeRoleWithWebIdentity", asked(token, name))
      await expect(call).rejects.toMatchObject(denied)
    }
    const foreign = await tokenOf({ sub: "repo:mallory/orders" })
    const call = sts.call({}, "AssumeRoleWithWebIdentity", asked(foreign))
    await expect(call).rejects.toMatchObject(denied)
  })

  it("takes no token that is expired, early, of others, unsigned or changed", async () => {
    const { sts } = await open()
    const good = await tokenOf()
    const [head = "", body = "", signature = ""] = good.split(".")
    const forged = btoa(JSON.stringify({ ...claims, sub: "repo:acme/x" })).replace(/=+$/, "")
    const hmac = new TextEncoder().encode(JSON.stringify(jwk))
    const refused: readonly (readonly [string, string])[] = [
      [await tokenOf({ exp: seconds - 61 }), "ExpiredTokenException"],
      [await tokenOf({ nbf: seconds + 61 }), "IDPRejectedClaim"],
      [await tokenOf({ aud: "another" }), "InvalidIdentityToken"],
      [await tokenOf({ iss: `${issuer}/` }), "InvalidIdentityToken"],
      [await tokenOf({ sub: "" }), "IDPRejectedClaim"],
      [await tokenOf({}, other.privateKey), "InvalidIdentityToken"],
      [await tokenOf({}, pair.privateKey, "two"), "InvalidIdentityToken"],
      [new UnsecuredJWT(claims).encode(), "InvalidIdentityToken"],
      [
        await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(hmac),
        "InvalidIdentityToken",
      ],
      [`${head}.${forged}.${signature}`, "InvalidIdentityToken"],
      [`${head}.${body}.`, "InvalidIdentityToken"],
      [`${head}.${body}.${signature.slice(0, -4)}AAAA`, "InvalidIdentityToken"],
      ["....", "InvalidIdentityToken"],
      ["a".repeat(20_001), "ValidationError"],
    ]
    for (const [token, name] of refused) {
      const call = sts.call({}, "AssumeRoleWithWebIdentity", asked(token))
      await expect(call).rejects.toMatchObject({ name })
    }
  })

  it("is refused where no issuer is known", async () => {
    const { sts } = await openSessions(accounts)
    const call = sts.call({}, "AssumeRoleWithWebIdentity", asked(await tokenOf()))
    await expect(call).rejects.toMatchObject(invalid)
  })

  it("of any token neither crashes nor gives a session", async () => {
    const { sts } = await open()
    const good = await tokenOf()
    const anyToken = fc.oneof(
      fc.string({ minLength: 4, maxLength: 200 }),
      fc
        .tuple(fc.nat(good.length - 2), fc.constantFrom(..."AZaz09-_."))
        .map(([at, more]) => good.slice(0, at) + more + good.slice(at + 1))
        .filter((one) => one !== good),
      fc.json().map((json) => `${btoa(unescape(encodeURIComponent(json)))}.e30.e30`),
    )
    await fc.assert(
      fc.asyncProperty(anyToken, async (token) => {
        const call = sts.call({}, "AssumeRoleWithWebIdentity", asked(token))
        await expect(call).rejects.toHaveProperty("status")
      }),
      { numRuns: process.env["SLOW"] === "1" ? 20_000 : 300 },
    )
  })
})

describe("keys of an issuer", () => {
  it("are looked for again, once, when a token names one that is not known", async () => {
    const asks: boolean[] = []
    const webTokens = webTokensWith(async (isFresh) => {
      asks.push(isFresh)
      return { keys: isFresh ? [{ ...jwk, kid: "two" }] : [jwk] }
    })
    await webTokens.verify(await tokenOf())
    expect(asks).toEqual([false])
    await webTokens.verify(await tokenOf({}, pair.privateKey, "two"))
    expect(asks).toEqual([false, false, true])
    await expect(webTokens.verify(await tokenOf({ aud: "x" }))).rejects.toMatchObject(invalid)
    expect(asks).toHaveLength(4)
  })

  it("say for which of our clients a token is, of several", async () => {
    const webTokens = webTokensWith({ keys: [jwk] })
    expect(await webTokens.verify(await tokenOf({ aud: ["x", audience] }))).toMatchObject({
      ...{ issuer, subject: claims.sub, audience, expiresMs: 1000 * claims.exp },
      claims: { aud: ["x", audience] },
    })
  })

  it("say who somebody is by a text, and by nothing else", async () => {
    const webTokens = webTokensWith({ keys: [jwk] })
    for (const sub of [5, "", ["a"], { a: "b" }]) {
      const refused = webTokens.verify(await tokenOf({ sub }))
      await expect(refused).rejects.toMatchObject({ name: "IDPRejectedClaim" })
    }
  })

  it("are public keys: what both sides would have is refused at once", () => {
    const clock = () => startMs
    const good = { issuer, audiences: [audience], keys: { keys: [] } }
    for (const wrong of [
      { ...good, algorithms: ["HS256"] },
      { ...good, algorithms: ["none"] },
      { ...good, issuer: "http://token.example.com" },
      { ...good, audiences: [] },
    ]) {
      expect(() => createWebTokens({ issuers: [wrong], clock })).toThrow(TypeError)
    }
    expect(() => createWebTokens({ issuers: [good, good], clock })).toThrow(TypeError)
  })
})

describe("a trust policy", () => {
  it("says what it may: principals, providers and actions of the token service", async () => {
    const { directory } = await openAccounts()
    const good = trust({ AWS: account }).Statement
    const Version = "2012-10-17"
    for (const statement of [
      { ...good, Resource: "*" },
      { ...good, NotPrincipal: { AWS: account }, Effect: "Deny", Principal: undefined },
      { ...good, Action: "kms:Decrypt" },
      { ...good, Action: undefined, NotAction: "sts:AssumeRole" },
      { ...good, Principal: { Service: "x61.provider.invalid" } },
      { ...good, Condition: { StringEquals: { "aws:ResourceTag/a": "b" } } },
    ]) {
      const trustPolicy = { Version, Statement: statement }
      await expect(directory.putRole(account, "R", { trustPolicy })).rejects.toThrow(TypeError)
    }
    await directory.putRole(account, "R", { trustPolicy: { Version, Statement: [good] } })
  })
})
