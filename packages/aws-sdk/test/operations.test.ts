import * as newest from "@aws-sdk/client-kms"
import { catalogue, type Kms, type OperationName } from "@keywright/core"
import * as oldest from "aws-sdk-client-kms-oldest"
import { describe, expect, test } from "vitest"
import { awsSdkHandler } from "../src/index.js"
import { doors, tolerantDoors } from "./support/doors.js"
import { createEngine, methodOf } from "./support/engine.js"
import { sampled, sampleOf } from "./support/samples.js"

interface Client {
  send(command: unknown): Promise<Readonly<Record<string, unknown>>>
}

type Command = new (input: object) => unknown

const commandOf = (sdk: object, operation: string): Command | undefined =>
  (sdk as Readonly<Record<string, Command>>)[`${operation}Command`]

const plain = (member: unknown): unknown => {
  if (member instanceof Uint8Array) return new Uint8Array(member)
  return member?.constructor === Object ? defined(member) : member
}

/** Everything that is there, without what the SDK adds. */
const defined = (value: object): object =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => name !== "$metadata" && member !== undefined)
      .map(([name, member]) => [name, plain(member)]),
  )

/** What became of a call: its reply, or its refusal. */
const outcomeOf = (call: Promise<object>): Promise<{ reply: object } | { refusal: string }> =>
  call.then(
    (reply) => ({ reply: defined(reply) }),
    // What AWS refuses without a message has one of these in the newest client.
    ({ name, message }: Error) => ({
      refusal: `${name}: ${/^(?:Unknown)?$/.test(message) ? "UnknownError" : message}`,
    }),
  )

const operations = Object.keys(catalogue) as OperationName[]

/** Performs an operation twice, in two engines that are alike: directly and through the SDK. */
async function performTwice(
  operation: OperationName,
  sdk: object,
  createClient: (kms: Kms) => Client,
) {
  const sample = sampleOf(operation)
  const direct = await createEngine()
  const admin = direct.as(direct.administrator)
  const expected = await outcomeOf(methodOf(admin, operation)(await sample(admin)))

  const served = await createEngine()
  const input = await sample(served.as(served.administrator))
  const command = new (commandOf(sdk, operation) as Command)(input)
  const actual = await outcomeOf(createClient(served).send(command))
  expect("reply" in expected || !sampled.has(operation)).toBe(true)
  return { expected, actual }
}

describe.each(doors)("the newest client, through %s,", (_name, door) => {
  test.each(operations)("%s answers as the engine does", async (operation) => {
    const { expected, actual } = await performTwice(
      operation,
      newest,
      (kms) => new newest.KMSClient({ ...door(kms), maxAttempts: 1 }) as unknown as Client,
    )
    expect(actual).toEqual(expected)
  })

  test("most operations have been tried with an input that they perform", () => {
    expect(sampled.size).toBeGreaterThan(30)
  })

  test("a reply tells the id of its request", async () => {
    const client = new newest.KMS({ ...door(await createEngine()) })
    const { $metadata } = await client.listKeys({})
    expect($metadata).toMatchObject({ httpStatusCode: 200, attempts: 1 })
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })
})

/** The old client names members that are not there. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (Object.getPrototypeOf(value ?? 0) !== Object.prototype) return value
  const present = Object.entries(value as object).filter(([, member]) => member !== undefined)
  return Object.fromEntries(present.map(([name, member]) => [name, withoutUndefined(member)]))
}

describe.each(tolerantDoors)("the oldest client, through %s,", (_name, door) => {
  /** Their replies had no members yet. */
  const silent = new Set<string>(["DeleteImportedKeyMaterial", "ImportKeyMaterial"])
  const known = operations.filter((operation) => commandOf(oldest, operation))

  test.each(known)("%s answers as the engine does, in what it knows", async (operation) => {
    const { expected, actual } = await performTwice(
      operation,
      oldest,
      (kms) => new oldest.KMSClient({ ...door(kms), maxAttempts: 1 }) as unknown as Client,
    )
    expect(expected).toMatchObject(withoutUndefined(actual) as object)
    const isEmpty = (outcome: object) => JSON.stringify(outcome) === '{"reply":{}}'
    expect(isEmpty(actual)).toBe(isEmpty(expected) || silent.has(operation))
  })

  test("knows most of the operations", () => {
    expect(known.length).toBeGreaterThan(25)
  })
})

