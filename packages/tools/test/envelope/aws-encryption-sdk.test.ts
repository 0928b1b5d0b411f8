import { createCipheriv, generateKeyPairSync, randomBytes } from "node:crypto"
import {
  type AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getClient,
  type KeyringNode,
  KMS,
  KmsKeyringNode,
  MultiKeyringNode,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
} from "@aws-crypto/client-node"
import {
  algorithmSuites,
  createEnvelope,
  type KeySource,
  kmsKeys,
  nobleCipher,
  rawAesKeys,
  rawRsaKeys,
  severalKeys,
  webCryptoCipher,
} from "@keywright/core/envelope"
import { opensslCipher } from "@keywright/hsm/openssl"
import { createTestKms } from "@keywright/testing"
import { describe, expect, it } from "vitest"

const context = { tenant: "42", purpose: "invoice" }
const frameBytes = 64
const sizes = [0, 1, frameBytes - 1, frameBytes, frameBytes + 1, 7 * frameBytes, 1000]
/** Signatures are dear, and do not depend on who wraps the data key. */
const few = [0, frameBytes, 1000]
const ciphers = [opensslCipher(), webCryptoCipher(), nobleCipher()]

/** The same keys, for our library and for the one of AWS. */
interface Pair {
  readonly name: string
  readonly keys: KeySource
  readonly keyring: KeyringNode
}

const wrappingSuites = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
} as const

/** In its own memory: the library of AWS refuses a view of a pool. */
const isolated = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

function aesPair(bytes: 16 | 24 | 32): Pair {
  const key = isolated(randomBytes(bytes))
  const [namespace, name] = ["interop", `aes ${bytes}`]
  const keyring = new RawAesKeyringNode({
    keyName: name,
    keyNamespace: namespace,
    unencryptedMasterKey: key.slice(),
    wrappingSuite: wrappingSuites[bytes],
  })
  return { name: `raw AES-${bytes * 8}`, keys: rawAesKeys({ namespace, name, key }), keyring }
}

const rsa = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
})

function rsaPair(hash: "sha1" | "sha256" | "sha384" | "sha512"): Pair {
  const [namespace, name] = ["interop", `rsa ${hash}`]
  const keyring = new RawRsaKeyringNode({
    keyName: name,
    keyNamespace: namespace,
    rsaKey: rsa,
    oaepHash: hash,
  })
  const keys = rawRsaKeys({ namespace, name, padding: `oaep-${hash}`, ...rsa })
  return { name: `raw RSA, OAEP with ${hash}`, keys, keyring }
}

async function kmsPair(): Promise<Pair> {
  const kit = await createTestKms({ seed: "interop" })
  const client = kit.client()
  const { KeyMetadata } = await client.createKey({})
  const keyArn = KeyMetadata?.Arn ?? ""
  const keyring = new KmsKeyringNode({
    generatorKeyId: keyArn,
    // Its types do not know that a member may be there and undefined.
    clientProvider: getClient(KMS as never, kit.sdk()) as never,
  })
  return { name: "KMS", keys: kmsKeys(client, { keyId: keyArn }), keyring }
}

const aes = [aesPair(16), aesPair(24), aesPair(32)] as const
const rsas = (["sha1", "sha256", "sha384", "sha512"] as const).map(rsaPair)
const pairs: readonly Pair[] = [
  ...aes,
  ...rsas,
  await kmsPair(),
  {
    name: "several",
    keys: severalKeys(aes[2].keys, ...rsas.map(({ keys }) => keys)),
    keyring: new MultiKeyringNode({
      generator: aes[2].keyring,
      children: rsas.map(({ keyring }) => keyring),
    }),
  },
]

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff)

describe.each(algorithmSuites.map((suite) => [suite.name, suite] as const))("%s", (_, suite) => {
  const policy = suite.isCommitting
    ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
  const aws = buildClient(policy)
  for (const [index, { name, keys, keyring }] of pairs.entries()) {
    const envelope = createEnvelope({
      keys,
      commitmentPolicy: policy,
      suite: suite.name,
      frameBytes,
      cipher: ciphers[index % ciphers.length] ?? nobleCipher(),
    })

    const some = suite.signature !== undefined && index > 0 ? few : sizes

    it(`under ${name}: what we write, the AWS Encryption SDK reads`, async () => {
      for (const size of some) {
        const { message, header } = await envelope.encrypt(bytesOf(size), { context })
        const { plaintext, messageHeader } = await aws.decrypt(keyring, message)
        expect(isolated(plaintext)).toEqual(bytesOf(size))
        expect(messageHeader.suiteId).toBe(suite.id)
        expect(messageHeader.encryptionContext).toMatchObject(header.context)
      }
    })

    it(`under ${name}: what the AWS Encryption SDK writes, we read`, async () => {
      for (const size of some) {
        const { result } = await aws.encrypt(keyring, bytesOf(size), {
          encryptionContext: context,
          suiteId: suite.id as AlgorithmSuiteIdentifier,
          frameLength: frameBytes,
        })
        const { plaintext, header } = await envelope.decrypt(result, { expectContext: context })
        expect(plaintext).toEqual(bytesOf(size))
        expect(header).toMatchObject({ suite: suite.name, frameBytes, context })
      }
    })
  }
})

