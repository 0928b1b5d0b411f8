import { describe, expect, it } from "vitest"
import {
  type KeySource,
  nobleCipher,
  type SuiteName,
  severalKeys,
  type WrappedDataKey,
  webCryptoCipher,
} from "../../src/envelope/index.js"
import { parseWholeHeader } from "../../src/envelope/message/header.js"
import {
  bytesOf,
  collect,
  envelopeFor,
  isSigned,
  joined,
  rawKeys,
  refusal,
  signed,
  uncommitted,
  unsigned,
} from "./support/envelopes.js"
import { unwrapRequest, wrapRequest } from "./support/key-requests.js"
import { watchedCipher } from "./support/watched-cipher.js"

/*
 * What is left when a message is done, or was refused: no open key, no data key, no signing key,
 * and no plaintext that nobody was given.
 */

const limits = { headerBytesMax: 65_536, encryptedDataKeysMax: 10 }
const plaintext = bytesOf(40).fill(7)
const isZero = (bytes: Uint8Array | undefined): boolean =>
  bytes?.every((byte) => byte === 0) === true

/** Keys that remember what they handed out. */
function rememberingKeys(change = (made: WrappedDataKey): WrappedDataKey => made) {
  const [made, unwrapped]: [WrappedDataKey[], (Uint8Array | undefined)[]] = [[], []]
  const keys: KeySource = {
    async wrap(request) {
      const wrapped = change(await rawKeys().wrap({ ...request, cipher: nobleCipher() }))
      made.push(wrapped)
      return wrapped
    },
    async unwrap(request) {
      const dataKey = await rawKeys().unwrap({ ...request, cipher: nobleCipher() })
      unwrapped.push(dataKey)
      return dataKey
    },
  }
  return { keys, made, unwrapped }
}

const isWiped = ({ dataKey, terms: { signingKey } }: WrappedDataKey): boolean =>
  isZero(dataKey) && (signingKey === undefined || isZero(signingKey))

/** The message with another header, another last frame or, if it is signed, another signature. */
async function damaged(suite: SuiteName) {
  const { message } = await envelopeFor(suite).encrypt(plaintext)
  const { lengthBytes } = parseWholeHeader(message, limits)
  const ends = [lengthBytes, lengthBytes + 2 * 48 + 48, message.length - 20]
  return ends.map((end) => message.with(end - 1, (message[end - 1] ?? 0) ^ 1))
}

const older = "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"

describe.each([uncommitted, older, unsigned, signed] as const)("of a message of %s", (suite) => {
  it("nothing is left when it was encrypted or decrypted", async () => {
    const { keys, made, unwrapped } = rememberingKeys()
    const { cipher, open } = watchedCipher(nobleCipher())
    const envelope = envelopeFor(suite, { keys, cipher })
    const { message } = await envelope.encrypt(plaintext)
    expect([open.keys, made.length]).toEqual([0, 1])
    await envelope.decrypt(message)
    expect(open).toEqual({ keys: 0, ever: 2 })
    await envelope.rewrap(message, { to: keys })
    await envelope.rewrap(message, { to: keys, body: "kept" })
    expect([open.keys, made.length]).toEqual([0, 3])
    const reading = envelope.open(message, { signedPlaintext: "early" })
    expect(await reading.read(0, 5)).toEqual(plaintext.subarray(0, 5))
    expect(open.keys).toBe(1)
    reading.close()
    await expect.poll(() => open.keys).toBe(0)
    expect(made.every(isWiped)).toBe(true)
    expect(unwrapped.every(isZero)).toBe(true)
  })

  it("nothing is left when its header cannot be made", async () => {
    const twice = ({ encryptedDataKeys: [one], ...made }: WrappedDataKey) =>
      ({ ...made, encryptedDataKeys: [one, one] }) as WrappedDataKey
    const { keys, made } = rememberingKeys(twice)
    const { cipher, open } = watchedCipher(nobleCipher())
    const envelope = envelopeFor(suite, { keys, cipher, encryptedDataKeysMax: 1 })
    await expect(envelope.encrypt(plaintext)).rejects.toEqual(refusal("limit"))
    const { message } = await envelopeFor(suite).encrypt(plaintext)
    await expect(envelope.rewrap(message, { to: keys })).rejects.toEqual(refusal("limit"))
    expect([made.length, made.every(isWiped), open.keys]).toEqual([2, true, 0])
  })

  it("no key is left when it is not genuine", async () => {
    for (const changed of await damaged(suite)) {
      const { keys, unwrapped } = rememberingKeys()
      const { cipher, open } = watchedCipher(nobleCipher())
      const envelope = envelopeFor(suite, { keys, cipher })
      const refused = refusal("authentication", "malformed")
      await expect(envelope.decrypt(changed)).rejects.toEqual(refused)
      await expect(collect(envelope.decryptChunks([changed]))).rejects.toEqual(refused)
      const options = { to: rawKeys(2), body: "kept" } as const
      if (isSigned(suite)) {
        await expect(envelope.rewrap(changed, options)).rejects.toEqual(refused)
      }
      expect(unwrapped.every(isZero)).toBe(true)
      expect(open.keys).toBe(0)
    }
  })
})

