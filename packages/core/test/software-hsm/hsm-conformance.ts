import type { Binding, BoundToken, Eventually, Hsm, HsmErrorCode } from "../../src/ports/hsm.js"
import { isHsmError } from "../../src/ports/hsm.js"
import { equalBytes, utf8 } from "../../src/vocabulary/bytes.js"

/** What an HSM author hands to the suite. */
export interface HsmSource {
  /** A fresh HSM, locked. All that come from here can open each other's domain states. */
  readonly make: () => Eventually<Hsm>
  /** A fresh HSM whose seal is another, so that it cannot. */
  readonly makeStranger: () => Eventually<Hsm>
}

/** One promise of the HSM contract. `run` rejects when it is not kept. */
export interface HsmCase {
  readonly name: string
  readonly run: (source: HsmSource) => Promise<void>
}

function check(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`the HSM breaks its contract: ${promise}`)
}

/** What a call was refused with; throws when it was not. */
async function refusal(call: () => unknown): Promise<HsmErrorCode> {
  try {
    await call()
  } catch (error) {
    if (isHsmError(error)) return error.code
    throw error
  }
  throw new Error("the HSM breaks its contract: it did what it must refuse")
}

async function checkRefused(codes: readonly HsmErrorCode[], call: () => unknown): Promise<void> {
  const code = await refusal(call)
  check(codes.includes(code), `refuses with ${codes.join(" or ")}, not with ${code}`)
}

const name = "aws/eu-central-1"

const binding: Binding = Object.freeze({
  partition: "aws",
  account: "111122223333",
  keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
})
const otherBinding: Binding = Object.freeze({
  ...binding,
  keyId: "9876abcd-12ab-34cd-56ef-1234567890ab",
})
const plaintext = utf8("what nobody else may read")
const aad = utf8("where it belongs")

async function operational(source: HsmSource): Promise<{ hsm: Hsm; sealed: Uint8Array }> {
  const hsm = await source.make()
  return { hsm, sealed: await hsm.createDomain(name) }
}

async function withKey(source: HsmSource): Promise<{ hsm: Hsm; key: BoundToken }> {
  const { hsm } = await operational(source)
  return { hsm, key: { token: await hsm.generateKey(binding), binding } }
}

/** Every byte string that differs in one bit, or a spread of them where there are very many. */
function flippedBits(bytes: Uint8Array, atMost = 600): Uint8Array[] {
  const bits = bytes.length * 8
  const step = Math.max(1, Math.ceil(bits / atMost))
  return Array.from({ length: Math.floor((bits - 1) / step) + 1 }, (_, i) => {
    const copy = bytes.slice()
    const bit = i * step
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
    return copy
  })
}

const lifecycleCases: readonly HsmCase[] = [
  {
    name: "a fresh HSM is locked and does nothing but open a domain",
    async run({ make }) {
      const hsm = await make()
      check(hsm.state() === "locked", "is locked")
      await checkRefused(["unavailable"], () => hsm.generateKey(binding))
      await checkRefused(["unavailable"], () => hsm.generateRandom(16))
      await checkRefused(["unavailable"], () => hsm.isCurrent(new Uint8Array(69)))
    },
  },
  {
    name: "an HSM that made a domain is operational in it",
    async run(source) {
      const { hsm } = await operational(source)
      check(hsm.state() === "operational", "is operational")
      check(hsm.keySpecs.includes("SYMMETRIC_DEFAULT"), "knows symmetric keys")
    },
  },
  {
    name: "a second HSM that opens the same state opens the same tokens",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      const second = await source.make()
      await second.openDomain(name, sealed)
      const opened = await second.decrypt({ token, binding, ciphertext, aad })
      check(opened !== undefined && equalBytes(opened, plaintext), "opens the same tokens")
    },
  },
  {
    name: "another seal does not open a domain state, and nothing changes",
    async run(source) {
      const { sealed } = await operational(source)
      const stranger = await source.makeStranger()
      await checkRefused(["sealed-by-another"], () => stranger.openDomain(name, sealed))
      check(stranger.state() === "locked", "stays locked")
      await stranger.createDomain(name)
      const token = await stranger.generateKey(binding)
      await checkRefused(["sealed-by-another"], () => stranger.openDomain(name, sealed))
      await checkRefused(["sealed-by-another"], () => stranger.rotateDomainKey(name, sealed))
      check(await stranger.isCurrent(token), "keeps its domain")
    },
  },
  {
    name: "a domain state with a flipped bit, cut or lengthened is refused",
    async run(source) {
      const { sealed } = await operational(source)
      const hsm = await source.make()
      const wrong = [
        ...flippedBits(sealed, 100),
        new Uint8Array(0),
        sealed.slice(0, -1),
        Uint8Array.of(...sealed, 0),
      ]
      for (const state of wrong) {
        await checkRefused(["sealed-by-another", "malformed"], () => hsm.openDomain(name, state))
      }
      check(hsm.state() === "locked", "stays locked")
    },
  },
  {
    name: "a domain state opens only under its own name",
    async run(source) {
      const { sealed } = await operational(source)
      const hsm = await source.make()
      await checkRefused(["sealed-by-another", "malformed"], () =>
        hsm.openDomain("aws/eu-central-2", sealed),
      )
    },
  },
  {
    name: "two domains of one name do not open each other's tokens",
    async run(source) {
      const first = await operational(source)
      const second = await operational(source)
      const token = await first.hsm.generateKey(binding)
      await checkRefused(["unknown-domain-key"], () => second.hsm.rewrap({ token, binding }))
      await second.hsm.openDomain(name, first.sealed)
      await second.hsm.rewrap({ token, binding })
      check(await second.hsm.isCurrent(token), "works in the domain that it opened last")
    },
  },
  {
    name: "an HSM that was closed is zeroized and stays so",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      await hsm.close()
      check(hsm.state() === "zeroized", "is zeroized")
      await checkRefused(["unavailable"], () => hsm.decrypt({ token, binding, ciphertext, aad }))
      await checkRefused(["unavailable"], () => hsm.openDomain(name, sealed))
      await checkRefused(["unavailable"], () => hsm.createDomain(name))
      await checkRefused(["unavailable"], () => hsm.generateRandom(16))
      await hsm.close()
    },
  },
]