const unframedKey = isolated(randomBytes(32))
const unframedKeys: Pair = {
  name: "for bodies without frames",
  keys: rawAesKeys({ namespace: "interop", name: "old", key: unframedKey }),
  keyring: new RawAesKeyringNode({
    keyName: "old",
    keyNamespace: "interop",
    unencryptedMasterKey: unframedKey.slice(),
    wrappingSuite: wrappingSuites[32],
  }),
}

/** ALG_AES_256_GCM_IV12_TAG16_NO_KDF without frames, after the specification, by hand. */
function unframed(plaintext: Uint8Array): Uint8Array {
  const gcm = (key: Uint8Array, iv: Uint8Array, aad: Uint8Array, content: Uint8Array): Buffer => {
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(aad)
    return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])
  }
  const uint = (value: number, bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes)
    buffer.writeUIntBE(value, bytes > 6 ? bytes - 6 : 0, Math.min(bytes, 6))
    return buffer
  }
  const field = (bytes: Uint8Array) => Buffer.concat([uint(bytes.length, 2), bytes])
  const none = new Uint8Array(0)
  const [dataKey, wrapIv, messageId] = [randomBytes(32), randomBytes(12), randomBytes(16)]
  const info = Buffer.concat([Buffer.from("old"), uint(128, 4), uint(12, 4), wrapIv])
  const wrapped = gcm(unframedKey, wrapIv, none, dataKey)
  const header = Buffer.concat([
    Buffer.from([1, 0x80, 0x00, 0x78]),
    messageId,
    uint(0, 2),
    uint(1, 2),
    field(Buffer.from("interop")),
    field(info),
    field(wrapped),
    Buffer.from([1, 0, 0, 0, 0, 12, 0, 0, 0, 0]),
  ])
  const [headerIv, iv] = [new Uint8Array(12), uint(1, 12)]
  const says = Buffer.from("AWSKMSEncryptionClient Single Block")
  const length = uint(plaintext.length, 8)
  const aad = Buffer.concat([messageId, says, uint(1, 4), length])
  const parts = [header, headerIv, gcm(dataKey, headerIv, header, none), iv, length]
  return isolated(Buffer.concat([...parts, gcm(dataKey, iv, aad, plaintext)]))
}

describe("the AWS Encryption SDK for JavaScript", () => {
  const { keys, keyring } = aes[2]
  const aws = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
  const suite = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"

  it.each([1, 15, 4096, 65_536])("reads and writes frames of %i bytes as we do", async (length) => {
    const envelope = createEnvelope({ keys, suite, frameBytes: length })
    for (const size of [0, 1, 300, 3 * length]) {
      const { message } = await envelope.encrypt(bytesOf(size))
      expect(isolated((await aws.decrypt(keyring, message)).plaintext)).toEqual(bytesOf(size))
      const { result } = await aws.encrypt(keyring, bytesOf(size), { frameLength: length })
      expect((await envelope.decrypt(result)).plaintext).toEqual(bytesOf(size))
    }
  })

  it("reads a body without frames, as old releases wrote it, and so do we", async () => {
    for (const size of sizes) {
      const message = unframed(bytesOf(size))
      expect(isolated((await aws.decrypt(unframedKeys.keyring, message)).plaintext)).toEqual(
        bytesOf(size),
      )
      const envelope = createEnvelope({
        keys: unframedKeys.keys,
        commitmentPolicy: "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
      })
      const { plaintext, header } = await envelope.decrypt(message)
      expect(plaintext).toEqual(bytesOf(size))
      expect(header.frameBytes).toBeUndefined()
      await expect(envelope.decrypt(message.subarray(0, -1))).rejects.toThrow("was cut")
      const changed = message.slice()
      changed[message.length - 1] = (changed[message.length - 1] ?? 0) ^ 1
      await expect(envelope.decrypt(changed)).rejects.toThrow("not genuine")
      await expect(envelope.open(message).read(0, 1)).rejects.toMatchObject({
        reason: "unsupported",
      })
    }
  })

  it("does not read required context, which is not stored", async () => {
    const envelope = createEnvelope({ keys, suite, requiredContext: ["tenant"] })
    const { message } = await envelope.encrypt(bytesOf(10), { context })
    await expect(aws.decrypt(keyring, message)).rejects.toThrow(
      "unencryptedDataKey has not been set",
    )
  })

  it("reads a message whose header was made again for other keys", async () => {
    const [before, after] = [aesPair(32), aesPair(24)]
    for (const body of [undefined, "kept"] as const) {
      const envelope = createEnvelope({ keys: before.keys })
      const { message } = await envelope.encrypt(bytesOf(5000), { context })
      const { message: again } = await envelope.rewrap(message, {
        to: after.keys,
        expectContext: context,
        ...(body === undefined ? {} : { body }),
      })
      expect(isolated((await aws.decrypt(after.keyring, again)).plaintext)).toEqual(bytesOf(5000))
    }
  })
})
