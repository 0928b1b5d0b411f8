import fc from "fast-check"
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"
import { beforeAll, describe, expect, it } from "vitest"
import {
  createIdentify,
  createWebTokens,
  fixed,
  type IdentifyOptions,
  mutualTls,
  type RawRequest,
  sigv4,
  spiffe,
  type TlsFacts,
  type Way,
  webIdentity,
} from "../src/index.js"
import { account, policy, roleArn, startMs, trust, userArn } from "./support/accounts.js"
import { openSessions } from "./support/sessions.js"
import { type Plain, presigned, signed } from "./support/signer.js"

const wanted = { region: "eu-central-1" }
const clock = () => startMs
const seconds = startMs / 1000
const plain: Plain = {
  ...{ method: "POST", path: "/", query: {}, body: new TextEncoder().encode("{}") },
  headers: { "content-type": "application/x-amz-json-1.1" },
}
const bare: RawRequest = { method: "POST", target: "/", headers: {}, body: new Uint8Array() }
const withToken = (token: string): RawRequest => ({
  ...bare,
  headers: { Authorization: `Bearer ${token}` },
})
const tls: TlsFacts = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"]
let key: Key
let other: Key
let jwk: JWK

beforeAll(async () => {
  const pair = await generateKeyPair("ES256", { extractable: true })
  key = pair.privateKey
  other = (await generateKeyPair("ES256")).privateKey
  jwk = { ...(await exportJWK(pair.publicKey)), kid: "one" }
})

const sign = (claims: object, by = key) =>
  new SignJWT({ iat: seconds, exp: seconds + 300, aud: "kms", ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "one" })
    .sign(by)

const ask = (ways: readonly Way[], request: RawRequest, more: Partial<IdentifyOptions> = {}) =>
  createIdentify({ ways, ...more })(request, wanted)

const all = { all: policy({}) }

async function openSigV4() {
  const world = await openSessions({
    accounts: {
      [account]: {
        users: { alice: { policies: all } },
        roles: { App: { trustPolicy: trust({ AWS: account }), policies: all, path: "/x/" } },
      },
    },
  })
  const way = sigv4({ sts: world.sts, clock })
  return { ...world, way, alice: await world.directory.accessKeys.create(account, "alice") }
}

describe("a signature", () => {
  it("is that of a user or of a session, in header and query, and the engine takes the caller", async () => {
    const { way, alice, sts, KeyId, kms, directory } = await openSigV4()
    const caller = await ask([way], await signed(plain, alice, startMs))
    expect(caller).toMatchObject({ principal: userArn("alice") })
    const bearer = (await sts.credentials(alice.accessKeyId, undefined))?.bearer
    const { Credentials } = await sts.call({ bearer }, "AssumeRole", {
      ...{ RoleArn: roleArn("App", "/x/"), RoleSessionName: "blue" },
      Policy: JSON.stringify(policy({ Action: "kms:DescribeKey" })),
    })
    const session = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    }
    for (const make of [signed, presigned]) {
      const { principal, context } = await ask([way], await make(plain, session, startMs))
      expect(principal).toBe(`arn:aws:sts::${account}:assumed-role/App/blue`)
      const client = kms.as(principal, context)
      await client.describeKey({ KeyId })
      await expect(client.listKeys({})).rejects.toHaveProperty("name", "AccessDeniedException")
    }
    const { sessionToken: _, ...without } = session
    const reason = "unknown key"
    const stolen = ask([way], await signed(plain, without, startMs))
    await expect(stolen).rejects.toMatchObject({ reason })
    await directory.accessKeys.setStatus(alice.accessKeyId, "Inactive")
    const inactive = ask([way], await signed(plain, alice, startMs))
    await expect(inactive).rejects.toMatchObject({ reason })
  })

  it("that is wrong is refused, and no other way is asked", async () => {
    const { way, alice } = await openSigV4()
    const request = await signed(plain, { ...alice, secretAccessKey: "guessed" }, startMs)
    const call = ask([way, fixed("logs.amazonaws.com")], request)
    await expect(call).rejects.toMatchObject({ reason: "wrong signature" })
  })

  it("is noted as a use of its access key", async () => {
    const { way, alice, directory } = await openSigV4()
    await ask([way], await signed(plain, alice, startMs))
    await expect
      .poll(async () => (await directory.accessKeys.list(account, "alice"))[0]?.lastUsedMs)
      .toBe(startMs)
  })
})

