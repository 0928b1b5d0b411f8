import { sha1 } from "@noble/hashes/legacy.js"
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import { keyAlgorithms } from "../../../formats/keys/key-algorithms.js"
import {
  encodeRsaMaterial,
  encodeRsaPublicKey,
  parseRsaMaterial,
  parseRsaPrivateKey,
  type RsaPrivateKey,
} from "../../../formats/keys/rsa-keys.js"
import type { Entropy } from "../../../ports/entropy.js"
import { equalBytes } from "../../../vocabulary/bytes.js"
import { invariant } from "../../../vocabulary/errors.js"
import type {
  EncryptionKey,
  KeyPairMaker,
  RsaSpec,
  SignInput,
  SigningKey,
} from "../crypto-suite.js"
import { type HashName, hashBytes, oaepHash } from "../hashes.js"
import {
  bytesOf,
  completeRsaKey,
  generateRsaKey,
  numberOf,
  type PrimalityTest,
  type RsaNumbers,
  rsaPrivate,
  rsaPublic,
  wipeRsaKey,
} from "../rsa/rsa-numbers.js"
import {
  decodeOaep,
  encodeOaep,
  encodePkcs1,
  encodePss,
  type NamedHash,
  oaepPlaintextBytesMax,
  verifyPss,
} from "../rsa/rsa-padding.js"
import { signingTable } from "../signing-schemes.js"

const hashes: { readonly [name in HashName]?: NamedHash } = Object.freeze({
  sha1: { name: "sha1", hash: sha1 },
  sha256: { name: "sha256", hash: sha256 },
  sha384: { name: "sha384", hash: sha384 },
  sha512: { name: "sha512", hash: sha512 },
})

function hashNamed(name: HashName | undefined): NamedHash {
  const hash = name && hashes[name]
  invariant(hash, "an RSA algorithm without a hash was used")
  return hash
}

const bitsOf = (spec: RsaSpec): number => keyAlgorithms[spec].privateKeyBytes * 8

/** The material of a key, whose numbers are wiped. */
function materialOf(key: RsaPrivateKey): Uint8Array {
  const material = encodeRsaMaterial(key)
  wipeRsaKey(key)
  return material
}

/** Makes RSA keys of that modulus. */
export const rsaMaker = (spec: RsaSpec, isPrime?: PrimalityTest): KeyPairMaker => ({
  generate: async (entropy) => materialOf(await generateRsaKey(bitsOf(spec), entropy, isPrime)),
  complete({ privateKey, publicKey }, entropy) {
    const given = parseRsaPrivateKey(privateKey)
    if (given === undefined) return undefined
    if (publicKey !== undefined && !equalBytes(publicKey, encodeRsaPublicKey(given))) {
      return undefined
    }
    const key = completeRsaKey(given, bitsOf(spec), entropy)
    return key && materialOf(key)
  },
})

interface OpenRsaKey {
  readonly key: RsaNumbers
  readonly bits: number
  readonly lengthBytes: number
}

function openRsa(material: Uint8Array): OpenRsaKey {
  const bytes = parseRsaMaterial(material)
  invariant(bytes, "a token holds no RSA key")
  const key = Object.fromEntries(
    Object.entries(bytes).map(([name, number]) => [name, numberOf(number)]),
  ) as unknown as RsaNumbers
  return { key, bits: bytes.n.length * 8, lengthBytes: bytes.n.length }
}

/** The digest to sign, and the rules for it. */
function digestOf({ algorithm, messageType, message }: SignInput) {
  const { scheme, hash: name } = signingTable[algorithm]
  const hash = hashNamed(name)
  return { scheme, hash, digest: messageType === "RAW" ? hash.hash(message) : message }
}

export function openRsaSigningKey(material: Uint8Array, entropy: Entropy): SigningKey {
  const { key, bits, lengthBytes } = openRsa(material)
  return {
    sign(input) {
      const { scheme, hash, digest } = digestOf(input)
      const em =
        scheme === "pss"
          ? encodePss(hash, digest, entropy(new Uint8Array(hashBytes[hash.name])), bits)
          : encodePkcs1(hash.name, digest, lengthBytes)
      return bytesOf(rsaPrivate(numberOf(em), key, entropy), lengthBytes)
    },
    verify(input, signature) {
      const { scheme, hash, digest } = digestOf(input)
      const number = numberOf(signature)
      if (signature.length !== lengthBytes || number >= key.n) return false
      const em = bytesOf(rsaPublic(number, key.e, key.n), lengthBytes)
      return scheme === "pss"
        ? verifyPss(hash, digest, em, bits)
        : equalBytes(em, encodePkcs1(hash.name, digest, lengthBytes))
    },
  }
}

export function openRsaEncryptionKey(material: Uint8Array, entropy: Entropy): EncryptionKey {
  const { key, lengthBytes } = openRsa(material)
  return {
    encrypt(algorithm, plaintext) {
      const hash = hashNamed(oaepHash[algorithm])
      if (plaintext.length > oaepPlaintextBytesMax(hash.name, lengthBytes)) return undefined
      const seed = entropy(new Uint8Array(hashBytes[hash.name]))
      // Whoever has it unmasks the plaintext.
      const em = encodeOaep(hash, plaintext, seed, lengthBytes)
      const number = numberOf(em)
      seed.fill(0)
      em.fill(0)
      return bytesOf(rsaPublic(number, key.e, key.n), lengthBytes)
    },
    decrypt(algorithm, ciphertext) {
      const hash = hashNamed(oaepHash[algorithm])
      const number = numberOf(ciphertext)
      if (ciphertext.length !== lengthBytes || number >= key.n) return undefined
      const em = bytesOf(rsaPrivate(number, key, entropy), lengthBytes)
      try {
        return decodeOaep(hash, em)
      } finally {
        em.fill(0)
      }
    },
  }
}
