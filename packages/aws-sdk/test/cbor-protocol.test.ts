import { KMS } from "@aws-sdk/client-kms"
import { catalogue, type OperationName } from "@keywright/core"
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { decode, encode } from "cborg"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { awsSdkHandler, type HttpRequest, type RequestHandler } from "../src/index.js"
import { createEngine, nowMs } from "./support/engine.js"
import { headersFor, requestFor } from "./support/requests.js"

const { "x-amz-target": _target, ...common } = headersFor("")
const headers: Readonly<Record<string, string>> = {
  ...common,
  "content-type": "application/cbor",
  "smithy-protocol": "rpc-v2-cbor",
}

let handler: RequestHandler
let keyId: string

beforeAll(async () => {
  const kms = await createEngine()
  handler = awsSdkHandler(kms).requestHandler
  keyId = (await kms.as(kms.administrator).createKey({})).KeyMetadata?.KeyId as string
})

const pathOf = (operation: string) => `/service/TrentService/operation/${operation}`

const cborFor = (operation: string, body: unknown, more: object = {}): HttpRequest =>
  requestFor(operation, body, { path: pathOf(operation), headers, ...more })

async function send(request: HttpRequest) {
  const { response } = await handler.handle(request)
  const body = response.body.length === 0 ? undefined : decode(response.body, { tags: [] })
  return { status: response.statusCode, headers: response.headers, body }
}

const call = (operation: string, input: object) => send(cborFor(operation, encode(input)))

const refusal = (name: string) => ({
  status: 400,
  headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" },
  body: { __type: `com.amazonaws.kms#${name}` },
})

