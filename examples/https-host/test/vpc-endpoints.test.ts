import { Agent } from "node:https"
import { KMS } from "@aws-sdk/client-kms"
import type { HttpRequest } from "@keywright/aws-sdk"
import { type IdentifiedCaller, onBehalf, vpcEndpoint } from "@keywright/identity"
import { createMemoryStorage } from "@keywright/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serve } from "../src/https-host.js"
import { openServices, type Services } from "../src/services.js"
import { type Certificate, makeCertificate } from "./support/certificate.js"

const [account, region] = ["111122223333", "eu-central-1"]
const Version = "2012-10-17"

/** On this machine clients come from its own addresses, and to its own name. */
const endpoint = vpcEndpoint({
  ...{ id: "vpce-0123456789abcdef0", vpc: "vpc-0123456789abcdef0" },
  ...{ addresses: ["127.0.0.0/8"], dnsNames: ["localhost"] },
  policy: {
    Version,
    Statement: {
      ...{ Effect: "Allow", Principal: "*", Resource: "*" },
      Action: ["kms:CreateKey", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
    },
  },
})

/** Of the account, and of those of its calls that come through the endpoint. */
const onlyThrough = (exception: object = {}) =>
  JSON.stringify({
    Version,
    Statement: [
      {
        ...{ Effect: "Allow", Action: "kms:*", Resource: "*" },
        Principal: { AWS: `arn:aws:iam::${account}:root` },
      },
      {
        ...{ Effect: "Deny", Action: "kms:Encrypt", Resource: "*", Principal: "*" },
        Condition: { StringNotEquals: { "aws:SourceVpce": endpoint.id }, ...exception },
      },
    ],
  })

let certificate: Certificate
let services: Services
let hosts: readonly Awaited<ReturnType<typeof serve>>[]
let [through, past] = [undefined as unknown as KMS, undefined as unknown as KMS]
/** The user, as the service hears her. */
let alice: IdentifiedCaller

const onMistake = (error: unknown) => expect.fail(String(error))
const Plaintext = Buffer.from("an order")

beforeAll(async () => {
  certificate = await makeCertificate()
  const all = { Version, Statement: { Effect: "Allow", Action: "*", Resource: "*" } }
  services = await openServices({
    ...{ region, account, onMistake, rootKey: new Uint8Array(32).fill(7), endpoints: [endpoint] },
    ...{ keys: createMemoryStorage(), accounts: createMemoryStorage() },
    fill: { accounts: { [account]: { users: { alice: { policies: { all } } } } } },
  })
  const credentials = await services.directory.accessKeys.create(account, "alice")
  const options = { ...certificate, onMistake }
  hosts = [await serve(services, { ...options, endpoint }), await serve(services, options)]
  const common = { region, credentials, maxAttempts: 1 }
  const clientOf = (url: string | undefined) =>
    new KMS({
      ...{ ...common, endpoint: url as string },
      requestHandler: { httpsAgent: new Agent({ ca: certificate.cert }) },
    })
  through = clientOf(hosts[0]?.url)
  past = clientOf(hosts[1]?.url)
  alice = await heardFrom(common)
})

afterAll(async () => {
  for (const host of hosts) await host.close()
  await services.close()
  certificate.remove()
})

/** What a service knows of a user who has signed a request to it. */
async function heardFrom(config: object): Promise<IdentifiedCaller> {
  let heard: IdentifiedCaller | undefined
  const requestHandler = {
    handle: async ({ method, path, headers, body }: HttpRequest) => {
      const tls = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" }
      const connection = { tls, remoteAddress: "203.0.113.7" }
      const raw = { method, target: path, headers, body: body as Uint8Array, connection }
      heard = await services.identify(raw, { region })
      throw new Error("has been heard")
    },
  }
  const client = new KMS({ ...config, requestHandler: requestHandler as never })
  await client.listKeys({}).catch(() => undefined)
  return heard as IdentifiedCaller
}

const keyWith = async (Policy: string): Promise<string> => {
  const { KeyMetadata } = await past.createKey({ Policy })
  return KeyMetadata?.KeyId as string
}

const denied = { name: "AccessDeniedException" }

describe("a key for those who come through a VPC endpoint", () => {
  it("is used through it, and not past it", async () => {
    const KeyId = await keyWith(onlyThrough())
    await through.encrypt({ KeyId, Plaintext })
    await expect(past.encrypt({ KeyId, Plaintext })).rejects.toMatchObject(denied)
  })

  it("is closed to a service that calls on behalf of its user, until it excepts such calls", async () => {
    const orders = onBehalf(alice, "orders.eu-central-1.amazonaws.com")
    expect(orders.principal).toBe(`arn:aws:iam::${account}:user/alice`)
    const service = services.engine.as(orders.principal, orders.context)
    const KeyId = await keyWith(onlyThrough())
    await expect(service.encrypt({ KeyId, Plaintext })).rejects.toMatchObject(denied)
    const open = await keyWith(onlyThrough({ Bool: { "aws:ViaAWSService": "false" } }))
    await service.encrypt({ KeyId: open, Plaintext })
    await expect(past.encrypt({ KeyId: open, Plaintext })).rejects.toMatchObject(denied)
  })
})

describe("a VPC endpoint", () => {
  it("lets through what its policy allows, whatever the caller may do elsewhere", async () => {
    const { KeyMetadata } = await through.createKey({})
    await through.describeKey({ KeyId: KeyMetadata?.KeyId })
    await expect(through.listKeys({})).rejects.toMatchObject(denied)
    await past.listKeys({})
  })
})
