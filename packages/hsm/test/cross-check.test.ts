import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createVerify,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto"
import {
  type Binding,
  createSoftwareHsm,
  type Hsm,
  type KeySpec,
  type KeyUsage,
  keySpecTable,
  rootKeySeal,
} from "@keywright/core"
import { type KeySpecRow, signingAlgorithmTable } from "@keywright/core/suite"
import { describe, expect, it } from "vitest"
import { symmetricBinding } from "../../core/test/support/bindings.js"
import { isSlow } from "../../core/test/support/slow.js"
import { opensslSuite } from "../src/openssl.js"

type MessageType = Parameters<Hsm["sign"]>[0]["messageType"]
type MacAlgorithm = Parameters<Hsm["generateMac"]>[0]["algorithm"]

const keySpecs = Object.keys(keySpecTable) as KeySpec[]
/** The table with one type for all its rows. */
const specRows: Readonly<Record<KeySpec, KeySpecRow>> = keySpecTable
const keySpecRow = (spec: KeySpec): KeySpecRow => specRows[spec]

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const seal = rootKeySeal(new Uint8Array(32).fill(1))
const native = createSoftwareHsm({ seal, suite: opensslSuite() })
const pure = createSoftwareHsm({ seal })
await pure.openDomain("d", await native.createDomain("d"))

const sides: readonly (readonly [string, Hsm, Hsm])[] = [
  ["OpenSSL", native, pure],
  ["TypeScript", pure, native],
]

const bindingFor = (keySpec: KeySpec, keyUsage: KeyUsage): Binding => ({
  ...symmetricBinding,
  keySpec,
  keyUsage,
})

async function newKey(keySpec: KeySpec, keyUsage: KeyUsage) {
  const binding = bindingFor(keySpec, keyUsage)
  return { token: await native.generateKey(binding), binding }
}

const specsWith = (usage: KeyUsage): readonly KeySpec[] =>
  keySpecs.filter((spec) => keySpecRow(spec).usages[usage] !== undefined)

/** Of a long key each padding once: what differs beside that is the hash, and takes a second. */
const algorithmsOf = (spec: KeySpec) => {
  const all = keySpecRow(spec).usages.SIGN_VERIFY?.SigningAlgorithms ?? []
  return isSlow || !/^RSA_[34]/.test(spec) ? all : all.filter((name) => name.endsWith("512"))
}

const messageTypes: readonly MessageType[] = ["RAW", "DIGEST", "EXTERNAL_MU"]

describe("what one suite makes the other takes", () => {
  for (const spec of specsWith("SIGN_VERIFY")) {
    it(`signatures of ${spec}`, async () => {
      const key = await newKey(spec, "SIGN_VERIFY")
      let count = 0
      for (const algorithm of algorithmsOf(spec)) {
        for (const messageType of messageTypes) {
          const bytes = signingAlgorithmTable[algorithm].messages[messageType]
          if (bytes === undefined) continue
          const message = new Uint8Array(bytes === "any" ? 100 : bytes).fill(9)
          const request = { ...key, algorithm, messageType, message }
          for (const [name, signer, verifier] of sides) {
            const signature = await signer.sign(request)
            expect(await verifier.verify({ ...request, signature }), name).toBe(true)
            count += 1
          }
        }
      }
      expect(count).toBeGreaterThan(1)
    })
  }

  for (const spec of specsWith("ENCRYPT_DECRYPT").filter((one) => one !== "RSA_4096")) {
    it(`ciphertexts of ${spec}`, async () => {
      const key = await newKey(spec, "ENCRYPT_DECRYPT")
      const plaintext = utf8("what passes between suites")
      for (const algorithm of keySpecRow(spec).usages.ENCRYPT_DECRYPT?.EncryptionAlgorithms ?? []) {
        const target =
          algorithm === "SYMMETRIC_DEFAULT" ? { ...key, aad: utf8("aad") } : { ...key, algorithm }
        for (const [name, encrypter, decrypter] of sides) {
          const ciphertext = await encrypter.encrypt({ ...target, plaintext })
          const opened = await decrypter.decrypt({ ...target, ciphertext })
          expect(opened && hexOf(opened), name).toBe(hexOf(plaintext))
        }
      }
    })
  }

  for (const spec of specsWith("GENERATE_VERIFY_MAC")) {
    it(`MACs of ${spec}`, async () => {
      const key = await newKey(spec, "GENERATE_VERIFY_MAC")
      const algorithm = `HMAC_SHA_${spec.slice("HMAC_".length)}` as MacAlgorithm
      const request = { ...key, algorithm, message: utf8("message") }
      for (const [name, maker, verifier] of sides) {
        const mac = await maker.generateMac(request)
        expect(await verifier.verifyMac({ ...request, mac }), name).toBe(true)
      }
    })
  }

  for (const spec of specsWith("KEY_AGREEMENT")) {
    it(`shared secrets of ${spec}`, async () => {
      const [one, two] = [await newKey(spec, "KEY_AGREEMENT"), await newKey(spec, "KEY_AGREEMENT")]
      const algorithm = "ECDH"
      const publicKey = await native.publicKey(two)
      const mine = await native.deriveSharedSecret({ ...one, algorithm, publicKey })
      const yours = await pure.deriveSharedSecret({
        ...two,
        algorithm,
        publicKey: await pure.publicKey(one),
      })
      expect(mine && hexOf(mine)).toBe(yours && hexOf(yours))
    })
  }

  for (const spec of specsWith("ENCAPSULATE_DECAPSULATE")) {
    it(`encapsulated secrets of ${spec}`, async () => {
      const key = {
        ...(await newKey(spec, "ENCAPSULATE_DECAPSULATE")),
        algorithm: "ML_KEM" as const,
      }
      for (const [name, encapsulator, decapsulator] of sides) {
        const { sharedSecret, ciphertext } = await encapsulator.encapsulate(key)
        const opened = await decapsulator.decapsulate({ ...key, ciphertext })
        expect(opened && hexOf(opened), name).toBe(hexOf(sharedSecret))
      }
    })
  }
})

