import { concatBytes } from "../../vocabulary/bytes.js"
import { encodeFields, readUint32 } from "../fields.js"

/**
 * A domain state at rest, in its parts. It is encrypted under a key of its own, and that key stands
 * in front, sealed by each seal that opens the domain: so each of them opens the same state, and
 * who has one of them can write a newer state for all.
 */
export interface SealedDomain {
  /** The key of the state, under each of the seals. */
  readonly sealedKeys: readonly Uint8Array[]
  /** Version and sealed keys, which are authenticated with the state. */
  readonly headerBytes: Uint8Array
  readonly iv: Uint8Array
  /** Encrypted state and tag. */
  readonly ciphertext: Uint8Array
}

/** "KL", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x4c, 0x01)
const countOffset = prefix.length
const ivBytesLength = 12
const tagBytesLength = 16
/** Ours: the seal that goes, the one that comes, and others for emergencies. */
export const domainSealsMax = 8
/** Ours: what a seal makes of 32 bytes. Our own make 99 of them. */
const sealedKeyBytesMax = 4096
/** Ours: the largest domain state is about 40 KiB. */
const sealedDomainBytesMax = 98_304

const isSealedKey = ({ length }: Uint8Array): boolean => length > 0 && length <= sealedKeyBytesMax

/**
 * What stands in front of the state: "KL", version 1, the number of sealed keys, and each after its
 * length in 32 bits. Throws `TypeError` for keys that {@link parseSealedDomain} would refuse.
 */
export function encodeDomainHeader(sealedKeys: readonly Uint8Array[]): Uint8Array {
  const { length } = sealedKeys
  if (length < 1 || length > domainSealsMax || !sealedKeys.every(isSealedKey)) {
    throw new TypeError("`sealedKeys` must be one to eight keys of up to 4096 bytes")
  }
  return encodeFields(sealedKeys, concatBytes(prefix, Uint8Array.of(length)))
}

/** A sealed domain: header, IV, encrypted state and tag. */
export const encodeSealedDomain = (
  sealed: Pick<SealedDomain, "headerBytes" | "iv" | "ciphertext">,
): Uint8Array => concatBytes(sealed.headerBytes, sealed.iv, sealed.ciphertext)

/** Splits a sealed domain; `undefined` when it is not one. */
export function parseSealedDomain(bytes: Uint8Array): SealedDomain | undefined {
  const { length } = bytes
  if (length > sealedDomainBytesMax || !prefix.every((byte, i) => bytes[i] === byte)) {
    return undefined
  }
  const count = bytes[countOffset] ?? 0
  if (count < 1 || count > domainSealsMax) return undefined
  const sealedKeys: Uint8Array[] = []
  let offset = countOffset + 1
  for (let i = 0; i < count; i += 1) {
    const end = offset + 4 + readUint32(bytes, offset)
    sealedKeys.push(bytes.subarray(offset + 4, end))
    offset = end
  }
  if (!sealedKeys.every(isSealedKey)) return undefined
  // Behind a key that is cut there is nothing.
  if (length - offset <= ivBytesLength + tagBytesLength) return undefined
  return {
    sealedKeys,
    headerBytes: bytes.subarray(0, offset),
    iv: bytes.subarray(offset, offset + ivBytesLength),
    ciphertext: bytes.subarray(offset + ivBytesLength),
  }
}

/** What is authenticated with a domain state: a label, the header, and the name of the domain. */
export const domainAad = (headerBytes: Uint8Array, name: string): Uint8Array =>
  encodeFields(["keywright domain 1", headerBytes, name])
