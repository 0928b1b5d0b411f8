import { createMemoryStorage } from "@keywright/storage"
import fc from "fast-check"
import { beforeAll, beforeEach, describe, expect, it } from "vitest"
import * as z from "zod/mini"
import { catalogue, type OperationName } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { parseArn } from "../../src/vocabulary/arns.js"
import { isKmsError } from "../../src/vocabulary/errors.js"
import {
  account,
  aliasArnOf,
  keyArnOf,
  otherAccount,
  rootOf,
  unknownKeyId,
  userOf,
} from "../support/accounts.js"
import { growthOf, linearMax } from "../support/growth.js"
import { keyPolicyOf } from "../support/policies.js"
import { blobIn } from "../support/replies.js"
import { runs } from "../support/slow.js"
import { newKey, openWorld, type World } from "../support/world.js"

const factor = runs(1, 20)

/** What every property starts from. */
const origin = createMemoryStorage()
let world: World
/** Values that some member of some operation may well take. */
const plausible: unknown[] = []
/** Those that name the keys that there are. */
const names: string[] = []
let blob: Uint8Array

beforeAll(async () => {
  world = await openWorld({ storage: origin })
  const key = await newKey(world.root)
  const open = await newKey(world.root, { Policy: keyPolicyOf({}) })
  await world.root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
  blob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext: Uint8Array.of(1) }))
  const { NextMarker } = await world.root.listKeys({ Limit: 1 })
  names.push(key, open, keyArnOf(open), "alias/x")
  plausible.push(
    key,
    open,
    keyArnOf(key),
    keyArnOf(open),
    "alias/x",
    "alias/y",
    aliasArnOf("alias/x"),
    unknownKeyId,
    keyArnOf(unknownKeyId, otherAccount),
    `mrk-${"0".repeat(32)}`,
    blob,
    blob.map((byte, i) => (i === 70 ? byte ^ 1 : byte)),
    Uint8Array.of(1),
    new Uint8Array(0),
    new Uint8Array(4096),
    { a: "b" },
    {},
    [],
    ["t"],
    [{ TagKey: "a", TagValue: "b" }],
    ["a"],
    keyPolicyOf({}),
    "default",
    "AES_256",
    "SYMMETRIC_DEFAULT",
    "ENCRYPT_DECRYPT",
    "GENERATE_VERIFY_MAC",
    "HMAC_256",
    "HMAC_SHA_256",
    "AWS_KMS",
    "EXTERNAL",
    "RAW",
    "ECC_NIST_P256",
    "SIGN_VERIFY",
    "ECDSA_SHA_256",
    1,
    7,
    30,
    32,
    1000,
    true,
    false,
    NextMarker,
    "words",
    ["IGNORE_CIPHERTEXT"],
    new Date(0),
    ["Encrypt", "Decrypt"],
    userOf(account),
    null,
    undefined,
  )
})

beforeEach(async () => {
  world = await openWorld({ storage: origin.fork() })
})

const identifier = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "arn",
        ":",
        "aws",
        "kms",
        "us-east-1",
        account,
        "key",
        "alias",
        "/",
        "mrk-",
        unknownKeyId,
        "..",
        " ",
        "\n",
        "*",
        "0",
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join("")),
)

const anything = fc.oneof(
  identifier,
  fc.uint8Array({ maxLength: 200 }),
  fc.nat().map((i) => plausible[i % plausible.length]),
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
)

/** Something for a member: mostly what its schema takes, and now and then anything. */
function valueFor(schema: z.ZodMiniType): fc.Arbitrary<unknown> {
  const fitting = plausible.filter((one) => one !== undefined && schema.safeParse(one).success)
  const naming = names.every((one) => schema.safeParse(one).success) ? names : []
  return fc.oneof(
    { weight: 20, arbitrary: fitting.length === 0 ? anything : fc.constantFrom(...fitting) },
    { weight: naming.length === 0 ? 0 : 60, arbitrary: fc.constantFrom(...naming, undefined) },
    { weight: 1, arbitrary: anything },
  )
}

/** An input of the operation: what it must have, and some of what it may have. */
function inputFor(operation: OperationName): fc.Arbitrary<unknown> {
  const members = Object.entries((catalogue[operation] as AnyRow).input().shape as Shape)
  const given = members.map(([member, schema]) => {
    const isOptional = schema.safeParse(undefined).success
    const value = valueFor(schema)
    const may = fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: value },
    )
    return [member, isOptional ? may : value] as const
  })
  return fc.oneof(
    { weight: 30, arbitrary: fc.record(Object.fromEntries(given)) },
    { weight: 1, arbitrary: fc.anything() },
  )
}

