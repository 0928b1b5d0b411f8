import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { nextTick } from "@noble/hashes/utils.js"
import { isProbablePrimeRSA } from "micro-rsa-dsa-dh/primality.js"
import { gcd, invert, pow } from "micro-rsa-dsa-dh/utils.js"
import { readUint32, writeUint32 } from "../../../formats/fields.js"
import { trimZeros } from "../../../formats/keys/der.js"
import type { RsaPrivateKey } from "../../../formats/keys/rsa-keys.js"
import type { Entropy } from "../../../ports/entropy.js"
import { bytesOfHex, hexOf } from "../../../vocabulary/bytes.js"
import type { Eventually } from "../../../vocabulary/eventually.js"

/** A big-endian number. */
export const numberOf = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${hexOf(bytes)}`)

/** The number in that many big-endian bytes, or in as few as it needs. */
export function bytesOf(number: bigint, lengthBytes = 0): Uint8Array {
  const digits = number.toString(16)
  const even = digits.padStart(Math.max(2 * lengthBytes, digits.length + (digits.length % 2)), "0")
  return bytesOfHex(even) as Uint8Array
}

const lcm = (a: bigint, b: bigint): bigint => (a / gcd(a, b)) * b
const bitLength = (number: bigint): number => number.toString(2).length

/**
 * The eight numbers of a key from its two primes, in one form whichever way it came: the larger
 * prime first and the smallest private exponent. `undefined` when they make no key.
 */
function rsaKeyOf(first: bigint, second: bigint, e: bigint): RsaPrivateKey | undefined {
  const [p, q] = first > second ? [first, second] : [second, first]
  const lambda = lcm(p - 1n, q - 1n)
  if (p === q || gcd(e, lambda) !== 1n) return undefined
  const d = invert(e, lambda)
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: invert(q, p) }
  return Object.fromEntries(
    Object.entries(numbers).map(([name, number]) => [name, trimZeros(bytesOf(number))]),
  ) as unknown as RsaPrivateKey
}

/** Wipes what {@link rsaKeyOf} made. */
export function wipeRsaKey(key: RsaPrivateKey): void {
  for (const number of Object.values(key)) number.fill(0)
}

const publicExponent = 65_537n

/** Small primes multiplied into numbers that fit a double: many trial divisions for one. */
const sieve: readonly { readonly product: bigint; readonly primes: readonly number[] }[] =
  makeSieve(2000)

function makeSieve(limit: number): { product: bigint; primes: number[] }[] {
  const groups: { product: bigint; primes: number[] }[] = []
  const primes: number[] = []
  for (let n = 3; n < limit; n += 2) {
    if (primes.some((prime) => n % prime === 0)) continue
    primes.push(n)
    const last = groups.at(-1)
    if (last !== undefined && last.product * BigInt(n) < 2n ** 53n) {
      last.product *= BigInt(n)
      last.primes.push(n)
    } else {
      groups.push({ product: BigInt(n), primes: [n] })
    }
  }
  return groups
}

const hasSmallFactor = (number: bigint): boolean =>
  sieve.some(({ product, primes }) => {
    const rest = Number(number % product)
    return primes.some((prime) => rest % prime === 0)
  })

/**
 * Tells whether a number, big-endian, is prime: wrongly with a probability of at most 2^-100 for
 * a random one. `bases` is a source for tests that are probabilistic.
 */
export type PrimalityTest = (number: Uint8Array, bases: Entropy) => Eventually<boolean>

const isProbablePrime = (number: bigint, bases: Entropy): boolean =>
  isProbablePrimeRSA(number, (lengthBytes = 32) => bases(new Uint8Array(lengthBytes)))

/** Gives way to other work after every candidate, because it takes long to judge one. */
const testInSteps: PrimalityTest = async (number, bases) => {
  await nextTick()
  return isProbablePrime(numberOf(number), bases)
}

/**
 * A source that costs another one 32 bytes, however much is drawn: so a key depends only on what
 * was drawn for it, and not on how its primes were tested.
 */
function expand(entropy: Entropy): Entropy {
  const secret = entropy(new Uint8Array(32))
  const count = new Uint8Array(4)
  return (target) => {
    for (let offset = 0; offset < target.length; offset += 32) {
      writeUint32(count, 0, readUint32(count, 0) + 1)
      target.set(hmac(sha256, secret, count).subarray(0, target.length - offset), offset)
    }
    return target
  }
}

async function generatePrime(
  bits: number,
  entropy: Entropy,
  isPrime: PrimalityTest,
  bases: Entropy,
): Promise<bigint> {
  for (;;) {
    const bytes = entropy(new Uint8Array(bits / 8))
    // Both top bits set: the product of two such primes has all the bits that it should.
    bytes[0] = (bytes[0] as number) | 0xc0
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 1
    const candidate = numberOf(bytes)
    const isChosen =
      !hasSmallFactor(candidate) &&
      gcd(candidate - 1n, publicExponent) === 1n &&
      (await isPrime(bytes, bases))
    bytes.fill(0)
    if (isChosen) return candidate
  }
}

/**
 * What a modulus of that many bits asks of its key, however it was made: an exponent above 2^16,
 * primes that are far apart, and a private exponent that is not short. Exponents beyond 64 bits,
 * which FIPS allows, OpenSSL does not take.
 *
 * Source: FIPS 186-5, appendix A.1.1.
 */
function isSound(bits: number, p: bigint, q: bigint, e: bigint, d: bigint): boolean {
  const distance = p > q ? p - q : q - p
  const half = BigInt(bits / 2)
  const isExponent = e > 2n ** 16n && e % 2n === 1n && e < 2n ** 64n
  return isExponent && distance > 2n ** (half - 100n) && d > 2n ** half
}

/** A new key with public exponent 65537. Source: FIPS 186-5, appendix A.1.3. */
export async function generateRsaKey(
  bits: number,
  entropy: Entropy,
  isPrime: PrimalityTest = testInSteps,
): Promise<RsaPrivateKey> {
  const bases = expand(entropy)
  const p = await generatePrime(bits / 2, entropy, isPrime, bases)
  for (;;) {
    const q = await generatePrime(bits / 2, entropy, isPrime, bases)
    const key = rsaKeyOf(p, q, publicExponent)
    if (key === undefined) continue
    if (isSound(bits, p, q, publicExponent, numberOf(key.d))) return key
    wipeRsaKey(key)
  }
}

/**
 * The key in its one form, or `undefined` when the numbers are no RSA key with two primes and a
 * modulus of that many bits, or one that would not have been generated. Nothing but the primes and
 * `e` is taken from what was given.
 */
export function completeRsaKey(
  given: RsaPrivateKey,
  bits: number,
  entropy: Entropy,
): RsaPrivateKey | undefined {
  const [n, e, d, p, q] = [given.n, given.e, given.d, given.p, given.q].map(numberOf) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  if (bitLength(n) !== bits || p * q !== n || bitLength(p) !== bits / 2) return undefined
  if (bitLength(q) !== bits / 2) return undefined
  const key = rsaKeyOf(p, q, e)
  if (key === undefined) return undefined
  let isWhole = false
  try {
    isWhole =
      isSound(bits, p, q, e, numberOf(key.d)) &&
      (d * e) % lcm(p - 1n, q - 1n) === 1n &&
      [p, q].every((one) => !hasSmallFactor(one) && isProbablePrime(one, entropy))
    return isWhole ? key : undefined
  } finally {
    if (!isWhole) wipeRsaKey(key)
  }
}

/** m^e mod n. */
export const rsaPublic = (number: bigint, e: bigint, n: bigint): bigint => pow(number, e, n)

/** The numbers of a private key that an operation needs. */
export type RsaNumbers = { readonly [name in keyof RsaPrivateKey]: bigint }

/**
 * c^d mod n by the Chinese remainder theorem, of a number blinded by a random one, and checked
 * before it leaves: what a fault made would give the primes away.
 */
export function rsaPrivate(number: bigint, key: RsaNumbers, entropy: Entropy): bigint {
  const { n, e, p, q, dp, dq, qi } = key
  const bytes = entropy(new Uint8Array(Math.ceil(bitLength(n) / 8)))
  const blinding = (numberOf(bytes) % (n - 2n)) + 2n
  bytes.fill(0)
  const blinded = (number * pow(blinding, e, n)) % n
  const m1 = pow(blinded % p, dp, p)
  const m2 = pow(blinded % q, dq, q)
  const h = (((m1 - m2) % p) + p) * qi
  const made = ((m2 + (h % p) * q) * invert(blinding, n)) % n
  if (pow(made, e, n) !== number) throw new Error("the RSA computation failed")
  return made
}
