import { describe, expect, it } from "vitest"
import {
  createEnvelope,
  type EnvelopeOptions,
  nobleCipher,
  webCryptoCipher,
} from "../../src/envelope/index.js"
import { envelopeLimits } from "../../src/envelope/limit-table.js"
import { bytesOf, collect, envelopeOf, rawKeys, refusal, unsigned } from "./support/envelopes.js"

const { wrap, unwrap } = rawKeys()
const { message } = await envelopeOf().encrypt(bytesOf(20))

const refused = (name: "TypeError" | "RangeError", member: string) =>
  expect.objectContaining({ name, message: expect.stringContaining(`\`${member}\` must be`) })

describe("an envelope is not made with", () => {
  const notAKeySource = [undefined, null, {}, { wrap }, { unwrap }, { wrap, unwrap: 1 }]
  const noCount = [0, -1, 1.5, Number.NaN, "1", 2 ** 53]
  const noText = [
    ["\ud800"],
    [1],
    ["aws-crypto-"],
    ["aws-crypto-public-key"],
    ["a", "aws-crypto-x"],
  ]
  it.each([
    ["keys", "TypeError", notAKeySource],
    ["commitmentPolicy", "TypeError", ["", "ALLOW", "toString", null]],
    ["suite", "TypeError", ["", "AES", "toString"]],
    ["requiredContext", "TypeError", noText],
    ["frameBytes", "RangeError", [...noCount, 2 ** 32]],
    ["headerBytesMax", "RangeError", noCount],
    ["encryptedDataKeysMax", "RangeError", [...noCount, 65_536]],
    ["heldBytesMax", "RangeError", noCount],
  ] as const)("such `%s`", (member, name, values) => {
    for (const value of values) {
      const options = { keys: rawKeys(), [member]: value } as unknown as EnvelopeOptions
      const error = name === "TypeError" ? TypeError : RangeError
      expect(() => createEnvelope(options), String(value)).toThrow(error)
      expect(() => createEnvelope(options), String(value)).toThrow(`\`${member}\` must be`)
    }
  })
})

describe("an envelope takes", () => {
  it.each([
    { frameBytes: 1 },
    { frameBytes: 2 ** 32 - 1 },
    { headerBytesMax: 1 },
    { headerBytesMax: Number.MAX_SAFE_INTEGER },
    { encryptedDataKeysMax: 1 },
    { encryptedDataKeysMax: 65_535 },
    { heldBytesMax: 1 },
    { heldBytesMax: Number.MAX_SAFE_INTEGER },
    { requiredContext: ["x-aws-crypto-", "aws-crypto", "aws-crypto-".toUpperCase()] },
    { cipher: nobleCipher() },
    { cipher: webCryptoCipher() },
  ])("%o", (options) => {
    expect(Object.isFrozen(createEnvelope({ keys: rawKeys(), ...options }))).toBe(true)
  })

  it("what it was given: nothing that is changed later", async () => {
    const requiredContext = ["tenant", "tenant"]
    const envelope = envelopeOf({ requiredContext })
    requiredContext.push("other")
    const { message: made } = await envelope.encrypt(bytesOf(1), { context: { tenant: "42" } })
    await envelope.decrypt(made, { expectContext: { tenant: "42" } })
  })
})

