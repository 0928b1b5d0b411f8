import {
  checkPrime,
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  sign,
  verify,
} from "node:crypto"
import { promisify } from "node:util"
import {
  type EncryptionKey,
  encodeDigestInfo,
  encodePkcs1,
  encodePss,
  encodeRsaMaterial,
  encodeRsaPrivateKey,
  type HashName,
  hashBytes,
  type KeyPairMaker,
  keyAlgorithms,
  type NamedHash,
  type Opener,
  oaepHash,
  oaepPlaintextBytesMax,
  type PrimalityTest,
  parseRsaMaterial,
  parseRsaPrivateKey,
  type RsaPrivateKey,
  type RsaSpec,
  type SigningKey,
  signingTable,
  verifyPss,
} from "@keywright/core/suite"
import { base64url, der, plain } from "./bytes.js"

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_NO_PADDING, RSA_PKCS1_OAEP_PADDING } =
  constants

const generate = promisify(generateKeyPair)

const check = promisify<Uint8Array, { readonly checks: number }, boolean>(checkPrime)

/** Tests a number off the event loop, with bases of OpenSSL's own; errs in one of 2^128 cases. */
export const isPrime: PrimalityTest = (number) => check(number, { checks: 64 })

/** Generates off the event loop; what is imported, the suite in TypeScript completes. */
export const rsaMaker = (spec: RsaSpec, imported: KeyPairMaker): KeyPairMaker =>
  Object.freeze<KeyPairMaker>({
    async generate() {
      const { privateKey } = await generate("rsa", {
        modulusLength: keyAlgorithms[spec].privateKeyBytes * 8,
        publicExponent: 65_537,
      })
      const exported = privateKey.export({ format: "der", type: "pkcs1" })
      const numbers = parseRsaPrivateKey(exported)
      if (numbers === undefined) throw new Error("OpenSSL made a key that is no RSA key")
      const material = encodeRsaMaterial(numbers)
      exported.fill(0)
      return material
    },
    complete: imported.complete,
  })

interface OpenRsaKey {
  readonly lengthBytes: number
  /** Decoded when first asked for, and once. */
  readonly privateKey: () => KeyObject
  readonly publicKey: () => KeyObject
}

/** In DER, whose bytes are wiped. A JSON Web Key costs less, and its text stays. */
function decodePrivateKey(numbers: RsaPrivateKey): KeyObject {
  const key = encodeRsaPrivateKey(numbers)
  try {
    return createPrivateKey(der(key, "pkcs1"))
  } finally {
    key.fill(0)
  }
}

function openRsa(material: Uint8Array): OpenRsaKey {
  const numbers = parseRsaMaterial(material)
  if (numbers === undefined) throw new TypeError("the key material is not of an RSA key")
  let privateKey: KeyObject | undefined
  let publicKey: KeyObject | undefined
  return {
    lengthBytes: numbers.n.length,
    privateKey() {
      privateKey ??= decodePrivateKey(numbers)
      return privateKey
    },
    publicKey() {
      const { n, e } = numbers
      const key = { kty: "RSA", n: base64url(n), e: base64url(e) }
      publicKey ??= createPublicKey({ key, format: "jwk" })
      return publicKey
    },
  }
}

const hashNamed = (name: HashName): NamedHash => ({
  name,
  hash: (message) => plain(createHash(name).update(message).digest()),
})

interface Scheme {
  /** How OpenSSL signs a message, which it hashes itself. */
  readonly options: { readonly padding: number; readonly saltLength?: number }
  /** A signature of a digest, which OpenSSL would hash again. */
  readonly signDigest: (
    key: OpenRsaKey,
    hash: NamedHash,
    digest: Uint8Array,
    entropy: (target: Uint8Array) => Uint8Array,
  ) => Uint8Array
  /** Whether what the signature decrypts to encodes the digest. */
  readonly encodes: (em: Uint8Array, hash: NamedHash, digest: Uint8Array) => boolean
}

const schemes: { readonly [scheme: string]: Scheme } = Object.freeze({
  pss: {
    options: {
      padding: RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
    signDigest: (key, hash, digest, entropy) => {
      const salt = entropy(new Uint8Array(hashBytes[hash.name]))
      const em = encodePss(hash, digest, salt, key.lengthBytes * 8)
      return privateEncrypt({ key: key.privateKey(), padding: RSA_NO_PADDING }, em)
    },
    encodes: (em, hash, digest) => verifyPss(hash, digest, em, em.length * 8),
  },
  pkcs1: {
    options: { padding: RSA_PKCS1_PADDING },
    signDigest: (key, hash, digest) => {
      const info = encodeDigestInfo(hash.name, digest)
      return privateEncrypt({ key: key.privateKey(), padding: RSA_PKCS1_PADDING }, info)
    },
    encodes: (em, hash, digest) => {
      const expected = encodePkcs1(hash.name, digest, em.length)
      return expected.every((byte, i) => byte === em[i])
    },
  },
})

function schemeOf(algorithm: keyof typeof signingTable): { scheme: Scheme; hash: NamedHash } {
  const { scheme: name, hash } = signingTable[algorithm]
  const scheme = schemes[name]
  if (scheme === undefined || hash === undefined) throw new TypeError("not an RSA algorithm")
  return { scheme, hash: hashNamed(hash) }
}

export const openRsaSigningKey: Opener<SigningKey> = (material, entropy) => {
  const key = openRsa(material)

  function verifyDigest(
    { scheme, hash }: ReturnType<typeof schemeOf>,
    digest: Uint8Array,
    signature: Uint8Array,
  ): boolean {
    try {
      const options = { key: key.publicKey(), padding: RSA_NO_PADDING }
      return scheme.encodes(publicDecrypt(options, signature), hash, digest)
    } catch {
      return false
    }
  }

  return {
    sign({ algorithm, messageType, message }) {
      const { scheme, hash } = schemeOf(algorithm)
      if (messageType !== "RAW") return plain(scheme.signDigest(key, hash, message, entropy))
      return plain(sign(hash.name, message, { key: key.privateKey(), ...scheme.options }))
    },
    verify({ algorithm, messageType, message }, signature) {
      const found = schemeOf(algorithm)
      // RFC 8017, sections 8.1.2 and 8.2.2, step 1. OpenSSL takes some without their leading zeros.
      if (signature.length !== key.lengthBytes) return false
      if (messageType !== "RAW") return verifyDigest(found, message, signature)
      const options = { key: key.publicKey(), ...found.scheme.options }
      return verify(found.hash.name, message, options, signature)
    },
  }
}

export const openRsaEncryptionKey: Opener<EncryptionKey> = (material) => {
  const key = openRsa(material)
  const hashOf = (algorithm: keyof typeof oaepHash): HashName => {
    const hash = oaepHash[algorithm]
    if (hash === undefined) throw new TypeError("not an RSA algorithm")
    return hash
  }
  const padding = RSA_PKCS1_OAEP_PADDING
  return {
    encrypt(algorithm, plaintext) {
      const hash = hashOf(algorithm)
      if (plaintext.length > oaepPlaintextBytesMax(hash, key.lengthBytes)) return undefined
      return plain(publicEncrypt({ key: key.publicKey(), padding, oaepHash: hash }, plaintext))
    },
    decrypt(algorithm, ciphertext) {
      if (ciphertext.length !== key.lengthBytes) return undefined
      const options = { key: key.privateKey(), padding, oaepHash: hashOf(algorithm) }
      try {
        return plain(privateDecrypt(options, ciphertext))
      } catch {
        return undefined
      }
    },
  }
}