describe.each([nobleCipher, webCryptoCipher])("by %o, plaintext is wiped that", (cipherOf) => {
  const hasWiped = (seen: readonly Uint8Array[]): boolean => {
    const frames = seen.filter(({ length }) => length === 16 || length === 8)
    return frames.length > 1 && frames.every(isZero)
  }

  it("stands under a signature that is not genuine, wherever it was held", async () => {
    const { message } = await envelopeFor(signed).encrypt(plaintext)
    const changed = message.with(-20, (message.at(-20) ?? 0) ^ 1)
    const { cipher, seen } = watchedCipher(cipherOf())
    const envelope = envelopeFor(signed, { cipher })
    for (const trying of [
      () => envelope.decrypt(changed),
      () => collect(envelope.decryptChunks([changed])),
      () => collect(envelope.decryptChunks([changed.subarray(0, -1), changed.subarray(-1)])),
      () => envelope.rewrap(changed, { to: rawKeys(2) }),
      () => envelope.rewrap(changed, { to: rawKeys(2), body: "kept" }),
    ]) {
      seen.length = 0
      await expect(trying()).rejects.toEqual(refusal("authentication"))
      await expect.poll(() => hasWiped(seen)).toBe(true)
    }
  })

  it("stands beside a frame that is not genuine, or before what goes on", async () => {
    const { message } = await envelopeFor(unsigned).encrypt(plaintext)
    const changed = message.with(-20, (message.at(-20) ?? 0) ^ 1)
    const { cipher, seen } = watchedCipher(cipherOf())
    const envelope = envelopeFor(unsigned, { cipher })
    const longer = joined([message, Uint8Array.of(0)])
    for (const [trying, reason] of [
      [() => envelope.decrypt(changed), "authentication"],
      [() => collect(envelope.decryptChunks([changed])), "authentication"],
      [() => envelope.decrypt(longer), "malformed"],
      [() => collect(envelope.decryptChunks([longer])), "malformed"],
      [() => envelope.decrypt(message.subarray(0, -1)), "malformed"],
    ] as const) {
      seen.length = 0
      await expect(trying()).rejects.toEqual(refusal(reason))
      await expect.poll(() => hasWiped(seen)).toBe(true)
    }
  })
})

describe("of several sources", () => {
  it("the data keys of the others are wiped, and that of the first when another fails", async () => {
    const [first, second] = [rememberingKeys(), rememberingKeys()]
    const both = severalKeys(first.keys, second.keys)
    const { dataKey, encryptedDataKeys } = await both.wrap(wrapRequest())
    expect([isZero(dataKey), isZero(second.made[0]?.dataKey)]).toEqual([false, true])
    expect(encryptedDataKeys).toHaveLength(2)
    const cause = new Error("no")
    const failing = { ...rawKeys(), wrap: () => Promise.reject(cause) }
    const wrapping = severalKeys(first.keys, second.keys, failing).wrap(wrapRequest())
    await expect(wrapping).rejects.toMatchObject({ reason: "keys", cause })
    expect([first, second].map(({ made }) => isZero(made[1]?.dataKey))).toEqual([true, true])
  })
})

