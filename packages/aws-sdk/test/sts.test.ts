import { STS } from "@aws-sdk/client-sts"
import { type Directory, factsOf, type TokenService } from "@keywright/identity"
import fc from "fast-check"
import { beforeEach, describe, expect, test } from "vitest"
import { readForm } from "../src/form.js"
import { awsSdkStsHandler, type HttpRequest, type StsHandlerOptions } from "../src/index.js"
import { xmlOf } from "../src/sts/xml.js"
import { account, allOfIt, openTokenService } from "./support/sessions.js"

const RoleArn = `arn:aws:iam::${account}:role/App`

let sts: TokenService
let directory: Directory
let client: STS
let alice: { accessKeyId: string; secretAccessKey: string }

beforeEach(async () => {
  const opened = await openTokenService()
  sts = opened.sts
  directory = opened.directory
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

  test("leaves behind that its access key was used, and a forged request does not", async () => {
    const lastUsed = async () => (await directory.accessKeys.list(account, "alice"))[0]?.lastUsedMs
    const wrong = { ...alice, secretAccessKey: "guessed" }
    const forged = new STS({ ...awsSdkStsHandler(sts), credentials: wrong }).getCallerIdentity({})
    await expect(forged).rejects.toHaveProperty("name", "SignatureDoesNotMatch")
    expect(await lastUsed()).toBeUndefined()
    await client.getCallerIdentity({})
    await expect.poll(lastUsed).toEqual(expect.any(Number))
  })

  test("is told nothing of what its host meets, be it an error of HTTP", async () => {
    const credentials = async () => {
      throw Object.assign(new Error("GET https://vault.example.com/secret"), { status: 404 })
    }
    const config = awsSdkStsHandler({ ...sts, credentials })
    const call = new STS({ ...config, credentials: alice, maxAttempts: 1 }).getCallerIdentity({})
    // It is thrown where the call was made, and no reply says it.
    const thrown = await call.catch((error: unknown) => error)
    expect(thrown).toHaveProperty("status", 404)
    expect(thrown).not.toHaveProperty("$metadata.httpStatusCode")
  })

  test("has its address asked about, where its host knows one", async () => {
    const trusted = {
      ...{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
      Condition: {
        IpAddress: { "aws:SourceIp": "203.0.113.0/24" },
        Bool: { "aws:SecureTransport": "true" },
      },
    }
    const trustPolicy = { Version: "2012-10-17", Statement: trusted }
    await directory.putRole(account, "App", { trustPolicy })
    const from = (connection: HttpRequest["connection"], options?: StsHandlerOptions) => {
      const { requestHandler, ...config } = awsSdkStsHandler(sts, options)
      const handle = (request: HttpRequest) => requestHandler.handle({ ...request, connection })
      const through = { ...requestHandler, handle } as never
      const asker = new STS({ ...config, requestHandler: through, credentials: alice })
      return asker.assumeRole({ RoleArn, RoleSessionName: "blue" })
    }
    const tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }
    const near = { remoteAddress: "203.0.113.7", tls }
    await expect(from(near, { facts: factsOf })).resolves.toHaveProperty("Credentials")
    for (const more of [{ remoteAddress: "198.51.100.7" }, { tls: undefined }]) {
      const call = from({ ...near, ...more }, { facts: factsOf })
      await expect(call).rejects.toHaveProperty("name", "AccessDenied")
    }
    // What is known and nobody asks about would be lost.
    await expect(from(near)).rejects.toThrow(TypeError)
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
  expect(xmlOf({ Odd: [null, true] })).toBe("<Odd><member>null</member><member>true</member></Odd>")
  const Name = `<a href="x">'&\u0000\r\n</a>`
  expect(xmlOf({ Name, Gone: undefined, List: [1, new Date(0)] })).toBe(
    "<Name>&lt;a href=&quot;x&quot;&gt;&apos;&amp;\uFFFD&#xD;\n&lt;/a&gt;</Name>" +
      "<List><member>1</member><member>1970-01-01T00:00:00.000Z</member></List>",
  )
})
