import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  rawEcdhDiscovery,
  rawEcdhEphemeralKeys,
  rawEcdhKeys,
} from "../../../src/envelope/keys/agreement/raw-ecdh-keys.js"
import { branchKeys } from "../../../src/envelope/keys/branch/branch-keys.js"
import type { KeySource } from "../../../src/envelope/keys/key-source.js"
import { kmsRsaKeys } from "../../../src/envelope/keys/kms/kms-rsa-keys.js"
import { rawAesKeys } from "../../../src/envelope/keys/raw/raw-aes-keys.js"
import type { RsaCipher } from "../../../src/envelope/keys/raw/rsa-cipher.js"
import { encodeContext } from "../../../src/envelope/message/encryption-context.js"
import { keyArnOf, unknownKeyId } from "../../support/accounts.js"
import { context, suiteOf, unwrapWith, wrapRequest } from "../support/key-requests.js"

/*
 * What key sources write, taken apart with the cryptography of Node as the specification says:
 * the messages of one library are opened by another.
 */

const pairs = encodeContext(context)
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function opened(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(`aes-${key.length * 8}-gcm` as "aes-256-gcm", key, iv)
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-16))
  return Uint8Array.from(
    Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]),
  )
}

/** SP 800-108 in counter mode: counter, label, a zero byte, nonce, and the length in bits. */
function derived(
  hash: string,
  key: Uint8Array,
  label: Uint8Array,
  nonce: Uint8Array,
  bytes: number,
): Buffer {
  const blocks = [1, 2].map((counter) =>
    createHmac(hash, key)
      .update(Buffer.concat([uint32(counter), label, Uint8Array.of(0), nonce, uint32(bytes * 8)]))
      .digest(),
  )
  return Buffer.concat(blocks).subarray(0, bytes)
}

async function wrappedBy(source: KeySource) {
  const { dataKey, encryptedDataKeys } = await source.wrap(wrapRequest())
  const [one, ...others] = encryptedDataKeys
  if (one === undefined || others.length > 0) return expect.fail("one data key is wrapped once")
  return { dataKey, ...one, encryptedDataKeys }
}

describe.each([16, 24, 32])("under a raw AES key of %i bytes", (bytes) => {
  it("a data key has the name, the lengths of tag and IV, and the IV before it", async () => {
    const key = new Uint8Array(bytes).fill(7)
    const source = rawAesKeys({ namespace: "ours", name: "größte", key })
    key.fill(0)
    const { dataKey, providerId, providerInfo, ciphertext } = await wrappedBy(source)
    expect(providerId).toBe("ours")
    const head = Buffer.concat([Buffer.from("größte"), uint32(128), uint32(12)])
    expect(Buffer.from(providerInfo.subarray(0, head.length))).toEqual(head)
    const iv = providerInfo.subarray(head.length)
    expect(iv).toHaveLength(12)
    expect(opened(new Uint8Array(bytes).fill(7), iv, pairs, ciphertext)).toEqual(dataKey)
  })
})

