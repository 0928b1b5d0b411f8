import { KMS, KMSClient, ListKeysCommand } from "@aws-sdk/client-kms"
import * as oldest from "aws-sdk-client-kms-oldest"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { awsSdkHandler, installAwsSdk } from "../src/index.js"
import { createEngine } from "./support/engine.js"

/** As an application has it: without a region, credentials or anything else. */
const unconfigured = () => new KMSClient({})

const engineOf = async (keys: number, region = "us-east-1") => {
  const kms = await createEngine({ region })
  for (let i = 0; i < keys; i += 1) await kms.as(kms.administrator).createKey({})
  return kms
}

/** How many keys a client sees, which tells where it went. */
const keysSeenBy = async (client: KMSClient): Promise<number | undefined> =>
  (await client.send(new ListKeysCommand({}))).Keys?.length

const nowhere = {
  requestHandler: {
    handle: async () => {
      throw Object.assign(new Error("the network"), { name: "Unreachable" })
    },
  },
  credentials: { accessKeyId: "AKID", secretAccessKey: "none" },
  region: "sa-east-1",
  endpoint: "http://localhost:4566",
} as unknown as ConstructorParameters<typeof KMSClient>[0]

beforeEach(() => {
  for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"]) vi.stubEnv(name, undefined)
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent")
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true")
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe("a class that is installed", () => {
  test("leads clients to the engine that were made before and have no configuration", async () => {
    const client = unconfigured()
    const uninstall = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(2)))
    expect(await keysSeenBy(client)).toBe(2)
    expect(await keysSeenBy(unconfigured())).toBe(2)
    expect((await new KMS({}).listKeys({})).Keys).toHaveLength(2)
    uninstall()
  })

  test("gives clients back as they were", async () => {
    const client = new KMSClient(nowhere ?? {})
    const before = { ...client.config }
    const uninstall = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(1)))
    expect(await keysSeenBy(client)).toBe(1)
    uninstall()
    uninstall()
    expect(client.config).toEqual(before)
    expect(Object.hasOwn(KMSClient.prototype, "send")).toBe(false)
    await expect(keysSeenBy(client)).rejects.toMatchObject({ name: "Unreachable" })
  })

  test("has its own way to send again afterwards, where it had one", async () => {
    class Counting extends KMSClient {}
    let sent = 0
    function send(this: KMSClient, ...args: never[]): unknown {
      sent += 1
      return Reflect.apply(KMSClient.prototype.send, this, args)
    }
    Object.defineProperty(Counting.prototype, "send", { value: send, configurable: true })
    const uninstall = installAwsSdk(Counting, awsSdkHandler(await engineOf(1)))
    expect(await keysSeenBy(new Counting({}))).toBe(1)
    expect(sent).toBe(1)
    uninstall()
    expect(Object.hasOwn(Counting.prototype, "send")).toBe(true)
    expect(Counting.prototype.send).toBe(send)
  })

  test("leads by the last one who came, and by the one before once that has gone", async () => {
    const client = unconfigured()
    const first = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(1)))
    expect(await keysSeenBy(client)).toBe(1)
    const second = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(2)))
    expect(await keysSeenBy(client)).toBe(2)
    second()
    expect(await keysSeenBy(client)).toBe(1)
    first()
  })

  test("leaves a client alone that was made for an engine of its own", async () => {
    const own = new KMSClient(awsSdkHandler(await engineOf(3)))
    const uninstall = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(1)))
    expect(await keysSeenBy(own)).toBe(3)
    uninstall()
  })

  test("keeps the region of a client where there are several, and refuses another", async () => {
    const kms = [await engineOf(1), await engineOf(2, "eu-central-1")]
    const uninstall = installAwsSdk(KMSClient, awsSdkHandler(kms))
    expect(await keysSeenBy(unconfigured())).toBe(1)
    expect(await keysSeenBy(new KMSClient({ region: "eu-central-1" }))).toBe(2)
    const elsewhere = keysSeenBy(new KMSClient({ region: "sa-east-1" }))
    await expect(elsewhere).rejects.toMatchObject({ name: "EndpointError" })
    uninstall()
  })

  test("serves a client of any region and endpoint where there is one", async () => {
    const uninstall = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(1)))
    expect(await keysSeenBy(new KMSClient(nowhere ?? {}))).toBe(1)
    uninstall()
  })

  test("keeps the retries and the middleware of a client", async () => {
    const client = new KMSClient({ maxAttempts: 5 })
    const seen: string[] = []
    client.middlewareStack.add(
      (next) => (args) => {
        seen.push("mine")
        return next(args)
      },
      { step: "initialize" },
    )
    const uninstall = installAwsSdk(KMSClient, awsSdkHandler(await engineOf(1)))
    await keysSeenBy(client)
    uninstall()
    expect(seen).toEqual(["mine"])
    expect(await client.config.maxAttempts()).toBe(5)
  })

  test("may be that of the oldest client", async () => {
    const client = new oldest.KMS({ region: "eu-west-1" })
    const uninstall = installAwsSdk(oldest.KMSClient, awsSdkHandler(await engineOf(2)))
    expect((await client.listKeys({})).Keys).toHaveLength(2)
    uninstall()
  })

  test("may sign, for a handler that verifies", async () => {
    const config = awsSdkHandler(await engineOf(2), { verify: true })
    const uninstall = installAwsSdk(KMSClient, config)
    expect(await keysSeenBy(unconfigured())).toBe(2)
    uninstall()
  })
})

test("options of a handler that has none of that name are refused", async () => {
  const kms = await createEngine()
  const wrong = () => awsSdkHandler(kms, { caller: {} } as never)
  expect(wrong).toThrow(new TypeError("`options` have no `caller`; is `callers` meant?"))
})

test("what is no client class, or no configuration of ours, is refused", async () => {
  const config = awsSdkHandler(await engineOf(0))
  for (const wrong of [undefined, {}, class {}, unconfigured()]) {
    const install = () => installAwsSdk(wrong as unknown as typeof KMSClient, config)
    expect(install).toThrow(TypeError)
  }
  const { requestHandler } = config
  const other = { ...config, requestHandler: { ...requestHandler, ["x"]: 1 } }
  expect(() => installAwsSdk(KMSClient, other)()).not.toThrow()
  const foreign = { ...config, requestHandler: { handle: requestHandler.handle } }
  expect(() => installAwsSdk(KMSClient, foreign as never)).toThrow("must come from awsSdkHandler")
})
