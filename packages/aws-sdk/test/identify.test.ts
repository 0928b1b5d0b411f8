import { KMS } from "@aws-sdk/client-kms"
import { STS } from "@aws-sdk/client-sts"
import { createMemoryKms } from "@keywright/core/memory"
import { createIdentify, fixed, sigv4, type Way } from "@keywright/identity"
import { expect, test, vi } from "vitest"
import { awsSdkHandler, awsSdkProtocol, awsSdkStsHandler, type HttpRequest } from "../src/index.js"
import { requestFor, send } from "./support/requests.js"
import { account, openTokenService } from "./support/sessions.js"

async function open(more: object = {}) {
  const { sts, directory, alice } = await openTokenService()
  const kms = await createMemoryKms({ account, identities: directory.identities })
  const identify = createIdentify({ ways: [sigv4({ sts, clock: Date.now })] })
  return { sts, directory, alice, kms, config: awsSdkHandler(kms, { identify, ...more }) }
}

test("a client calls as the user or the session whose credentials it has", async () => {
  const { sts, alice, config, directory } = await open()
  const client = new KMS({ ...config, credentials: alice })
  const { KeyMetadata } = await client.createKey({})
  const { Credentials } = await new STS({
    ...awsSdkStsHandler(sts),
    credentials: alice,
  }).assumeRole({
    RoleArn: `arn:aws:iam::${account}:role/App`,
    RoleSessionName: "blue",
    Policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "kms:DescribeKey", Resource: "*" },
    }),
  })
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId as string,
    secretAccessKey: Credentials?.SecretAccessKey as string,
    sessionToken: Credentials?.SessionToken as string,
  }
  const session = new KMS({ ...config, credentials })
  const { KeyId } = KeyMetadata ?? {}
  await session.describeKey({ KeyId })
  await expect(session.disableKey({ KeyId })).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(`arn:aws:sts::${account}:assumed-role/App/blue`),
  })
  await directory.remove("user", account, "alice")
  const gone = client.describeKey({ KeyId })
  await expect(gone).rejects.toHaveProperty("name", "UnrecognizedClientException")
})

test("refusals have the names of AWS KMS, and unsigned requests are asked about, too", async () => {
  const { config } = await open()
  const { authorization: _, ...headers } = requestFor("ListKeys", "{}").headers
  const unsigned = await send(config.requestHandler, requestFor("ListKeys", "{}", { headers }))
  expect([unsigned.status, unsigned.type]).toEqual([400, "MissingAuthenticationTokenException"])
  const forged = await send(config.requestHandler, requestFor("ListKeys", "{}"))
  expect([forged.status, forged.type]).toEqual([400, "InvalidSignatureException"])
  const kms = await createMemoryKms({ account })
  const identify = createIdentify({ ways: [fixed(kms.administrator)], transport: {} })
  const { requestHandler } = awsSdkHandler(kms, { identify })
  const plain = requestFor("ListKeys", "{}", { headers })
  expect((await send(requestHandler, plain)).type).toBe("AccessDeniedException")
  const tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }
  expect((await send(requestHandler, { ...plain, connection: { tls } })).status).toBe(200)
})

test("a host says which region a request means when its own name is none of AWS's", async () => {
  const regionOf = ({ hostname }: HttpRequest) => (hostname === "localhost" ? "us-east-1" : "none")
  const { config, alice } = await open({ regionOf })
  const local = new KMS({ ...config, credentials: alice, endpoint: "http://localhost:4566" })
  await expect(local.listKeys({})).resolves.toHaveProperty("Keys", [])
  const other = new KMS({ ...config, credentials: alice, endpoint: "http://example.com" })
  await expect(other.listKeys({})).rejects.toHaveProperty("name", "EndpointError")
})

test("mistakes of a host are told to it, and answered with a 500 that tells nothing", async () => {
  const onMistake = vi.fn()
  const fire = new Error("the directory is on fire")
  // Errors of HTTP clients have a status, and are no refusals for that.
  const unwell = Object.assign(new Error("fire"), { name: "InternalFailure", status: 500 })
  for (const thrown of [fire, Object.assign(new Error("fire"), { status: 404 }), unwell]) {
    const broken: Way = async () => {
      throw thrown
    }
    const identify = createIdentify({ ways: [broken] })
    const { config } = await open({ identify, onMistake })
    const { status, type, body } = await send(config.requestHandler, requestFor("ListKeys", "{}"))
    expect([status, type]).toEqual([500, "KMSInternalException"])
    expect(body.message).not.toContain("fire")
    expect(onMistake).toHaveBeenCalledExactlyOnceWith(thrown)
    onMistake.mockClear()
  }
  const { config } = await open({ onMistake })
  const lost = requestFor("ListKeys", "{}", { hostname: "example.com" })
  expect((await send(config.requestHandler, lost)).type).toBe("InvalidSignatureException")
  expect(onMistake).not.toHaveBeenCalled()
})

test("a connection that no policy would hear of is a mistake of the host", async () => {
  const kms = await createMemoryKms({ account })
  const connection = { remoteAddress: "203.0.113.7" }
  const request = { ...requestFor("ListKeys", "{}"), connection }
  const callers = { AKIAKEYWRIGHTEXAMPLE: kms.administrator }
  for (const options of [{}, { callers }, { verify: true }]) {
    const { requestHandler } = awsSdkHandler(kms, options)
    await expect(requestHandler.handle(request)).rejects.toThrow("`connection` needs `identify`")
  }
  const { requestHandler } = awsSdkHandler(kms, { callers: () => kms.administrator })
  expect((await send(requestHandler, request)).status).toBe(200)
})

test("`identify` takes the place of the others, and needs requests that are signed", async () => {
  const kms = await createMemoryKms({ account })
  const identify = createIdentify({ ways: [fixed(kms.administrator)] })
  expect(() => awsSdkHandler(kms, { identify, callers: {} })).toThrow(TypeError)
  expect(() => awsSdkHandler(kms, { identify, verify: true })).toThrow(TypeError)
  expect(() => awsSdkProtocol(kms, { identify })).toThrow(TypeError)
})