const rotationCases: readonly HsmCase[] = [
  {
    name: "a rotated domain key is used only when its state was opened",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const rotated = await hsm.rotateDomainKey(name, sealed)
      const token = await hsm.generateKey(binding)
      check(await hsm.isCurrent(token), "goes on with the old domain key")
      const second = await source.make()
      await second.openDomain(name, sealed)
      await second.rewrap({ token, binding })
      await hsm.openDomain(name, rotated)
      check(!(await hsm.isCurrent(token)), "has the new domain key")
    },
  },
  {
    name: "old tokens open after a rotation and move to the current domain key",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ token, binding, plaintext, aad })
      await hsm.openDomain(name, await hsm.rotateDomainKey(name, sealed))
      const opened = await hsm.decrypt({ token, binding, ciphertext, aad })
      check(opened !== undefined && equalBytes(opened, plaintext), "opens old tokens")
      const moved = await hsm.rewrap({ token, binding })
      check(await hsm.isCurrent(moved), "moves tokens")
      const reopened = await hsm.decrypt({ token: moved, binding, ciphertext, aad })
      check(reopened !== undefined && equalBytes(reopened, plaintext), "moves the same material")
    },
  },
  {
    name: "an HSM without the newer domain key says so and learns it",
    async run(source) {
      const { hsm, sealed } = await operational(source)
      const second = await source.make()
      await second.openDomain(name, sealed)
      const rotated = await hsm.rotateDomainKey(name, sealed)
      await hsm.openDomain(name, rotated)
      const token = await hsm.generateKey(binding)
      await checkRefused(["unknown-domain-key"], () =>
        second.encrypt({ token, binding, plaintext, aad }),
      )
      await second.openDomain(name, rotated)
      await second.encrypt({ token, binding, plaintext, aad })
    },
  },
]

const tokenCases: readonly HsmCase[] = [
  {
    name: "a token opens under its own binding and no other",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const others: Binding[] = [
        { ...binding, partition: "aws-cn" },
        { ...binding, account: "111122223334" },
        otherBinding,
        { ...binding, keyMaterialId: "5f".repeat(32) },
      ]
      for (const other of others) {
        const request = { token: key.token, binding: other, plaintext, aad }
        await checkRefused(["token-refused"], () => hsm.encrypt(request))
        await checkRefused(["token-refused"], () => hsm.rewrap(request))
      }
    },
  },
  {
    name: "a token with a flipped bit, cut or lengthened is refused",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const wrong = [
        ...flippedBits(key.token),
        new Uint8Array(0),
        key.token.slice(0, -1),
        Uint8Array.of(...key.token, 0),
      ]
      for (const token of wrong) {
        await checkRefused(["token-refused", "unknown-domain-key"], () =>
          hsm.encrypt({ token, binding, plaintext, aad }),
        )
      }
    },
  },
  {
    name: "two keys made for one binding differ, and so do two tokens of one key",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const token = await hsm.generateKey(binding)
      const ciphertext = await hsm.encrypt({ ...key, plaintext, aad })
      check(
        (await hsm.decrypt({ token, binding, ciphertext, aad })) === undefined,
        "makes different keys",
      )
      check(!equalBytes(await hsm.rewrap(key), key.token), "wraps with a fresh IV")
    },
  },
  {
    name: "arguments are not changed and results are fresh",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const token = key.token.slice()
      const given = { token, binding, plaintext: plaintext.slice(), aad: aad.slice() }
      const ciphertext = await hsm.encrypt(given)
      const sent = ciphertext.slice()
      await hsm.decrypt({ token, binding, ciphertext, aad: given.aad })
      await hsm.rewrap({ token, binding })
      check(equalBytes(given.plaintext, plaintext), "leaves the plaintext alone")
      check(equalBytes(given.aad, aad), "leaves the aad alone")
      check(equalBytes(token, key.token), "leaves the token alone")
      check(equalBytes(sent, ciphertext), "leaves the ciphertext alone")
    },
  },
]

