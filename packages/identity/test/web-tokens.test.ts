import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"
import { beforeAll, describe, expect, it } from "vitest"
import { createWebTokens, type Issuer, type IssuerKeys, remoteKeys } from "../src/index.js"
import { publicAlgorithms } from "../src/web-tokens/web-tokens.js"
import { startMs } from "./support/accounts.js"

const issuer = "https://id.example.com/a"
const clock = () => startMs
const seconds = startMs / 1000

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>
let pair: KeyPair
let jwk: JWK

beforeAll(async () => {
  pair = await generateKeyPair("ES256", { extractable: true })
  jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256" }
})

const usual = { iss: issuer, sub: "alice", aud: "kms", iat: seconds, exp: seconds + 600 }
const tokenOf = (more: object = {}, kid = "one") =>
  new SignJWT({ ...usual, ...more }).setProtectedHeader({ alg: "ES256", kid }).sign(pair.privateKey)
const tokensWith = (more: Partial<Issuer> = {}, keys: IssuerKeys = { keys: [jwk] }) =>
  createWebTokens({ issuers: [{ issuer, audiences: ["kms", "sts"], keys, ...more }], clock })
const verify = async (claims: object, more: Partial<Issuer> = {}) =>
  tokensWith(more).verify(await tokenOf(claims))

const invalid = (message: string) => ({ name: "InvalidIdentityToken", status: 400, message })
const rejected = (claim: string) => ({
  ...{
    name: "IDPRejectedClaim",
    status: 403,
    message: `The claim '${claim}' is not as it must be.`,
  },
})
const notVerified = invalid("The web identity token that was passed could not be verified.")
const unknown = invalid("No OpenIDConnect provider found in your account for this token")
const expired = {
  ...{
    name: "ExpiredTokenException",
    status: 400,
    message: "Token expired: its `exp` has passed.",
  },
}

describe("a token of an issuer", () => {
  it("says who somebody is, for whom, and until when", async () => {
    const verified = await verify({ team: "blue" })
    expect(verified).toEqual({
      ...{ issuer, subject: "alice", audience: "kms", expiresMs: startMs + 600_000 },
      claims: { ...usual, team: "blue" },
    })
    expect(verified).toSatisfy(Object.isFrozen)
    for (const [aud, audience] of [
      ["sts", "sts"],
      [["x", "sts"], "sts"],
      [["sts", "kms"], "kms"],
    ] as const) {
      expect(await verify({ aud })).toMatchObject({ audience })
    }
  })

  it.each<[object, object | undefined]>([
    [{ exp: seconds - 59 }, undefined],
    [{ exp: seconds - 60 }, expired],
    [{ nbf: seconds + 60 }, undefined],
    [{ nbf: seconds + 61 }, rejected("nbf")],
    [{ aud: "other" }, invalid("Incorrect token audience")],
    [{ aud: [] }, invalid("Incorrect token audience")],
    [{ aud: undefined }, invalid("Incorrect token audience")],
    [{ exp: undefined }, rejected("exp")],
    [{ iat: undefined }, rejected("iat")],
    [{ sub: undefined }, rejected("sub")],
    [{ sub: "" }, { ...rejected("sub"), message: "The claim 'sub' is not a text, or empty." }],
    [{ iss: `${issuer}/` }, unknown],
    [{ iss: undefined }, unknown],
  ])("with %j is taken, or refused in the words of AWS", async (claims, refusal) => {
    const verified = verify(claims)
    if (refusal === undefined) expect(await verified).toHaveProperty("subject", "alice")
    else await expect(verified).rejects.toMatchObject(refusal)
  })

  it("is a text that is not longer than one may be", async () => {
    const tokens = tokensWith()
    const token = await tokenOf()
    const long = await tokenOf({ more: "a".repeat(14_750) })
    expect(long.length).toBeLessThanOrEqual(20_000)
    expect(await tokens.verify(long)).toHaveProperty("subject", "alice")
    await expect(tokens.verify(token + "a".repeat(20_001 - token.length))).rejects.toMatchObject(
      notVerified,
    )
    // One character less, and its signature is looked at; both end alike.
    await expect(tokens.verify(5 as never)).rejects.toMatchObject(notVerified)
    await expect(tokens.verify("a.b.c")).rejects.toMatchObject(unknown)
    const longest = await tokenOf({ more: "a".repeat(15_000) })
    expect(longest.length).toBeGreaterThan(20_000)
    await expect(tokens.verify(longest)).rejects.toMatchObject(notVerified)
  })

  it("has an algorithm of those that are listed, and of those that issuers have", async () => {
    await verify({}, { algorithms: ["ES256", "RS256"] })
    const other = verify({}, { algorithms: ["RS256"] })
    await expect(other).rejects.toMatchObject(notVerified)
    expect(publicAlgorithms).toEqual([
      ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
      ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
    ])
    expect(publicAlgorithms).toSatisfy(Object.isFrozen)
    for (const algorithm of publicAlgorithms) tokensWith({ algorithms: [algorithm] })
  })

  it("is verified with keys that are looked for again, when none fits", async () => {
    const other = await generateKeyPair("ES256", { extractable: true })
    const asks: boolean[] = []
    const keysFor = (fresh: JWK, stale: JWK) => async (isFresh: boolean) => {
      asks.push(isFresh)
      return { keys: [isFresh ? fresh : stale] }
    }
    // Another key of the same name, as after a change of the issuer's.
    const stale = { ...(await exportJWK(other.publicKey)), kid: "one", alg: "ES256" }
    for (const before of [stale, { ...jwk, kid: "two" }]) {
      asks.length = 0
      const tokens = tokensWith({}, keysFor(jwk, before))
      expect(await tokens.verify(await tokenOf())).toHaveProperty("subject", "alice")
      expect(asks).toEqual([false, true])
    }
    asks.length = 0
    const never = tokensWith({}, keysFor(stale, stale))
    await expect(never.verify(await tokenOf())).rejects.toMatchObject(notVerified)
    expect(asks).toEqual([false, true])
    asks.length = 0
    await expect(never.verify(await tokenOf({ exp: seconds - 100 }))).rejects.toMatchObject(
      notVerified,
    )
    const good = tokensWith({}, keysFor(jwk, jwk))
    asks.length = 0
    await expect(good.verify(await tokenOf({ exp: seconds - 100 }))).rejects.toMatchObject(expired)
    expect(asks).toEqual([false])
    await expect(tokensWith({}, { keys: [stale] }).verify(await tokenOf())).rejects.toMatchObject(
      notVerified,
    )
  })

  it("is refused as the keys of its issuer are, when those cannot be had", async () => {
    const tokens = tokensWith({}, async () => {
      throw new RangeError("down")
    })
    await expect(tokens.verify(await tokenOf())).rejects.toMatchObject(notVerified)
  })
})

