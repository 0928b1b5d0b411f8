import { hexOf } from "./bytes.js"
import { exactParts, parseDer, unsignedOf, wholeBitsOf } from "./der.js"
import { limits } from "./limits.js"
import { importForeignKey, type WebKey } from "./web-crypto.js"

const rsaEncryption = "300d06092a864886f70d0101010500"

/** FIPS 186-5, appendix A.1.1, and what every library takes: 65,537 up to 32 bits. */
const exponentBytes = { min: 3, max: 4 } as const

const isOdd = (number: Uint8Array): boolean => ((number.at(-1) ?? 0) & 1) === 1

const bitsOf = ([first = 0, ...rest]: Uint8Array): number =>
  8 * rest.length + first.toString(2).length

function isAcceptable(spki: Uint8Array): boolean {
  const [algorithm, bits] = exactParts(parseDer(spki), 2) ?? []
  if (!algorithm || hexOf(algorithm.bytes) !== rsaEncryption) return false
  const structure = wholeBitsOf(bits)
  const numbers = exactParts(structure && parseDer(structure), 2) ?? []
  const [modulus, exponent] = numbers.map(unsignedOf)
  if (!modulus || !exponent) return false
  const { min, max } = exponentBytes
  const isStrong = bitsOf(modulus) >= limits.modulusBitsMin && isOdd(modulus)
  return isStrong && exponent.length >= min && exponent.length <= max && isOdd(exponent)
}

/**
 * A key that RSAES-OAEP with SHA-256 can wrap others under, from SubjectPublicKeyInfo in DER;
 * `undefined` when that is no RSA key of at least 2,048 bits.
 */
export async function importRsaPublicKey(spki: Uint8Array): Promise<WebKey | undefined> {
  if (!isAcceptable(spki)) return undefined
  return importForeignKey("spki", spki, { name: "RSA-OAEP", hash: "SHA-256" }, ["wrapKey"])
}
