import { KMS, NotFoundException } from "@aws-sdk/client-kms"
import type { Kms } from "@keywright/core"
import * as oldest from "aws-sdk-client-kms-oldest"
import { describe, expect, test, vi } from "vitest"
import { doors } from "./support/doors.js"
import { createEngine } from "./support/engine.js"

const regionsOf = (names: readonly string[]): Promise<Kms[]> =>
  Promise.all(names.map((region, seed) => createEngine({ region, seed })))

const signedBy = (accessKeyId: string) => ({
  credentials: { accessKeyId, secretAccessKey: "not verified" },
})

describe.each(doors)("through %s", (name, door) => {
  describe("callers", () => {
    test("without a table, every access key id is the administrator of the account", async () => {
      const kms = await createEngine()
      const client = new KMS({ ...door(kms), ...signedBy("AKIDANYONE") })
      const { KeyMetadata } = await client.createKey({})
      expect(KeyMetadata?.AWSAccountId).toBe(kms.account)
    })

    test("a handler's own credentials are recognisable and no secret", async () => {
      const { credentials, region } = door(await createEngine())
      expect(credentials.accessKeyId).toBe("AKIAKEYWRIGHTEXAMPLE")
      expect(region).toBe("us-east-1")
    })

    test("two accounts do not see each other's keys", async () => {
      const config = door(await createEngine(), {
        callers: {
          AKIDONE: "arn:aws:iam::111122223333:root",
          AKIDTWO: { principal: "arn:aws:iam::444455556666:root" },
        },
      })
      const one = new KMS({ ...config, ...signedBy("AKIDONE") })
      const two = new KMS({ ...config, ...signedBy("AKIDTWO") })
      const { KeyMetadata } = await one.createKey({})
      const KeyId = KeyMetadata?.KeyId
      const Plaintext = new Uint8Array([1])
      await expect(two.listKeys({})).resolves.toHaveProperty("Keys", [])
      await expect(two.describeKey({ KeyId })).rejects.toBeInstanceOf(NotFoundException)
      const byArn = two.encrypt({ KeyId: KeyMetadata?.Arn, Plaintext })
      await expect(byArn).rejects.toHaveProperty("name", "AccessDeniedException")
      await expect(one.encrypt({ KeyId, Plaintext })).resolves.toHaveProperty("CiphertextBlob")
      const own = await two.createKey({})
      expect(own.KeyMetadata?.AWSAccountId).toBe("444455556666")
    })

    test("an access key id that nobody has is refused, inherited names included", async () => {
      const callers = { AKIDONE: "arn:aws:iam::111122223333:root" }
      const config = door(await createEngine(), { callers })
      for (const id of ["AKIDTWO", "constructor", "__proto__", config.credentials.accessKeyId]) {
        const call = new KMS({ ...config, ...signedBy(id) }).listKeys({})
        await expect(call).rejects.toMatchObject({
          name: "UnrecognizedClientException",
          message: "The security token included in the request is invalid.",
          $metadata: { attempts: 1, httpStatusCode: 400 },
        })
      }
    })

    test("a function sees the access key id and the whole request", async () => {
      const kms = await createEngine()
      const callers = vi.fn(async (accessKeyId: string) =>
        accessKeyId === "AKIDONE" ? kms.administrator : undefined,
      )
      const config = door(kms, { callers })
      await new KMS({ ...config, ...signedBy("AKIDONE") }).listKeys({ Limit: 7 })
      const [accessKeyId, request] = callers.mock.calls[0] as unknown as [
        string,
        { body: Uint8Array },
      ]
      expect(accessKeyId).toBe("AKIDONE")
      expect(request).toMatchObject({ method: "POST", hostname: "kms.us-east-1.amazonaws.com" })
      // What is handed over as it is stands beside an empty body.
      const bodies: Readonly<Record<string, string>> = {
        JSON: '{"Limit":7}',
        CBOR: "\u{fffd}eLimit\u0007",
      }
      expect(new TextDecoder().decode(request.body)).toBe(bodies[name] ?? "")
      const unknown = new KMS({ ...config, ...signedBy("AKIDTWO") }).listKeys({})
      await expect(unknown).rejects.toHaveProperty("name", "UnrecognizedClientException")
    })

    test("the user agent of the client is part of the caller's context", async () => {
      const kms = await createEngine()
      const call = vi.fn(kms.call)
      const client = new KMS({ ...door({ ...kms, call }), customUserAgent: "orders/1" })
      await client.listKeys({})
      expect(call.mock.calls[0]?.[0].context?.userAgent).toMatch(/aws-sdk-js.*orders/)
    })

    test("a principal that no engine understands is refused when the handler is made", async () => {
      const kms = await createEngine()
      expect(() => door(kms, { callers: { AKIDONE: "root" } })).toThrow(TypeError)
    })
  })

  describe("regions", () => {
    test("each client talks to the engine of its region", async () => {
      const engines = await regionsOf(["us-east-1", "eu-central-1"])
      const config = door(engines)
      expect(config.region).toBe("us-east-1")
      for (const engine of engines) {
        const { region } = engine
        const { KeyMetadata } = await new KMS({ ...config, region }).createKey({})
        expect(KeyMetadata?.Arn).toContain(`arn:aws:kms:${region}:111122223333:key/`)
        const own = await engine.as(engine.administrator).listKeys({})
        expect(own.Keys?.map((key) => key.KeyArn)).toEqual([KeyMetadata?.Arn])
      }
    })

    test.each([
      ["us-east-1", { useFipsEndpoint: true }],
      ["us-east-1", { useDualstackEndpoint: true }],
      ["us-east-1", { useFipsEndpoint: true, useDualstackEndpoint: true }],
      ["us-gov-west-1", { useFipsEndpoint: true }],
      ["cn-north-1", {}],
      ["cn-north-1", { useDualstackEndpoint: true }],
      ["eusc-de-east-1", {}],
      ["us-iso-east-1", {}],
      ["us-isob-east-1", {}],
      ["us-east-1", { endpoint: "https://vpce-0a1b-2c3d.kms.us-east-1.vpce.amazonaws.com" }],
    ])("%s is found behind the host that the SDK chooses: %j", async (region, options) => {
      const config = door(await regionsOf(["us-west-2", region]))
      const client = new KMS({ ...config, region, ...options })
      const { KeyMetadata } = await client.createKey({})
      expect(KeyMetadata?.Arn).toContain(`:kms:${region}:`)
    })

    test.each(["us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1"])(
      "%s is found by the oldest client",
      async (region) => {
        const config = door(await regionsOf(["us-west-2", region]))
        const client = new oldest.KMS({ ...config, region })
        await expect(client.listKeys({})).resolves.toHaveProperty("Keys", [])
      },
    )

    test.each([
      ["a region that is not there", { region: "eu-west-1" }],
      ["a local endpoint", { endpoint: "http://localhost:4566" }],
      ["a host that only looks like one", { endpoint: "https://kms.us-east-1.example.com" }],
      ["another service", { endpoint: "https://s3.us-east-1.amazonaws.com" }],
      ["a global host", { endpoint: "https://kms.amazonaws.com" }],
    ])("%s is an error that says so, and is not tried again", async (_case, options) => {
      const client = new KMS({ ...door(await createEngine()), ...options })
      const error = await client.listKeys({}).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: "EndpointError", $metadata: { attempts: 1 } })
      expect((error as Error).message).toContain("(us-east-1)")
    })

    test("a request that is signed for another region is refused", async () => {
      const config = door(await regionsOf(["us-east-1", "eu-central-1"]))
      const endpoint = "https://kms.eu-central-1.amazonaws.com"
      const client = new KMS({ ...config, endpoint })
      await expect(client.listKeys({})).rejects.toMatchObject({
        name: "InvalidSignatureException",
        message: "Credential should be scoped to a valid region.",
      })
    })

    test("no region, or one region twice, is a mistake of the programmer", async () => {
      const engine = await createEngine()
      expect(() => door([])).toThrow(TypeError)
      expect(() => door([engine, engine])).toThrow(TypeError)
    })
  })
})
