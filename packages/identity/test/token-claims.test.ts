import { describe, expect, it } from "vitest"
import { providerPrincipal } from "../src/records/trust-document.js"
import { webIdentityRequest } from "../src/sts/web-identity.js"
import type { WebToken } from "../src/web-tokens/web-tokens.js"
import { account, openAccounts, roleArn } from "./support/accounts.js"

const issuer = "https://id.example.com/a"
const tagsClaim = "https://aws.amazon.com/tags"
const sourceClaim = "https://aws.amazon.com/source_identity"

/** What is asked for by whoever has a token with these claims. */
async function requestOf(
  claims: WebToken["claims"],
  ProviderId?: string,
  RoleArn: string = roleArn("Ci"),
) {
  const { directory } = await openAccounts()
  const token = { issuer, subject: "sub", audience: "client", expiresMs: 0, claims }
  const input = {
    ...{ RoleArn, RoleSessionName: "ci", WebIdentityToken: "token" },
    ...{ DurationSeconds: 900, PolicyArns: [], ProviderId, Policy: undefined },
  }
  const { request } = await webIdentityRequest(
    directory,
    { verify: async () => token },
    input as never,
    {},
  )
  return request
}

describe("the claims of a token", () => {
  it.each([
    [{}, { aud: "client" }],
    [{ azp: "app" }, { aud: "app", oaud: "client" }],
    [{ azp: 5 }, { aud: "client" }],
    [{ email: "a@example.com" }, { aud: "client", email: "a@example.com" }],
    [{ email: ["a@example.com"] }, { aud: "client" }],
    [{ amr: ["otp", 5, "pwd"] }, { aud: "client", amr: ["otp", "pwd"] }],
    [{ amr: [5] }, { aud: "client" }],
    [{ amr: [] }, { aud: "client" }],
    [{ amr: "otp" }, { aud: "client" }],
  ])("that conditions can ask for: %j", async (claims, wanted) => {
    const request = await requestOf(claims)
    const provider = `arn:aws:iam::${account}:oidc-provider/id.example.com/a`
    const own = Object.entries({ sub: "sub", ...wanted })
    const { "id.example.com/a:amr": methods, ...stays } = Object.fromEntries(
      own.map(([name, value]) => [`id.example.com/a:${name}`, value] as const),
    ) as Record<string, unknown>
    const named = { ...stays, "aws:FederatedProvider": provider }
    // The methods by which somebody has signed in do not stay with the session.
    expect(request.providerKeys).toEqual(named)
    expect(request.keys).toEqual({ ...named, "id.example.com/a:amr": methods })
    const service = providerPrincipal(provider)
    expect(request.bearer).toEqual({
      caller: { principal: service, context: { conditionKeys: {} } },
      principal: { type: "service", arn: provider, account: "", service },
      userId: provider,
      identity: { policies: [], tags: {}, conditionKeys: {} },
    })
  })

  it.each([
    [undefined, {}, []],
    [{ principal_tags: {} }, {}, []],
    [{ principal_tags: { a: "1", b: ["2"] } }, { a: "1", b: "2" }, []],
    [{ principal_tags: { a: "" }, transitive_tag_keys: ["a"] }, { a: "" }, ["a"]],
    [
      { principal_tags: { ["k".repeat(128)]: "v".repeat(256) } },
      { ["k".repeat(128)]: "v".repeat(256) },
      [],
    ],
  ])("that are tags of the session: %j", async (claim, tags, transitiveTagKeys) => {
    const claims = claim === undefined ? {} : { [tagsClaim]: claim }
    expect(await requestOf(claims)).toMatchObject({ tags, transitiveTagKeys })
  })

  it.each([
    null,
    "a=1",
    [],
    [{ principal_tags: {} }],
    {},
    { principal_tags: null },
    { principal_tags: [] },
    { principal_tags: "a=1" },
    { principal_tags: { a: 1 } },
    { principal_tags: { a: [] } },
    { principal_tags: { a: ["1", "2"] } },
    { principal_tags: { a: [1] } },
    { principal_tags: { "": "1" } },
    { principal_tags: JSON.parse('{"__proto__":"1"}') },
    { principal_tags: { ["k".repeat(129)]: "1" } },
    { principal_tags: { a: "v".repeat(257) } },
    { principal_tags: { a: "1" }, transitive_tag_keys: "a" },
    { principal_tags: { a: "1" }, transitive_tag_keys: ["a", 1] },
    { principal_tags: { a: "1" }, transitive_tag_keys: null },
  ])("that are no tags are rejected: %j", async (claim) => {
    const act = requestOf({ [tagsClaim]: claim })
    await expect(act).rejects.toMatchObject({ name: "IDPRejectedClaim" })
    await expect(act).rejects.toThrow(tagsClaim)
  })

  it.each(["ab", "a".repeat(64), "A9_+=,.@-"])("that are a source identity: %s", async (source) => {
    expect(await requestOf({ [sourceClaim]: source })).toMatchObject({ sourceIdentity: source })
  })

  it.each(["", "a", "a".repeat(65), "a b", "a:b", " ab", "ab\n", 12, null, ["ab"]])(
    "that are no source identity are rejected: %j",
    async (source) => {
      const act = requestOf({ [sourceClaim]: source })
      await expect(act).rejects.toMatchObject({ name: "IDPRejectedClaim" })
      await expect(act).rejects.toThrow(sourceClaim)
    },
  )

  it("say nothing of a source identity", async () => {
    expect((await requestOf({})).sourceIdentity).toBeUndefined()
  })
})

it("a token of a provider that is no issuer of OpenID Connect is refused", async () => {
  await expect(requestOf({}, "www.amazon.com")).rejects.toMatchObject({
    name: "InvalidIdentityToken",
    message: "No OpenIDConnect provider found in your account for this token",
  })
})

it.each([
  [roleArn("R", "/p/"), account],
  [roleArn("R").replace(":aws:", ":aws-us-gov:"), account],
  [`x${roleArn("R")}`, ""],
  [roleArn("R").replace(":aws:", ":AWS:"), ""],
  ["a-role-without-account", ""],
])("a provider is one of the account of the role %s", async (RoleArn, of) => {
  const { bearer } = await requestOf({}, undefined, RoleArn)
  expect(bearer.userId).toBe(`arn:aws:iam::${of}:oidc-provider/id.example.com/a`)
})
