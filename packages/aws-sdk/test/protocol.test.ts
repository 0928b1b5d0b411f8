import type { KmsClient } from "@keywright/core"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { awsSdkHandler, type HttpRequest, type RequestHandler } from "../src/index.js"
import { createEngine, nowMs } from "./support/engine.js"
import { authorization, headersFor, requestFor, send } from "./support/requests.js"

let handler: RequestHandler
let admin: KmsClient
let keyId: string

beforeAll(async () => {
  const kms = await createEngine()
  handler = awsSdkHandler(kms).requestHandler
  admin = kms.as(kms.administrator)
  keyId = (await admin.createKey({})).KeyMetadata?.KeyId as string
})

const call = (operation: string, input: unknown) =>
  send(handler, requestFor(operation, typeof input === "string" ? input : JSON.stringify(input)))

const withHeaders = (headers: Readonly<Record<string, string>>): HttpRequest =>
  requestFor("ListKeys", "{}", { headers })

const { authorization: _signed, ...unsigned } = headersFor("ListKeys")

describe("a reply", () => {
  test("carries its type, its length and the id of the request, and no date", async () => {
    const { response } = await handler.handle(requestFor("ListKeys", "{}"))
    expect(response.statusCode).toBe(200)
    expect(response.body).toBeInstanceOf(Uint8Array)
    expect(response.headers).toEqual({
      "content-length": String(response.body.length),
      "content-type": "application/x-amz-json-1.1",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test("of an operation without one is an empty object", async () => {
    expect(await call("EnableKey", { KeyId: keyId })).toMatchObject({ status: 200, body: {} })
  })

  test("writes blobs as Base64 and times as seconds with their fraction", async () => {
    const random = await call("GenerateRandom", { NumberOfBytes: 5 })
    expect(random.body).toEqual({ Plaintext: expect.stringMatching(/^[\w+/]{7}=$/) })
    const described = await call("DescribeKey", { KeyId: keyId })
    expect(described.body).toHaveProperty("KeyMetadata.CreationDate", nowMs / 1000)
  })

  test("has no message where AWS has none", async () => {
    const reply = await call("Decrypt", { CiphertextBlob: "AAAA" })
    expect(reply.body).toEqual({ __type: "InvalidCiphertextException" })
    expect(reply.type).toBe("InvalidCiphertextException")
  })
})

describe("a body", () => {
  async function* chunks(...parts: unknown[]) {
    yield* parts
  }
  const bytes = (text: string) => new TextEncoder().encode(text)
  const view = (text: string) => new DataView(bytes(`  ${text}`).buffer, 2)
  const streamOf = (text: string) => new Blob([text]).stream()
  const notIterable = (text: string) => ({ getReader: () => streamOf(text).getReader() })

  test.each<[string, unknown]>([
    ["text", '{"Limit":1}'],
    ["bytes", bytes('{"Limit":1}')],
    ["a buffer", bytes('{"Limit":1}').buffer],
    ["a view", view('{"Limit":1}')],
    ["an async iterable of bytes", chunks(bytes('{"Lim'), bytes('it":1}'))],
    ["an async iterable of text", chunks('{"Lim', 'it":1}')],
    ["a web stream", streamOf('{"Limit":1}')],
    ["a web stream that cannot be iterated over", notIterable('{"Limit":1}')],
  ])("may be %s", async (_kind, body) => {
    const reply = await send(handler, requestFor("ListKeys", body))
    expect(reply).toMatchObject({ status: 200, body: { Keys: [{ KeyId: keyId }] } })
  })

  test("that is cut inside of a character is put together before it is read", async () => {
    const Description = "Schlüssel 🔑"
    const whole = bytes(JSON.stringify({ KeyId: keyId, Description }))
    const single = Array.from(whole, (byte) => new Uint8Array([byte]))
    const reply = await send(handler, requestFor("UpdateKeyDescription", chunks(...single)))
    expect(reply.status).toBe(200)
    const { KeyMetadata } = await admin.describeKey({ KeyId: keyId })
    expect(KeyMetadata?.Description).toBe(Description)
  })

  test("of a stream that breaks fails with the error of the stream", async () => {
    const broken = (async function* () {
      yield "{"
      throw new Error("the stream broke")
    })()
    const sent = send(handler, requestFor("ListKeys", broken))
    await expect(sent).rejects.toThrow("the stream broke")
  })

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["empty text", ""],
    ["a number", 7],
    ["an object", { Limit: 1 }],
    ["a stream of numbers", chunks(1, 2)],
    ["no JSON", "Limit=1"],
    ["half of some JSON", '{"Limit":'],
    ["two values", "{}{}"],
    ["a comment", "{}//"],
    ["UTF-8 that is cut off", new Uint8Array([0x7b, 0x22, 0xc3])],
    ["a surrogate in UTF-8", bytes('{"a":"?"}').map((b) => (b === 0x3f ? 0xed : b))],
    ["UTF-16", new Uint8Array([0x7b, 0, 0x7d, 0])],
  ])("that is %s is refused", async (_kind, body) => {
    const reply = await send(handler, requestFor("ListKeys", body))
    expect(reply).toMatchObject({ status: 400, body: { __type: "SerializationException" } })
  })

  test.each<[string, (text: string) => unknown]>([
    ["text", (text) => text],
    ["text of several bytes a character", (text) => `"${"€".repeat(text.length / 3)}"`],
    ["bytes", bytes],
    ["a stream", (text) => chunks(text.slice(0, 9), text.slice(9))],
  ])("above 1 MiB is refused as %s", async (_kind, write) => {
    const request = requestFor("ListKeys", write(`"${"a".repeat(2 ** 20)}"`))
    const reply = await send(handler, request)
    const __type = "RequestEntityTooLargeException"
    expect(reply).toMatchObject({ status: 413, body: { __type } })
  })

  test("without an end is read no further than 1 MiB, and the stream is stopped", async () => {
    const cancel = vi.fn()
    const endless = {
      getReader: () => ({
        read: async () => ({ done: false, value: new Uint8Array(65_536).fill(0x20) }),
        cancel,
      }),
    }
    const reply = await send(handler, requestFor("ListKeys", endless))
    expect(reply.status).toBe(413)
    expect(cancel).toHaveBeenCalledOnce()
  })

  test.each(["[", '{"a":', '[{"a":'])("nested very deeply in %s is answered", async (open) => {
    const close = open.replaceAll(/[^[{]/g, "").replace("[", "]").replace("{", "}")
    const depth = 100_000
    const deep = `{"Unknown":${open.repeat(depth)}0${[...close].reverse().join("").repeat(depth)}}`
    const reply = await send(handler, requestFor("ListKeys", deep))
    expect([200, 400]).toContain(reply.status)
    const known = deep.replace("Unknown", "EncryptionContext")
    const refused = await send(handler, requestFor("Encrypt", known))
    expect(refused).toMatchObject({ status: 400, body: { __type: "SerializationException" } })
  })
})

describe("members", () => {
  const cannot = (token: string, kind: string) => `${token} can not be converted to ${kind}`
  const list = "Start of list found where not expected"
  const structure = "Start of structure or map found where not expected."

  test.each([
    ["DescribeKey", { KeyId: 1 }, cannot("NUMBER_VALUE", "a String")],
    ["DescribeKey", { KeyId: true }, cannot("TRUE_VALUE", "a String")],
    ["DescribeKey", { KeyId: [] }, list],
    ["DescribeKey", { KeyId: {} }, structure],
    ["DescribeKey", { KeyId: "a", GrantTokens: "b" }, "Expected list or null"],
    ["DescribeKey", { KeyId: "a", GrantTokens: {} }, structure],
    ["DescribeKey", { KeyId: "a", GrantTokens: [[]] }, list],
    ["ListKeys", { Limit: "1" }, cannot("STRING_VALUE", "an Integer")],
    ["ListKeys", { Limit: false }, cannot("FALSE_VALUE", "an Integer")],
    ["ListKeys", [], list],
    ["ListKeys", "1", "Expected null"],
    ["CreateKey", { MultiRegion: "true" }, cannot("STRING_VALUE", "a Boolean")],
    ["CreateKey", { KeySpec: 1 }, cannot("NUMBER_VALUE", "a String")],
    ["CreateKey", { Tags: [1] }, "Expected null"],
    ["CreateKey", { Tags: [{ TagKey: {} }] }, structure],
    ["Encrypt", { KeyId: "a", Plaintext: 1 }, cannot("NUMBER_VALUE", "a Blob")],
    ["Encrypt", { KeyId: "a", Plaintext: "YQ" }, cannot("STRING_VALUE", "a Blob")],
    ["Encrypt", { KeyId: "a", Plaintext: "YR==" }, cannot("STRING_VALUE", "a Blob")],
    ["Encrypt", { KeyId: "a", EncryptionContext: "b" }, "Expected map or null"],
    ["Encrypt", { KeyId: "a", EncryptionContext: [] }, list],
    ["Encrypt", { KeyId: "a", EncryptionContext: { b: {} } }, structure],
  ])("of %s with the wrong JSON type are refused: %j", async (operation, input, message) => {
    const reply = await call(operation, input)
    expect(reply).toMatchObject({ status: 400, type: "SerializationException" })
    expect(reply.body).toEqual({ __type: "SerializationException", message })
  })

  test("never appear in a refusal when they are blobs", async () => {
    const reply = await call("Encrypt", { KeyId: keyId, Plaintext: "c2VjcmV0!" })
    expect(JSON.stringify(reply)).not.toContain("c2VjcmV0")
  })

  test("that are null are absent", async () => {
    const reply = await call("ListKeys", { Limit: null, Marker: null })
    expect(reply.status).toBe(200)
    const missing = await call("DescribeKey", { KeyId: null })
    expect(missing.body.message).toContain("Value null at 'keyId'")
  })

  test("that the operation does not have are ignored, whatever they are", async () => {
    const reply = await call("ListKeys", { Unknown: { deep: [1, { deeper: true }] }, limit: "x" })
    expect(reply.status).toBe(200)
  })

  test("that are there twice count as the last one", async () => {
    const other = await call("DescribeKey", `{"KeyId":"alias/none","KeyId":"${keyId}"}`)
    expect(other.status).toBe(200)
  })

  test("named like inherited ones are not taken from anywhere", async () => {
    const body = `{"__proto__":{"KeyId":"${keyId}"},"constructor":{"prototype":{"x":1}}}`
    const reply = await call("DescribeKey", body)
    expect(reply.body.message).toContain("Value null at 'keyId'")
    expect({}).not.toHaveProperty("KeyId")
    expect({}).not.toHaveProperty("x")
  })
})

describe("an encryption context", () => {
  const Plaintext = "YQ=="

  const encryptWith = (context: string) =>
    call(
      "Encrypt",
      `{"KeyId":"${keyId}","Plaintext":"${Plaintext}","EncryptionContext":${context}}`,
    )

  test("takes scalars that are no text as text", async () => {
    const { body } = await encryptWith('{"a":1,"b":true,"c":-2,"d":"4.5"}')
    const CiphertextBlob = Buffer.from(body.CiphertextBlob as string, "base64")
    const EncryptionContext = { a: "1", b: "true", c: "-2", d: "4.5" }
    const opened = await admin.decrypt({ CiphertextBlob, EncryptionContext })
    expect(opened.Plaintext).toEqual(new Uint8Array([0x61]))
  })

  test("refuses a number that JavaScript cannot tell from its neighbours", async () => {
    for (const number of ["9007199254740993", "1e300", "1e999", "0.3", "0.30000000000000001"]) {
      expect(await encryptWith(`{"a":${number}}`)).toMatchObject({ type: "SerializationException" })
    }
  })

  test.each(['{"__proto__":null}', '{"a":null}', '{"a":"\\ud800"}'])(
    "refuses what could be mistaken for another: %s",
    async (context) => {
      expect(await encryptWith(context)).toMatchObject({ type: "ValidationException" })
    },
  )
})

describe("a request", () => {
  test.each([
    ["DELETE", requestFor("ListKeys", "{}", { method: "DELETE" })],
    ["to another path", requestFor("ListKeys", "{}", { path: "/keys" })],
    ["for an unknown operation", requestFor("ListEverything", "{}")],
    ["for an operation with a small letter", requestFor("listKeys", "{}")],
    ["for an inherited name", requestFor("constructor", "{}")],
    ["for nothing", requestFor("", "{}")],
    ["for two operations", requestFor("ListKeys, TrentService.CreateKey", "{}")],
    ["for another service", withHeaders({ ...unsigned, "x-amz-target": "Logs.ListKeys" })],
    ["without a target", withHeaders({ authorization })],
    [
      "with two targets",
      withHeaders({ ...headersFor("ListKeys"), "X-Amz-Target": "TrentService.CreateKey" }),
    ],
  ])("%s asks for an unknown operation", async (_case, request) => {
    expect(await send(handler, request)).toMatchObject({
      status: 400,
      body: { __type: "UnknownOperationException" },
    })
  })

  test("may write its headers in any case", async () => {
    const headers = Object.fromEntries(
      Object.entries(headersFor("ListKeys")).map(([name, value]) => [name.toUpperCase(), value]),
    )
    expect(await send(handler, withHeaders(headers))).toMatchObject({ status: 200 })
  })

  test("that is not signed lacks its token", async () => {
    expect(await send(handler, withHeaders(unsigned))).toMatchObject({
      status: 400,
      body: {
        __type: "MissingAuthenticationTokenException",
        message: "Missing Authentication Token",
      },
    })
  })

  const credential = (scope: string) =>
    `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`

  test.each([
    ["Bearer token", "Credential"],
    ["AWS4-HMAC-SHA256", "Credential"],
    ["AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host", "Signature"],
    ["AWS4-HMAC-SHA256 Credential=a, Signature=00", "SignedHeaders"],
    ["AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=00", "Credential"],
    [`${authorization}, Signature=00`, "twice"],
    [credential("AKID"), "slash-delimited"],
    [credential("AKID/20310517/us-east-1/kms/aws4_request/more"), "slash-delimited"],
    [credential("/20310517/us-east-1/kms/aws4_request"), "slash-delimited"],
    [credential(`${"A".repeat(129)}/20310517/us-east-1/kms/aws4_request`), "slash-delimited"],
  ])("that is signed incompletely is refused: %s", async (header, word) => {
    const reply = await send(handler, withHeaders({ ...unsigned, authorization: header }))
    expect(reply).toMatchObject({ status: 400, type: "IncompleteSignatureException" })
    expect(reply.body.message).toContain(word)
  })

  test("that is not dated is refused", async () => {
    const { "x-amz-date": _date, ...undated } = headersFor("ListKeys")
    const reply = await send(handler, withHeaders(undated))
    expect(reply.type).toBe("IncompleteSignatureException")
    expect(reply.body.message).toContain("'X-Amz-Date'")
  })

  test.each([
    ["AKID/20310517/eu-west-1/kms/aws4_request", "region"],
    ["AKID/20310517/us-east-1/s3/aws4_request", "service"],
    ["AKID/20310517/us-east-1/kms/aws5_request", "terminator"],
    ["AKID/yesterday/us-east-1/kms/aws4_request", "Date"],
  ])("that is signed for something else is refused: %s", async (scope, word) => {
    const headers = { ...unsigned, authorization: credential(scope) }
    const reply = await send(handler, withHeaders(headers))
    expect(reply).toMatchObject({ status: 400, type: "InvalidSignatureException" })
    expect(reply.body.message).toContain(word)
  })

  test("that never reaches the engine has an id of its own", async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await send(handler, withHeaders({}))).requestId),
    )
    expect(new Set(ids).size).toBe(20)
  })
})

describe("the handler", () => {
  test("has what clients expect of a request handler", () => {
    expect(handler.metadata.handlerProtocol).toBe("http/1.1")
    expect(handler.httpHandlerConfigs()).toEqual({})
    expect(handler.updateHttpClientConfig("requestTimeout", 1)).toBeUndefined()
    expect(handler.destroy()).toBeUndefined()
  })

  test("lets everything else have its turn beside every request", async () => {
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    for (let i = 0; i < 20; i += 1) await send(handler, withHeaders({}))
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(20)
  })
})
