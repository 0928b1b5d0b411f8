import { createHash, createHmac, randomBytes } from "node:crypto"
import type { Binding, WrappingBinding } from "@keywright/core"
import { bytesOfHex, concatBytes, equalBytes, hexOf, utf8 } from "./bytes.js"
import { check, checkRefused, type HsmCase } from "./hsm-case.js"
import { importPairCases } from "./hsm-import-pairs.js"
import {
  checkUnsuitable,
  createWrappingKeys,
  importBinding,
  imported,
  place,
  type WrappingKeys,
  wrap,
} from "./hsm-import-setup.js"

const wrappingCases = (ready: WrappingKeys): readonly HsmCase[] =>
  (
    [
      "RSAES_OAEP_SHA_1",
      "RSAES_OAEP_SHA_256",
      "RSA_AES_KEY_WRAP_SHA_1",
      "RSA_AES_KEY_WRAP_SHA_256",
    ] as const
  ).map((algorithm) => ({
    name: `key material wrapped by ${algorithm} is imported, and a damaged one is not`,
    async run(source) {
      const one = await ready(source, algorithm)
      const material = randomBytes(32)
      const key = await imported(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
      const aad = utf8("aad")
      const ciphertext = await one.hsm.encrypt({ ...key, plaintext: utf8("x"), aad })
      const opened = await one.hsm.decrypt({ ...key, ciphertext, aad })
      check(opened && equalBytes(opened, utf8("x")), "an imported key encrypts and decrypts")
      const wrapped = wrap(algorithm, one.publicKey, material)
      const { wrapping } = one
      const target = importBinding("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
      const wrong = [0, 100, wrapped.length - 1].map((at) =>
        wrapped.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      )
      // Under AES it is AES-256 that wraps. Source: Developer Guide, "Select a wrapping algorithm".
      const shorter = algorithm.startsWith("RSAES")
        ? []
        : ([16, 24] as const).map((bytes) => wrap(algorithm, one.publicKey, material, bytes))
      const others = [new Uint8Array(0), wrapped.subarray(1), ...shorter]
      for (const wrappedMaterial of [...wrong, ...others]) {
        const { outcome } = await one.hsm.importKey({ wrapping, wrappedMaterial, binding: target })
        check(outcome === "undecryptable", "does not open what is damaged")
      }
      const other = await one.hsm.generateWrappingKey(wrapping.binding)
      const foreign = { token: other.token, binding: wrapping.binding }
      const request = { wrapping: foreign, wrappedMaterial: wrapped, binding: target }
      check(
        (await one.hsm.importKey(request)).outcome === "undecryptable",
        "does not open what another wrapping key wrapped",
      )
    },
  }))

/** What a key material id could be a MAC of: the key id after a label, each after its length. */
const idMessages = (): readonly Uint8Array[] =>
  [1, 2].map((version) => {
    const fields = [`keywright key material id ${version}`, place.keyId].map(utf8)
    return concatBytes(...fields.flatMap((field) => [Uint8Array.of(0, 0, 0, field.length), field]))
  })

const materialCases = (ready: WrappingKeys): readonly HsmCase[] => [
  {
    name: "imported material has one id in one key, and another in every other key",
    async run(source) {
      const one = await ready(source)
      const material = randomBytes(32)
      const ids = new Set<string>()
      for (let i = 0; i < 2; i += 1) {
        const key = await imported(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
        ids.add(key.binding.keyMaterialId)
      }
      check(ids.size === 1, "the same material has the same id")
      check(/^[0-9a-f]{64}$/.test([...ids].join()), "an id is 64 hexadecimal digits")
      check(![...ids].join().includes(hexOf(material).slice(0, 16)), "the id tells nothing")
      const wrappedMaterial = wrap("RSA_AES_KEY_WRAP_SHA_256", one.publicKey, material)
      const binding = {
        ...importBinding("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        keyId: "9876abcd-12ab-34cd-56ef-1234567890ab",
      }
      const { wrapping } = one
      const moved = await one.hsm.importKey({ wrapping, wrappedMaterial, binding })
      check(
        moved.outcome === "imported" && !ids.has(moved.keyMaterialId),
        "another key, another id",
      )
    },
  },
  {
    name: "key material is imported where its origin is EXTERNAL, and never passes for other",
    async run(source) {
      const one = await ready(source)
      const { hsm, wrapping, publicKey } = one
      const target = importBinding("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
      const wrappedMaterial = wrap("RSA_AES_KEY_WRAP_SHA_256", publicKey, randomBytes(32))
      const key = await imported(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", randomBytes(32))
      for (const origin of ["AWS_KMS", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] as const) {
        await checkRefused(["unsupported"], () =>
          hsm.importKey({ wrapping, wrappedMaterial, binding: { ...target, origin } }),
        )
        const used = { token: key.token, binding: { ...key.binding, origin }, aad: utf8("aad") }
        await checkRefused(["token-refused"], () => hsm.encrypt({ ...used, plaintext: utf8("x") }))
      }
    },
  },
  {
    name: "no two HMAC keys have one id, and the id of a key is no MAC under it",
    async run(source) {
      const one = await ready(source)
      const ids = new Set<string>()
      const long = randomBytes(100)
      const short = randomBytes(48)
      // HMAC hashes long keys and fills up short ones: as keys these are alike.
      const hashes = ["sha224", "sha256", "sha384", "sha512"].map((name) =>
        concatBytes(createHash(name).update(long).digest(), new Uint8Array(48)).slice(0, 64),
      )
      const materials = [long, short, concatBytes(short, Uint8Array.of(0)), ...hashes]
      for (const material of materials) {
        const key = await imported(one, "HMAC_224", "GENERATE_VERIFY_MAC", material)
        ids.add(key.binding.keyMaterialId)
      }
      check(ids.size === materials.length, "every key has an id of its own")
      const key = await imported(one, "HMAC_256", "GENERATE_VERIFY_MAC", short)
      const mac = bytesOfHex(key.binding.keyMaterialId)
      for (const message of [utf8(place.keyId), short, ...idMessages()]) {
        const request = { ...key, algorithm: "HMAC_SHA_256", message, mac } as const
        check(!(await one.hsm.verifyMac(request)), "an id is no MAC")
      }
    },
  },
  {
    name: "a symmetric key has 32 bytes, and an HMAC key as many as its hash, up to 128",
    async run(source) {
      const one = await ready(source)
      for (const length of [16, 31, 33]) {
        const material = randomBytes(length)
        await checkUnsuitable(one, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
      }
      const usage = "GENERATE_VERIFY_MAC"
      for (const length of [47, 129]) {
        await checkUnsuitable(one, "HMAC_384", usage, randomBytes(length))
      }
      for (const length of [48, 128]) {
        const material = randomBytes(length)
        const key = await imported(one, "HMAC_384", usage, material)
        const message = utf8("message")
        const mac = await one.hsm.generateMac({ ...key, algorithm: "HMAC_SHA_384", message })
        const expected = createHmac("sha384", material).update(message).digest()
        check(equalBytes(mac, expected), "makes the MACs of the imported key")
      }
    },
  },
  {
    name: "a wrapping key opens only under its own binding, and not as a key",
    async run(source) {
      const { hsm, wrapping, publicKey } = await ready(source)
      const target = importBinding("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
      const wrappedMaterial = wrap("RSA_AES_KEY_WRAP_SHA_256", publicKey, randomBytes(32))
      const others: Partial<WrappingBinding>[] = [
        { account: "000000000000" },
        { partition: "aws-cn" },
        { keyId: "9876abcd-12ab-34cd-56ef-1234567890ab" },
        { validToMs: wrapping.binding.validToMs + 1 },
        { wrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_1" },
        { wrappingKeySpec: "RSA_3072" },
      ]
      for (const other of others) {
        const forged = { token: wrapping.token, binding: { ...wrapping.binding, ...other } }
        await checkRefused(["token-refused"], () =>
          hsm.importKey({ wrapping: forged, wrappedMaterial, binding: target }),
        )
      }
      const asKey: Binding = {
        ...importBinding("RSA_2048", "ENCRYPT_DECRYPT"),
        keyMaterialId: "5e".repeat(32),
      }
      await checkRefused(["token-refused"], () =>
        hsm.publicKey({ token: wrapping.token, binding: asKey }),
      )
      const token = await hsm.generateKey(asKey)
      const asWrapping = { token, binding: wrapping.binding }
      await checkRefused(["token-refused"], () =>
        hsm.importKey({ wrapping: asWrapping, wrappedMaterial, binding: target }),
      )
      await checkRefused(["unsupported"], () =>
        hsm.generateWrappingKey({ ...wrapping.binding, wrappingAlgorithm: "SM2PKE" }),
      )
    },
  },
]

/** Key material from outside. */
export function importCases(): readonly HsmCase[] {
  const ready = createWrappingKeys()
  return [...wrappingCases(ready), ...importPairCases(ready), ...materialCases(ready)]
}