describe("a token", () => {
  const issuer = "https://id.example.com"
  const web = () =>
    webIdentity({
      tokens: createWebTokens({
        issuers: [{ issuer, audiences: ["kms"], keys: { keys: [jwk] } }],
        clock,
      }),
      principalOf: ({ subject }) => (subject === "eve" ? undefined : userArn(subject)),
    })
  const workload = () =>
    spiffe({
      ...{ bundles: { "example.org": { keys: [jwk] } }, audience: "kms", clock },
      principalOf: (id) => (id.endsWith("/orders") ? roleArn("Orders") : undefined),
    })

  it("of an issuer is whom the host takes it for, or nobody", async () => {
    const token = await sign({ iss: issuer, sub: "alice" })
    expect(await ask([workload(), web()], withToken(token))).toMatchObject({
      principal: userArn("alice"),
      context: {
        conditionKeys: { "aws:FederatedProvider": issuer, "id.example.com:sub": "alice" },
      },
    })
    const eve = ask([web()], withToken(await sign({ iss: issuer, sub: "eve" })))
    await expect(eve).rejects.toMatchObject({ name: "AccessDenied" })
    const forged = ask([web()], withToken(await sign({ iss: issuer, sub: "alice" }, other)))
    await expect(forged).rejects.toMatchObject({ name: "InvalidIdentityToken" })
  })

  it("of a workload is a JWT-SVID of a trust domain that is known", async () => {
    const sub = "spiffe://example.org/orders"
    const ways = [workload(), web()]
    expect(await ask(ways, withToken(await sign({ sub })))).toMatchObject({
      principal: roleArn("Orders"),
      context: { conditionKeys: { "keywright:SpiffeId": sub } },
    })
    for (const claims of [
      { sub: "spiffe://other.org/orders" },
      { sub: "spiffe://constructor/orders" },
      { sub: "spiffe://example.org/orders?x" },
      { sub, aud: "another" },
      { sub, exp: seconds - 1 },
    ]) {
      const call = ask(ways, withToken(await sign(claims)))
      await expect(call).rejects.toMatchObject({ name: "InvalidIdentityToken" })
    }
    const forged = ask(ways, withToken(await sign({ sub }, other)))
    await expect(forged).rejects.toMatchObject({ name: "InvalidIdentityToken" })
    const unknown = ask(ways, withToken(await sign({ sub: "spiffe://example.org/x" })))
    await expect(unknown).rejects.toMatchObject({ name: "AccessDenied" })
  })
})

describe("a connection", () => {
  it("brings its certificate, its addresses and what TLS agreed on", async () => {
    const peer = { uris: ["urn:orders"], dnsNames: [], fingerprint: "ab".repeat(32) }
    const way = mutualTls({
      principalOf: ({ uris: [uri] }) => (uri ? roleArn("Orders") : undefined),
    })
    const connection = {
      remoteAddress: "203.0.113.7",
      tls: { ...tls, group: "X25519MLKEM768", peer },
    }
    const { principal, context } = await ask([way], { ...bare, connection })
    expect(principal).toBe(roleArn("Orders"))
    expect(context).toMatchObject({
      ...{ sourceIp: "203.0.113.7", secureTransport: true },
      tls: { ...tls, group: "X25519MLKEM768" },
      conditionKeys: {
        ...{ "keywright:TlsVersion": "1.3", "keywright:TlsGroup": "X25519MLKEM768" },
        ...{ "keywright:TlsPostQuantum": true, "keywright:PeerFingerprint": "ab".repeat(32) },
      },
    })
    const none = ask([way], { ...bare, connection: { ...connection, tls } })
    await expect(none).rejects.toMatchObject({ name: "MissingAuthenticationToken" })
  })

  it("below the floor is refused: no TLS, an old one, no forward secrecy", async () => {
    const old = { version: "TLSv1.2", cipher: "ECDHE-RSA-AES128-GCM-SHA256" }
    const at = (facts: TlsFacts | undefined, transport = {}) =>
      ask([fixed("logs.amazonaws.com")], { ...bare, connection: { tls: facts } }, { transport })
    await at(tls)
    await at(old)
    await at({ ...tls, group: "X25519MLKEM768" }, { postQuantum: true })
    for (const [facts, transport] of [
      [undefined, {}],
      [{ ...old, version: "TLSv1.1" }, {}],
      [{ ...old, cipher: "AES128-GCM-SHA256" }, {}],
      [{ ...old, cipher: "ECDH-RSA-AES128-GCM-SHA256" }, {}],
      [tls, { postQuantum: true }],
      [{ ...tls, group: "X25519" }, { postQuantum: true }],
    ] as const) {
      await expect(at(facts, transport)).rejects.toMatchObject({ name: "AccessDenied" })
    }
  })
})

describe("a request", () => {
  it("cannot say of itself what only its caller's credentials say", async () => {
    const said = { "aws:SourceIdentity": "root", "aws:MultiFactorAuthPresent": true, team: "x" }
    const { way, alice, sts } = await openSigV4()
    const bearer = (await sts.credentials(alice.accessKeyId, undefined))?.bearer
    const { Credentials } = await sts.call({ bearer }, "GetSessionToken", {})
    const session = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    }
    const request = await signed(plain, session, startMs)
    const { context } = await ask([way], request, { factsOf: () => said })
    expect(context.conditionKeys).toMatchObject({
      ...{ "aws:MultiFactorAuthPresent": false, team: "x" },
    })
  })

  it("of any headers is refused, and crashes nothing", async () => {
    const { way } = await openSigV4()
    const anyHeaders = fc.dictionary(
      fc.constantFrom("authorization", "Authorization", "host", "x-amz-date", "user-agent"),
      fc.oneof(
        fc.string({ maxLength: 80 }),
        fc.string({ maxLength: 40 }).map((text) => `Bearer ${text}`),
        fc.string({ maxLength: 40 }).map((text) => `AWS4-HMAC-SHA256 Credential=${text}`),
      ),
    )
    const ways = [
      way,
      spiffe({ bundles: {}, audience: "kms", clock, principalOf: () => undefined }),
      webIdentity({
        tokens: createWebTokens({ issuers: [], clock }),
        principalOf: () => undefined,
      }),
    ]
    await fc.assert(
      fc.asyncProperty(anyHeaders, fc.webPath(), async (headers, target) => {
        const error = await ask(ways, { ...bare, target: target || "/", headers }).catch(
          (thrown: Error) => thrown,
        )
        expect(["SigV4Error", "IdentityError"]).toContain((error as Error).constructor.name)
      }),
      { numRuns: process.env["SLOW"] === "1" ? 20_000 : 300 },
    )
  })
})
