import { concatBytes } from "../../vocabulary/bytes.js"
import {
  decodeDerInteger,
  decodeDerSequence,
  derTag,
  encodeDer,
  encodeDerInteger,
  padZeros,
} from "./der.js"

/** An SM2 ciphertext in its parts. */
export interface Sm2Ciphertext {
  /** The uncompressed ephemeral point, C1. */
  readonly point: Uint8Array
  /** The SM3 check value, C3. */
  readonly check: Uint8Array
  /** The masked plaintext, C2. */
  readonly masked: Uint8Array
}

/** SM2Cipher in DER: the coordinates of C1, then C3 and C2. Source: GM/T 0009-2012, 7.2. */
export const encodeSm2Ciphertext = ({ point, check, masked }: Sm2Ciphertext): Uint8Array =>
  encodeDer(
    derTag.sequence,
    encodeDerInteger(point.subarray(1, 33)),
    encodeDerInteger(point.subarray(33)),
    encodeDer(derTag.octetString, check),
    encodeDer(derTag.octetString, masked),
  )

/** The inverse; `undefined` for what is not strict DER of the right lengths. */
export function parseSm2Ciphertext(der: Uint8Array): Sm2Ciphertext | undefined {
  const [x, y, check, masked, ...others] = decodeDerSequence(der) ?? []
  const coordinates = [x, y].map((coordinate) => {
    const number = decodeDerInteger(coordinate)
    return number && padZeros(number, 32)
  })
  const [first, second] = coordinates
  if (first === undefined || second === undefined || others.length > 0) return undefined
  if (check?.tag !== derTag.octetString || masked?.tag !== derTag.octetString) return undefined
  if (check.content.length !== 32 || masked.content.length === 0) return undefined
  const point = concatBytes(Uint8Array.of(4), first, second)
  return { point, check: check.content, masked: masked.content }
}