describe.each(["P-256", "P-384", "P-521"] as const)("agreed on over %s", (namedCurve) => {
  const pair = () => generateKeyPairSync("ec", { namedCurve })
  const [ours, theirs] = [pair(), pair()]
  const curve = namedCurve.replace("-", "") as "P256" | "P384" | "P521"
  const pem = ({ publicKey, privateKey }: typeof ours) => ({
    publicKey: publicKey.export({ type: "spki", format: "pem" }) as string,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  })
  const compressed = ({ publicKey }: typeof ours): Buffer => {
    const { x = "", y = "" } = publicKey.export({ format: "jwk" })
    const last = Buffer.from(y, "base64url").at(-1) ?? 0
    return Buffer.concat([Uint8Array.of(2 + (last & 1)), Buffer.from(x, "base64url")])
  }
  const spki = (point: Uint8Array, like: typeof ours) => {
    // A compressed point behind the algorithm of another key of that curve.
    const der = like.publicKey.export({ type: "spki", format: "der" })
    const whole = 1 + 2 * (point.length - 1)
    const algorithm = der.subarray(der.indexOf(0x30, 2), der.length - whole - 3)
    const algorithmBytes = algorithm.subarray(0, 2 + (algorithm[1] ?? 0))
    const bits = Buffer.concat([Uint8Array.of(3, point.length + 1, 0), point])
    const inner = Buffer.concat([algorithmBytes, bits])
    return createPublicKey({
      key: Buffer.concat([Uint8Array.of(0x30, inner.length), inner]),
      type: "spki",
      format: "der",
    })
  }

  function expectForm(
    { dataKey, providerId, providerInfo, ciphertext }: Awaited<ReturnType<typeof wrappedBy>>,
    sender: Buffer,
    secret: Uint8Array,
  ): void {
    const recipient = compressed(theirs)
    expect(providerId).toBe("raw-ecdh")
    expect(Buffer.from(providerInfo)).toEqual(
      Buffer.concat([
        Uint8Array.of(1),
        uint32(recipient.length),
        recipient,
        uint32(sender.length),
        sender,
      ]),
    )
    const zero = Uint8Array.of(0)
    const info = Buffer.concat([
      Buffer.from("ecdh-key-derivation"),
      zero,
      Buffer.from(curve.toLowerCase()),
      zero,
      Buffer.from("HMAC_SHA384"),
      zero,
      sender,
      recipient,
      zero,
      Uint8Array.of(1),
      zero,
      pairs,
    ])
    const material = derived("sha384", secret, info, ciphertext.subarray(0, 32), 64)
    expect(Buffer.from(ciphertext.subarray(32, 64))).toEqual(material.subarray(0, 32))
    const sealed = ciphertext.subarray(64)
    expect(opened(material.subarray(32), new Uint8Array(12), info, sealed)).toEqual(dataKey)
  }

  it("a data key has salt and commitment before it, and the parties beside it", async () => {
    const source = rawEcdhKeys({
      curve,
      privateKey: pem(ours).privateKey,
      publicKey: pem(theirs).publicKey,
    })
    const secret = diffieHellman({
      privateKey: createPrivateKey(pem(ours).privateKey),
      publicKey: theirs.publicKey,
    })
    const wrapped = await wrappedBy(source)
    expectForm(wrapped, compressed(ours), secret)
    const recipient = rawEcdhKeys({
      curve,
      privateKey: pem(theirs).privateKey,
      publicKey: pem(ours).publicKey,
    })
    for (const party of [source, recipient]) {
      expect(await unwrapWith(party, wrapped)).toEqual(wrapped.dataKey)
    }
    const stranger = rawEcdhKeys({ curve, ...pem(ours), publicKey: pem(pair()).publicKey })
    expect(await unwrapWith(stranger, wrapped)).toBeUndefined()
  })

  it("and, of a sender who is forgotten, the public key that was made for it", async () => {
    const source = rawEcdhEphemeralKeys({ curve, publicKey: pem(theirs).publicKey })
    const wrapped = await wrappedBy(source)
    const sender = Buffer.from(wrapped.providerInfo.subarray(-compressed(theirs).length))
    const { privateKey } = theirs
    expectForm(wrapped, sender, diffieHellman({ privateKey, publicKey: spki(sender, theirs) }))
    await expect(source.unwrap({ ...wrapRequest(), ...wrapped })).rejects.toMatchObject({
      reason: "keys",
      message: "these keys are for encryption only",
    })
    expect(await unwrapWith(source, { encryptedDataKeys: [] })).toBeUndefined()
    const discovery = rawEcdhDiscovery({ curve, privateKey: pem(theirs).privateKey })
    expect(await unwrapWith(discovery, wrapped)).toEqual(wrapped.dataKey)
    await expect(discovery.wrap(wrapRequest())).rejects.toMatchObject({
      reason: "keys",
      message: "these keys are for decryption only",
    })
  })
})

