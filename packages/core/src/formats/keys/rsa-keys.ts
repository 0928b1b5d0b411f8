import { decodeFields, encodeFields } from "../fields.js"
import {
  decodeDerInteger,
  decodeDerSequence,
  derInteger,
  derTag,
  encodeDer,
  encodeSecretDer,
  trimZeros,
} from "./der.js"

/** The numbers of a public key, big-endian. */
export interface RsaPublicKey {
  readonly n: Uint8Array
  readonly e: Uint8Array
}

/** The numbers of a private key with two primes, big-endian and without leading zeros. */
export interface RsaPrivateKey extends RsaPublicKey {
  readonly d: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
  readonly dp: Uint8Array
  readonly dq: Uint8Array
  readonly qi: Uint8Array
}

const members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const

/** RSAPublicKey in DER. Source: RFC 8017, appendix A.1.1. */
export const encodeRsaPublicKey = ({ n, e }: RsaPublicKey): Uint8Array =>
  encodeDer(derTag.sequence, derInteger(n), derInteger(e))

/** RSAPrivateKey in DER, version 0. Source: RFC 8017, appendix A.1.2. */
export const encodeRsaPrivateKey = (key: RsaPrivateKey): Uint8Array =>
  encodeSecretDer(
    derTag.sequence,
    derInteger(new Uint8Array(1)),
    ...members.map((member) => derInteger(key[member])),
  )

/** The numbers of an RSAPrivateKey with two primes, which are views; none of them is checked. */
export function parseRsaPrivateKey(der: Uint8Array): RsaPrivateKey | undefined {
  const [version, ...numbers] = (decodeDerSequence(der) ?? []).map(decodeDerInteger)
  if (version?.length !== 0) return undefined
  return fromNumbers(numbers)
}

function fromNumbers(numbers: readonly (Uint8Array | undefined)[]): RsaPrivateKey | undefined {
  if (numbers.length !== members.length || numbers.includes(undefined)) return undefined
  return Object.fromEntries(
    members.map((member, i) => [member, numbers[i]]),
  ) as unknown as RsaPrivateKey
}

/** As key material: the eight numbers, each after its length. Cheap to open, in any suite. */
export const encodeRsaMaterial = (key: RsaPrivateKey): Uint8Array =>
  encodeFields(members.map((member) => trimZeros(key[member])))

/** The inverse; the numbers are views. `undefined` when it is no RSA key material. */
export function parseRsaMaterial(material: Uint8Array): RsaPrivateKey | undefined {
  const numbers = decodeFields(material, members.length)
  return numbers && fromNumbers(numbers)
}
