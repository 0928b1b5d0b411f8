import { concatBytes } from "../../vocabulary/bytes.js"
import { encodeFields } from "../fields.js"

/** The cost of scrypt: 2^costLog2 iterations over blocks of `blockSize`, `parallelism` times. */
export interface ScryptCost {
  readonly costLog2: number
  readonly blockSize: number
  readonly parallelism: number
}

/** A sealed domain state in its parts, which are views into it. */
export interface SealedState {
  readonly salt: Uint8Array
  /** Present when the key comes from a passphrase. */
  readonly cost: ScryptCost | undefined
  /** Everything in front of the IV, which is authenticated. */
  readonly headerBytes: Uint8Array
  readonly iv: Uint8Array
  /** Encrypted state and tag. */
  readonly ciphertext: Uint8Array
}

/** "KS", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x53, 0x01)
const kindOffset = 3
const saltOffset = 7
export const saltBytesLength = 32
const headerBytesLength = saltOffset + saltBytesLength
const ivBytesLength = 12
const tagBytesLength = 16
/** Ours: the largest domain state is about 40 KiB. */
const sealedBytesMax = 65_536

/** What scrypt needs is 128 bytes a block; a hostile file must not demand more than this. */
const scryptBytesMax = 256 * 1024 * 1024

/** Whether a cost lies between what protects something and what a hostile file may demand. */
export const isScryptCost = ({ costLog2, blockSize, parallelism }: ScryptCost): boolean =>
  [costLog2, blockSize, parallelism].every(Number.isInteger) &&
  costLog2 >= 10 &&
  costLog2 <= 20 &&
  blockSize >= 8 &&
  blockSize <= 32 &&
  parallelism >= 1 &&
  parallelism <= 4 &&
  128 * blockSize * 2 ** costLog2 <= scryptBytesMax

/**
 * The 39 bytes in front of a sealed state: "KS", version 1, the kind (0 root key, 1 passphrase),
 * three bytes of scrypt cost (zero for a root key) and the salt.
 */
export function encodeSealHeader(salt: Uint8Array, cost: ScryptCost | undefined): Uint8Array {
  const costBytes =
    cost === undefined
      ? Uint8Array.of(0, 0, 0, 0)
      : Uint8Array.of(1, cost.costLog2, cost.blockSize, cost.parallelism)
  return concatBytes(prefix, costBytes, salt)
}

/** A sealed state: header, IV, encrypted state and tag. */
export const encodeSealedState = (
  sealed: Pick<SealedState, "headerBytes" | "iv" | "ciphertext">,
): Uint8Array => concatBytes(sealed.headerBytes, sealed.iv, sealed.ciphertext)

/** Splits a sealed state; `undefined` when it is not one. */
export function parseSealedState(bytes: Uint8Array): SealedState | undefined {
  if (bytes.length < headerBytesLength + ivBytesLength + tagBytesLength) return undefined
  if (bytes.length > sealedBytesMax || !prefix.every((byte, i) => bytes[i] === byte)) {
    return undefined
  }
  const [kind, ...costs] = bytes.subarray(kindOffset, saltOffset) as unknown as Iterable<number>
  const [costLog2, blockSize, parallelism] = costs as [number, number, number]
  const cost = { costLog2, blockSize, parallelism }
  const isRootKey = kind === 0 && costLog2 + blockSize + parallelism === 0
  if (!isRootKey && !(kind === 1 && isScryptCost(cost))) return undefined
  return {
    salt: bytes.subarray(saltOffset, headerBytesLength),
    cost: isRootKey ? undefined : cost,
    headerBytes: bytes.subarray(0, headerBytesLength),
    iv: bytes.subarray(headerBytesLength, headerBytesLength + ivBytesLength),
    ciphertext: bytes.subarray(headerBytesLength + ivBytesLength),
  }
}

/** What is authenticated with a sealed state: a label, the header and the context. */
export const sealAad = (headerBytes: Uint8Array, context: Uint8Array): Uint8Array =>
  encodeFields(["keywright seal 1", headerBytes, context])
