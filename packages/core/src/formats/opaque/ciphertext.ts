import { isAccountId, isKeyId, isMultiRegionKeyId } from "../../vocabulary/arns.js"
import {
  type Allocate,
  hexOf,
  startsWith,
  uuidOf,
  writeHex,
  writeUuid,
} from "../../vocabulary/bytes.js"
import { limits } from "../../vocabulary/limits.js"
import { encodeFields, readUint32, writeUint32 } from "../fields.js"
import { contextFields, type EncryptionContext } from "./encryption-context.js"

/** Who encrypted: read from a ciphertext before anything of it has been authenticated. */
export interface CiphertextHeader {
  /** Twelve digits. */
  readonly account: string
  /** A UUID, or `mrk-` and 32 hexadecimal digits. */
  readonly keyId: string
  /** 64 hexadecimal digits. */
  readonly keyMaterialId: string
}

/** A ciphertext in its parts, which are views into it. */
export interface Ciphertext {
  readonly header: CiphertextHeader
  readonly headerBytes: Uint8Array
  /** What the HSM made: nonce, IV, encrypted plaintext and tag. */
  readonly body: Uint8Array
}

/** "KW", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x57, 0x01)
const accountOffset = 3
const kindOffset = 8
const keyIdOffset = 9
const materialOffset = 25
const headerBytesLength = 57
/** Nonce 16, IV 12, tag 16; a ciphertext of nothing. */
const bodyBytesMin = 44

const refuseHeader = (member: string): never => {
  throw new TypeError(`\`${member}\` cannot be part of a ciphertext header`)
}

/**
 * The 57 bytes in front of every ciphertext of a symmetric key: "KW", version 1, the account as a
 * 40-bit integer, the kind of key id (0 UUID, 1 multi-Region), its 128 bits and the key material
 * id. Throws `TypeError` naming the member that is malformed.
 */
export function encodeCiphertextHeader(header: CiphertextHeader): Uint8Array {
  const { account, keyId, keyMaterialId } = header
  if (!isAccountId(account)) return refuseHeader("account")
  if (!isKeyId(keyId)) return refuseHeader("keyId")
  const bytes = new Uint8Array(headerBytesLength)
  bytes.set(prefix)
  bytes[accountOffset] = Math.floor(Number(account) / 2 ** 32)
  writeUint32(bytes, accountOffset + 1, Number(account) % 2 ** 32)
  const isMultiRegion = isMultiRegionKeyId(keyId)
  bytes[kindOffset] = isMultiRegion ? 1 : 0
  if (isMultiRegion) writeHex(bytes, keyIdOffset, keyId.slice(4))
  else writeUuid(bytes, keyIdOffset, keyId)
  const isMaterialId = keyMaterialId.length === 64 && writeHex(bytes, materialOffset, keyMaterialId)
  return isMaterialId ? bytes : refuseHeader("keyMaterialId")
}

function parseAccount(blob: Uint8Array): string | undefined {
  const account = (blob[accountOffset] as number) * 2 ** 32 + readUint32(blob, accountOffset + 1)
  return account < 1e12 ? String(account).padStart(12, "0") : undefined
}

function parseKeyId(blob: Uint8Array): string | undefined {
  const kind = blob[kindOffset]
  const bytes = blob.subarray(keyIdOffset, materialOffset)
  if (kind === 0) return uuidOf(bytes)
  return kind === 1 ? `mrk-${hexOf(bytes)}` : undefined
}

/**
 * Splits a ciphertext of a symmetric key. `undefined` means that it is not one of ours; what it
 * says is otherwise only a claim until the HSM has decrypted the body.
 */
export function parseCiphertext(blob: Uint8Array): Ciphertext | undefined {
  if (blob.length < headerBytesLength + bodyBytesMin) return undefined
  if (blob.length > limits.ciphertextBytesMax) return undefined
  if (!startsWith(blob, prefix)) return undefined
  const account = parseAccount(blob)
  const keyId = parseKeyId(blob)
  if (account === undefined || keyId === undefined) return undefined
  const headerBytes = blob.subarray(0, headerBytesLength)
  const keyMaterialId = hexOf(headerBytes.subarray(materialOffset))
  const body = blob.subarray(headerBytesLength)
  return { header: { account, keyId, keyMaterialId }, headerBytes, body }
}

const messageLabel = "keywright message 1"

/**
 * What is authenticated with a message and not encrypted: a label that sets it apart from all
 * else, the partition, the header and the encryption context, none of which can run into another.
 */
export const messageAad = (
  partition: string,
  headerBytes: Uint8Array,
  encryptionContext: EncryptionContext | undefined,
  allocate?: Allocate,
): Uint8Array => {
  const fields = [messageLabel, partition, headerBytes, ...contextFields(encryptionContext)]
  return encodeFields(fields, undefined, allocate)
}