const encryptionCases: readonly HsmCase[] = [
  {
    name: "what is encrypted is decrypted, from nothing to 4096 bytes",
    async run(source) {
      const { hsm, key } = await withKey(source)
      for (const length of [0, 1, 15, 16, 17, 32, 255, 4096]) {
        const message = new Uint8Array(length).fill(length)
        const ciphertext = await hsm.encrypt({ ...key, plaintext: message, aad })
        const opened = await hsm.decrypt({ ...key, ciphertext, aad })
        check(opened !== undefined && equalBytes(opened, message), "decrypts its own")
      }
    },
  },
  {
    name: "a ciphertext with a flipped bit, cut or lengthened does not decrypt",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const genuine = await hsm.encrypt({ ...key, plaintext, aad })
      const wrong = [
        ...flippedBits(genuine),
        ...Array.from({ length: genuine.length }, (_, length) => genuine.slice(0, length)),
        Uint8Array.of(...genuine, 0),
      ]
      for (const ciphertext of wrong) {
        check(
          (await hsm.decrypt({ ...key, ciphertext, aad })) === undefined,
          "answers undefined for what is not genuine",
        )
      }
    },
  },
  {
    name: "a ciphertext does not decrypt with other authenticated data",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const ciphertext = await hsm.encrypt({ ...key, plaintext, aad })
      for (const other of [...flippedBits(aad), new Uint8Array(0), Uint8Array.of(...aad, 0)]) {
        check(
          (await hsm.decrypt({ ...key, ciphertext, aad: other })) === undefined,
          "answers undefined for other authenticated data",
        )
      }
    },
  },
  {
    name: "a ciphertext does not decrypt under another key",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const other = { token: await hsm.generateKey(otherBinding), binding: otherBinding }
      const ciphertext = await hsm.encrypt({ ...key, plaintext, aad })
      check(
        (await hsm.decrypt({ ...other, ciphertext, aad })) === undefined,
        "answers undefined for another key",
      )
    },
  },
  {
    name: "the same message is never the same ciphertext twice",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const seen = new Set<string>()
      for (let i = 0; i < 50; i += 1) {
        seen.add((await hsm.encrypt({ ...key, plaintext, aad })).join())
      }
      check(seen.size === 50, "draws a fresh nonce for each message")
    },
  },
  {
    name: "reencrypting moves a message to another key and other authenticated data",
    async run(source) {
      const { hsm, key } = await withKey(source)
      const other = { token: await hsm.generateKey(otherBinding), binding: otherBinding }
      const ciphertext = await hsm.encrypt({ ...key, plaintext, aad })
      const target = { ...other, aad: utf8("elsewhere") }
      const moved = await hsm.reEncrypt({ ...key, ciphertext, aad }, target)
      check(moved !== undefined, "reencrypts what is genuine")
      const opened = await hsm.decrypt({ ...target, ciphertext: moved })
      check(opened !== undefined && equalBytes(opened, plaintext), "keeps the message")
      const refused = await hsm.reEncrypt({ ...key, ciphertext: moved, aad }, target)
      check(refused === undefined, "answers undefined for what is not genuine")
    },
  },
  {
    name: "a data key comes in the clear and encrypted, or only encrypted",
    async run(source) {
      const { hsm, key } = await withKey(source)
      for (const lengthBytes of [1, 16, 32, 1024]) {
        const made = await hsm.generateDataKey({ ...key, lengthBytes, aad })
        const opened = await hsm.decrypt({ ...key, ciphertext: made.ciphertext, aad })
        check(made.plaintext.length === lengthBytes, "makes as many bytes as asked for")
        check(opened !== undefined && equalBytes(opened, made.plaintext), "encrypts what it made")
        const hidden = await hsm.generateDataKeyWithoutPlaintext({ ...key, lengthBytes, aad })
        const found = await hsm.decrypt({ ...key, ciphertext: hidden, aad })
        check(found?.length === lengthBytes, "encrypts as many bytes as asked for")
        check(lengthBytes < 16 || !equalBytes(found, made.plaintext), "draws afresh each time")
      }
    },
  },
  {
    name: "random bytes are as many as asked for and never the same",
    async run(source) {
      const { hsm } = await operational(source)
      const seen = new Set<string>()
      for (const lengthBytes of [1, 32, 1024, 32, 32]) {
        const bytes = await hsm.generateRandom(lengthBytes)
        check(bytes.length === lengthBytes, "draws as many bytes as asked for")
        seen.add(bytes.join())
      }
      check(seen.size === 5, "draws afresh each time")
    },
  },
]

/** Every promise of the contract in `ports/hsm.ts`, for the tests of each implementation. */
export const hsmConformanceCases: readonly HsmCase[] = [
  ...lifecycleCases,
  ...rotationCases,
  ...tokenCases,
  ...encryptionCases,
]
