import { generateKeyPairSync } from "node:crypto"
import { p256 } from "@noble/curves/nist.js"
import { describe, expect, it } from "vitest"
import {
  kmsEcdhDiscovery,
  kmsEcdhKeys,
} from "../../../src/envelope/keys/agreement/kms-ecdh-keys.js"
import { kmsMlKemKeys } from "../../../src/envelope/keys/agreement/kms-ml-kem-keys.js"
import {
  rawEcdhDiscovery,
  rawEcdhEphemeralKeys,
  rawEcdhKeys,
} from "../../../src/envelope/keys/agreement/raw-ecdh-keys.js"
import { kmsRsaKeys } from "../../../src/envelope/keys/kms/kms-rsa-keys.js"
import { encodePkcs8 } from "../../../src/formats/keys/pkcs8.js"
import { keyArnIn, keyArnOf, unknownKeyId } from "../../support/accounts.js"
import { unwrapRequest, wrapRequest } from "../support/key-requests.js"

const arn = keyArnOf(unknownKeyId)
const grantTokens = ["one", "two"]
const dataKey = new Uint8Array(32).fill(9)

const ec = (namedCurve: string) =>
  generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "der" })

describe("a KMS that agrees or encapsulates is asked", () => {
  const [own, other] = [ec("P-256"), ec("P-256")]
  const agreeing = (changes: object = {}) => {
    const asked: [string, unknown][] = []
    const client = {
      getPublicKey: async (request: object) => {
        asked.push(["getPublicKey", request])
        return {
          KeyUsage: "KEY_AGREEMENT",
          KeySpec: "ECC_NIST_P256",
          PublicKey: Uint8Array.from(own),
          ...changes,
        }
      },
      deriveSharedSecret: async (request: object) => {
        asked.push(["deriveSharedSecret", request])
        return { SharedSecret: dataKey, ...changes }
      },
    }
    return { client, asked }
  }
  const options = { curve: "P256", keyId: arn, publicKey: other, grantTokens } as const

  it("for its public key once, and for each secret, with the grants", async () => {
    const { client, asked } = agreeing()
    const keys = kmsEcdhKeys(client, options)
    const { encryptedDataKeys, dataKey: made } = await keys.wrap(wrapRequest())
    expect(encryptedDataKeys[0]?.providerId).toBe("aws-kms-ecdh")
    expect(await keys.unwrap(unwrapRequest(encryptedDataKeys))).toEqual(made)
    const common = { KeyId: arn, GrantTokens: grantTokens }
    const derive = { ...common, KeyAgreementAlgorithm: "ECDH", PublicKey: Uint8Array.from(other) }
    expect(asked).toEqual([
      ["getPublicKey", common],
      ["deriveSharedSecret", derive],
      ["deriveSharedSecret", derive],
    ])
    const blind = kmsEcdhDiscovery(client, options)
    await expect(blind.wrap(wrapRequest())).rejects.toMatchObject({ reason: "keys" })
  })

  it("for no public key that was given", async () => {
    const { client, asked } = agreeing()
    await kmsEcdhKeys(client, { ...options, ownPublicKey: own }).wrap(wrapRequest())
    expect(asked.map(([name]) => name)).toEqual(["deriveSharedSecret"])
  })

  it.each([
    { KeyUsage: "SIGN_VERIFY" },
    { KeySpec: "ECC_NIST_P384" },
    { PublicKey: undefined },
    { PublicKey: Uint8Array.from(ec("P-384")) },
    { SharedSecret: undefined },
    { SharedSecret: new Uint8Array(0) },
  ])("and not believed with %o, and asked again", async (changes) => {
    const { client, asked } = agreeing(changes)
    const keys = kmsEcdhKeys(client, options)
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(keys.wrap(wrapRequest())).rejects.toMatchObject({ reason: "keys" })
    }
    const [name = ""] = asked.at(-1) ?? []
    expect(asked.filter(([one]) => one === name).length).toBe(2)
  })

  it("for no secret with a sender who is not on the curve", async () => {
    const { client, asked } = agreeing()
    const publicKey = Uint8Array.from(own)
    const keys = kmsEcdhDiscovery(client, { curve: "P256", keyId: arn, ownPublicKey: publicKey })
    const sender = rawEcdhEphemeralKeys({ curve: "P256", publicKey })
    const [wrapped] = (await sender.wrap(wrapRequest())).encryptedDataKeys
    if (wrapped === undefined) return expect.fail("nothing was wrapped")
    // No point has this x.
    const providerInfo = wrapped.providerInfo.slice().fill(0xff, -32)
    await expect(keys.unwrap(unwrapRequest([{ ...wrapped, providerInfo }]))).rejects.toMatchObject({
      reason: "keys",
      cause: { name: "EnvelopeError", reason: "keys" },
    })
    expect(asked).toEqual([])
  })

  it("to encapsulate and decapsulate, with the grants", async () => {
    const asked: unknown[] = []
    const client = {
      encapsulate: async (request: object) => {
        asked.push(request)
        const SharedSecretCiphertextBlob = new Uint8Array(768).fill(3)
        return { SharedSecret: dataKey, SharedSecretCiphertextBlob }
      },
      decapsulate: async (request: object) => {
        asked.push(request)
        return { SharedSecret: dataKey }
      },
    }
    const keys = kmsMlKemKeys(client, { keyId: arn, parameterSet: "ML-KEM-512", grantTokens })
    const { encryptedDataKeys, dataKey: made } = await keys.wrap(wrapRequest())
    expect(await keys.unwrap(unwrapRequest(encryptedDataKeys))).toEqual(made)
    const common = { KeyId: arn, EncapsulationAlgorithm: "ML_KEM", GrantTokens: grantTokens }
    const SharedSecretCiphertextBlob = new Uint8Array(768).fill(3)
    expect(asked).toEqual([common, { ...common, SharedSecretCiphertextBlob }])
  })
})