describe("the aggregated client", () => {
  test.each([
    ["newest", newest.KMS],
    ["oldest", oldest.KMS],
  ])("of the %s version encrypts and decrypts", async (_version, KMS) => {
    const config = awsSdkHandler(await createEngine())
    const kms = new KMS({ ...config }) as newest.KMS
    const { KeyMetadata } = await kms.createKey({})
    const KeyId = KeyMetadata?.KeyId
    const Plaintext = new Uint8Array([0, 1, 2, 253, 254, 255])
    const EncryptionContext = { tenant: "42" }
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext })
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext })
    expect(new Uint8Array(opened.Plaintext as Uint8Array)).toEqual(Plaintext)
    const closed = kms.decrypt({ CiphertextBlob, EncryptionContext: { tenant: "43" } })
    await expect(closed).rejects.toMatchObject({ name: "InvalidCiphertextException" })
  })

  test("still works when another client of the same handler has been destroyed", async () => {
    const config = awsSdkHandler(await createEngine())
    new newest.KMS({ ...config }).destroy()
    await expect(new newest.KMS({ ...config }).listKeys({})).resolves.toHaveProperty("Keys", [])
  })
})

describe("lists", () => {
  test("are read page by page through the paginators of the SDK", async () => {
    const kms = await createEngine()
    const admin = kms.as(kms.administrator)
    const ids: (string | undefined)[] = []
    for (let i = 0; i < 7; i += 1) {
      const { KeyMetadata } = await admin.createKey({})
      ids.push(KeyMetadata?.KeyId)
      await admin.createAlias({ AliasName: `alias/key-${i}`, TargetKeyId: KeyMetadata?.KeyId })
    }
    const client = new newest.KMSClient({ ...awsSdkHandler(kms) })
    const pages: (string | undefined)[][] = []
    for await (const page of newest.paginateListKeys({ client, pageSize: 3 }, {})) {
      pages.push((page.Keys ?? []).map((key) => key.KeyId))
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1])
    expect(pages.flat().sort()).toEqual(ids.sort())
    const names: (string | undefined)[] = []
    for await (const page of newest.paginateListAliases({ client, pageSize: 2 }, {})) {
      names.push(...(page.Aliases ?? []).map((alias) => alias.AliasName))
    }
    const made = names.filter((name) => !name?.startsWith("alias/aws/"))
    expect(made.sort()).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `alias/key-${i}`))
  })

  test("a marker that the engine did not give is refused", async () => {
    const client = new newest.KMS({ ...awsSdkHandler(await createEngine()) })
    const call = client.listKeys({ Marker: "not a marker" })
    await expect(call).rejects.toBeInstanceOf(newest.InvalidMarkerException)
  })
})

describe("many calls at once", () => {
  test("a hundred parallel round trips each get their own answer", async () => {
    const client = new newest.KMS({ ...awsSdkHandler(await createEngine()) })
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId
    const roundTrip = async (index: number) => {
      const EncryptionContext = { index: String(index) }
      const Plaintext = new Uint8Array(index + 1).fill(index)
      const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext, EncryptionContext })
      const opened = await client.decrypt({ CiphertextBlob, EncryptionContext })
      expect(Array.from(opened.Plaintext ?? [])).toEqual(Array.from(Plaintext))
      return opened.$metadata.requestId
    }
    const requestIds = await Promise.all(Array.from({ length: 100 }, (_, i) => roundTrip(i)))
    expect(new Set(requestIds).size).toBe(100)
  })
})