describe("node:crypto reads what comes out, without our code between", () => {
  const der = { format: "der" } as const

  it("public keys of every spec that it knows, and signatures with them", async () => {
    const rows = [
      ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "sha256"],
      ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256"],
      ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384"],
      ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512"],
      ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256"],
    ] as const
    for (const [spec, algorithm, hash] of rows) {
      const key = await newKey(spec, "SIGN_VERIFY")
      const message = utf8("message")
      const digest = createHash(hash).update(message).digest()
      const spki = Buffer.from(await pure.publicKey(key))
      const publicKey = createPublicKey({ key: spki, ...der, type: "spki" })
      expect(publicKey.export({ ...der, type: "spki" }).equals(spki)).toBe(true)
      for (const [name, signer] of sides) {
        for (const input of [
          { messageType: "RAW", message },
          { messageType: "DIGEST", message: digest },
        ] as const) {
          const signature = await signer.sign({ ...key, algorithm, ...input })
          const isGenuine = createVerify(hash).update(message).verify(publicKey, signature)
          expect(isGenuine, `${spec} ${name} ${input.messageType}`).toBe(true)
        }
      }
    }
  })

  it("private keys of data key pairs, and they belong to their public keys", async () => {
    const key = await newKey("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    const known = ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"] as const
    for (const keyPairSpec of [...known, "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"] as const) {
      for (const [name, hsm] of sides) {
        const made = await hsm.generateDataKeyPair({ ...key, keyPairSpec, aad: utf8("a") })
        const privateKey = createPrivateKey({
          key: Buffer.from(made.privateKey),
          ...der,
          type: "pkcs8",
        })
        const publicKey = createPublicKey(privateKey).export({ ...der, type: "spki" })
        expect(hexOf(publicKey), `${keyPairSpec} ${name}`).toBe(hexOf(made.publicKey))
        const again = privateKey.export({ ...der, type: "pkcs8" })
        expect(hexOf(again), `${keyPairSpec} ${name}`).toBe(hexOf(made.privateKey))
      }
    }
  })

  it("shared secrets", async () => {
    for (const [spec, namedCurve] of [
      ["ECC_NIST_P256", "prime256v1"],
      ["ECC_NIST_P384", "secp384r1"],
      ["ECC_NIST_P521", "secp521r1"],
    ] as const) {
      const key = await newKey(spec, "KEY_AGREEMENT")
      const theirs = generateKeyPairSync("ec", { namedCurve })
      const spki = Buffer.from(await pure.publicKey(key))
      const publicKey = createPublicKey({ key: spki, ...der, type: "spki" })
      const expected = diffieHellman({ privateKey: theirs.privateKey, publicKey })
      for (const [name, hsm] of sides) {
        const secret = await hsm.deriveSharedSecret({
          ...key,
          algorithm: "ECDH",
          publicKey: theirs.publicKey.export({ ...der, type: "spki" }),
        })
        expect(secret && hexOf(secret), `${spec} ${name}`).toBe(hexOf(expected))
      }
    }
  })
})

describe("on OpenSSL", () => {
  it("making an RSA_4096 key leaves the event loop free", async () => {
    let turns = 0
    const watch = setInterval(() => {
      turns += 1
    })
    await native.generateKey(bindingFor("RSA_4096", "SIGN_VERIFY"))
    clearInterval(watch)
    // One that blocks lets none through before it is done.
    expect(turns).toBeGreaterThan(5)
  })
})