it("a private key that is zero, or the order of its curve, agrees on nothing", () => {
  const publicKey = ec("P-256")
  const { ORDER } = p256.Point.Fn
  for (const scalar of [0n, ORDER, ORDER + 1n]) {
    const digits = scalar.toString(16).padStart(64, "0")
    const parts = {
      privateKey: Buffer.from(digits, "hex"),
      publicKey: p256.Point.BASE.toBytes(false),
    }
    const privateKey = encodePkcs8("ECC_NIST_P256", parts)
    for (const make of [
      () => rawEcdhKeys({ curve: "P256", privateKey, publicKey }),
      () => rawEcdhDiscovery({ curve: "P256", privateKey }),
    ]) {
      expect(make).toThrow("`privateKey` is not a private key of that curve")
    }
  }
})

describe("an RSA key of a KMS", () => {
  const multi = `mrk-${"1a".repeat(16)}`
  const [here, there] = [keyArnIn("us-east-1", multi), keyArnIn("eu-west-1", multi)]
  const cause = new Error("no")
  /** Encrypts nothing, and shows what it was given. */
  function plainRsa(fails = false) {
    const given: Uint8Array[] = []
    const rsa = {
      encrypt: async (_padding: unknown, _key: unknown, plaintext: Uint8Array) => {
        given.push(plaintext)
        if (fails) throw cause
        return plaintext.slice()
      },
      decrypt: async () => undefined,
    }
    return { rsa, given }
  }
  const answering = (changes: object = {}) => ({
    decrypt: async ({ KeyId, CiphertextBlob }: { KeyId: string; CiphertextBlob: Uint8Array }) => ({
      KeyId,
      Plaintext: CiphertextBlob,
      ...changes,
    }),
  })
  const keysOf = (keyId: string, changes: object = {}, { rsa } = plainRsa()) =>
    kmsRsaKeys(answering(changes), {
      keyId,
      algorithm: "RSAES_OAEP_SHA_256",
      publicKey: dataKey,
      rsa,
    })

  it("opens what was wrapped under its replica, and believes no other key", async () => {
    const wrapped = await keysOf(there).wrap(wrapRequest())
    const request = unwrapRequest(wrapped.encryptedDataKeys)
    expect(await keysOf(here).unwrap(request)).toEqual(wrapped.dataKey)
    for (const changes of [{ KeyId: there }, { KeyId: undefined }, { Plaintext: undefined }]) {
      expect(await keysOf(here, changes).unwrap(request)).toBeUndefined()
    }
    expect(await keysOf(arn).unwrap(request)).toBeUndefined()
  })

  it("leaves nothing of a data key in memory, also where it cannot be wrapped", async () => {
    for (const fails of [false, true]) {
      const parts = plainRsa(fails)
      const wrapping = keysOf(here, {}, parts).wrap(wrapRequest())
      if (fails) await expect(wrapping).rejects.toMatchObject({ reason: "keys", cause })
      else await wrapping
      expect(parts.given).toEqual([new Uint8Array(48 + 32)])
    }
  })
})
