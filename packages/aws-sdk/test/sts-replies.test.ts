import type { TokenService } from "@keywright/identity"
import { describe, expect, it, test } from "vitest"
import { awsSdkStsHandler, type HttpRequest, type StsHandlerOptions } from "../src/index.js"
import { isPresigned, rawRequestOf } from "../src/verifying.js"

/** A token service that remembers what it was asked, and answers or throws that. */
function answering(reply: object | (() => never)) {
  const asked: unknown[] = []
  const sts = {
    actions: ["GetCallerIdentity", "AssumeRole"],
    call: async (...args: readonly unknown[]) => {
      asked.push(args)
      return typeof reply === "function" ? reply() : reply
    },
    credentials: async () => undefined,
    noteUse: () => asked.push("noted"),
  } as unknown as TokenService
  return { sts, asked }
}

const request = (body: unknown, more: object = {}): HttpRequest => ({
  ...{ method: "POST", protocol: "https:", hostname: "sts.amazonaws.com", path: "/" },
  ...{ headers: {}, body, ...more },
})
const get = (query: string) => request(undefined, { method: "GET", path: `/?${query}` })

async function send(
  one: HttpRequest,
  reply: object | (() => never) = {},
  options: StsHandlerOptions = {},
) {
  const { sts, asked } = answering(reply)
  const { response } = await awsSdkStsHandler(sts, options).requestHandler.handle(one)
  return { ...response, body: new TextDecoder().decode(response.body), asked }
}

const id = "00000000-0000-4000-8000-000000000001"
const version = "Version=2011-06-15"
const who = `Action=GetCallerIdentity&${version}`
const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
const refusal = (status: number, code: string, message: string, type = "Sender") => ({
  statusCode: status,
  body:
    `<ErrorResponse ${xmlns}><Error><Type>${type}</Type><Code>${code}</Code>` +
    `<Message>${message}</Message></Error><RequestId>${id}</RequestId></ErrorResponse>`,
})
const thrown =
  (name: string, status: number, message = "no & never") =>
  () => {
    throw Object.assign(new Error(message), { name, status })
  }

