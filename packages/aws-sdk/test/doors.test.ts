import * as sdk from "@aws-sdk/client-kms"
import { KMS, KMSClient } from "@aws-sdk/client-kms"
import type { KmsClient, OperationName } from "@keywright/core"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { awsSdkHandler, awsSdkProtocol } from "../src/index.js"
import { doors, tolerantDoors } from "./support/doors.js"
import { createEngine } from "./support/engine.js"
import { sampled, sampleOf } from "./support/samples.js"

type Outcome = { readonly reply: unknown } | { readonly refusal: string; readonly error: unknown }

const outcomeOf = (call: Promise<object>): Promise<Outcome> =>
  call.then(
    ({ $metadata: _, ...reply }: { $metadata?: unknown }) => ({ reply }),
    (error: Error) => ({ refusal: `${error.name}: ${error.message}`, error }),
  )

type Command = Parameters<KMSClient["send"]>[0]

const commandOf = (operation: OperationName, input: object): Command => {
  const commands = sdk as unknown as Record<string, new (input: object) => Command>
  return new (commands[`${operation}Command`] as new (input: object) => Command)(input)
}

/** What nobody should put into a member, and somebody does. */
const strange = fc.constantFrom<() => unknown>(
  () => undefined,
  () => null,
  () => "",
  () => "text",
  () => 0,
  () => 7,
  () => true,
  () => [],
  () => ["text", null],
  () => ({}),
  () => ({ name: "text", none: null }),
  () => Buffer.from("some bytes"),
  () => new Uint8Array(3).subarray(1),
  () => new Date(86_400_123),
)

const quick = [...sampled].filter(
  (operation) => !/KeyPair|Import|GetPublicKey|CreateKey/.test(operation),
) as OperationName[]

describe("the ways in", () => {
  test("answer and refuse alike, whatever stands in an input, but for objects of another kind", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...quick),
        fc.nat(),
        strange,
        fc.boolean(),
        async (operation, at, make, isNew) => {
          const outcomes: Outcome[] = []
          for (const [, door] of tolerantDoors) {
            const kms = await createEngine()
            const admin: KmsClient = kms.as(kms.administrator)
            const input: Record<string, unknown> = { ...(await sampleOf(operation)(admin)) }
            const members = Object.keys(input)
            const member = isNew ? "Unheard" : (members[at % members.length] ?? "Unheard")
            input[member] = make()
            const client = new KMSClient({ ...door(kms), maxAttempts: 1 })
            outcomes.push(await outcomeOf(client.send(commandOf(operation, input))))
          }
          const [json, direct] = outcomes as [Outcome, Outcome]
          const refusal = "refusal" in direct ? direct.refusal : ""
          // A client writes some objects as what they are not; handed over, they are refused.
          if (typeof make() === "object" && refusal.startsWith("SerializationException")) return
          if ("error" in json) expect(refusal).toBe(json.refusal)
          else expect(direct).toEqual(json)
        },
      ),
      { numRuns: 400 },
    )
  })

  test("take an input as it was when the call was made", async () => {
    for (const [, door] of doors) {
      const kms = new KMS({ ...door(await createEngine()) })
      const KeyId = (await kms.createKey({})).KeyMetadata?.KeyId
      const Plaintext = Uint8Array.of(1, 2, 3)
      const encrypting = kms.encrypt({ KeyId, Plaintext })
      await Promise.resolve()
      const { CiphertextBlob } = await encrypting
      Plaintext.fill(9)
      expect([...((await kms.decrypt({ CiphertextBlob })).Plaintext ?? [])]).toEqual([1, 2, 3])
    }
  })

  test("give replies that are the caller's own", async () => {
    const kms = new KMS({ ...awsSdkProtocol(await createEngine()) })
    const { KeyMetadata } = await kms.createKey({ Tags: [{ TagKey: "a", TagValue: "b" }] })
    const KeyId = KeyMetadata?.KeyId
    const first = await kms.describeKey({ KeyId })
    Object.assign(first.KeyMetadata ?? {}, { KeyState: "Enabled, says the caller", Arn: "" })
    first.KeyMetadata?.EncryptionAlgorithms?.push("SM2PKE")
    const second = await kms.describeKey({ KeyId })
    expect(second.KeyMetadata).toEqual(KeyMetadata)
  })
})

describe("a client that signs nothing", () => {
  test("is the caller that its own credentials name", async () => {
    const engine = await createEngine()
    const alice = "arn:aws:iam::111122223333:user/alice"
    for (const [, door] of doors) {
      const config = door(engine, { callers: { AKIDALICE: alice } })
      const credentials = { accessKeyId: "AKIDALICE", secretAccessKey: "x", sessionToken: "t" }
      const refused = new KMS({ ...config, credentials }).listKeys({})
      await expect(refused).rejects.toThrow(alice)
      const nobody = new KMS({ ...config }).listKeys({})
      await expect(nobody).rejects.toMatchObject({ name: "UnrecognizedClientException" })
    }
  })

  test("sends no signature, and one whose callers are a function does", async () => {
    const engine = await createEngine()
    const seen: string[] = []
    const watched = (config: ReturnType<typeof awsSdkHandler>) => {
      const handle: typeof config.requestHandler.handle = (request, options) => {
        seen.push(request.headers["authorization"] ?? "")
        return config.requestHandler.handle(request, options)
      }
      return new KMS({ ...config, requestHandler: { ...config.requestHandler, handle } })
    }
    await watched(awsSdkHandler(engine)).listKeys({})
    await watched(awsSdkHandler(engine, { callers: () => engine.administrator })).listKeys({})
    expect(seen[0]).toMatch(/Signature=0{64}$/)
    expect(seen[1]).toMatch(/Signature=[0-9a-f]{64}$/)
    expect(seen[1]).not.toMatch(/Signature=0{64}$/)
  })
})

describe("a client that orders its middleware once", () => {
  /** Adds middleware that counts the calls it sees. */
  const countedBy = (client: KMSClient): (() => number) => {
    let count = 0
    client.middlewareStack.add(
      (next) => (args) => {
        count += 1
        return next(args)
      },
      { step: "initialize", name: "counting" },
    )
    return () => count
  }

  test("gives each of many calls at once its own answer", async () => {
    const kms = await createEngine()
    const client = new KMS({ ...awsSdkProtocol(kms) })
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId
    const sealed = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        client.encrypt({ KeyId, Plaintext: Uint8Array.of(i), EncryptionContext: { i: `${i}` } }),
      ),
    )
    const opened = await Promise.all(
      sealed.map(({ CiphertextBlob }, i) =>
        client.decrypt({ CiphertextBlob, EncryptionContext: { i: `${i}` } }),
      ),
    )
    expect(opened.map(({ Plaintext }) => Plaintext?.[0])).toEqual(sealed.map((_, i) => i))
    expect(new Set(opened.map(({ $metadata }) => $metadata.requestId)).size).toBe(50)
  })

  test("shows every call to middleware that was there first", async () => {
    const client = new KMS({ ...awsSdkProtocol(await createEngine()) })
    const count = countedBy(client)
    for (let i = 0; i < 3; i += 1) await client.listKeys({})
    expect(count()).toBe(3)
  })

  test("shows later middleware the calls, too, where that was asked for", async () => {
    const client = new KMS({ ...awsSdkProtocol(await createEngine()), cacheMiddleware: false })
    await client.listKeys({})
    const count = countedBy(client)
    await client.listKeys({})
    expect(count()).toBe(1)
  })
})
