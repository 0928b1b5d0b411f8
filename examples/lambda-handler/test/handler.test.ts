import { KMSClient } from "@aws-sdk/client-kms"
import { createTestKms, type TestKms } from "@keywright/testing"
import { matchers } from "@keywright/testing/vitest"
import { afterEach, beforeEach, expect, test } from "vitest"
import { createHandler } from "../src/handler.js"

expect.extend(matchers)

const account = "111122223333"
const functionRole = `arn:aws:sts::${account}:assumed-role/webhooks/webhooks`

/** The role of the function decrypts what was encrypted for the function, and nothing else. */
const policy = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Administration",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "FunctionReadsItsSecret",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:role/webhooks` },
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: { StringEquals: { "kms:EncryptionContext:LambdaFunctionName": "webhooks" } },
    },
  ],
}

let kit: TestKms

beforeEach(async () => {
  kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/lambda", policy }] } })
})

afterEach(() => kit.close())

/** The function as Lambda starts it: with an environment that somebody encrypted for it. */
async function start(name = "webhooks") {
  const { CiphertextBlob = new Uint8Array() } = await kit.client().encrypt({
    KeyId: "alias/lambda",
    Plaintext: new TextEncoder().encode("open sesame"),
    EncryptionContext: { LambdaFunctionName: name },
  })
  const client = new KMSClient({ ...kit.sdk({ caller: functionRole }), maxAttempts: 1 })
  const handler = createHandler(client, {
    AWS_LAMBDA_FUNCTION_NAME: name,
    WEBHOOK_SECRET: Buffer.from(CiphertextBlob).toString("base64"),
  })
  return (secret: string) => handler({ headers: { "x-webhook-secret": secret } })
}

const decryptCalls = () => kit.calls.filter(({ operation }) => operation === "Decrypt")

test("who knows the secret gets in, and nobody else", async () => {
  const invoke = await start()
  expect(await invoke("open sesame")).toEqual({ statusCode: 204 })
  expect(await invoke("open barley")).toEqual({ statusCode: 403 })
})

test("a warm function asks KMS no more, however many invocations there are", async () => {
  const invoke = await start()
  await Promise.all([invoke("1"), invoke("2")])
  await invoke("3")
  expect(decryptCalls()).toHaveLength(1)
})

test("a function that started while KMS was throttling works with the next invocation", async () => {
  const invoke = await start()
  kit.faults.plan([{ fault: "throttle", operation: "Decrypt", count: 1 }])
  await expect(invoke("open sesame")).rejects.toMatchObject({ name: "ThrottlingException" })
  expect(await invoke("open sesame")).toEqual({ statusCode: 204 })
})

test("a secret that was encrypted for another function is refused by the key policy", async () => {
  const invoke = await start("invoices")
  await expect(invoke("open sesame")).toBeDeniedBy({ effect: "implicitDeny" })
})
