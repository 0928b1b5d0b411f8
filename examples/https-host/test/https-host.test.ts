import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { Agent, get } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "node:tls"
import { promisify } from "node:util"
import { KMS } from "@aws-sdk/client-kms"
import { STS } from "@aws-sdk/client-sts"
import { createMemoryStorage } from "@keywright/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serve } from "../src/https-host.js"
import { openServices } from "../src/services.js"

const run = promisify(execFile)
const account = "111122223333"
const region = "eu-central-1"
const all = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } }
const describes = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "kms:DescribeKey", Resource: "*" },
}
const trustPolicy = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
}
const fill = {
  accounts: {
    [account]: {
      users: { alice: { policies: { all } } },
      roles: { Reader: { trustPolicy, policies: { describes } } },
    },
  },
}

const mistakes: unknown[] = []
const folder = mkdtempSync(join(tmpdir(), "https-host-"))
const certFile = join(folder, "cert.pem")
let host: Awaited<ReturnType<typeof serve>>
let alice: { accessKeyId: string; secretAccessKey: string }
let ca: Buffer

beforeAll(async () => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
  const files = ["-keyout", join(folder, "key.pem"), "-out", certFile]
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject])
  const onMistake = (error: unknown) => mistakes.push(error)
  const services = await openServices({
    ...{ region, account, fill, onMistake, rootKey: new Uint8Array(32).fill(7) },
    ...{ keys: createMemoryStorage(), accounts: createMemoryStorage() },
  })
  alice = await services.directory.accessKeys.create(account, "alice")
  ca = readFileSync(certFile)
  const key = readFileSync(join(folder, "key.pem"))
  host = await serve(services, { key, cert: ca, onMistake })
}, 60_000)

afterAll(async () => {
  await host.close()
  rmSync(folder, { recursive: true })
  expect(mistakes).toEqual([])
})

const clientConfig = (credentials: object = alice, tls: object = {}) => ({
  ...{ region, endpoint: host.url, credentials: credentials as typeof alice, maxAttempts: 1 },
  requestHandler: { httpsAgent: new Agent({ ca, ...tls }) },
})

/** Runs a program of AWS with the user's access key, and answers what it prints. */
async function asAlice(program: string, args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    ...{ AWS_ACCESS_KEY_ID: alice.accessKeyId, AWS_SECRET_ACCESS_KEY: alice.secretAccessKey },
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_CA_BUNDLE: certFile },
    ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_PAGER: "" },
  }
  return (await run(program, [...args], { env })).stdout
}

const hasProgram = async (program: string, args: readonly string[]): Promise<boolean> =>
  run(program, [...args]).then(
    () => true,
    () => false,
  )

describe("the host", () => {
  it("serves the SDK for JavaScript over TLS 1.2 and 1.3, as the user and as a session", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const only = { minVersion: version, maxVersion: version }
      const client = new KMS(clientConfig(alice, only))
      const { KeyMetadata } = await client.createKey({})
      const { KeyId } = KeyMetadata ?? {}
      const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: new Uint8Array([1]) })
      const { Plaintext } = await client.decrypt({ CiphertextBlob })
      expect(Plaintext).toEqual(new Uint8Array([1]))
      const { Credentials } = await new STS(clientConfig(alice, only)).assumeRole({
        RoleArn: `arn:aws:iam::${account}:role/Reader`,
        RoleSessionName: "blue",
      })
      const session = new KMS(
        clientConfig({
          accessKeyId: Credentials?.AccessKeyId,
          secretAccessKey: Credentials?.SecretAccessKey,
          sessionToken: Credentials?.SessionToken,
        }),
      )
      await session.describeKey({ KeyId })
      const call = session.encrypt({ KeyId, Plaintext: new Uint8Array([1]) })
      await expect(call).rejects.toHaveProperty("name", "AccessDeniedException")
    }
  })

  it("refuses who signs with another secret", async () => {
    const client = new KMS(clientConfig({ ...alice, secretAccessKey: "guessed" }))
    await expect(client.listKeys({})).rejects.toHaveProperty("name", "InvalidSignatureException")
  })

  it("agrees on no old version and on nothing without forward secrecy", async () => {
    const port = Number(new URL(host.url).port)
    const tries = [
      { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" },
      { maxVersion: "TLSv1.2", ciphers: "AES256-SHA@SECLEVEL=0" },
    ] as const
    for (const only of tries) {
      const failed = await new Promise((resolve) => {
        const socket = connect({ ...{ port, ca, host: "localhost" }, ...only })
        socket.once("error", resolve)
        socket.once("secureConnect", () => resolve(undefined))
      })
      expect(failed).toBeInstanceOf(Error)
    }
  })

  it("tells who asks that it is well", async () => {
    const status = await new Promise((resolve) =>
      get(`${host.url}/health`, { ca }, (reply) => resolve(reply.resume().statusCode)),
    )
    expect(status).toBe(200)
  })

  it("answers with refusals to what is nothing that it serves", async () => {
    const status = await new Promise((resolve) =>
      get(`${host.url}/anything?x=1`, { ca }, (reply) => resolve(reply.resume().statusCode)),
    )
    expect(status).toBe(400)
  })

  it("serves the AWS CLI, where it is there", async (test) => {
    if (!(await hasProgram("aws", ["--version"]))) return test.skip("there is no AWS CLI")
    const aws = async (...args: string[]) =>
      JSON.parse(await asAlice("aws", [...args, "--endpoint-url", host.url, "--output", "json"]))
    const { Arn } = await aws("sts", "get-caller-identity")
    expect(Arn).toBe(`arn:aws:iam::${account}:user/alice`)
    const { KeyMetadata } = await aws("kms", "create-key", "--description", "of the CLI")
    const { Plaintext } = await aws(
      ...["kms", "generate-data-key", "--key-id", KeyMetadata.KeyId, "--key-spec", "AES_256"],
    )
    expect(Buffer.from(Plaintext, "base64")).toHaveLength(32)
  }, 60_000)

  it("serves boto3, where it is there", async (test) => {
    if (!(await hasProgram("python3", ["-c", "import boto3"]))) {
      return test.skip("there is no boto3")
    }
    const program = [
      "import boto3, sys",
      "url = sys.argv[1]",
      "kms, sts = (boto3.client(name, endpoint_url=url) for name in ('kms', 'sts'))",
      "key = kms.create_key(Tags=[{'TagKey': 'a', 'TagValue': 'b'}])['KeyMetadata']['KeyId']",
      "blob = kms.encrypt(KeyId=key, Plaintext=b'x')['CiphertextBlob']",
      "assert kms.decrypt(CiphertextBlob=blob)['Plaintext'] == b'x'",
      "role = sts.get_caller_identity()['Arn'].replace('user/alice', 'role/Reader')",
      "sts.assume_role(RoleArn=role, RoleSessionName='blue')",
      "print(len(kms.get_paginator('list_keys').paginate().build_full_result()['Keys']))",
    ].join("\n")
    const printed = await asAlice("python3", ["-c", program, host.url])
    expect(Number(printed)).toBeGreaterThan(0)
  }, 60_000)
})