describe("a request in CBOR", () => {
  test("is answered in CBOR, and in no other form", async () => {
    const { status, headers: answered, body } = await call("ListKeys", { Limit: 1 })
    expect(status).toBe(200)
    expect(body).toMatchObject({ Keys: [{ KeyId: keyId }], Truncated: false })
    expect(answered).toEqual({
      "content-length": expect.stringMatching(/^\d+$/),
      "content-type": "application/cbor",
      "smithy-protocol": "rpc-v2-cbor",
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test("of an operation without a reply is answered without a body", async () => {
    const { headers: answered, body } = await call("EnableKey", { KeyId: keyId })
    expect(body).toBeUndefined()
    expect(Object.keys(answered)).toEqual(["smithy-protocol", "x-amzn-requestid"])
  })

  test("hears of a refusal by its absolute name, and its message where there is one", async () => {
    const unknown = await call("DescribeKey", { KeyId: "alias/none" })
    expect(unknown).toMatchObject(refusal("NotFoundException"))
    expect(unknown.body).toHaveProperty("message", expect.stringContaining("alias/none"))
    expect(unknown.headers).not.toHaveProperty("x-amzn-errortype")
    const { body } = await call("Decrypt", { CiphertextBlob: new Uint8Array(3) })
    expect(body).toEqual({ __type: "com.amazonaws.kms#InvalidCiphertextException" })
  })

  test("may leave out its body where it has nothing to say", async () => {
    const { "content-type": _, ...untyped } = headers
    const request = cborFor("ListKeys", undefined, { headers: untyped })
    expect(await send(request)).toMatchObject({ status: 200 })
  })

  test("may name the service with its namespace", async () => {
    const path = "/service/com.amazonaws.kms.TrentService/operation/ListKeys"
    expect(await send(cborFor("ListKeys", encode({}), { path }))).toMatchObject({ status: 200 })
  })

  test("says times, bytes and numbers with their types", async () => {
    const kms = new KMS({
      ...awsSdkHandler(await createEngine()),
      protocol: SmithyRpcV2CborProtocol,
    })
    const { KeyMetadata } = await kms.createKey({})
    expect(KeyMetadata?.CreationDate).toEqual(new Date(nowMs))
    expect(KeyMetadata?.Enabled).toBe(true)
  })
})

describe("a request that says its form", () => {
  test.each<[string, HttpRequest]>([
    ["by GET", cborFor("ListKeys", encode({}), { method: "GET" })],
    [
      "of another service",
      cborFor("ListKeys", encode({}), { path: "/service/Logs/operation/ListKeys" }),
    ],
    ["of no operation", cborFor("", encode({}))],
    ["of an unknown operation", cborFor("ListEverything", encode({}))],
    ["of an inherited name", cborFor("constructor", encode({}))],
    ["at the root", cborFor("ListKeys", encode({}), { path: "/" })],
    [
      "with a target besides",
      cborFor("ListKeys", encode({}), { headers: { ...headers, ...headersFor("ListKeys") } }),
    ],
    [
      "with another target",
      cborFor("ListKeys", encode({}), { headers: { ...headers, "X-Amzn-Target": "a" } }),
    ],
    [
      "of another protocol",
      cborFor("ListKeys", encode({}), {
        headers: { ...headers, "smithy-protocol": "rpc-v2-json" },
      }),
    ],
    [
      "of two protocols",
      cborFor("ListKeys", encode({}), {
        headers: { ...headers, "Smithy-Protocol": "rpc-v2-cbor" },
      }),
    ],
  ])("%s asks for an unknown operation", async (_case, request) => {
    expect(await send(request)).toMatchObject(refusal("UnknownOperationException"))
  })
})

describe("an input in CBOR", () => {
  test.each<[string, unknown, object?]>([
    ["JSON", '{"Limit":1}'],
    ["a list", encode([])],
    ["a text", encode("Limit")],
    ["a name twice", Buffer.from("a2654c696d697401654c696d697402", "hex")],
    ["two items", Buffer.from("a0a0", "hex")],
    ["bytes without a type", encode({}), { ...headers, "content-type": undefined }],
    ["of another type", encode({}), { ...headers, "content-type": "application/json" }],
  ])("that is %s is refused", async (_case, body, changed = headers) => {
    const present = Object.entries(changed).filter(([, value]) => value !== undefined)
    const request = cborFor("ListKeys", body, { headers: Object.fromEntries(present) })
    expect(await send(request)).toMatchObject(refusal("SerializationException"))
  })

  test.each<[string, object]>([
    ["ListKeys", { Limit: "1" }],
    ["ListKeys", { Limit: 2n ** 64n - 1n }],
    ["DescribeKey", { KeyId: 1 }],
    ["DescribeKey", { KeyId: Uint8Array.of(97) }],
    ["DescribeKey", { KeyId: "a", GrantTokens: "b" }],
    ["Encrypt", { KeyId: "a", Plaintext: "YQ==" }],
    ["Encrypt", { KeyId: "a", Plaintext: Uint8Array.of(1), EncryptionContext: { a: 1 } }],
    ["Encrypt", { KeyId: "a", Plaintext: Uint8Array.of(1), EncryptionContext: { a: true } }],
    ["Encrypt", { KeyId: "a", Plaintext: [1] }],
    ["ImportKeyMaterial", { KeyId: "a", ValidTo: 1_900_000_000 }],
    ["CreateKey", { MultiRegion: 1 }],
  ])("to %s takes nothing for something else: %o", async (operation, input) => {
    expect(await call(operation, input)).toMatchObject({
      status: 400,
      body: { __type: expect.any(String) },
    })
    const { body } = await call(operation, input)
    expect((body as { __type: string }).__type).toMatch(/#(?:Serialization|Validation)Exception$/)
  })

  test("without an authorization is refused as in JSON", async () => {
    const { authorization: _, ...unsigned } = headers
    const request = cborFor("ListKeys", encode({}), { headers: unsigned })
    expect(await send(request)).toMatchObject(refusal("MissingAuthenticationTokenException"))
  })

  test("above 1 MiB is refused", async () => {
    const request = cborFor("ListKeys", encode({ Unknown: new Uint8Array(2 ** 20) }))
    expect(await send(request)).toMatchObject({ status: 413 })
  })
})

describe("a body in CBOR", () => {
  test("of any bytes is answered, and blamed where it is wrong", async () => {
    const operation = fc.constantFrom(...(Object.keys(catalogue) as OperationName[]))
    const member = fc.constantFrom("KeyId", "Plaintext", "Tags", "EncryptionContext", "Limit")
    const value = fc.oneof(
      fc.string(),
      fc.nat(),
      fc.uint8Array(),
      fc.boolean(),
      fc.array(fc.string()),
    )
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.dictionary(member, value).map((input) => encode(input)),
      fc.tuple(fc.dictionary(member, value), fc.nat(), fc.nat(255)).map(([input, at, byte]) => {
        const bytes = encode(input).slice()
        bytes[at % bytes.length] = byte
        return bytes
      }),
    )
    await fc.assert(
      fc.asyncProperty(operation, body, async (name, bytes) => {
        const { response } = await handler.handle(cborFor(name, bytes))
        expect([200, 400]).toContain(response.statusCode)
        if (response.statusCode === 200) return
        expect(decode(response.body)).toHaveProperty(
          "__type",
          expect.stringMatching(/^com.amazonaws.kms#[A-Za-z]+$/),
        )
      }),
      { numRuns: process.env["SLOW"] === "1" ? 50_000 : 600 },
    )
  })
})
