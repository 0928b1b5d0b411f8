import { createServer, get, request as httpRequest } from "node:http"
import { connect } from "node:http2"
import { request as httpsRequest } from "node:https"
import type { AddressInfo } from "node:net"
import { EncryptCommand, KMS, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms"
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createTestKms, type TestKms } from "../src/index.js"

/** As applications have it: made at module level, out of reach. */
const applicationClient = new KMSClient({})

const fixtures = { keys: [{ alias: "alias/orders" }] }
const encrypt = new EncryptCommand({ KeyId: "alias/orders", Plaintext: new Uint8Array(3) })

let kit: TestKms
beforeEach(async () => {
  kit = await createTestKms({ fixtures })
})
afterEach(() => kit.close())

describe("a kit that is installed", () => {
  test("is called by a client that the application has made", async () => {
    kit.install(KMSClient)
    await applicationClient.send(encrypt)
    expect(kit.calls).toMatchObject([{ operation: "Encrypt", caller: kit.kms.administrator }])
  })

  test("is called as whoever the test says, who may be a stranger", async () => {
    const caller = "arn:aws:iam::111122223333:role/Nobody"
    kit.install(KMSClient, { caller })
    await expect(applicationClient.send(encrypt)).rejects.toMatchObject({
      name: "AccessDeniedException",
    })
    await new KMS(kit.sdk()).send(encrypt)
    const callers = kit.calls.map((call) => call.caller)
    expect(callers).toEqual([expect.stringContaining("Nobody"), kit.kms.administrator])
  })

  test("lets go of the class when it closes, and the next kit has it", async () => {
    kit.install(KMSClient)
    await kit.close()
    expect(Object.hasOwn(KMSClient.prototype, "send")).toBe(false)
    const next = await createTestKms({ fixtures })
    next.install(KMSClient)
    await applicationClient.send(encrypt)
    await next.close()
    expect([kit.calls.length, next.calls.length]).toEqual([0, 1])
  })
})

test("options of another name are refused, in a kit and in what it hands out", async () => {
  const fixture = createTestKms({ fixture: fixtures } as never)
  await expect(fixture).rejects.toThrow("`options` have no `fixture`; is `fixtures` meant?")
  expect(() => kit.sdk({ callr: "x" } as never)).toThrow("is `caller` meant?")
  expect(() => kit.install(KMSClient, { regions: "x" } as never)).toThrow("is `region` meant?")
})

const credentials = { accessKeyId: "AKIDNONE", secretAccessKey: "none" }
const refusal = "A KMS client that is not of this kit was about to send"

describe("a kit on guard", () => {
  test("refuses what a KMS client of any other kind would send, and says how to lead it", async () => {
    kit.guard()
    for (const endpoint of [undefined, "http://127.0.0.1:9", "https://127.0.0.1:9"]) {
      const config = { region: "us-east-1", credentials, ...(endpoint && { endpoint }) }
      const call = new KMSClient(config).send(new ListKeysCommand({}))
      await expect(call).rejects.toThrow(`${refusal} ListKeys to `)
      const inCbor = new KMSClient({ ...config, protocol: SmithyRpcV2CborProtocol })
      const other = inCbor.send(new ListKeysCommand({}))
      await expect(other).rejects.toThrow(`${refusal} ListKeys to `)
    }
    await new KMSClient(kit.sdk()).send(encrypt)
  })

  test("stands before every way out of the process", async () => {
    kit.guard()
    const host = "kms.eu-west-1.amazonaws.com"
    const cbor = "/service/TrentService/operation/Sign"
    const ways = [
      () => httpsRequest(`https://${host}/`),
      () => httpsRequest({ host, path: "/" }),
      () => httpRequest(new URL(`http://${host}/`), { method: "POST" }),
      () =>
        get({ hostname: "127.0.0.1", port: 9, headers: { "X-Amz-Target": "TrentService.Sign" } }),
      () => connect(`https://${host}`),
      () => fetch(`https://${host}/`),
      () => fetch(new Request(`https://${host}/`)),
      () => fetch("http://127.0.0.1:9", { headers: [["x-amz-target", "TrentService.Sign"]] }),
      () =>
        fetch("http://127.0.0.1:9", { headers: new Headers({ "x-amz-target": "TrentService.X" }) }),
      () => fetch(`http://127.0.0.1:9${cbor}`),
      () => fetch(new Request(`http://127.0.0.1:9${cbor}`)),
      () => httpRequest(new URL(`http://127.0.0.1:9${cbor}`), { method: "POST" }),
      () => httpsRequest({ host: "127.0.0.1", path: cbor }),
      () => get("http://127.0.0.1:9/?x-amz-target=TrentService.Decrypt&X-Amz-Signature=0"),
      () => httpsRequest("https://vpce-1a2b-3c.kms.us-east-1.vpce.amazonaws.com"),
      () => httpsRequest("https://kms-fips.us-gov-west-1.amazonaws.com"),
      () => httpsRequest("https://kms.cn-north-1.amazonaws.com.cn"),
      () => httpsRequest("https://kms.us-east-1.api.aws"),
    ]
    for (const way of ways) expect(way).toThrow(refusal)
  })

  test("lets everything else pass", async () => {
    kit.guard()
    const server = createServer((_request, response) => response.end("hello")).listen(
      0,
      "127.0.0.1",
    )
    await new Promise((resolve) => server.once("listening", resolve))
    const { port } = server.address() as AddressInfo
    const reply = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { "x-amz-target": "DynamoDB_20120810.GetItem" },
    })
    expect(await reply.text()).toBe("hello")
    const status = await new Promise((resolve) => {
      get({ host: "127.0.0.1", port }, (answer) => resolve(answer.resume().statusCode))
    })
    expect(status).toBe(200)
    server.close()
  })

  test("leaves when the last of them does, and leaves nothing behind", async () => {
    const before = fetch
    const other = await createTestKms()
    const end = kit.guard()
    other.guard()
    end()
    end()
    expect(() => fetch("https://kms.us-east-1.amazonaws.com")).toThrow(refusal)
    await other.close()
    expect(fetch).toBe(before)
  })
})
