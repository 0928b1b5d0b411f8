import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  verify,
} from "node:crypto"
import { describe, expect, it } from "vitest"
import type { InputOf } from "../../src/client.js"
import { keyArnOf } from "../support/accounts.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"

type KeySpec = NonNullable<InputOf<"CreateKey">["KeySpec"]>
type SigningAlgorithm = NonNullable<InputOf<"Sign">["SigningAlgorithm"]>

const Message = new TextEncoder().encode("attack at dawn")
const publicKeyOf = (der: Uint8Array) =>
  createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" })

/** How OpenSSL verifies what was signed; where this Node cannot, nothing. */
const verifiers: Readonly<Record<string, [hash: string | undefined, options: object]>> = {
  RSASSA_PSS_SHA_256: ["sha256", { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  RSASSA_PSS_SHA_512: ["sha512", { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }],
  RSASSA_PKCS1_V1_5_SHA_256: ["sha256", {}],
  RSASSA_PKCS1_V1_5_SHA_384: ["sha384", {}],
  ECDSA_SHA_256: ["sha256", {}],
  ECDSA_SHA_384: ["sha384", {}],
  ECDSA_SHA_512: ["sha512", {}],
  ED25519_SHA_512: [undefined, {}],
}

describe("a signing key", () => {
  it.each([
    ["RSA_2048", "RSASSA_PSS_SHA_256", 256],
    ["RSA_2048", "RSASSA_PSS_SHA_512", 256],
    ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", 256],
    ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384", 256],
    ["ECC_NIST_P256", "ECDSA_SHA_256", 72],
    ["ECC_NIST_P384", "ECDSA_SHA_384", 104],
    ["ECC_NIST_P521", "ECDSA_SHA_512", 139],
    ["ECC_SECG_P256K1", "ECDSA_SHA_256", 72],
    ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512", 64],
    ["ML_DSA_44", "ML_DSA_SHAKE_256", 2420],
    ["ML_DSA_65", "ML_DSA_SHAKE_256", 3309],
    ["ML_DSA_87", "ML_DSA_SHAKE_256", 4627],
    ["SM2", "SM2DSA", 72],
  ] as const)("of spec %s signs by %s", async (KeySpec, SigningAlgorithm, signatureBytesMax) => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ KeySpec, KeyUsage: "SIGN_VERIFY" })
    const asked = { KeyId, Message, SigningAlgorithm }
    const { Signature, KeyId: arn } = await root.sign(asked)
    const signature = Signature as Uint8Array
    expect(arn).toBe(keyArnOf(KeyId))
    expect(signature.length).toBeLessThanOrEqual(signatureBytesMax)
    expect(await root.verify({ ...asked, Signature })).toMatchObject({ SignatureValid: true })
    const verifier = verifiers[SigningAlgorithm]
    if (verifier !== undefined) {
      const [hash, options] = verifier
      const key = publicKeyOf(blobIn(await root.getPublicKey({ KeyId }), "PublicKey"))
      expect(verify(hash, Message, { key, ...options }, signature)).toBe(true)
    }
    const flipped = signature.with(9, (signature[9] as number) ^ 1)
    await expectRefusal(
      root.verify({ ...asked, Signature: flipped }),
      "KMSInvalidSignatureException",
      "",
    )
    await expectRefusal(
      root.verify({ ...asked, Message: Message.with(0, 0), Signature }),
      "KMSInvalidSignatureException",
      "",
    )
  })

  it.each([
    ["RSA_2048", "RSASSA_PSS_SHA_384", "sha384"],
    ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512", "sha512"],
    ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256"],
  ] as const)(
    "of spec %s signs a digest by %s as it signs the message",
    async (KeySpec, SigningAlgorithm, hash) => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey({ KeySpec, KeyUsage: "SIGN_VERIFY" })
      const digest = createHash(hash).update(Message).digest()
      const asDigest = { KeyId, Message: digest, MessageType: "DIGEST", SigningAlgorithm } as const
      const { Signature } = await root.sign(asDigest)
      expect(await root.verify({ KeyId, Message, SigningAlgorithm, Signature })).toMatchObject({
        SignatureValid: true,
      })
      await expectRefusal(
        root.sign({ ...asDigest, Message: digest.subarray(1) }),
        "ValidationException",
        `Digest is invalid length for algorithm ${SigningAlgorithm}.`,
      )
    },
  )

  it.each([
    [
      "ML_DSA_44",
      "ML_DSA_SHAKE_256",
      "DIGEST",
      "Message type DIGEST is incompatible with key spec ML_DSA_44.",
    ],
    [
      "ECC_NIST_EDWARDS25519",
      "ED25519_SHA_512",
      "DIGEST",
      "Message type DIGEST is incompatible with algorithm ED25519_SHA_512.",
    ],
    [
      "ECC_NIST_EDWARDS25519",
      "ED25519_PH_SHA_512",
      "RAW",
      "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.",
    ],
  ] as const)(
    "of spec %s says that %s does not take %s",
    async (KeySpec, SigningAlgorithm, MessageType, text) => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey({ KeySpec, KeyUsage: "SIGN_VERIFY" })
      const asked = { KeyId, Message: new Uint8Array(64), MessageType, SigningAlgorithm }
      await expectRefusal(root.sign(asked), "ValidationException", text)
    },
  )

  it.each(["Sign", "Verify"])(
    "refuses to %s with a symmetric algorithm by its usage",
    async (op) => {
      const { call, newKey } = await openWorld()
      const asked = { Message: Uint8Array.of(1), Signature: Uint8Array.of(1) }
      const SigningAlgorithm = "SYMMETRIC_DEFAULT"
      const KeyId = await newKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
      await expectRefusal(
        call(op, { ...asked, KeyId, SigningAlgorithm }),
        "InvalidKeyUsageException",
        "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec ECC_NIST_P256.",
      )
      const other = { ...asked, KeyId: await newKey(), SigningAlgorithm }
      await expectRefusal(
        call(op, other),
        "InvalidKeyUsageException",
        /key usage is ENCRYPT_DECRYPT/,
      )
      await expectRefusal(
        call(op, { ...asked, KeyId, SigningAlgorithm: "RSAES_OAEP_SHA_1" }),
        "ValidationException",
        /enum value set: \[RSASSA_PSS_SHA_256, [^\]]*\]$/,
      )
    },
  )

  it("refuses the algorithm of another spec, and to encrypt", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
    const SigningAlgorithm: SigningAlgorithm = "ECDSA_SHA_384"
    await expectRefusal(
      root.sign({ KeyId, Message, SigningAlgorithm }),
      "InvalidKeyUsageException",
      "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.",
    )
    await expectRefusal(
      root.encrypt({ KeyId, Plaintext: Message }),
      "InvalidKeyUsageException",
      `${keyArnOf(KeyId)} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
    )
  })
})

describe("an HMAC key", () => {
  it.each([
    ["HMAC_224", "HMAC_SHA_224", 28],
    ["HMAC_256", "HMAC_SHA_256", 32],
    ["HMAC_384", "HMAC_SHA_384", 48],
    ["HMAC_512", "HMAC_SHA_512", 64],
  ] as const)("of spec %s makes and checks MACs", async (KeySpec, MacAlgorithm, macBytes) => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ KeySpec, KeyUsage: "GENERATE_VERIFY_MAC" })
    const asked = { KeyId, Message, MacAlgorithm }
    const { Mac } = await root.generateMac(asked)
    expect(Mac).toHaveLength(macBytes)
    expect(await root.verifyMac({ ...asked, Mac })).toMatchObject({ MacValid: true })
    for (const wrong of [Mac?.with(0, (Mac[0] as number) ^ 1), Mac?.subarray(1)]) {
      await expectRefusal(root.verifyMac({ ...asked, Mac: wrong }), "KMSInvalidMacException", "")
    }
    expect(createHmac("sha256", "any").digest()).not.toEqual(Mac)
    await expectRefusal(root.getPublicKey({ KeyId }), "UnsupportedOperationException", "")
  })
})

describe("an asymmetric encryption key", () => {
  it.each([
    ["RSAES_OAEP_SHA_1", "sha1", 214],
    ["RSAES_OAEP_SHA_256", "sha256", 190],
  ] as const)(
    "opens what OpenSSL encrypted by %s, and its own",
    async (EncryptionAlgorithm, oaepHash, most) => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
      const key = publicKeyOf(blobIn(await root.getPublicKey({ KeyId }), "PublicKey"))
      const padding = constants.RSA_PKCS1_OAEP_PADDING
      const outside = publicEncrypt({ key, padding, oaepHash }, Message)
      const own = await root.encrypt({ KeyId, Plaintext: Message, EncryptionAlgorithm })
      for (const CiphertextBlob of [outside, own.CiphertextBlob]) {
        const reply = await root.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })
        expect(Buffer.from(reply.Plaintext as Uint8Array)).toEqual(Buffer.from(Message))
        expect(reply.KeyMaterialId).toBeUndefined()
      }
      const Plaintext = new Uint8Array(most + 1)
      await expectRefusal(
        root.encrypt({ KeyId, Plaintext, EncryptionAlgorithm }),
        "ValidationException",
        `Algorithm ${EncryptionAlgorithm} and key spec RSA_2048 cannot encrypt data larger than ` +
          `${most} bytes.`,
      )
      await expectRefusal(
        root.encrypt({ KeyId, Plaintext: Message }),
        "InvalidKeyUsageException",
        "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
      )
      await expectRefusal(
        root.decrypt({ KeyId, CiphertextBlob: outside }),
        "InvalidCiphertextException",
        "",
      )
      await expectRefusal(
        root.generateDataKey({ KeyId, KeySpec: "AES_256" }),
        "InvalidKeyUsageException",
        "You cannot generate a data key with an asymmetric CMK",
      )
    },
  )

  it("takes no encryption context", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ KeySpec: "SM2", KeyUsage: "ENCRYPT_DECRYPT" })
    const EncryptionAlgorithm = "SM2PKE"
    const asked = { KeyId, Plaintext: Message, EncryptionAlgorithm } as const
    await expectRefusal(
      root.encrypt({ ...asked, EncryptionContext: { a: "b" } }),
      "ValidationException",
    )
    const { CiphertextBlob } = await root.encrypt(asked)
    const opened = await root.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm })
    expect(opened.Plaintext).toEqual(Message)
  })

  it("exchanges ciphertext with a symmetric key by ReEncrypt", async () => {
    const { root, newKey } = await openWorld()
    const rsa = await newKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
    const symmetric = await newKey()
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256"
    const { CiphertextBlob } = await root.encrypt({
      KeyId: rsa,
      Plaintext: Message,
      EncryptionAlgorithm,
    })
    const moved = await root.reEncrypt({
      CiphertextBlob,
      SourceKeyId: rsa,
      SourceEncryptionAlgorithm: EncryptionAlgorithm,
      DestinationKeyId: symmetric,
    })
    expect(moved.SourceKeyMaterialId).toBeUndefined()
    expect((await root.decrypt({ CiphertextBlob: moved.CiphertextBlob })).Plaintext).toEqual(
      Message,
    )
  })
})

describe("a key agreement key", () => {
  it.each([
    ["ECC_NIST_P256", "P-256", 32],
    ["ECC_NIST_P384", "P-384", 48],
    ["ECC_NIST_P521", "P-521", 66],
  ] as const)(
    "of spec %s agrees with OpenSSL on a secret",
    async (KeySpec, namedCurve, secretBytes) => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey({ KeySpec, KeyUsage: "KEY_AGREEMENT" })
      const own = publicKeyOf(blobIn(await root.getPublicKey({ KeyId }), "PublicKey"))
      const peer = generateKeyPairSync("ec", { namedCurve })
      const PublicKey = peer.publicKey.export({ type: "spki", format: "der" })
      const KeyAgreementAlgorithm = "ECDH"
      const asked = { KeyId, PublicKey, KeyAgreementAlgorithm } as const
      const { SharedSecret, KeyOrigin } = await root.deriveSharedSecret(asked)
      const expected = diffieHellman({ privateKey: peer.privateKey, publicKey: own })
      expect(Buffer.from(SharedSecret as Uint8Array)).toEqual(expected)
      expect([SharedSecret?.length, KeyOrigin]).toEqual([secretBytes, "AWS_KMS"])
      const otherCurve = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey
      for (const wrong of [
        otherCurve.export({ type: "spki", format: "der" }),
        PublicKey.subarray(1),
      ]) {
        await expectRefusal(
          root.deriveSharedSecret({ ...asked, PublicKey: wrong }),
          "ValidationException",
          "",
        )
      }
    },
  )
})

describe("an ML-KEM key", () => {
  it.each([
    ["ML_KEM_512", 768],
    ["ML_KEM_768", 1088],
    ["ML_KEM_1024", 1568],
  ] as const)(
    "of spec %s carries a secret, and rejects what is damaged without a word",
    async (KeySpec, blobBytes) => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey({ KeySpec, KeyUsage: "ENCAPSULATE_DECAPSULATE" })
      const asked = { KeyId, EncapsulationAlgorithm: "ML_KEM" } as const
      const { SharedSecret, SharedSecretCiphertextBlob } = await root.encapsulate(asked)
      const blob = SharedSecretCiphertextBlob as Uint8Array
      expect(blob).toHaveLength(blobBytes)
      const open = async (SharedSecretCiphertextBlob: Uint8Array) =>
        (await root.decapsulate({ ...asked, SharedSecretCiphertextBlob })).SharedSecret
      expect(await open(blob)).toEqual(SharedSecret)
      const damaged = blob.with(3, (blob[3] as number) ^ 1)
      const other = await open(damaged)
      expect(other).toHaveLength(32)
      expect(other).not.toEqual(SharedSecret)
      expect(await open(damaged)).toEqual(other)
      await expectRefusal(open(blob.subarray(1)), "InvalidCiphertextException", "")
    },
  )
})

describe("a data key pair", () => {
  const specs: readonly KeySpec[] = [
    "RSA_2048",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
  ]
  it.each(specs)("of spec %s is a pair that OpenSSL reads, and opens by Decrypt", async (spec) => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    const EncryptionContext = { tenant: "42" }
    const KeyPairSpec = spec as NonNullable<InputOf<"GenerateDataKeyPair">["KeyPairSpec"]>
    const asked = { KeyId, KeyPairSpec, EncryptionContext }
    const pair = await root.generateDataKeyPair(asked)
    const privateKey = createPrivateKey({
      key: Buffer.from(pair.PrivateKeyPlaintext as Uint8Array),
      format: "der",
      type: "pkcs8",
    })
    const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" })
    expect(Buffer.from(pair.PublicKey as Uint8Array)).toEqual(publicKey)
    const opened = await root.decrypt({
      CiphertextBlob: pair.PrivateKeyCiphertextBlob,
      EncryptionContext,
    })
    expect(opened.Plaintext).toEqual(pair.PrivateKeyPlaintext)
    const sealed = await root.generateDataKeyPairWithoutPlaintext(asked)
    expect(sealed).not.toHaveProperty("PrivateKeyPlaintext")
    expect(sealed.PublicKey).not.toEqual(pair.PublicKey)
  })

  it.each(["SM2", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"] as const)(
    "of spec %s opens by Decrypt",
    async (KeyPairSpec) => {
      const { root, newKey } = await openWorld()
      const KeyId = await newKey()
      const pair = await root.generateDataKeyPair({ KeyId, KeyPairSpec })
      const opened = await root.decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob })
      expect(opened.Plaintext).toEqual(pair.PrivateKeyPlaintext)
    },
  )
})
