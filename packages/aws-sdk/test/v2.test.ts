import AWS from "aws-sdk"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { type AwsSdkConfig, awsSdkHandler } from "../src/index.js"
import { installAwsSdkV2 } from "../src/v2.js"
import { createEngine } from "./support/engine.js"

let uninstall = () => {}
const install = (config: AwsSdkConfig): void => {
  uninstall = installAwsSdkV2(AWS, config)
}

beforeEach(() => {
  vi.stubEnv("AWS_REGION", undefined)
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true")
})
afterEach(() => {
  uninstall()
  vi.unstubAllEnvs()
})

describe("the KMS client of the AWS SDK v2", () => {
  test("runs on an engine without credentials, region or network", async () => {
    install(awsSdkHandler(await createEngine()))
    const client = new AWS.KMS()
    const { KeyMetadata } = await client.createKey({ Description: "orders" }).promise()
    const EncryptionContext = { tenant: "42" }
    const KeyId = KeyMetadata?.Arn ?? ""
    const Plaintext = "attack at dawn"
    const encrypted = await client.encrypt({ KeyId, Plaintext, EncryptionContext }).promise()
    const CiphertextBlob = encrypted.CiphertextBlob as Uint8Array
    const opened = await client.decrypt({ CiphertextBlob, EncryptionContext }).promise()
    expect(String(opened.Plaintext)).toBe(Plaintext)
    expect(KeyMetadata?.CreationDate).toBeInstanceOf(Date)
  })

  test("fails with the exceptions of AWS, by callback, too", async () => {
    install(awsSdkHandler(await createEngine()))
    const client = new AWS.KMS({ region: "eu-west-1" })
    const KeyId = "alias/nobody"
    await expect(client.describeKey({ KeyId }).promise()).rejects.toMatchObject({
      code: "NotFoundException",
      statusCode: 400,
      retryable: false,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    const failed = await new Promise((resolve) => client.describeKey({ KeyId }, resolve))
    expect(failed).toMatchObject({ code: "NotFoundException" })
  })

  test("calls as the caller of the configuration", async () => {
    const kms = await createEngine()
    const nobody = "arn:aws:iam::111122223333:role/Nobody"
    const config = awsSdkHandler(kms, { callers: { AKIDNOBODY: nobody } })
    const credentials = { accessKeyId: "AKIDNOBODY", secretAccessKey: "none" }
    install({ ...config, credentials })
    await expect(new AWS.KMS().listKeys().promise()).rejects.toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining("assumed-role/Nobody"),
    })
  })

  test("tries again what was not answered, and not what is no region of the handler", async () => {
    const kms = [await createEngine(), await createEngine({ region: "eu-central-1" })]
    const config = awsSdkHandler(kms)
    let failures = 2
    const { requestHandler } = config
    const handle: typeof requestHandler.handle = async (request, options) => {
      failures -= 1
      if (failures >= 0) throw Object.assign(new Error("slow"), { name: "TimeoutError" })
      return requestHandler.handle(request, options)
    }
    install({ ...config, requestHandler: { ...requestHandler, handle } })
    const retryDelayOptions = { base: 1 }
    const client = new AWS.KMS({ region: "eu-central-1", retryDelayOptions })
    expect((await client.listKeys().promise()).Keys).toEqual([])
    expect(failures).toBe(-1)
    const elsewhere = new AWS.KMS({ region: "sa-east-1", retryDelayOptions })
    await expect(elsewhere.listKeys().promise()).rejects.toMatchObject({
      code: "NetworkingError",
      message: expect.stringContaining("is not a host of AWS KMS"),
    })
    expect(failures).toBe(-2)
  })

  test("can give a call up", async () => {
    install(awsSdkHandler(await createEngine()))
    const request = new AWS.KMS().listKeys()
    const ended = request.promise()
    request.abort()
    await expect(ended).rejects.toMatchObject({ code: "RequestAbortedError" })
  })
})

test("clients of other services, and of KMS after the end, are left alone", async () => {
  const config = awsSdkHandler(await createEngine())
  install(config)
  const sts = new AWS.STS({ region: "us-east-1", maxRetries: 0, endpoint: "http://127.0.0.1:9" })
  await expect(sts.getCallerIdentity().promise()).rejects.toMatchObject({
    code: "CredentialsError",
  })
  uninstall()
  const kms = new AWS.KMS({ region: "us-east-1", maxRetries: 0 })
  await expect(kms.listKeys().promise()).rejects.toMatchObject({ code: "CredentialsError" })
})

test("what is not the SDK is refused", async () => {
  const config = awsSdkHandler(await createEngine())
  expect(() => installAwsSdkV2({ KMS: AWS.KMS } as never, config)).toThrow(TypeError)
  expect(() => installAwsSdkV2(AWS, {} as never)).toThrow("must come from awsSdkHandler")
})