it("a data key of another length is wiped, and the next source is asked", async () => {
  const { dataKey, encryptedDataKeys } = await rawKeys().wrap(wrapRequest())
  const wrong = [16, 33].map((length) => bytesOf(length).fill(7))
  const liars = wrong.map((bytes) => ({ ...rawKeys(2), unwrap: async () => bytes }))
  const [one, two] = liars
  if (one === undefined || two === undefined) return expect.fail("there are two")
  const all = severalKeys(rawKeys(2), one, two, rawKeys())
  expect(await all.unwrap(unwrapRequest(encryptedDataKeys))).toEqual(dataKey)
  expect(wrong.every(isZero)).toBe(true)
  for (const lying of liars) {
    const bytes = (await lying.unwrap()).fill(7)
    const { message } = await envelopeFor(unsigned).encrypt(plaintext)
    const decrypting = envelopeFor(unsigned, { keys: lying }).decrypt(message)
    await expect(decrypting).rejects.toThrow("unwrapped a data key of another length")
    expect(isZero(bytes)).toBe(true)
    const made = { ...rawKeys(), wrap: async () => ({ dataKey: bytes.fill(7) }) as never }
    const encrypting = envelopeFor(unsigned, { keys: made }).encrypt(plaintext)
    await expect(encrypting).rejects.toThrow("made a data key of another length")
    expect(isZero(bytes)).toBe(true)
  }
})

describe("a source that fails", () => {
  it("after it has asked for a signing key leaves none, and before it never has one made", async () => {
    const kept: (Uint8Array | undefined)[] = []
    const keys: KeySource = {
      ...rawKeys(),
      async wrap({ terms }) {
        kept.push(terms().signingKey)
        throw new Error("no")
      },
    }
    const refused = refusal("keys")
    await expect(envelopeFor(signed, { keys }).encrypt(plaintext)).rejects.toEqual(refused)
    expect(kept.map(isZero)).toEqual([true])
    await expect(envelopeFor(unsigned, { keys }).encrypt(plaintext)).rejects.toEqual(refused)
    const early: KeySource = { ...rawKeys(), wrap: () => Promise.reject(new Error("no")) }
    const entropy = () => expect.fail("nothing is to be made")
    await expect(envelopeFor(signed, { keys: early, entropy }).encrypt(plaintext)).rejects.toEqual(
      refused,
    )
  })

  it("to keep the signing key of a signed message is refused", async () => {
    const { keys } = rememberingKeys(({ terms, ...made }) => ({
      ...made,
      terms: { ...terms, signingKey: undefined },
    }))
    const encrypting = envelopeFor(signed, { keys }).encrypt(plaintext)
    await expect(encrypting).rejects.toEqual(refusal("keys"))
  })
})

describe("a stream that is given up while its keys are asked for", () => {
  it("leaves no key open when they come", async () => {
    const { message } = await envelopeFor(unsigned).encrypt(plaintext)
    let letGo = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let asked = 0
    const wait = () => {
      asked += 1
      return gate
    }
    const late: KeySource = {
      wrap: (request) => wait().then(() => rawKeys().wrap({ ...request, cipher: nobleCipher() })),
      unwrap: (request) =>
        wait().then(() => rawKeys().unwrap({ ...request, cipher: nobleCipher() })),
    }
    const { cipher, open } = watchedCipher(nobleCipher())
    const envelope = envelopeFor(unsigned, { keys: late, cipher })
    for (const [pair, chunk, calls] of [
      [envelope.encryptStream(), plaintext, 1],
      [envelope.decryptStream(), message, 2],
    ] as const) {
      const writer = pair.writable.getWriter()
      writer.closed.catch(() => undefined)
      writer.write(chunk).catch(() => undefined)
      await expect.poll(() => asked).toBe(calls)
      writer.abort(new Error("enough")).catch(() => undefined)
      await expect(collect(pair.readable)).rejects.toThrow("enough")
    }
    expect(open.ever).toBe(0)
    letGo()
    await expect.poll(() => open.ever).toBe(2)
    await expect.poll(() => open.keys).toBe(0)
  })
})