type Shape = Readonly<Record<string, z.ZodMiniType>>

const callers = [
  rootOf(account),
  rootOf(account),
  rootOf(otherAccount),
  userOf(account),
  "s3.amazonaws.com",
]

/** Calls; whatever comes out must be a reply of the promised shape, or a refusal. */
async function expectPromised(operation: OperationName, input: unknown, principal: string) {
  try {
    const { reply } = await world.kms.call({ principal }, operation, input)
    const row = catalogue[operation] as AnyRow
    const result = z.strictObject(row.reply().shape).safeParse(reply)
    expect(result.success ? [] : result.error.issues).toEqual([])
  } catch (error) {
    if (!isKmsError(error)) throw error
    expect(error.requestId).toBeDefined()
    const { name, message, cause } = error
    expect([operation, name, message, cause]).not.toContain("KMSInternalException")
    if (name === "ValidationException") expect(message).not.toMatch(/^(?:0 validation|undefined)/)
  }
}

describe("whatever is put in, a reply or a refusal comes out", () => {
  it.each(Object.keys(catalogue) as OperationName[])("of %s", async (operation) => {
    const one = inputFor(operation)
    await fc.assert(
      fc.asyncProperty(one, fc.constantFrom(...callers), (input, principal) =>
        expectPromised(operation, input, principal),
      ),
      { numRuns: 60 * factor },
    )
  })

  it("of every operation that names a key, for any identifier", async () => {
    const operations = (Object.keys(catalogue) as OperationName[]).filter(
      (name) => "KeyId" in (catalogue[name] as AnyRow).input().shape,
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), identifier, (operation, KeyId) =>
        expectPromised(
          operation,
          {
            KeyId,
            Plaintext: Uint8Array.of(1),
            KeySpec: "AES_256",
            Description: "",
            Tags: [],
            TagKeys: [],
            Policy: "{}",
          },
          rootOf(account),
        ),
      ),
      { numRuns: 300 * factor },
    )
  })

  it("of Decrypt and ReEncrypt, for any ciphertext", async () => {
    const [key = ""] = names
    const genuine = blob
    const damaged = fc
      .tuple(fc.nat({ max: genuine.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: 60 }))
      .map(([at, byte, cut]) =>
        genuine
          .map((one, i) => (i === at ? byte : one))
          .slice(0, genuine.length - (cut > 30 ? cut : 0)),
      )
    const any = fc.oneof(damaged, fc.uint8Array({ maxLength: 300 }))
    await fc.assert(
      fc.asyncProperty(any, fc.boolean(), async (CiphertextBlob, named) => {
        await expectPromised(
          "Decrypt",
          { CiphertextBlob, ...(named && { KeyId: key }) },
          rootOf(account),
        )
        await expectPromised(
          "ReEncrypt",
          { CiphertextBlob, DestinationKeyId: key },
          rootOf(account),
        )
      }),
      { numRuns: 200 * factor },
    )
  })
})

describe("parseArn", () => {
  it("never throws, and what it answers is the text again", () => {
    fc.assert(
      fc.property(identifier, (text) => {
        const arn = parseArn(text)
        if (arn === undefined) return
        const { partition, service, region, account: owner, resource } = arn
        expect(`arn:${partition}:${service}:${region}:${owner}:${resource}`).toBe(text)
        for (const part of [partition, service, region, owner]) expect(part).not.toContain(":")
        expect(partition && service && resource).toBeTruthy()
      }),
      { numRuns: 2000 * factor },
    )
  })

  it.each([
    ["colons", (size: number) => ":".repeat(size)],
    ["parts", (size: number) => `arn${":a".repeat(size)}`],
    ["a partition", (size: number) => `arn:${"x".repeat(size)}`],
  ])("takes linear time: %s", async (_, make) => {
    // Both sizes are in the caches of the machine, and often enough to be seen by a clock.
    const parseOften = (text: string) => {
      for (let i = 0; i < 100; i += 1) parseArn(text)
    }
    expect(await growthOf(make, parseOften, 20_000)).toBeLessThan(linearMax)
  })
})
