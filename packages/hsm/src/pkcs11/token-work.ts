import { createHash } from "node:crypto"
import {
  encodeDerPair,
  encodeDigestInfo,
  type SignInput,
  signingTable,
} from "@keywright/core/suite"
import type { Session } from "./connection.js"
import { CKA, CKD, CKG, CKM, CKZ, type Handle, type Mechanism, parameterTypes } from "./cryptoki.js"
import { sharedSecret } from "./objects.js"

/** What one key does in one session. Answers are fresh bytes. */

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

/** The longest answer: what an RSA key of 4096 bits makes. */
const answerBytesMax = 512

function sign(
  { cryptoki, handle }: Session,
  mechanism: Mechanism,
  key: Handle,
  input: Uint8Array,
): Uint8Array {
  cryptoki.C_SignInit(handle, mechanism, key)
  return plain(cryptoki.C_Sign(handle, input, new Uint8Array(answerBytesMax)))
}

export const sha256Hmac: Mechanism = { mechanism: CKM.sha256Hmac }

/** The longest MAC is that of SHA-512. */
const macBytesMax = 64

export function hmac(
  { cryptoki, handle }: Session,
  mechanism: Mechanism,
  key: Handle,
  message: Uint8Array,
): Uint8Array {
  cryptoki.C_SignInit(handle, mechanism, key)
  return cryptoki.C_Sign(handle, message, new Uint8Array(macBytesMax))
}

type ShaName = "sha256" | "sha384" | "sha512"

function digestOf({ algorithm, messageType, message }: SignInput) {
  const { scheme, hash } = signingTable[algorithm]
  const name = hash as ShaName
  const digest = messageType === "RAW" ? createHash(name).update(message).digest() : message
  return { scheme, name, digest }
}

const pssOf = (hash: ShaName, saltLen: number): Mechanism & { parameter: object } => ({
  mechanism: CKM.rsaPss,
  parameter: { type: parameterTypes.rsaPss, hashAlg: CKM[hash], mgf: CKG[hash], saltLen } as {
    type: number
  },
})

export function signRsa(session: Session, key: Handle, input: SignInput): Uint8Array {
  const { scheme, name, digest } = digestOf(input)
  if (scheme === "pss") return sign(session, pssOf(name, digest.length), key, digest)
  return sign(session, { mechanism: CKM.rsaPkcs }, key, encodeDigestInfo(name, digest))
}

/** A token answers r and s, each as long as the order of the curve. */
export function signEcdsa(session: Session, key: Handle, input: SignInput): Uint8Array {
  const signature = sign(session, { mechanism: CKM.ecdsa }, key, digestOf(input).digest)
  const half = signature.length / 2
  return encodeDerPair(signature.subarray(0, half), signature.subarray(half))
}

function decrypt(
  { cryptoki, handle }: Session,
  mechanism: Mechanism,
  key: Handle,
  ciphertext: Uint8Array,
): Uint8Array {
  cryptoki.C_DecryptInit(handle, mechanism, key)
  const output = new Uint8Array(answerBytesMax)
  try {
    return plain(cryptoki.C_Decrypt(handle, ciphertext, output))
  } finally {
    output.fill(0)
  }
}

const oaepOf = (hash: "sha1" | "sha256"): Mechanism => ({
  mechanism: CKM.rsaOaep,
  parameter: {
    type: parameterTypes.rsaOaep,
    hashAlg: CKM[hash],
    mgf: CKG[hash],
    source: CKZ.dataSpecified,
  } as { type: number },
})

export const decryptOaep = (
  session: Session,
  key: Handle,
  hash: "sha1" | "sha256",
  ciphertext: Uint8Array,
): Uint8Array => decrypt(session, oaepOf(hash), key, ciphertext)

/** The bare power: as long as the ciphertext, whatever zeros a token leaves out. */
export function decryptRaw(session: Session, key: Handle, ciphertext: Uint8Array): Uint8Array {
  const answer = decrypt(session, { mechanism: CKM.rsaX509 }, key, ciphertext)
  const padded = new Uint8Array(ciphertext.length)
  padded.set(answer, padded.length - answer.length)
  answer.fill(0)
  return padded
}

/** The x-coordinate, as long as the field, whatever zeros a token leaves out. */
export function agree(
  { cryptoki, handle }: Session,
  key: Handle,
  publicKey: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const parameter = {
    type: parameterTypes.ecdh,
    kdf: CKD.null,
    publicData: publicKey,
  }
  const mechanism = { mechanism: CKM.ecdh1Derive, parameter }
  const shared = cryptoki.C_DeriveKey(handle, mechanism, key, sharedSecret(lengthBytes))
  const [found] = cryptoki.C_GetAttributeValue(handle, shared, [{ type: CKA.value }])
  cryptoki.C_DestroyObject(handle, shared)
  const value = found?.value as Uint8Array
  const secret = new Uint8Array(lengthBytes)
  secret.set(value, lengthBytes - value.length)
  value.fill(0)
  return secret
}
