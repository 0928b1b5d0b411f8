import { execFile } from "node:child_process"
import { once } from "node:events"
import { Agent, get } from "node:https"
import { connect as connectPlain } from "node:net"
import { connect as connectTls, createSecureContext } from "node:tls"
import { promisify } from "node:util"
import { KMS } from "@aws-sdk/client-kms"
import { STS } from "@aws-sdk/client-sts"
import { createMemoryStorage } from "@keywright/storage"
import * as oldest from "aws-sdk-client-kms-oldest"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serve } from "../src/https-host.js"
import { openServices, type Services } from "../src/services.js"
import { type Certificate, makeCertificate } from "./support/certificate.js"

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
let certificate: Certificate
let services: Services
let host: Awaited<ReturnType<typeof serve>>
let alice: { accessKeyId: string; secretAccessKey: string }
let ca: Buffer

beforeAll(async () => {
  certificate = await makeCertificate()
  ca = certificate.cert
  const onMistake = (error: unknown) => mistakes.push(error)
  services = await openServices({
    ...{ region, account, fill, onMistake, rootKey: new Uint8Array(32).fill(7) },
    ...{ keys: createMemoryStorage(), accounts: createMemoryStorage() },
  })
  alice = await services.directory.accessKeys.create(account, "alice")
  host = await serve(services, { ...certificate, onMistake })
}, 300_000)

afterAll(async () => {
  await host.close()
  await services.close()
  certificate.remove()
  expect(mistakes).toEqual([])
})

const clientConfig = (credentials: object = alice, tls: object = {}) => ({
  ...{ region, endpoint: host.url, credentials: credentials as typeof alice, maxAttempts: 1 },
  requestHandler: { httpsAgent: new Agent({ ca, ...tls }) },
})

/** What OpenSSL says of a connection; `undefined` where there is none. */
const agreed = (...args: string[]): Promise<string | undefined> => {
  const port = new URL(host.url).port
  const all = [
    "s_client",
    "-brief",
    "-connect",
    `localhost:${port}`,
    "-CAfile",
    certificate.certFile,
    ...args,
  ]
  const running = run("openssl", all)
  running.child.stdin?.end()
  return running.then(
    ({ stderr }) => stderr,
    () => undefined,
  )
}

/** Node has hybrid groups where its OpenSSL is 3.5 or newer. */
function hasHybrid(): boolean {
  try {
    createSecureContext({ ecdhCurve: "X25519MLKEM768" })
    return true
  } catch {
    return false
  }
}

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

  it("serves the oldest SDK for JavaScript", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const config = clientConfig(alice, { minVersion: version, maxVersion: version })
      // Of a client of its time, which cannot be told whom to trust, this one takes the way.
      const { requestHandler } = new KMS(config).config
      const client = new oldest.KMS({ ...config, requestHandler } as never)
      const { KeyMetadata } = await client.createKey({})
      const { KeyId } = KeyMetadata ?? {}
      const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: new Uint8Array([1]) })
      const { Plaintext } = await client.decrypt({ CiphertextBlob })
      expect(Plaintext).toEqual(new Uint8Array([1]))
    }
  })

  it("refuses who signs with another secret", async () => {
    const client = new KMS(clientConfig({ ...alice, secretAccessKey: "guessed" }))
    await expect(client.listKeys({})).rejects.toHaveProperty("name", "InvalidSignatureException")
  })

  it("agrees on TLS 1.2 and 1.3, on keys that are made anew, and on nothing else", async () => {
    expect(await agreed("-tls1_3")).toMatch(/TLSv1\.3\n.*TLS_AES_256_GCM_SHA384\n/s)
    const older = await agreed("-tls1_2")
    expect(older).toMatch(/TLSv1\.2\n.*ECDHE-RSA-AES256-GCM-SHA384\n/s)
    expect(older).toMatch(/Temp Key: X25519/)
    const weak = "@SECLEVEL=0"
    expect(await agreed("-tls1_1", "-cipher", `ALL${weak}`)).toBeUndefined()
    for (const suite of ["AES128-GCM-SHA256", "AES256-SHA", "kRSA", "DHE-RSA-AES256-GCM-SHA384"]) {
      expect(await agreed("-tls1_2", "-cipher", `${suite}${weak}`)).toBeUndefined()
    }
    expect(await agreed("-tls1_2", "-cipher", `ECDHE-RSA-AES128-SHA${weak}`)).toBeUndefined()
  })

  it("knows the one group that a listener agrees on, and policies can ask for it", async () => {
    const group = hasHybrid() ? "X25519MLKEM768" : "X25519"
    const onMistake = (error: unknown) => mistakes.push(error)
    const other = await serve(services, { ...certificate, onMistake, group })
    const Principal = { AWS: `arn:aws:iam::${account}:root` }
    const Statement = [
      { Effect: "Allow", Principal, Action: "kms:*", Resource: "*" },
      {
        ...{ Effect: "Deny", Principal: "*", Action: "kms:Encrypt", Resource: "*" },
        Condition: { StringNotEquals: { "keywright:TlsGroup": group } },
      },
    ]
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement })
    const usual = new KMS(clientConfig())
    const { KeyMetadata } = await usual.createKey({ Policy })
    const encrypted = { KeyId: KeyMetadata?.KeyId, Plaintext: new Uint8Array([1]) }
    await new KMS({ ...clientConfig(), endpoint: other.url }).encrypt(encrypted)
    const call = usual.encrypt(encrypted)
    await expect(call).rejects.toHaveProperty("name", "AccessDeniedException")
    await other.close()
  })

  it("ends, whoever keeps half a request or a half-made connection open", async () => {
    const onMistake = (error: unknown) => mistakes.push(error)
    const other = await serve(services, { ...certificate, onMistake })
    const port = Number(new URL(other.url).port)
    const half = connectTls({ port, host: "localhost", ca })
    const bare = connectPlain({ port, host: "localhost" })
    const ends = [half, bare].map((socket) => once(socket, "close"))
    await Promise.all([once(half, "secureConnect"), once(bare, "connect")])
    half.write("POST / HTTP/1.1\r\nHost: localhost\r\n")
    await other.close(100)
    await Promise.allSettled(ends)
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
})
