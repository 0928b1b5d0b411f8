import { checkPrimeSync, generatePrimeSync } from "node:crypto"
import { bytesOfHex } from "./bytes.js"

/** RSA keys that no library would make, of their primes (RFC 8017, section 3). */

/** The inverse modulo a number, by the extended Euclidean algorithm. */
function inverseOf(number: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [number % modulus, modulus, 1n, 0n]
  while (a > 1n) {
    const quotient = b / a
    ;[a, b, x, y] = [b % a, a, y - quotient * x, x]
  }
  return ((x % modulus) + modulus) % modulus
}

const gcdOf = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcdOf(b, a % b))

function bytesOf(number: bigint): Uint8Array {
  const digits = number.toString(16)
  return bytesOfHex(digits.padStart(digits.length + (digits.length % 2), "0"))
}

/** The eight numbers of a private key: n, e, d, p, q, dp, dq, qi. */
export function rsaNumbers(p: bigint, q: bigint, e: bigint): readonly Uint8Array[] {
  const lambda = ((p - 1n) * (q - 1n)) / gcdOf(p - 1n, q - 1n)
  const d = inverseOf(e, lambda)
  return [p * q, e, d, p, q, d % (p - 1n), d % (q - 1n), inverseOf(q, p)].map(bytesOf)
}

/** What the exponents of the cases must not divide. */
const exponents = [17n, 257n, 65_537n, 2n ** 64n + 13n]

const isUsable = (prime: bigint): boolean => exponents.every((e) => gcdOf(e, prime - 1n) === 1n)

function primeOf1024Bits(): bigint {
  for (;;) {
    const prime = generatePrimeSync(1024, { bigint: true })
    if (prime >> 1022n === 3n && isUsable(prime)) return prime
  }
}

/** Two primes of 1024 bits that have nothing to do with each other, and two that are neighbours. */
export function rsaPrimes(): Readonly<Record<"far" | "close", readonly [bigint, bigint]>> {
  const [p, q] = [primeOf1024Bits(), primeOf1024Bits()]
  let neighbour = p + 2n ** 20n
  while (!checkPrimeSync(neighbour) || !isUsable(neighbour)) neighbour += 2n
  return { far: [p, q], close: [p, neighbour] }
}
