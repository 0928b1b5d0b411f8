import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { nobleCipher } from "../../../src/envelope/index.js"
import {
  kmsEcdhDiscovery,
  kmsEcdhKeys,
} from "../../../src/envelope/keys/agreement/kms-ecdh-keys.js"
import { kmsMlKemKeys } from "../../../src/envelope/keys/agreement/kms-ml-kem-keys.js"
import { rawEcdhEphemeralKeys } from "../../../src/envelope/keys/agreement/raw-ecdh-keys.js"
import { branchKeys } from "../../../src/envelope/keys/branch/branch-keys.js"
import type { KeySource } from "../../../src/envelope/keys/key-source.js"
import { kmsRsaKeys } from "../../../src/envelope/keys/kms/kms-rsa-keys.js"
import { rawAesKeys } from "../../../src/envelope/keys/raw/raw-aes-keys.js"
import { rawRsaKeys } from "../../../src/envelope/keys/raw/raw-rsa-keys.js"
import type { EncryptedDataKey } from "../../../src/envelope/message/encrypted-data-key.js"
import { keyArnOf, unknownKeyId } from "../../support/accounts.js"
import { unwrapRequest, wrapRequest } from "../support/key-requests.js"
import { watchedCipher } from "../support/watched-cipher.js"

/*
 * Nobody has verified the encrypted data keys of a message: a source does not try its key, and
 * asks nobody, about one that is not its own.
 */

const keyId = keyArnOf(unknownKeyId)
const secret = new Uint8Array(32).fill(9)
const spki = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
    type: "spki",
    format: "der",
  })
const names = { namespace: "ours", name: "größte" }

/** What is asked to open a data key, noted. */
const asked: string[] = []
const noting =
  <Answer>(name: string, answer: Answer) =>
  async (): Promise<Answer> => {
    asked.push(name)
    return answer
  }

const rsa = {
  encrypt: async (_padding: unknown, _key: unknown, plaintext: Uint8Array) => plaintext.slice(),
  decrypt: noting("decrypt", secret.slice()),
}
const branchKey = () => ({ version: unknownKeyId, key: secret.slice() })

interface Stranger {
  readonly name: string
  readonly source: KeySource
  /** What wraps for it; unless said, it does so itself. */
  readonly wraps?: KeySource
  /** How much of the info says whose it is. */
  readonly ownBytes?: number
  readonly hasAnyLength?: true
}

const ownKey = spki()
const agreeing = {
  getPublicKey: noting("getPublicKey", {}),
  deriveSharedSecret: noting("deriveSharedSecret", { SharedSecret: secret }),
}

const sources: readonly Stranger[] = [
  {
    name: "a raw AES key",
    source: rawAesKeys({ ...names, key: secret }),
    // Behind it stands an IV.
    ownBytes: Buffer.byteLength(names.name) + 8,
  },
  {
    name: "a raw RSA key",
    source: rawRsaKeys({
      ...names,
      padding: "pkcs1",
      publicKey: secret,
      privateKey: secret,
      rsa,
    }),
    hasAnyLength: true,
  },
  {
    name: "an RSA key of a KMS",
    source: kmsRsaKeys(
      { decrypt: noting("decrypt", {}) },
      { keyId, algorithm: "RSAES_OAEP_SHA_256", publicKey: secret, rsa },
    ),
    hasAnyLength: true,
  },
  {
    name: "a key of a KMS that agrees",
    source: kmsEcdhKeys(agreeing, {
      curve: "P256",
      keyId,
      publicKey: spki(),
      ownPublicKey: ownKey,
    }),
  },
  {
    name: "a key of a KMS that agrees with anybody",
    source: kmsEcdhDiscovery(agreeing, { curve: "P256", keyId, ownPublicKey: ownKey }),
    wraps: rawEcdhEphemeralKeys({ curve: "P256", publicKey: ownKey }),
    // Behind them stands the sender.
    ownBytes: 1 + 4 + 33 + 4,
  },
  {
    name: "a key of a KMS that encapsulates",
    source: kmsMlKemKeys(
      {
        encapsulate: noting("encapsulate", {
          SharedSecret: secret,
          SharedSecretCiphertextBlob: new Uint8Array(768),
        }),
        decapsulate: noting("decapsulate", { SharedSecret: secret }),
      },
      { keyId, parameterSet: "ML-KEM-512" },
    ),
  },
  {
    name: "a branch key",
    source: branchKeys({
      store: {
        active: async () => branchKey(),
        version: noting("version", branchKey()),
      } as never,
      branchKeyId: "tenant",
      clock: () => 0,
      ageMsMax: 1,
    }),
  },
]

const longer = (bytes: Uint8Array) => Uint8Array.from([...bytes, 0])

function strangersOf(own: EncryptedDataKey, { ownBytes, hasAnyLength }: Stranger) {
  const { providerId, providerInfo, ciphertext } = own
  const flippedAt = (at: number) => providerInfo.with(at, (providerInfo[at] ?? 0) ^ 1)
  const infos = Array.from({ length: ownBytes ?? providerInfo.length }, (_, at) => flippedAt(at))
  return [
    ...["", `${providerId}x`, providerId.slice(1)].map((id) => ({ ...own, providerId: id })),
    ...[...infos, longer(providerInfo), providerInfo.slice(0, -1), new Uint8Array(0)].map(
      (info) => ({ ...own, providerInfo: info }),
    ),
    ...(hasAnyLength
      ? []
      : [longer(ciphertext), ciphertext.slice(1), new Uint8Array(0)].map((bytes) => ({
          ...own,
          ciphertext: bytes,
        }))),
  ]
}

describe.each(sources)("$name", (one) => {
  it("opens what it wrapped, and tries nothing that is another's", async () => {
    const { source, wraps = source } = one
    const { cipher, open } = watchedCipher(nobleCipher())
    const { encryptedDataKeys } = await wraps.wrap(wrapRequest({ cipher }))
    expect(open.keys).toBe(0)
    open.ever = 0
    const [own] = encryptedDataKeys
    if (own === undefined) return expect.fail("nothing was wrapped")
    for (const stranger of strangersOf(own, one)) {
      asked.length = 0
      const text = `${stranger.providerId} ${Buffer.from(stranger.providerInfo).toString("hex")}`
      expect(await source.unwrap(unwrapRequest([stranger], { cipher })), text).toBeUndefined()
      expect(asked, text).toEqual([])
      expect(open.ever, text).toBe(0)
    }
    await source.unwrap(unwrapRequest([own], { cipher })).catch(() => undefined)
    expect(asked.length + open.ever).toBeGreaterThan(0)
    expect(open.keys).toBe(0)
    if (asked.length > 0) return
    // One order of an empty context: it is tried once.
    open.ever = 0
    expect(await source.unwrap(unwrapRequest([own], { cipher, context: {} }))).toBeUndefined()
    expect(open).toEqual({ keys: 0, ever: 1 })
  })
})
