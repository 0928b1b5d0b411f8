import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"
import { beforeAll, describe, expect, it } from "vitest"
import { belowFloor, besideEndpoint, headerOf } from "../src/callers/request.js"
import { bearerTokenOf, namedCaller } from "../src/callers/way.js"
import {
  createIdentify,
  createWebTokens,
  factsOf,
  fixed,
  mutualTls,
  onBehalf,
  type RawRequest,
  sigv4,
  spiffe,
  type TlsFacts,
  type Way,
  webIdentity,
} from "../src/index.js"
import { roleArn, startMs, userArn } from "./support/accounts.js"
import { credentials } from "./support/any-request.js"
import { presigned, signed } from "./support/signer.js"

const wanted = { region: "eu-central-1" }
const clock = () => startMs
const bare: RawRequest = { method: "POST", target: "/", headers: {}, body: new Uint8Array() }
const tls: TlsFacts = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }
const alice = userArn("alice")

const identify = (ways: readonly Way[], request: Partial<RawRequest> = {}, more: object = {}) =>
  createIdentify({ ways, ...more })({ ...bare, ...request }, wanted)

describe("what is told of the way of a request", () => {
  it.each<[RawRequest["headers"], string | undefined]>([
    [{ host: "a" }, "a"],
    [{ HOST: "a" }, "a"],
    [{ host: ["a"] }, "a"],
    [{ host: "" }, ""],
    [{}, undefined],
    [{ host: undefined }, undefined],
    [{ host: undefined, Host: "a" }, "a"],
    [{ host: ["a", "b"] }, undefined],
    [{ host: [] }, undefined],
    [{ host: "a", Host: "a" }, undefined],
    [{ xhost: "a" }, undefined],
  ])("is the one value of a header: %j", (headers, value) => {
    expect(headerOf({ headers }, "host")).toBe(value)
  })

  it("is nothing where nothing is known", () => {
    const none = { userAgent: undefined, secureTransport: false, sourceIp: undefined }
    expect(factsOf(bare)).toEqual({ ...none, conditionKeys: {} })
    expect(factsOf({ ...bare, connection: {} })).toEqual({ ...none, conditionKeys: {} })
    expect(factsOf(bare)).not.toHaveProperty("tls")
  })

  it.each<[string | undefined, boolean]>([
    ["X25519MLKEM768", true],
    ["SecP256r1MLKEM768", true],
    ["x25519_kyber768", true],
    ["X25519", false],
    ["", false],
  ])("is what TLS agreed on, and whether %s resists quantum computers", (group, isPostQuantum) => {
    const known = { ...tls, group }
    const connection = { tls: known, remoteAddress: "203.0.113.7" }
    expect(factsOf({ headers: { "User-Agent": "cli" }, connection })).toEqual({
      ...{ userAgent: "cli", secureTransport: true, tls: known, sourceIp: "203.0.113.7" },
      conditionKeys: {
        "keywright:TlsVersion": "1.3",
        "keywright:TlsCipher": "TLS_AES_128_GCM_SHA256",
        "keywright:TlsGroup": group,
        "keywright:TlsPostQuantum": isPostQuantum,
      },
    })
  })

  it("is no group where the runtime tells none, and the version as it is", () => {
    for (const [version, told] of [
      ["TLSv1.2", "1.2"],
      ["xTLSv1.2", "xTLSv1.2"],
    ] as const) {
      const { conditionKeys } = factsOf({ headers: {}, connection: { tls: { ...tls, version } } })
      expect(conditionKeys).toEqual({
        ...{ "keywright:TlsVersion": told, "keywright:TlsCipher": tls.cipher },
      })
    }
  })
})

