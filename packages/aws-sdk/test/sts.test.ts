import { STS } from "@aws-sdk/client-sts"
import type { TokenService } from "@keywright/identity"
import fc from "fast-check"
import { beforeEach, describe, expect, test } from "vitest"
import { readForm } from "../src/form.js"
import { awsSdkStsHandler } from "../src/index.js"
import { xmlOf } from "../src/sts/xml.js"
import { account, allOfIt, openTokenService } from "./support/sessions.js"

const RoleArn = `arn:aws:iam::${account}:role/App`

let sts: TokenService
let client: STS
let alice: { accessKeyId: string; secretAccessKey: string }

beforeEach(async () => {
  const opened = await openTokenService()
  sts = opened.sts
  alice = opened.alice
  client = new STS({ ...awsSdkStsHandler(sts), credentials: alice })
})

const sessionOf = async (more: object = {}) => {
  const input = { RoleArn, RoleSessionName: "blue", ...more }
  const { Credentials } = await client.assumeRole(input)
  return {
    accessKeyId: Credentials?.AccessKeyId as string,
    secretAccessKey: Credentials?.SecretAccessKey as string,
    sessionToken: Credentials?.SessionToken as string,
  }
}

describe("the unmodified client of AWS STS", () => {
  test("says who calls, by access key and by session", async () => {
    const own = await client.getCallerIdentity({})
    expect(own).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:user/alice` })
    const credentials = await sessionOf()
    const session = new STS({ ...awsSdkStsHandler(sts), region: "eu-west-1", credentials })
    const { Arn } = await session.getCallerIdentity({})
    expect(Arn).toBe(`arn:aws:sts::${account}:assumed-role/App/blue`)
  })

  test("gets every member of a reply, and passes lists and structures along", async () => {
    const reply = await client.assumeRole({
      ...{ RoleArn, RoleSessionName: "blue", DurationSeconds: 900, PolicyArns: [] },
      Policy: JSON.stringify(allOfIt),
      Tags: [
        { Key: "team", Value: "blue" },
        { Key: "größe", Value: "10 + 5=15" },
      ],
      TransitiveTagKeys: ["team"],
    })
    expect(reply).toMatchObject({
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/App/blue` },
      PackedPolicySize: expect.any(Number),
      Credentials: { Expiration: expect.any(Date) },
    })
    const { Credentials } = reply
    const { bearer } =
      (await sts.credentials(
        Credentials?.AccessKeyId as string,
        Credentials?.SessionToken as string,
      )) ?? {}
    expect(bearer?.session?.tags).toEqual({ team: "blue", größe: "10 + 5=15" })
    expect((await client.getSessionToken({})).Credentials?.AccessKeyId).toMatch(/^ASIA/)
    const federated = await client.getFederationToken({
      Name: "eve",
      Policy: JSON.stringify(allOfIt),
    })
    expect(federated.FederatedUser?.FederatedUserId).toBe(`${account}:eve`)
  })

  test("throws the exceptions of its own package", async () => {
    const as = (credentials: object) =>
      new STS({ ...awsSdkStsHandler(sts), credentials: { ...alice, ...credentials } })
    const named = (name: string) => ({ name, $metadata: { attempts: 1 } })
    const wrong = as({ secretAccessKey: "guessed" }).getCallerIdentity({})
    await expect(wrong).rejects.toMatchObject(named("SignatureDoesNotMatch"))
    const unknown = as({ accessKeyId: "AKIANOBODYHASTHIS234" }).getCallerIdentity({})
    await expect(unknown).rejects.toMatchObject(named("InvalidClientTokenId"))
    const other = client.assumeRole({ RoleArn: `${RoleArn}2`, RoleSessionName: "blue" })
    await expect(other).rejects.toMatchObject(named("AccessDenied"))
    const Policy = "{"
    const broken = client.assumeRole({ RoleArn, RoleSessionName: "blue", Policy })
    await expect(broken).rejects.toMatchObject({
      ...named("MalformedPolicyDocumentException"),
      message: expect.stringContaining("Syntax errors in policy"),
    })
    const web = client.assumeRoleWithWebIdentity({
      ...{ RoleArn, RoleSessionName: "blue", WebIdentityToken: "a.b.c" },
    })
    await expect(web).rejects.toMatchObject(named("InvalidIdentityTokenException"))
  })

  test("hears of an operation that there is not", async () => {
    const call = client.decodeAuthorizationMessage({ EncodedMessage: "x" })
    await expect(call).rejects.toMatchObject({ name: "InvalidAction" })
  })

  test("gets no reply to a request that was changed on its way", async () => {
    const config = awsSdkStsHandler(sts)
    const requestHandler = {
      ...config.requestHandler,
      handle: (request: { body?: unknown }) =>
        config.requestHandler.handle({
          ...request,
          body: `${String(request.body)}&DurationSeconds=3600`,
        } as never),
    }
    const changed = new STS({ ...config, requestHandler, credentials: alice })
    const call = changed.assumeRole({ RoleArn, RoleSessionName: "blue" })
    await expect(call).rejects.toMatchObject({ name: "SignatureDoesNotMatch" })
  })
})

describe("forms", () => {
  test("say texts, lists and structures, each once", () => {
    expect(readForm("A=1&B.member.1.C=x+y&B.member.2.C=%26&D.E=")).toEqual({
      ...{ A: "1", B: [{ C: "x y" }, { C: "&" }], D: { E: "" } },
    })
    const wrong = ["A=1&A=2", "A=1&A.B=2", "B.member.2=x", "B.member.01=x", "A=%", "A..B=1", "=1"]
    for (const text of [...wrong, `${"a.".repeat(9)}a=1`, "a=1&".repeat(600)]) {
      expect(readForm(text)).toBeUndefined()
    }
  })

  test("of any text neither crash nor change the objects of others", () => {
    const piece = fc.constantFrom("A", "member", "1", "2", ".", "=", "&", "%41", "%", "__proto__")
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        readForm(pieces.join(""))
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: process.env["SLOW"] === "1" ? 100_000 : 2000 },
    )
  })
})

test("what a reply says is text, whatever it is", () => {
  const Name = `<a href="x">'&\u0000\r\n</a>`
  expect(xmlOf({ Name, Gone: undefined, List: [1, new Date(0)] })).toBe(
    "<Name>&lt;a href=&quot;x&quot;&gt;&apos;&amp;\uFFFD&#xD;\n&lt;/a&gt;</Name>" +
      "<List><member>1</member><member>1970-01-01T00:00:00.000Z</member></List>",
  )
})
