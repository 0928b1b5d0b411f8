import { describe, expect, it } from "vitest"
import { type KeySource, kmsKeys, severalKeys } from "../../../src/envelope/index.js"
import type { WrappedDataKey, WrapRequest } from "../../../src/envelope/keys/key-source.js"
import { bytesOf, envelopeOf, rawKeys, refusal } from "../support/envelopes.js"

/*
 * Key sources and clients of a KMS that somebody else wrote, and that answer what no type allows.
 */

const context = { tenant: "42" }
const plaintext = bytesOf(40)
const { message } = await envelopeOf().encrypt(plaintext, { context })

type Change = (made: WrappedDataKey, request: WrapRequest) => unknown

const [key] = (await envelopeOf().encrypt(plaintext)).header.encryptedDataKeys
const answers: readonly (readonly [string, Change])[] = [
  ["nothing", () => undefined],
  ["null", () => null],
  ["an empty object", () => ({})],
  ["a data key of text", (made) => ({ ...made, dataKey: "2".repeat(32) })],
  ["an object for a data key", (made) => ({ ...made, dataKey: { length: 32 } })],
  ["no encrypted data keys", (made) => ({ ...made, encryptedDataKeys: undefined })],
  ["a list with a hole", (made) => ({ ...made, encryptedDataKeys: [key, undefined] })],
  ["a list without any", (made) => ({ ...made, encryptedDataKeys: [] })],
  ["text for bytes", (made) => ({ ...made, encryptedDataKeys: [{ ...key, ciphertext: "x" }] })],
  ["text for a name", (made) => ({ ...made, encryptedDataKeys: [{ ...key, providerInfo: "x" }] })],
  ["a number for a kind", (made) => ({ ...made, encryptedDataKeys: [{ ...key, providerId: 7 }] })],
  ["no terms", ({ terms: _, ...made }) => made],
  ["terms without a context", (made) => ({ ...made, terms: {} })],
  ["another context", (made) => ({ ...made, terms: { ...made.terms, context: { a: "b" } } })],
  [
    "one pair more",
    ({ terms, ...made }) => ({
      ...made,
      terms: { ...terms, context: { ...terms.context, a: "b" } },
    }),
  ],
]

describe.each(answers)("a key source that answers %s", (_, change) => {
  it("is refused before a message is made", async () => {
    const keys: KeySource = {
      ...rawKeys(),
      wrap: async (request) => change(await rawKeys().wrap(request), request) as WrappedDataKey,
    }
    for (const source of [keys, severalKeys(rawKeys(2), keys)]) {
      const encrypting = envelopeOf({ keys: source }).encrypt(plaintext, { context })
      await expect(encrypting).rejects.toEqual(refusal("keys"))
    }
  })
})

it.each([null, {}, { length: 32 }, "2".repeat(32)])(
  "a key source that unwraps %j is refused",
  async (dataKey) => {
    const keys: KeySource = { ...rawKeys(), unwrap: async () => dataKey as never }
    const decrypting = envelopeOf({ keys }).decrypt(message, { expectContext: context })
    await expect(decrypting).rejects.toEqual(refusal("keys"))
  },
)

it("a key source that throws at once, and no error, is refused as any other", async () => {
  const fail = () => {
    throw "text"
  }
  const envelope = envelopeOf({ keys: { wrap: fail, unwrap: fail } })
  const refused = expect.objectContaining({ reason: "keys", cause: "text" })
  await expect(envelope.encrypt(plaintext)).rejects.toEqual(refused)
  await expect(envelope.decrypt(message, { expectContext: context })).rejects.toEqual(refused)
})

it("one of several sources that wraps a data key of its own is refused", async () => {
  const stubborn: KeySource = {
    ...rawKeys(2),
    wrap: (request) => rawKeys(2).wrap({ ...request, dataKey: undefined }),
  }
  const envelope = envelopeOf({ keys: severalKeys(rawKeys(), stubborn) })
  await expect(envelope.encrypt(plaintext)).rejects.toEqual(refusal("keys"))
})

describe("a client of a KMS that answers no bytes", () => {
  const KeyId = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  const reply = { KeyId, Plaintext: bytesOf(32), CiphertextBlob: bytesOf(100) }

  // `new Uint8Array(text)` has as many zeros as the number says that the text is.
  it.each([
    { Plaintext: "32".padStart(32, "0") },
    { Plaintext: { length: 32 } },
    { CiphertextBlob: "AQIDAHi" },
    { CiphertextBlob: { length: 100 } },
  ])("has nothing encrypted under zeros: %j", async (changes) => {
    const client = {
      generateDataKey: async () => ({ ...reply, ...changes }) as never,
      decrypt: async () => ({ ...reply, ...changes }) as never,
    }
    const envelope = envelopeOf({ keys: kmsKeys(client, { keyId: KeyId }) })
    await expect(envelope.encrypt(plaintext)).rejects.toEqual(refusal("keys"))
  })
})