describe("the floor of a connection", () => {
  const old = { version: "TLSv1.2", cipher: "ECDHE-RSA-AES128-GCM-SHA256" }
  const secrecy = "The connection must use a cipher suite with forward secrecy."
  const quantum = "The connection must use a post-quantum key exchange."
  it.each<[TlsFacts | undefined, object, string | undefined]>([
    [undefined, {}, "The request must come over TLS."],
    [tls, {}, undefined],
    [old, {}, undefined],
    [{ ...old, cipher: "DHE-RSA-AES128-GCM-SHA256" }, {}, undefined],
    [{ ...old, cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" }, {}, undefined],
    [{ ...old, cipher: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256" }, {}, undefined],
    [{ ...old, cipher: "AES128-GCM-SHA256" }, {}, secrecy],
    [{ ...old, cipher: "ECDH-RSA-AES128-GCM-SHA256" }, {}, secrecy],
    [{ ...old, cipher: "RSA-ECDHE-AES128" }, {}, secrecy],
    [{ ...old, cipher: "ECDHEX-RSA" }, {}, secrecy],
    [{ ...tls, cipher: "AES128-GCM-SHA256" }, {}, undefined],
    [{ ...tls, version: "TLSv1.1" }, {}, "The connection must use TLS 1.2 or newer."],
    [{ ...old, version: "SSLv3" }, {}, "The connection must use TLS 1.2 or newer."],
    [tls, { postQuantum: false }, undefined],
    [tls, { postQuantum: true }, quantum],
    [{ ...tls, group: "X25519" }, { postQuantum: true }, quantum],
    [{ ...tls, group: "X25519MLKEM768" }, { postQuantum: true }, undefined],
    [{ ...tls, group: "X25519" }, {}, undefined],
  ])("is said for %j and %j", async (facts, floor, problem) => {
    const request = { ...bare, connection: { tls: facts } }
    expect(belowFloor(request, floor)).toBe(problem)
    const asked = identify([fixed(alice)], request, { transport: floor })
    if (problem === undefined) expect(await asked).toHaveProperty("principal", alice)
    else await expect(asked).rejects.toMatchObject({ name: "AccessDenied", message: problem })
  })

  it("is there without a connection, and is none where the host sees to it", async () => {
    expect(belowFloor(bare, {})).toBe("The request must come over TLS.")
    expect(await identify([fixed(alice)])).toHaveProperty("principal", alice)
  })
})

describe("an endpoint", () => {
  it("is asked with the address, and with the host by the name of HTTP/1 or of HTTP/2", () => {
    const asked: unknown[] = []
    const vpcEndpoint = {
      ...{ id: "vpce-1", vpc: "vpc-1", policies: {} },
      problemOf: (...given: unknown[]) => {
        asked.push(given)
        return "no way"
      },
    }
    const connection = { vpcEndpoint, remoteAddress: "10.0.0.1" }
    for (const headers of [{ host: "a", ":authority": "b" }, { ":authority": "b" }, {}]) {
      expect(besideEndpoint({ ...bare, headers, connection })).toBe("no way")
    }
    expect(asked).toEqual(["a", "b", undefined].map((host) => ["10.0.0.1", host]))
    expect(besideEndpoint({ ...bare, connection: {} })).toBeUndefined()
    expect(besideEndpoint(bare)).toBeUndefined()
  })
})

describe("a caller", () => {
  it("is said by the first way that knows what a request brings", async () => {
    const asked: string[] = []
    const way =
      (name: string, principal?: string): Way =>
      async (_request, { region }) => {
        asked.push(`${name} ${region}`)
        return principal === undefined ? undefined : { principal, context: { conditionKeys: {} } }
      }
    const ways = [way("a"), way("b", alice), way("c", userArn("bob"))]
    expect(await identify(ways)).toHaveProperty("principal", alice)
    expect(asked).toEqual(["a eu-central-1", "b eu-central-1"])
    await expect(identify([way("a")])).rejects.toMatchObject({
      ...{ name: "MissingAuthenticationToken", message: "Missing Authentication Token" },
    })
    const none = () => createIdentify({ ways: [] })
    expect(none).toThrow(new TypeError("`ways` must have at least one"))
  })

  it("has what was verified before what is told, and that before what the host says", async () => {
    const context = { conditionKeys: { who: "verified" }, roleArn: roleArn("R"), sourceIp: "1" }
    const way = fixed({ principal: alice, context } as never)
    const connection = { tls, remoteAddress: "203.0.113.7" }
    const said = { who: "host", "keywright:TlsVersion": "host", more: "host" }
    const told = await identify([way], { connection }, { factsOf: () => said })
    expect(told.context).toEqual({
      ...{ userAgent: undefined, secureTransport: true, sourceIp: "1", roleArn: roleArn("R") },
      tls: { ...tls, group: undefined },
      conditionKeys: {
        ...{ who: "verified", more: "host" },
        ...{ "keywright:TlsVersion": "1.3", "keywright:TlsCipher": tls.cipher },
      },
    })
  })

  it("is whom a host names, with what was verified", () => {
    const keys = { a: "verified" }
    expect(namedCaller(alice, keys)).toEqual({
      ...{ principal: alice, context: { conditionKeys: keys } },
    })
    expect(namedCaller({ principal: alice }, keys)).toEqual({
      ...{ principal: alice, context: { conditionKeys: keys } },
    })
    const context = { roleArn: roleArn("R"), conditionKeys: { a: "host", b: "host" } }
    expect(namedCaller({ principal: alice, context } as never, keys)).toEqual({
      principal: alice,
      context: { roleArn: roleArn("R"), conditionKeys: { a: "host", b: "host" } },
    })
    expect(() => namedCaller(undefined, keys)).toThrow(
      expect.objectContaining({
        ...{ name: "AccessDenied", message: "Nobody here is known by these credentials." },
      }),
    )
  })

  it.each([
    ["Bearer abc", "abc"],
    ["bearer  aZ09-._~+/== ", "aZ09-._~+/=="],
    ["BEARER a", "a"],
    ["Bearer", undefined],
    ["Bearer ", undefined],
    ["Bearer a b", undefined],
    ["Bearer a,b", undefined],
    ["Bearer =", undefined],
    ["Bearer a=b", undefined],
    ["xBearer a", undefined],
    ["Bearera", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("has a bearer's token: %j", (authorization, token) => {
    expect(bearerTokenOf(authorization)).toBe(token)
  })

  it("of a certificate is whom the host takes it for, with its fingerprint", async () => {
    const peer = { uris: [], dnsNames: ["a"], fingerprint: "ab" }
    const way = mutualTls({
      principalOf: async ({ dnsNames: [name] }) => (name ? alice : undefined),
    })
    const asked = (connection: RawRequest["connection"]) => way({ ...bare, connection }, wanted)
    expect(await asked({ tls: { ...tls, peer } })).toEqual({
      ...{ principal: alice, context: { conditionKeys: { "keywright:PeerFingerprint": "ab" } } },
    })
    for (const connection of [undefined, {}, { tls }]) {
      expect(await asked(connection)).toBeUndefined()
    }
    const nobody = asked({ tls: { ...tls, peer: { ...peer, dnsNames: [] } } })
    await expect(nobody).rejects.toMatchObject({ name: "AccessDenied" })
  })
})

describe("a signature", () => {
  const plain = { method: "POST", path: "/", query: {}, headers: {}, body: new Uint8Array() }
  const caller = { principal: alice, context: { conditionKeys: {} } }
  const openWay = (token?: string) => {
    const noted: string[] = []
    const sts = {
      credentials: async () => ({ ...credentials, bearer: { caller } }) as never,
      noteUse: (id: string) => void noted.push(id),
    }
    return { noted, way: sigv4({ sts, clock }), token }
  }

  it("is noted as a use of a long-term key, and not of a session", async () => {
    const { noted, way } = openWay()
    expect(await way(await signed(plain, credentials, startMs), wanted)).toBe(caller)
    expect(await way(await presigned(plain, credentials, startMs), wanted)).toBe(caller)
    expect(noted).toEqual([credentials.accessKeyId, credentials.accessKeyId])
    const session = { ...credentials, sessionToken: "token" }
    expect(await way(await signed(plain, session, startMs), wanted)).toBe(caller)
    expect(noted).toHaveLength(2)
  })

  it("is for the region that is wanted, each time", async () => {
    const { way } = openWay()
    const request = await signed(plain, credentials, startMs, "us-east-1")
    await expect(way(request, wanted)).rejects.toMatchObject({ reason: "wrong scope" })
    expect(await way(request, { region: "us-east-1" })).toBe(caller)
    await expect(way(request, wanted)).rejects.toMatchObject({ reason: "wrong scope" })
  })

  it("is remembered by its signing key in 64 regions, and verified in any other", async () => {
    const { noted } = openWay()
    const { createHash, createHmac } = await import("node:crypto")
    let hmacs = 0
    const hashing = {
      sha256: (message: Uint8Array) =>
        new Uint8Array(createHash("sha256").update(message).digest()),
      hmacSha256: (key: Uint8Array, message: Uint8Array) => {
        hmacs += 1
        return new Uint8Array(createHmac("sha256", key).update(message).digest())
      },
    }
    const sts = {
      credentials: async () => ({ ...credentials, bearer: { caller } }) as never,
      noteUse: (id: string) => void noted.push(id),
    }
    const way = sigv4({ sts, clock, hashing })
    const costOf = async (region: string) => {
      const request = await signed(plain, credentials, startMs, region)
      const before = hmacs
      await way(request, { region })
      return hmacs - before
    }
    for (let i = 1; i <= 64; i += 1) expect(await costOf(`r-${i}`)).toBe(5)
    expect([await costOf("r-1"), await costOf("r-64")]).toEqual([1, 1])
    expect([await costOf("r-65"), await costOf("r-65")]).toEqual([5, 5])
  })

  it.each<[RawRequest["headers"], string, boolean]>([
    [{ authorization: "AWS4-HMAC-SHA256 x" }, "/", true],
    [{ authorization: "AWS4-OTHER x" }, "/", true],
    [{ authorization: "x AWS4-HMAC-SHA256" }, "/", false],
    [{ authorization: "Bearer x" }, "/", false],
    [{}, "/", false],
    [{}, "/?X-Amz-Signature=a", true],
    [{}, "/?a=b&x-amz-algorithm=a", true],
    [{}, "/?a-x-amz-signature=a", false],
    [{}, "/x-amz-signature=a", false],
  ])("is what says that it is one: %j %s", async (headers, target, isOne) => {
    const asked = openWay().way({ ...bare, headers, target }, wanted)
    if (isOne) await expect(asked).rejects.toHaveProperty("reason")
    else expect(await asked).toBeUndefined()
  })
})

describe("a token", () => {
  let pair: Awaited<ReturnType<typeof generateKeyPair>>
  let edwards: typeof pair
  let keys: { keys: JWK[] }
  const seconds = startMs / 1000
  const issuer = "https://id.example.com/a"
  const id = "spiffe://example.org/orders"

  beforeAll(async () => {
    pair = await generateKeyPair("ES256", { extractable: true })
    edwards = await generateKeyPair("EdDSA", { extractable: true })
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256" }
    keys = { keys: [jwk, { ...(await exportJWK(edwards.publicKey)), kid: "two", alg: "EdDSA" }] }
  })

  const sign = (claims: object, alg = "ES256", headers: object = {}) =>
    new SignJWT({ iat: seconds, exp: seconds + 300, aud: "kms", ...claims })
      .setProtectedHeader({ alg, kid: alg === "ES256" ? "one" : "two", ...headers })
      .sign(alg === "ES256" ? pair.privateKey : edwards.privateKey)
  const withToken = (token: string): RawRequest => ({
    ...bare,
    headers: { authorization: `Bearer ${token}` },
  })
  const workload = (more: object = {}) =>
    spiffe({
      ...{ bundles: { "example.org": keys }, audience: "kms", clock },
      principalOf: async (of) => (of === "spiffe://example.org/nobody" ? undefined : alice),
      ...more,
    })
  const refused = {
    ...{ name: "InvalidIdentityToken", status: 400 },
    message: "The JWT-SVID that was passed could not be verified.",
  }

  it("of an issuer says issuer, subject and for whom it is", async () => {
    const tokens = createWebTokens({ issuers: [{ issuer, audiences: ["kms"], keys }], clock })
    const way = webIdentity({ tokens, principalOf: async ({ subject }) => userArn(subject) })
    const token = await sign({ iss: issuer, sub: "alice" })
    expect(await way(withToken(token), wanted)).toEqual({
      principal: alice,
      context: {
        conditionKeys: {
          "aws:FederatedProvider": issuer,
          ...{ "id.example.com/a:sub": "alice", "id.example.com/a:aud": "kms" },
        },
      },
    })
    expect(await way(bare, wanted)).toBeUndefined()
  })

  it("of a workload is for another way, when its subject is no SPIFFE ID", async () => {
    const way = workload()
    for (const sub of ["alice", "xspiffe://example.org/orders", undefined]) {
      expect(await way(withToken(await sign({ sub })), wanted)).toBeUndefined()
    }
    expect(await way(withToken("no.token"), wanted)).toBeUndefined()
    expect(await way(bare, wanted)).toBeUndefined()
  })

  it.each([
    ...["spiffe://example.org", "spiffe://example.org/", "spiffe://example.org/a b"],
    ...["spiffe://example.org//a", "spiffe://EXAMPLE.org/a", "spiffe:///a", "spiffe://"],
    ...["spiffe://example.org/a?b", "spiffe://example.org/a#b", "spiffe://other.org/a"],
    ...["spiffe://EVIL/spiffe://example.org/a", "spiffe://x spiffe://example.org/a"],
    ...["spiffe://constructor/a", "spiffe://example.org:80/a", "spiffe://u@example.org/a"],
  ])("of a workload names one of a trust domain that is known: %s", async (sub) => {
    const call = workload()(withToken(await sign({ sub })), wanted)
    if (sub === "spiffe://example.org") expect(await call).toHaveProperty("principal", alice)
    else await expect(call).rejects.toMatchObject(refused)
  })

  it("of a workload is not longer than a SPIFFE ID may be", async () => {
    const ask = async (length: number) => {
      const start = "spiffe://example.org/"
      const sub = start + "a".repeat(length - start.length)
      return workload()(withToken(await sign({ sub })), wanted)
    }
    expect(await ask(2048)).toHaveProperty("principal", alice)
    await expect(ask(2049)).rejects.toMatchObject(refused)
  })

  it("of a workload is for us, of now, with an end, and of an algorithm that JWT-SVIDs have", async () => {
    expect(await workload()(withToken(await sign({ sub: id })), wanted)).toEqual({
      ...{ principal: alice, context: { conditionKeys: { "keywright:SpiffeId": id } } },
    })
    for (const [claims, alg] of [
      [{ aud: "another" }, "ES256"],
      [{ aud: undefined }, "ES256"],
      [{ exp: seconds - 1 }, "ES256"],
      [{ exp: undefined }, "ES256"],
      [{ nbf: seconds + 60 }, "ES256"],
      [{}, "EdDSA"],
    ] as const) {
      const call = workload()(withToken(await sign({ sub: id, ...claims }, alg)), wanted)
      await expect(call).rejects.toMatchObject(refused)
    }
    const nobody = workload()(withToken(await sign({ sub: "spiffe://example.org/nobody" })), wanted)
    await expect(nobody).rejects.toMatchObject({ name: "AccessDenied" })
  })

  it("of a workload is verified with keys that are given, or fetched when they are needed", async () => {
    const asked: boolean[] = []
    const bundles = {
      "example.org": async (isFresh: boolean) => {
        asked.push(isFresh)
        return keys
      },
    }
    const way = workload({ bundles })
    expect(await way(withToken(await sign({ sub: id })), wanted)).toHaveProperty("principal", alice)
    expect(asked).toEqual([false])
  })
})

describe("a call on behalf of somebody", () => {
  const conditionKeys = {
    ...{ "keywright:TlsVersion": "1.3", "KEYWRIGHT:tlsCipher": "x", "aws:SourceIp": "1" },
    ...{ "aws:SourceVpcArn": "1", "aws:VpcSourceIp": "1", "aws:VpceOrgID": "1" },
    ...{ "aws:Referer": "1", "aws:UserAgent": "1", "aws:userid": "u", "x-aws:SourceIp": "stays" },
  }
  const service = "orders.eu-central-1.amazonaws.com"

  it("has nothing of the connection, and names the services that it came through", () => {
    const context = { conditionKeys, sourceIp: "1" }
    const first = onBehalf({ principal: alice, context } as never, service)
    expect(first).toStrictEqual({
      principal: alice,
      context: {
        viaService: service,
        conditionKeys: {
          ...{ "aws:userid": "u", "x-aws:SourceIp": "stays" },
          ...{ "aws:CalledVia": [service], "aws:CalledViaFirst": service },
          "aws:CalledViaLast": service,
        },
      },
    })
    const second = onBehalf(first as never, "mail.amazonaws.com").context
    expect(second.viaService).toBe("mail.amazonaws.com")
    expect(second.conditionKeys).toMatchObject({
      "aws:CalledVia": [service, "mail.amazonaws.com"],
      ...{ "aws:CalledViaFirst": service, "aws:CalledViaLast": "mail.amazonaws.com" },
    })
    // What is no list was not said by this.
    const said = { principal: alice, context: { conditionKeys: { "aws:CalledVia": "x" } } }
    expect(onBehalf(said as never, service).context.conditionKeys).toMatchObject({
      "aws:CalledVia": [service],
    })
  })

  it.each(["", "orders", "Orders.a", "a b.c", ".a.b", "a..b", "a.b.", "a.b c", " a.b", "a_b.c"])(
    "is made by a service that has a name: %j",
    (name) => {
      const caller = { principal: alice, context: { conditionKeys: {} } }
      const said = "`service` must be the name of a service: orders.eu-central-1.amazonaws.com"
      expect(() => onBehalf(caller as never, name)).toThrow(new TypeError(said))
    },
  )
})