describe("a call is refused with", () => {
  const envelope = envelopeOf()
  const expectRefused = async (asked: () => unknown, error: unknown) =>
    expect(async () => await asked()).rejects.toEqual(error)

  it.each([0, 1.5, 2 ** 32])("frames of %d bytes", async (frameBytes) => {
    const error = refused("RangeError", "frameBytes")
    await expectRefused(() => envelope.encrypt(bytesOf(1), { frameBytes }), error)
    await expectRefused(() => envelope.encryptStream({ frameBytes }), error)
  })

  it("a suite that there is not", async () => {
    const error = refused("TypeError", "suite")
    const suite = "other" as never
    await expectRefused(() => envelope.encrypt(bytesOf(1), { suite }), error)
    await expectRefused(() => envelope.encryptStream({ suite }), error)
  })

  it("a context that is no object of strings", async () => {
    const wrong = [["a", "b"]] as never
    const context = refused("TypeError", "context")
    await expectRefused(() => envelope.encrypt(bytesOf(1), { context: wrong }), context)
    const expected = refused("TypeError", "expectContext")
    await expectRefused(() => envelope.decrypt(message, { expectContext: wrong }), expected)
  })

  it("other pairs that are neither refused nor accepted", async () => {
    const otherContext = "ignored" as never
    const error = refused("TypeError", "otherContext")
    await expectRefused(() => envelope.decrypt(message, { otherContext }), error)
    await expectRefused(() => envelope.decryptStream({ otherContext }), error)
    await expectRefused(() => envelope.open(message, { otherContext }), error)
  })

  it("plaintext that is to leave at another time", async () => {
    const signedPlaintext = "late" as never
    const error = refused("TypeError", "signedPlaintext")
    await expectRefused(() => envelope.decryptStream({ signedPlaintext }), error)
    await expectRefused(() => envelope.decryptChunks([message], { signedPlaintext }), error)
    await expectRefused(() => envelope.open(message, { signedPlaintext }), error)
  })

  it("a body that is to be something else than kept, and keys that are none", async () => {
    const to = rawKeys(2)
    const body = refused("TypeError", "body")
    await expectRefused(() => envelope.rewrap(message, { to, body: "new" as never }), body)
    for (const wrong of [undefined, {}, { wrap }]) {
      const error = refused("TypeError", "to")
      await expectRefused(() => envelope.rewrap(message, { to: wrong as never }), error)
    }
  })

  it.each(["text", [1, 2], new ArrayBuffer(2), undefined])("%o for bytes", async (given) => {
    const wrong = given as never
    for (const [member, asked] of [
      ["plaintext", () => envelope.encrypt(wrong)],
      ["message", () => envelope.decrypt(wrong)],
      ["message", () => envelope.rewrap(wrong, { to: rawKeys(2) })],
      ["chunk", () => collect(envelope.encryptChunks([wrong]))],
      ["chunk", () => collect(envelope.decryptChunks([wrong]))],
    ] as const) {
      await expectRefused(asked, refused("TypeError", member))
    }
    const source = { sizeBytes: 9, read: async () => wrong }
    const reading = () => envelope.open(source).header()
    await expectRefused(
      reading,
      expect.objectContaining({ message: expect.stringContaining("`read`") }),
    )
  })

  it.each([{}, { sizeBytes: 1 }, { read: () => undefined }, { size: 1 }, { slice: () => 0 }])(
    "%o for a source of ranges",
    async (source) => {
      const error = refused("TypeError", "source")
      await expectRefused(() => envelope.open(source as never), error)
    },
  )
})

describe("what an envelope holds", () => {
  it("goes to a limit and not beyond", async () => {
    const { message: made } = await envelopeOf({ frameBytes: 100 }).encrypt(bytesOf(250))
    const just = envelopeOf({ heldBytesMax: 100 })
    expect(await collect(just.decryptChunks([made]))).toEqual(bytesOf(250))
    const less = envelopeOf({ heldBytesMax: 99 })
    await expect(collect(less.decryptChunks([made]))).rejects.toEqual(refusal("limit"))
  })

  it("is listed with where each limit comes from", () => {
    expect(envelopeLimits.map(({ value, source }) => [value, source])).toEqual([
      [4_294_967_295, "format"],
      [4_294_967_295, "format"],
      [68_719_476_704, "format"],
      [65_535, "format"],
      [65_535, "format"],
      [4096, "default"],
      [524_288, "default"],
      [100, "default"],
      [67_108_864, "default"],
      [4_294_967_296, "default"],
      [1000, "default"],
      [16_777_216, "Keywright"],
    ])
    expect(envelopeLimits.every((row) => Object.isFrozen(row))).toBe(true)
    const texts = envelopeLimits.map(({ of }) => of)
    expect(texts.every((text) => /^(?:the|`)/.test(text))).toBe(true)
    expect(new Set(texts).size).toBe(texts.length)
  })
})

it("an envelope without options for it writes frames of 4096 bytes, and a call may say others", async () => {
  const envelope = createEnvelope({ keys: rawKeys(), suite: unsigned })
  expect((await envelope.encrypt(bytesOf(1))).header.frameBytes).toBe(4096)
  expect((await envelope.encrypt(bytesOf(1), { frameBytes: 7 })).header.frameBytes).toBe(7)
})
