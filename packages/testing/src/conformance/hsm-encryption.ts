import type { Binding } from "@keywright/core"
import { equalBytes, utf8 } from "./bytes.js"
import { check, checkRefused, flippedBits, type HsmCase } from "./hsm-case.js"
import { aad, binding, operational, otherBinding, plaintext, withKey } from "./hsm-setup.js"

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
        { ...binding, origin: "EXTERNAL" },
        { ...binding, keyStoreId: "cks-1234567890abcdef0" },
        { ...binding, xksKeyId: "cks-1234567890abcdef0" },
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

const messageCases: readonly HsmCase[] = [
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

/** What a key token opens, and what a symmetric key encrypts. */
export const encryptionCases: readonly HsmCase[] = [...tokenCases, ...messageCases]
