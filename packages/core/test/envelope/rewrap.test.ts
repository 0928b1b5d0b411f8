import { describe, expect, it } from "vitest"
import { nobleCipher } from "../../src/envelope/index.js"
import { parseWholeHeader } from "../../src/envelope/message/header.js"
import {
  bytesOf,
  envelopeFor,
  envelopeOf,
  isCommitting,
  isSigned,
  rawKeys,
  refusal,
  signed,
  suiteNames,
  uncommitted,
  unsigned,
} from "./support/envelopes.js"
import { watchedCipher } from "./support/watched-cipher.js"

const context = { tenant: "42" }
const limits = { headerBytesMax: 65_536, encryptedDataKeysMax: 10 }
const to = rawKeys(2)

/** What follows the header, without a footer. */
const bodyOf = (message: Uint8Array): Uint8Array => {
  const { lengthBytes } = parseWholeHeader(message, limits)
  return message.slice(lengthBytes, lengthBytes + 2 * 48 + 48)
}

describe.each(suiteNames)("a message of %s under other keys", (suite) => {
  const ours = envelopeFor(suite)
  const theirs = envelopeFor(suite, { keys: to })

  it("opens under those, with the context it had, and no more under the old ones", async () => {
    const { message } = await ours.encrypt(bytesOf(40), { context })
    const again = await ours.rewrap(message, { to, expectContext: context })
    const { plaintext, header } = await theirs.decrypt(again.message, { expectContext: context })
    expect(plaintext).toEqual(bytesOf(40))
    expect(header).toEqual(again.header)
    expect(header).toMatchObject({ suite, context })
    await expect(ours.decrypt(again.message, { expectContext: context })).rejects.toEqual(
      refusal("keys"),
    )
  })

  it("keeps its body, where that is safe or asked for", async () => {
    const { message } = await ours.encrypt(bytesOf(40), { context })
    const options = { to, expectContext: context } as const
    const kept = await ours.rewrap(message, { ...options, body: "kept" })
    expect(bodyOf(kept.message)).toEqual(bodyOf(message))
    expect((await theirs.decrypt(kept.message, { expectContext: context })).plaintext).toEqual(
      bytesOf(40),
    )
    const unasked = await ours.rewrap(message, options)
    const isSame = Buffer.compare(bodyOf(unasked.message), bodyOf(message)) === 0
    expect(isSame).toBe(!isCommitting(suite))
  })

  it("never has a header that is authenticated with the IV of the old one, unasked", async () => {
    const { message } = await ours.encrypt(bytesOf(40), { context })
    const again = await ours.rewrap(message, { to, expectContext: context })
    const [old, fresh] = [message, again.message].map((one) => parseWholeHeader(one, limits))
    const isOtherIv = Buffer.compare(old?.iv ?? message, fresh?.iv ?? message) !== 0
    const isOtherKey = Buffer.compare(old?.messageId ?? message, fresh?.messageId ?? message) !== 0
    expect(isOtherIv || isOtherKey).toBe(true)
  })

  it("is made of nothing that is not genuine", async () => {
    const { message } = await ours.encrypt(bytesOf(40), { context })
    const options = { to, expectContext: context } as const
    const wrong = { to, expectContext: { tenant: "43" } }
    await expect(ours.rewrap(message, wrong)).rejects.toEqual(refusal("context"))
    const { lengthBytes } = parseWholeHeader(message, limits)
    const tag = message.slice()
    tag[lengthBytes - 1] = (tag[lengthBytes - 1] as number) ^ 1
    await expect(ours.rewrap(tag, options)).rejects.toEqual(refusal("authentication"))
    const body = message.slice()
    body[lengthBytes + 20] = (body[lengthBytes + 20] as number) ^ 1
    if (isSigned(suite) || isCommitting(suite)) {
      await expect(ours.rewrap(body, options)).rejects.toEqual(refusal("authentication"))
    }
  })
})

describe("rewrapping", () => {
  it.each([unsigned, signed])(
    "leaves nothing of the plaintext of %s in memory, and no key open",
    async (suite) => {
      const { message } = await envelopeFor(suite).encrypt(bytesOf(40).fill(7))
      for (const body of [undefined, "kept"] as const) {
        const { cipher, seen, open } = watchedCipher(nobleCipher())
        await envelopeFor(suite, { cipher }).rewrap(message, { to, ...(body && { body }) })
        expect(seen.flatMap((bytes) => [...bytes]).includes(7)).toBe(false)
        expect(open.keys).toBe(0)
        const long = seen.filter(({ length }) => length === 16)
        expect(long.length).toBe(body === undefined ? 4 : suite === signed ? 2 : 0)
      }
    },
  )

  it("writes no message that the commitment policy would not have written", async () => {
    const { message } = await envelopeFor(uncommitted).encrypt(bytesOf(40))
    const commitmentPolicy = "REQUIRE_ENCRYPT_ALLOW_DECRYPT"
    const moving = envelopeOf({ commitmentPolicy })
    expect((await moving.rewrap(message, { to })).header.suite).toBe(unsigned)
    await expect(moving.rewrap(message, { to, body: "kept" })).rejects.toEqual(
      refusal("commitment"),
    )
    await expect(envelopeOf().rewrap(message, { to })).rejects.toEqual(refusal("commitment"))
    const committing = await envelopeOf().encrypt(bytesOf(40))
    const older = envelopeFor(uncommitted)
    expect((await older.rewrap(committing.message, { to })).header.suite).toBe(uncommitted)
    await expect(older.rewrap(committing.message, { to, body: "kept" })).rejects.toEqual(
      refusal("commitment"),
    )
  })

  it("refuses keys that wrap another data key than the one they were given", async () => {
    const { message } = await envelopeFor(uncommitted).encrypt(bytesOf(40))
    const stubborn = {
      ...to,
      wrap: (request: Parameters<typeof to.wrap>[0]) => to.wrap({ ...request, dataKey: undefined }),
    }
    await expect(envelopeFor(uncommitted).rewrap(message, { to: stubborn })).rejects.toEqual(
      refusal("keys"),
    )
  })
})
