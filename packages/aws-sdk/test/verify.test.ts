import { KMS } from "@aws-sdk/client-kms"
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import * as oldest from "aws-sdk-client-kms-oldest"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { awsSdkHandler, awsSdkProtocol, type HttpRequest } from "../src/index.js"
import { createEngine } from "./support/engine.js"
import { requestFor, send } from "./support/requests.js"

const app = {
  principal: "arn:aws:iam::111122223333:root",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}
const callers = { AKIDAPP: app, ASIDAPP: { ...app, sessionToken: "token/+=" } }
const credentials = { accessKeyId: "AKIDAPP", secretAccessKey: app.secretAccessKey }

const verifying = async () => awsSdkHandler(await createEngine(), { callers, verify: true })

/** What a client sends, caught on its way to the handler. */
async function caught(call: (client: KMS) => Promise<unknown>): Promise<HttpRequest> {
  const config = await verifying()
  let sent: HttpRequest | undefined
  const requestHandler = {
    ...config.requestHandler,
    handle: (request: HttpRequest) => {
      sent = { ...request, headers: { ...request.headers } }
      return config.requestHandler.handle(request)
    },
  }
  await call(new KMS({ ...config, requestHandler, credentials }))
  return sent as HttpRequest
}

describe("with `verify`", () => {
  test("clients of all ages sign, and what they sign is performed", async () => {
    const config = { ...(await verifying()), credentials }
    const clients = [
      new KMS(config),
      new KMS({ ...config, protocol: SmithyRpcV2CborProtocol }),
      new oldest.KMS(config) as unknown as KMS,
    ]
    for (const client of clients) {
      const { KeyMetadata } = await client.createKey({ Description: "Aufträge, 注文" })
      const { KeyId } = KeyMetadata ?? {}
      const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: new Uint8Array([1]) })
      const { Plaintext } = await client.decrypt({ CiphertextBlob })
      expect([...(Plaintext ?? [])]).toEqual([1])
    }
  })

  test("without `callers` the handler's own credentials call, and no others", async () => {
    const config = awsSdkHandler(await createEngine(), { verify: true })
    await expect(new KMS(config).listKeys({})).resolves.toHaveProperty("Keys", [])
    const call = new KMS({ ...config, credentials }).listKeys({})
    await expect(call).rejects.toHaveProperty("name", "UnrecognizedClientException")
  })

  test("another secret, another session token and no signature are refused", async () => {
    const config = await verifying()
    const as = (more: object) => new KMS({ ...config, credentials: { ...credentials, ...more } })
    await expect(as({ secretAccessKey: "guessed" }).listKeys({})).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: expect.stringContaining("does not match the signature you provided"),
    })
    const session = { accessKeyId: "ASIDAPP", sessionToken: "token/+=" }
    await expect(as(session).listKeys({})).resolves.toHaveProperty("Keys")
    for (const more of [
      { sessionToken: "token" },
      { accessKeyId: "ASIDAPP" },
      { accessKeyId: "ASIDAPP", sessionToken: "another" },
      { accessKeyId: "__proto__" },
    ]) {
      const call = as(more).listKeys({})
      await expect(call).rejects.toHaveProperty("name", "UnrecognizedClientException")
    }
    const { authorization: _, ...headers } = requestFor("ListKeys", "{}").headers
    const unsigned = await send(config.requestHandler, requestFor("ListKeys", "{}", { headers }))
    expect(unsigned.type).toBe("MissingAuthenticationTokenException")
    const forged = await send(config.requestHandler, requestFor("ListKeys", "{}"))
    expect(forged.type).toBe("InvalidSignatureException")
  })

  test("a signed request is refused when anything of it is changed", async () => {
    const { requestHandler } = await verifying()
    const sent = await caught((client) => client.listKeys({ Limit: 7 }))
    expect((await send(requestHandler, sent)).status).toBe(200)
    const changes: readonly Partial<HttpRequest>[] = [
      { body: '{"Limit":8}' },
      { query: { Limit: "7" } },
      { headers: { ...sent.headers, "x-amz-target": "TrentService.ListAliases" } },
      { headers: { ...sent.headers, "x-amz-security-token": "token/+=" } },
      { headers: { ...sent.headers, "x-amz-date": "20200101T000000Z" } },
      { headers: { ...sent.headers, host: "kms.eu-central-1.amazonaws.com" } },
    ]
    for (const change of changes) {
      const { status, type } = await send(requestHandler, { ...sent, ...change })
      expect([status, /Exception$/.test(type)]).toEqual([400, true])
    }
  })

  test("a request of an hour ago is refused", async () => {
    const sent = await caught((client) => client.listKeys({}))
    const clock = () => Date.now() + 3_600_000
    const { requestHandler } = awsSdkHandler(await createEngine(), { callers, verify: true, clock })
    const { type, body } = await send(requestHandler, sent)
    expect(type).toBe("InvalidSignatureException")
    expect(body.message).toMatch(/^Signature expired: /)
  })

  test("what is handed over beside a body is not seen: only the body was signed", async () => {
    const kms = await createEngine()
    const { requestHandler } = awsSdkHandler(kms, { callers, verify: true })
    const client = new KMS({ ...awsSdkProtocol(kms, { signs: true }), credentials, requestHandler })
    const call = client.createKey({ Description: "never made" })
    await expect(call).rejects.toHaveProperty("name", "SerializationException")
    await expect(kms.as(kms.administrator).listKeys({})).resolves.toHaveProperty("Keys", [])
  })

  test("options that could not work are refused at once", async () => {
    const kms = await createEngine()
    const without = { AKIDAPP: app.principal }
    expect(() => awsSdkHandler(kms, { callers: without, verify: true })).toThrow(/AKIDAPP/)
    expect(() => awsSdkHandler(kms, { verify: true, signs: false })).toThrow(TypeError)
    expect(() => awsSdkProtocol(kms, { verify: true })).toThrow(TypeError)
    const config = awsSdkHandler(kms, { callers: () => app.principal, verify: true })
    await expect(new KMS({ ...config, credentials }).listKeys({})).rejects.toThrow(TypeError)
  })

  test("no authorization header makes the handler fail otherwise than with a refusal", async () => {
    const { requestHandler } = await verifying()
    const anyHeaders = fc.dictionary(
      fc.constantFrom("authorization", "x-amz-date", "host", "x-amz-security-token", "date"),
      fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.string({ maxLength: 30 }).map((text) => `AWS4-HMAC-SHA256 Credential=${text}`),
      ),
    )
    await fc.assert(
      fc.asyncProperty(anyHeaders, async (headers) => {
        const target = { "x-amz-target": "TrentService.ListKeys" }
        const request = requestFor("ListKeys", "{}", { headers: { ...headers, ...target } })
        const { status, type } = await send(requestHandler, request)
        expect([status, /Exception$/.test(type)]).toEqual([400, true])
      }),
      { numRuns: process.env["SLOW"] === "1" ? 20_000 : 300 },
    )
  })
})
