import { describe, expect, it } from "vitest"
import type { KeySource } from "../../src/envelope/index.js"
import { parseWholeHeader } from "../../src/envelope/message/header.js"
import { bytesOf, envelopeOf, refusal, signed, unsigned } from "./support/envelopes.js"

const context = { tenant: "42", purpose: "invoice" }
const limits = { headerBytesMax: 65_536, encryptedDataKeysMax: 1 }

describe.each([unsigned, signed])("the context of a message of %s", (suite) => {
  const envelope = envelopeOf({ suite })

  it.each([
    ["another value", { tenant: "43", purpose: "invoice" }],
    ["a pair less", { tenant: "42" }],
    ["no pair", undefined],
    ["a pair more", { ...context, more: "" }],
    ["another case", { Tenant: "42", purpose: "invoice" }],
  ])("is refused where %s was expected", async (_, expectContext) => {
    const { message } = await envelope.encrypt(bytesOf(5), { context })
    const options = expectContext === undefined ? {} : { expectContext }
    await expect(envelope.decrypt(message, options)).rejects.toEqual(refusal("context"))
  })

  it("is not expected to name its verification key", async () => {
    const { message } = await envelope.encrypt(bytesOf(5), { context })
    const { storedContext } = parseWholeHeader(message, limits)
    const name = "aws-crypto-public-key"
    const expectContext = { ...context, [name]: storedContext[name] ?? "" }
    await expect(envelope.decrypt(message, { expectContext })).rejects.toEqual(refusal("context"))
  })

  it("may hold other pairs for a caller who accepts them", async () => {
    const { message } = await envelope.encrypt(bytesOf(5), { context })
    const options = { expectContext: { tenant: "42" }, otherContext: "accepted" } as const
    const { header } = await envelope.decrypt(message, options)
    expect(header.context).toEqual(context)
    const wrong = { ...options, expectContext: { tenant: "43" } }
    await expect(envelope.decrypt(message, wrong)).rejects.toEqual(refusal("context"))
  })
})

describe("an encryption context", () => {
  it.each([
    ["a reserved key", { "aws-crypto-public-key": "x" }, "context"],
    ["a lone surrogate", { tenant: "\ud800" }, "context"],
    ["a value that is no text", { tenant: 42 as unknown as string }, "context"],
    ["more than fits", { tenant: "x".repeat(65_530) }, "limit"],
  ] as const)("is refused with %s", async (_, given, reason) => {
    await expect(envelopeOf().encrypt(bytesOf(1), { context: given })).rejects.toEqual(
      refusal(reason),
    )
  })

  it.each([
    ["keys of the language", JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}')],
    ["a byte-order mark", { "\ufefftenant": "\ufeff42" }],
    ["empty text", { "": "" }],
    ["as much as fits", { tenant: "x".repeat(65_523) }],
  ])("may have %s", async (_, given) => {
    const { message } = await envelopeOf().encrypt(bytesOf(1), { context: given })
    const { header } = await envelopeOf().decrypt(message, { expectContext: given })
    expect(Object.entries(header.context)).toEqual(Object.entries(given))
  })

  it.each([
    ["a Map", new Map([["tenant", "42"]])],
    ["a list", [["tenant", "42"]]],
    ["headers", new Headers({ tenant: "42" })],
    ["text", "tenant"],
  ])("is not left out because it is %s", async (_, given) => {
    const wrong = given as never
    const refused = expect.objectContaining({ name: "TypeError" })
    await expect(envelopeOf().encrypt(bytesOf(1), { context: wrong })).rejects.toEqual(refused)
    const { message } = await envelopeOf().encrypt(bytesOf(1))
    await expect(envelopeOf().decrypt(message, { expectContext: wrong })).rejects.toEqual(refused)
  })

  it("is the one that was given, whatever the caller does to it later", async () => {
    const given: Record<string, string> = { tenant: "42" }
    const encrypting = envelopeOf().encrypt(bytesOf(1), { context: given })
    given.tenant = "43"
    const { message } = await encrypting
    await envelopeOf().decrypt(message, { expectContext: { tenant: "42" } })
  })
})

describe.each([unsigned, signed])("required context, in a message of %s", (suite) => {
  const requires = envelopeOf({ suite, requiredContext: ["tenant"] })

  it("is authenticated and not stored", async () => {
    const { message, header } = await requires.encrypt(bytesOf(40), { context })
    expect(header.context).toEqual(context)
    const { storedContext } = parseWholeHeader(message, limits)
    expect(storedContext).not.toHaveProperty("tenant")
    expect(storedContext).toHaveProperty("purpose", "invoice")
    const opened = await requires.decrypt(message, { expectContext: context })
    expect(opened.plaintext).toEqual(bytesOf(40))
    expect(opened.header.context).toEqual(context)
  })

  it("must be there on encryption, and be handed in on decryption", async () => {
    await expect(requires.encrypt(bytesOf(1), { context: { purpose: "invoice" } })).rejects.toEqual(
      refusal("context"),
    )
    const { message } = await requires.encrypt(bytesOf(1), { context })
    await expect(
      requires.decrypt(message, { expectContext: { purpose: "invoice" } }),
    ).rejects.toEqual(refusal("context"))
  })

  it("with another value opens nothing", async () => {
    const { message } = await requires.encrypt(bytesOf(1), { context })
    const wrong = { ...context, tenant: "43" }
    await expect(requires.decrypt(message, { expectContext: wrong })).rejects.toEqual(
      refusal("keys"),
    )
  })

  it("is authenticated by the header, also under keys that bind no context", async () => {
    const both = envelopeOf({ suite, keys: careless(), requiredContext: ["tenant"] })
    const { message } = await both.encrypt(bytesOf(1), { context })
    const wrong = { ...context, tenant: "43" }
    await expect(both.decrypt(message, { expectContext: wrong })).rejects.toEqual(
      refusal("authentication"),
    )
    await both.decrypt(message, { expectContext: context })
  })

  it("is not guessed by an envelope that does not require it", async () => {
    const { message } = await requires.encrypt(bytesOf(1), { context })
    const other = envelopeOf({ suite })
    await expect(other.decrypt(message, { expectContext: context })).rejects.toEqual(
      refusal("context"),
    )
  })

  it("may be stored in messages of others, and is compared then", async () => {
    const { message } = await envelopeOf({ suite }).encrypt(bytesOf(1), { context })
    await requires.decrypt(message, { expectContext: context })
    const wrong = { ...context, tenant: "43" }
    await expect(requires.decrypt(message, { expectContext: wrong })).rejects.toEqual(
      refusal("context"),
    )
  })
})

/** A key source that wraps nothing, so that only the header can notice a wrong context. */
function careless(): KeySource {
  let kept = new Uint8Array(0)
  return {
    async wrap({ suite, terms, entropy }) {
      const dataKey = entropy(new Uint8Array(suite.keyBytes))
      kept = dataKey.slice()
      const ciphertext = new Uint8Array(1)
      const encryptedDataKeys = [{ providerId: "none", providerInfo: ciphertext, ciphertext }]
      return { dataKey, encryptedDataKeys, terms: terms() }
    },
    unwrap: async () => kept.slice(),
  }
}
