import { describe, expect, it } from "vitest"
import { createEnvelope, nobleCipher, rawAesKeys } from "../../src/envelope/index.js"
import { deriveKeys } from "../../src/envelope/message/derive-keys.js"
import {
  encodeContext,
  encodeContextByLocale,
} from "../../src/envelope/message/encryption-context.js"
import {
  encodeHeader,
  encodeHeaderBody,
  parseWholeHeader,
} from "../../src/envelope/message/header.js"
import { envelopeOf, joined, refusal } from "./support/envelopes.js"

/*
 * The AWS library for JavaScript sorted pairs by their text, which puts capital letters elsewhere
 * than their bytes do: in headers before version 4.2.1, and in what raw AES and branch keys
 * authenticate unless they are told otherwise to this day.
 */

/** Of `@aws-crypto/client-node` 4.0.0, under a raw AES key: `hi`. */
const older = Buffer.from(
  [
    "AgV4WhpUfsEtYu3S55qBrxHKch3QQ78WIzy3fiAAfpxT22cAbgACABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREEy",
    "QUYxcW9meG9hOXNpQjJKSWlGY0NWU2IwRDBOWmd5RWhwSVcxeTdVR1hQdEE5T2xKWjlna2VLVENyM29Pci9UZz09",
    "AApEZXBhcnRtZW50AAF4AAEAAXQAFWsAAACAAAAADFMOLWg+wwVhX3ZX4AAw9u+iEDmyYWX1xNcuaT7zFlRbJLtI",
    "VfW5QAIC2rnQ0rKUdW7F6aQXaTw0QYDG2b29AgAAEADE6PaQV1DoRR9Y+kxdkFmDyf2r+RKHg5dV5WDT6atF/+JC",
    "w295KLig4889OeiRpaP/////AAAAAQAAAAAAAAAAAAAAAQAAAALMIajoi2yC0w2k47vNDBvgKlEAZzBlAjBD/HQ0",
    "bbOFHXeBhOGT5w0FzdENUX0h6VYXsCbtJV7NdIP6VyvVBNPbfTy/xU3KKUECMQDyYd0VAU+nMbfGS1DSPyEmS+9f",
    "WN6JqhQgjyn6geqsHRMNZrASWsRwsIqJVthhAeI=",
  ].join(""),
  "base64",
)
const key = new Uint8Array(32).fill(7)

it("a message whose pairs an older library sorted by their text is read", async () => {
  const envelope = createEnvelope({ keys: rawAesKeys({ namespace: "t", name: "k", key }) })
  const { plaintext, header } = await envelope.decrypt(older, {
    expectContext: { Department: "x" },
  })
  expect(Buffer.from(plaintext).toString()).toBe("hi")
  expect(header.context).toEqual({ Department: "x" })
  const changed = Uint8Array.from(older)
  changed[changed.indexOf(0x78, 100)] = 0x79
  await expect(envelope.decrypt(changed, { otherContext: "accepted" })).rejects.toEqual(
    refusal("keys", "authentication", "malformed"),
  )
})

it("pairs are sorted by their bytes or by their text, however they were written down", () => {
  const inOrder = (names: readonly string[]) =>
    joined([
      Uint8Array.of(0, names.length),
      ...names.map((name) => {
        const bytes = Buffer.from(name)
        return joined([Uint8Array.of(0, bytes.length), bytes, Uint8Array.of(0, 0)])
      }),
    ])
  const [byBytes, byText] = [
    ["Department", "aws-crypto-public-key", "zone", "étage"],
    ["aws-crypto-public-key", "Department", "étage", "zone"],
  ]
  for (const names of [byBytes, byText, byText.toReversed()]) {
    const context = Object.fromEntries(names.map((name) => [name, ""]))
    expect(encodeContext(context)).toEqual(inOrder(byBytes))
    expect(encodeContextByLocale(context)).toEqual(inOrder(byText))
  }
})

describe("a header with pairs in another order", () => {
  /** A message whose pairs stand as these bytes say, genuine under a data key that is known. */
  async function withPairs(
    pairs: readonly number[],
  ): Promise<{ readonly opens: Promise<unknown> }> {
    const dataKey = new Uint8Array(32).fill(9)
    const one = { providerId: "x", providerInfo: dataKey, ciphertext: dataKey }
    const keys = {
      wrap: async ({ terms }: { terms: () => never }) => ({
        dataKey: dataKey.slice(),
        encryptedDataKeys: [one],
        terms: terms(),
      }),
      unwrap: async () => dataKey.slice(),
    }
    const envelope = envelopeOf({ keys: keys as never })
    const { message } = await envelope.encrypt(new Uint8Array(3), { context: { a: "1", b: "2" } })
    const parsed = parseWholeHeader(message, { headerBytesMax: 9999, encryptedDataKeysMax: 1 })
    const cipher = nobleCipher()
    const { contentKey } = deriveKeys(cipher, parsed.suite, parsed.messageId, dataKey)
    const body = encodeHeaderBody(parsed).slice()
    body.set(pairs, 1 + 2 + 32 + 2)
    const tag = await (await cipher.key(contentKey)).seal(parsed.iv, body, new Uint8Array(0))
    const header = encodeHeader(parsed, body, parsed.iv, joined(tag))
    const changed = joined([header, message.subarray(parsed.lengthBytes)])
    return { opens: envelope.decrypt(changed, { otherContext: "accepted" }) }
  }
  const [a, b] = [
    [0, 1, 0x61, 0, 1, 0x31],
    [0, 1, 0x62, 0, 1, 0x32],
  ] as const

  it("is read, and says the same", async () => {
    for (const pairs of [
      [...a, ...b],
      [...b, ...a],
    ]) {
      const { opens } = await withPairs([0, 2, ...pairs])
      expect(await opens).toMatchObject({ header: { context: { a: "1", b: "2" } } })
    }
  })

  it("has no key twice", async () => {
    for (const pairs of [
      [...a, ...a],
      [...b, ...b],
      [...b, 0, 1, 0x62, 0, 1, 0x31],
    ]) {
      const { opens } = await withPairs([0, 2, ...pairs])
      await expect(opens).rejects.toEqual(refusal("malformed"))
    }
  })
})