it("under a branch key, a data key has salt, IV and version before it", async () => {
  const key = new Uint8Array(32).fill(9)
  const branchKey = () => Promise.resolve({ version: unknownKeyId, key: key.slice() })
  const store = { active: branchKey, version: branchKey } as never
  const branchKeyId = "tenant/größe"
  const source = branchKeys({ store, branchKeyId, clock: () => 0, ageMsMax: 1 })
  const { dataKey, providerId, providerInfo, ciphertext } = await wrappedBy(source)
  expect(providerId).toBe("aws-kms-hierarchy")
  expect(Buffer.from(providerInfo).toString()).toBe(branchKeyId)
  const version = Buffer.from(unknownKeyId.replaceAll("-", ""), "hex")
  expect(Buffer.from(ciphertext.subarray(28, 44))).toEqual(version)
  const label = Buffer.from("aws-kms-hierarchy")
  const wrappingKey = derived("sha256", key, label, ciphertext.subarray(0, 16), 32)
  const aad = Buffer.concat([label, Buffer.from(branchKeyId), version, pairs])
  const iv = ciphertext.subarray(16, 28)
  expect(opened(wrappingKey, iv, aad, ciphertext.subarray(44))).toEqual(dataKey)
})

describe("under an RSA key of a KMS", () => {
  const keyId = keyArnOf(unknownKeyId)
  const digest = createHash("sha384").update(pairs).digest()
  const seen: unknown[] = []
  /** Encrypts nothing. */
  const rsa: RsaCipher = {
    encrypt: async (padding, _key, plaintext) => {
      seen.push(padding)
      return plaintext.slice()
    },
    decrypt: async () => undefined,
  }
  const client = {
    decrypt: async (request: object) => {
      seen.push(request)
      return { KeyId: keyId, Plaintext: (request as { CiphertextBlob: Uint8Array }).CiphertextBlob }
    },
  }
  const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const publicKey = pem.publicKey.export({ type: "spki", format: "der" })
  const grantTokens = ["token"]

  it.each([
    ["RSAES_OAEP_SHA_1", "oaep-sha1"],
    ["RSAES_OAEP_SHA_256", "oaep-sha256"],
  ] as const)(
    "a data key has the hash of the context before it, under %s",
    async (name, padding) => {
      const options = { keyId, algorithm: name, publicKey, rsa, grantTokens }
      const source = kmsRsaKeys(client, options)
      seen.length = 0
      const wrapped = await wrappedBy(source)
      expect(wrapped.providerId).toBe("aws-kms-rsa")
      expect(Buffer.from(wrapped.providerInfo).toString()).toBe(keyId)
      expect(Buffer.from(wrapped.ciphertext)).toEqual(Buffer.concat([digest, wrapped.dataKey]))
      expect(await unwrapWith(source, wrapped)).toEqual(wrapped.dataKey)
      expect(seen).toEqual([
        padding,
        {
          KeyId: keyId,
          CiphertextBlob: wrapped.ciphertext,
          EncryptionAlgorithm: name,
          GrantTokens: grantTokens,
        },
      ])
      expect(await unwrapWith(source, wrapped, {})).toBeUndefined()
    },
  )

  it("only decrypts without the public key, and takes no signed suite", async () => {
    const options = { keyId, algorithm: "RSAES_OAEP_SHA_256", rsa } as const
    const blind = kmsRsaKeys(client, options)
    await expect(blind.wrap(wrapRequest())).rejects.toMatchObject({ reason: "keys" })
    const source = kmsRsaKeys(client, { ...options, publicKey })
    const wrapped = await wrappedBy(source)
    const suite = suiteOf(0x0578)
    const unsupported = { name: "EnvelopeError", reason: "unsupported" }
    await expect(source.wrap(wrapRequest({ suite }))).rejects.toMatchObject(unsupported)
    const request = { ...wrapRequest(), ...wrapped, suite }
    await expect(source.unwrap(request)).rejects.toMatchObject(unsupported)
    const none = { ...request, encryptedDataKeys: [] }
    expect(await source.unwrap(none)).toBeUndefined()
  })
})