describe("AWS STS", () => {
  test("answers in XML that nobody may keep", async () => {
    const reply = { Arn: "a<b", Tags: [{ Key: "k" }, { Key: "l" }], None: undefined, N: 1 }
    const body =
      `<GetCallerIdentityResponse ${xmlns}><GetCallerIdentityResult><Arn>a&lt;b</Arn><Tags>` +
      "<member><Key>k</Key></member><member><Key>l</Key></member></Tags><N>1</N>" +
      `</GetCallerIdentityResult><ResponseMetadata><RequestId>${id}</RequestId>` +
      "</ResponseMetadata></GetCallerIdentityResponse>"
    expect(await send(request(who), reply)).toMatchObject({
      statusCode: 200,
      headers: {
        "cache-control": "no-store",
        "content-length": String(body.length),
        "content-type": "text/xml",
        "x-amzn-requestid": id,
      },
      body,
    })
  })

  const form = `${who}&RoleArn=r&Tags=&PolicyArns=&TransitiveTagKeys=&Policy=&T.member.1=a`
  const input = { RoleArn: "r", Policy: "", T: ["a"] }

  it.each([
    ["text", request(form)],
    ["bytes", request(new TextEncoder().encode(form))],
    [
      "a stream",
      request(
        (async function* () {
          yield form.slice(0, 9)
          yield form.slice(9)
        })(),
      ),
    ],
    ["a query", get(form)],
  ])("takes a form as %s, in which an empty list is none", async (_, one) => {
    const { statusCode, asked } = await send(one)
    const caller = { bearer: undefined, facts: { userAgent: undefined } }
    expect({ statusCode, asked }).toEqual({
      statusCode: 200,
      asked: [[caller, "GetCallerIdentity", input]],
    })
  })

  it.each<[string, HttpRequest]>([
    ["nothing", request(undefined)],
    ["no action", request(version)],
    ["an unknown action", request(`Action=Sing&${version}`)],
    ["an action that is a structure", request(`Action.A=GetCallerIdentity&${version}`)],
    ["no version", request("Action=GetCallerIdentity")],
    ["another version", request("Action=GetCallerIdentity&Version=2011-06-16")],
    ["a query beside a body", request("", { path: `/?${who}` })],
    ["a body of a GET", request(who, { method: "GET" })],
  ])("knows no operation of %s", async (_, one) => {
    expect(await send(one)).toMatchObject(
      refusal(400, "InvalidAction", "Could not find operation for version"),
    )
  })

  it.each<[string, HttpRequest]>([
    ["a form that says something twice", request(`${who}&${version}`)],
    ["a query that says something twice", get(`${who}&${version}`)],
    ["bytes that are no text", request(Uint8Array.of(0xff))],
  ])("takes no %s", async (_, one) => {
    expect(await send(one)).toMatchObject(
      refusal(400, "ValidationError", "The request is no form."),
    )
  })

  test("takes no body above 1 MiB", async () => {
    expect(await send(request("a".repeat(2 ** 20 + 1)))).toMatchObject(
      refusal(413, "ValidationError", ""),
    )
  })

  it.each<[string, () => never, object]>([
    ["a refusal", thrown("AccessDenied", 403), refusal(403, "AccessDenied", "no &amp; never")],
    [
      "what is unwell",
      thrown("InternalFailure", 500),
      refusal(500, "InternalFailure", "no &amp; never", "Receiver"),
    ],
  ])("tells %s", async (_, reply, told) => {
    expect(await send(request(who), reply)).toMatchObject(told)
  })

  it.each<[string, () => never]>([
    ["an error without a status", thrown("AccessDenied", undefined as never)],
    ["an error of HTTP", thrown("FetchError", 403)],
    ["an error with an inherited name", thrown("constructor", 403)],
  ])("tells nothing of %s: it is thrown", async (_, reply) => {
    await expect(send(request(who), reply)).rejects.toThrow("no & never")
  })

  const signed = (authorization: string) =>
    request(who, { headers: { authorization, "x-amz-date": "20310517T083012Z" } })

  it.each<[string, string, number, string]>([
    ["no signature", "", 403, "MissingAuthenticationToken"],
    ["half a signature", "AWS4-HMAC-SHA256 Credential=a", 403, "IncompleteSignature"],
    [
      "a signature for another service",
      "AWS4-HMAC-SHA256 Credential=AKID/20310517/eu-west-1/kms/aws4_request, " +
        `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
      403,
      "SignatureDoesNotMatch",
    ],
  ])("refuses %s", async (_, header, statusCode, code) => {
    const { asked, ...response } = await send(signed(header))
    expect(response.statusCode).toBe(statusCode)
    expect(response.body).toContain(`<Code>${code}</Code>`)
    expect(asked).toEqual([])
  })
})

describe("the handler of AWS STS", () => {
  test("hears of the client and of its way, where somebody tells", async () => {
    const connection = { sourceIp: "203.0.113.7" } as never
    const one = request(who, { connection, headers: { "User-Agent": "aws-cli" } })
    const facts = ({ path }: HttpRequest) => ({ sourceIp: path }) as never
    const { asked } = await send(one, {}, { facts })
    expect(asked).toMatchObject([[{ facts: { userAgent: "aws-cli", sourceIp: "/" } }, {}, {}]])
    await expect(send(one)).rejects.toThrow(
      new TypeError("`connection` needs `facts`: policies would not hear of it"),
    )
  })

  test("is in us-east-1 unless it is told", () => {
    const { sts } = answering({})
    expect(awsSdkStsHandler(sts).region).toBe("us-east-1")
    expect(awsSdkStsHandler(sts, { region: "eu-west-1" }).region).toBe("eu-west-1")
  })

  test("counts its requests", async () => {
    const { sts } = answering({})
    const { requestHandler } = awsSdkStsHandler(sts)
    const ids: unknown[] = []
    for (let i = 0; i < 17; i += 1) {
      ids.push((await requestHandler.handle(request(who))).response.headers["x-amzn-requestid"])
    }
    expect([ids[0], ids[16]]).toEqual([id, "00000000-0000-4000-8000-000000000011"])
  })
})

describe("a request that may be signed", () => {
  it.each<[boolean, object]>([
    [false, {}],
    [false, { query: { Action: "a" } }],
    [false, { headers: { "X-Amz-Signature": "0" } }],
    [true, { path: "/?X-Amz-Signature=0" }],
    [true, { path: "/?x-amz-signature=0", query: { Action: "a" } }],
    [true, { query: { Action: "a", "X-Amz-Signature": "0" } }],
    [true, { query: { Action: "a", "x-amz-signature": "0" } }],
  ])("is presigned: %s, %j", (isIt, more) => {
    expect(isPresigned(request("", more))).toBe(isIt)
  })

  it.each<[unknown, Uint8Array]>([
    ["ü", Uint8Array.of(0xc3, 0xbc)],
    [Uint8Array.of(1), Uint8Array.of(1)],
    [undefined, new Uint8Array(0)],
  ])("has the bytes of its body: %j", (body, bytes) => {
    expect(rawRequestOf(request(body, { query: { a: "ü" } }))).toEqual({
      method: "POST",
      target: "/?a=%C3%BC",
      headers: {},
      body: bytes,
      connection: undefined,
    })
  })
})