describe("the issuers whose tokens are taken", () => {
  const good: Issuer = { issuer, audiences: ["kms"], keys: { keys: [] } }
  it.each<[Partial<Issuer>, string]>([
    ...["", "http://id.example.com", "https://", "https://a?b", "https://a#b", "https://a b"].map(
      (one): [Partial<Issuer>, string] => [
        { issuer: one },
        "`issuer` must be an https URL without query",
      ],
    ),
    [{ issuer: `https://${"a".repeat(251)}` }, "`issuer` must be an https URL without query"],
    [{ issuer: "xhttps://a" }, "`issuer` must be an https URL without query"],
    [{ audiences: [] }, "`audiences` must have a client id"],
    [{ algorithms: ["ES256", "HS256"] }, "`algorithms` must be of public keys: HS256"],
    [{ algorithms: ["none"] }, "`algorithms` must be of public keys: none"],
  ])("are not like %j", (more, said) => {
    const act = () => createWebTokens({ issuers: [{ ...good, ...more }], clock })
    expect(act).toThrow(new TypeError(said))
  })

  it("are each there once", () => {
    const said = "`issuers` must name each issuer once"
    expect(() => createWebTokens({ issuers: [good, good], clock })).toThrow(new TypeError(said))
    const longest = { ...good, issuer: `https://${"a".repeat(250)}` }
    expect(createWebTokens({ issuers: [good, longest], clock })).toSatisfy(Object.isFrozen)
    createWebTokens({ issuers: [], clock })
  })
})

describe("keys that are fetched", () => {
  const url = "https://id.example.com/keys"
  const keys = [{ kty: "EC" }]
  /** An issuer that answers so; each time with another one of these, the last one for ever. */
  function openKeys(...replies: readonly (string | Error | "not ok")[]) {
    const state = { nowMs: 0, asks: 0, names: [] as string[], urls: [] as string[] }
    const find = remoteKeys({
      url,
      fetch: async (asked) => {
        const reply = replies[Math.min(state.asks, replies.length - 1)] ?? ""
        state.asks += 1
        state.urls.push(asked)
        if (reply instanceof Error) throw reply
        return { ok: reply !== "not ok", text: async () => reply }
      },
      resolve: async (name) => {
        state.names.push(name)
        return [{ address: "8.8.8.8" }]
      },
      clock: () => state.nowMs,
    })
    return { state, find }
  }
  const text = (value: unknown) => JSON.stringify(value)
  const good = text({ keys })

  it.each<[string, string]>([
    ["not ok", "the issuer does not tell its keys"],
    ["null", "the issuer has published no keys"],
    ["{}", "the issuer has published no keys"],
    [text({ keys: [] }), "the issuer has published no keys"],
    [text({ keys: { length: 1 } }), "the issuer has published no keys"],
    [text({ keys: ["a"] }), "the issuer has published no keys"],
    [text({ keys: [{}, null] }), "the issuer has published no keys"],
    [text({ keys: Array(101).fill({}) }), "the issuer has published no keys"],
    [`{"keys":[{}]}${" ".repeat(262_132)}`, "the keys of the issuer are too many"],
  ])("are none of: %s", async (reply, said) => {
    const { find } = openKeys(reply)
    await expect(find(false)).rejects.toThrow(new Error(said))
  })

  it("are up to a hundred, and up to 262,144 characters", async () => {
    const hundred = Array(100).fill({})
    expect(await openKeys(text({ keys: hundred })).find(false)).toEqual({ keys: hundred })
    const long = `{"keys":[{}]}${" ".repeat(262_131)}`
    expect(long).toHaveLength(262_144)
    expect(await openKeys(long).find(false)).toEqual({ keys: [{}] })
    expect(await openKeys(text({ keys, more: 1 })).find(false)).toEqual({ keys })
  })

  it("are asked for at their address, and again when it is time", async () => {
    const { state, find } = openKeys(good, "not ok", good)
    await find(false)
    expect([state.urls, state.names]).toEqual([[url], ["id.example.com"]])
    for (const [nowMs, isFresh, asks] of [
      [29_999, true, 1],
      [30_000, false, 1],
      [30_000, true, 2],
      [59_999, true, 2],
      [60_000, true, 3],
      [659_999, false, 3],
      [660_000, false, 4],
    ] as const) {
      state.nowMs = nowMs
      expect(await find(isFresh)).toEqual({ keys })
      expect([nowMs, state.asks]).toEqual([nowMs, asks])
    }
  })

  it("are asked for again half a minute after nobody has told any", async () => {
    const { state, find } = openKeys(new RangeError("down"), "null", good)
    for (const [nowMs, said, asks] of [
      [0, "down", 1],
      [29_999, "down", 1],
      [30_000, "published no keys", 2],
      [59_999, "published no keys", 2],
    ] as const) {
      state.nowMs = nowMs
      await expect(find(false)).rejects.toThrow(said)
      await expect(find(true)).rejects.toThrow(said)
      expect(state.asks).toBe(asks)
    }
    state.nowMs = 60_000
    expect(await Promise.all([find(false), find(true)])).toEqual([{ keys }, { keys }])
    expect(state.asks).toBe(3)
  })

  it("are kept for as long as a host says", async () => {
    let asks = 0
    let nowMs = 0
    const find = remoteKeys({
      ...{ url, clock: () => nowMs, keepMs: 10, resolve: async () => [{ address: "8.8.8.8" }] },
      fetch: async () => {
        asks += 1
        return { ok: true, text: async () => good }
      },
    })
    for (const [atMs, wanted] of [
      [0, 1],
      [9, 1],
      [10, 2],
    ] as const) {
      nowMs = atMs
      await find(false)
      expect(asks).toBe(wanted)
    }
  })

  it.each<[string, string | undefined]>([
    ["https://id.example.com", "id.example.com"],
    ["https://ID.example.com:8443/a/b?c=d#e", "ID.example.com"],
    ["https://[2a00:1450::1]/keys", "2a00:1450::1"],
    ["https://[2a00:1450::1]:443", "2a00:1450::1"],
    ["https://1.2.3.4/", "1.2.3.4"],
    ["xhttps://id.example.com", undefined],
    ["https://id.example.com:", undefined],
    ["https://id.example.com:123456", undefined],
    ["https://id.example.com /", undefined],
    ["https://id.example.com/a b", undefined],
    ["https://a@id.example.com/", undefined],
    ["https://[2a00:1450::1", undefined],
    ["https://id_1.example.com", undefined],
    ["http://id.example.com", undefined],
    ["https://", undefined],
    ["", undefined],
  ])("are those of the host of an https URL: %s", async (one, host) => {
    const asked: string[] = []
    const open = () =>
      remoteKeys({
        ...{ url: one, clock },
        fetch: async () => ({ ok: true, text: async () => good }),
        resolve: async (name) => {
          asked.push(name)
          return [{ address: "8.8.8.8" }]
        },
      })
    if (host === undefined) {
      expect(open).toThrow(new TypeError("`url` must be an https URL"))
      return
    }
    await open()(false)
    expect(asked).toEqual([host])
  })
})
