import { generateKeyPairSync, generatePrimeSync, randomFillSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { RsaPrivateKey } from "../../src/formats/keys/rsa-keys.js"
import {
  bytesOf,
  completeRsaKey,
  generateRsaKey,
  numberOf,
  type PrimalityTest,
  rsaPrivate,
  rsaPublic,
} from "../../src/software-hsm/suite/rsa/rsa-numbers.js"

/*
 * Numbers of keys of 512 bits: short, so that making them takes no time, and judged by the same
 * rules.
 */

const bits = 512
const entropy = (target: Uint8Array): Uint8Array => randomFillSync(target)
const f4 = 65_537n

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/** The inverse of a number, by the extended algorithm of Euclid. */
function inverse(number: bigint, modulus: bigint): bigint {
  let [r, next, x, nextX] = [modulus, number % modulus, 0n, 1n]
  while (next !== 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[x, nextX] = [nextX, x - quotient * nextX]
  }
  return ((x % modulus) + modulus) % modulus
}

/** What an importer hands in: the numbers of two factors, whatever these are. */
function given(p: bigint, q: bigint, e = f4, more = 0n): RsaPrivateKey {
  const lambda = ((p - 1n) / gcd(p - 1n, q - 1n)) * (q - 1n)
  const d = inverse(e, lambda) + more
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const all = Object.entries(numbers).map(([name, number]) => [name, bytesOf(number)])
  return Object.fromEntries(all)
}

const isLong = (p: bigint, q: bigint): boolean => (p * q).toString(2).length === bits
const isFit = (p: bigint): boolean => gcd(f4, p - 1n) === 1n

function prime(length = bits / 2): bigint {
  for (;;) {
    const number = generatePrimeSync(length, { bigint: true })
    if (number.toString(2).length === length && isFit(number)) return number
  }
}

/** Two factors, the larger one first, whose product has all its bits. */
function pair(factor: () => bigint, other: (first: bigint) => bigint = () => prime()) {
  for (;;) {
    const first = factor()
    const second = other(first)
    if (first !== second && isLong(first, second)) {
      return first > second ? ([first, second] as const) : ([second, first] as const)
    }
  }
}

/** The product of two primes, as long as one of the others, with nothing small in it. */
const composite = (): bigint => {
  for (;;) {
    const number = prime(bits / 4) * prime(bits / 4)
    if (number.toString(2).length === bits / 2 && isFit(number)) return number
  }
}

/** The prime that is next but few. */
function neighbour(of: bigint): bigint {
  for (let number = (of | 1n) + 2n; ; number += 2n) {
    if (rsaPublic(2n, number - 1n, number) === 1n && isFit(number)) return number
  }
}

const complete = (key: RsaPrivateKey) => completeRsaKey(key, bits, entropy)

describe("the numbers of an RSA key from outside", () => {
  it("make one form, whichever prime comes first", () => {
    const [p, q] = pair(prime)
    const key = complete(given(p, q))
    expect(key).toEqual(given(p, q))
    expect(complete(given(q, p))).toEqual(key)
    const other = { ...given(p, q), dp: Uint8Array.of(1), dq: Uint8Array.of(1), qi: bytesOf(2n) }
    expect(complete(other)).toEqual(key)
  })

  it("are a key that node:crypto makes, too", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits })
    const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>
    const { n, e, d, p, q, dp, dq, qi } = jwk
    const numbers = Object.entries({ n, e, d, p, q, dp, dq, qi })
    const read = numbers.map(([name, text]) => [
      name,
      Uint8Array.from(Buffer.from(text ?? "", "base64url")),
    ])
    const key = complete(Object.fromEntries(read))
    expect(key && numberOf(key.n)).toBe(numberOf(Buffer.from(n ?? "", "base64url")))
  })

  it.each([
    ["a factor that is no prime", () => given(...pair(composite))],
    ["a smaller factor that is no prime", () => given(...swapped(pair(composite)))],
    ["a factor that 3 divides", () => given(...pair(() => 3n * prime(bits / 2 - 2)))],
    ["primes that are close to each other", () => given(...pair(prime, neighbour))],
    ["close primes, the smaller one first", () => given(...swapped(pair(prime, neighbour)))],
    ["a modulus of another length", () => given(prime(248), prime(248))],
    ["primes of different lengths", () => given(prime(272), prime(240))],
    ["a larger prime that is a bit too long", () => given(neighbour(2n ** 256n), neighbour(least))],
    ["a smaller prime first, and that", () => given(neighbour(least), neighbour(2n ** 256n))],
    ["a private exponent of another key", () => given(...pair(prime), f4, 2n)],
    ["the exponent 3", () => given(...pairFor(3n), 3n)],
    ["an exponent below 2^16", () => given(...pairFor(65_535n), 65_535n)],
    ["an exponent of more than 64 bits", () => given(...pairFor(2n ** 64n + 1n), 2n ** 64n + 1n)],
  ])("are refused with %s", (_, make) => {
    expect(complete(make())).toBeUndefined()
  })

  it("are refused when they are of another modulus", () => {
    const [p, q] = pair(prime)
    expect(complete({ ...given(p, q), n: given(...pair(prime)).n })).toBeUndefined()
  })
})

/** Odd, and about as small as a prime of half the bits can be: with one a bit longer, all bits. */
const least = 2n ** 255n + 1n

const swapped = ([p, q]: readonly [bigint, bigint]) => [q, p] as const

/** Primes that an exponent goes with. */
function pairFor(e: bigint): readonly [bigint, bigint] {
  for (;;) {
    const [p, q] = pair(prime)
    if (gcd(e, (p - 1n) * (q - 1n)) === 1n) return [p, q]
  }
}

/** Hands out what a test names, and no more. */
function scripted(...numbers: bigint[]) {
  const left = [0n, ...numbers]
  return (target: Uint8Array): Uint8Array => {
    const next = left.shift()
    if (next === undefined) throw new Error("nothing is left to draw")
    target.set(bytesOf(next, target.length))
    return target
  }
}

describe("a new RSA key", () => {
  const [p, q] = pair(topped, topped)
  const generated = (...drawn: bigint[]) => generateRsaKey(bits, scripted(...drawn))
  const key = given(p, q)

  it("is made of the first two primes that were drawn, the larger one first", async () => {
    expect(await generated(p, q)).toEqual(key)
    expect(await generated(q, p)).toEqual(key)
  })

  it("draws for the tests of its primes once, however much they take", async () => {
    const drawn: Uint8Array[] = []
    const isPrime: PrimalityTest = (_, bases) => {
      drawn.push(bases(new Uint8Array(40)).slice())
      return true
    }
    const make = () => generateRsaKey(bits, scripted(p, q), isPrime)
    expect(await make()).toEqual(key)
    await make()
    expect(drawn.map(({ length }) => length)).toEqual([40, 40, 40, 40])
    const [first, second, ...again] = drawn
    expect(second).not.toEqual(first)
    expect(again).toEqual([first, second])
    expect(first?.subarray(32).some((byte) => byte !== 0)).toBe(true)
  })

  it("has primes whose top bits and whose last one are set, whatever was drawn", async () => {
    const cleared = (number: bigint) => (number & ~(3n << 254n)) ^ 1n
    const [one, other] = pair(topped, topped)
    expect(await generated(cleared(one), cleared(other))).toEqual(given(one, other))
  })

  it.each([
    ["composite", () => composite()],
    ["prime, and 65537 divides one less", unfit],
    ["the first prime once more", () => p],
    ["close to the first prime", () => neighbour(p)],
  ])("is made without a number that is %s", async (_, drawn) => {
    expect(await generated(p, drawn(), q)).toEqual(key)
  })

  it.each([
    ["composite", () => composite()],
    ["prime, and 65537 divides one less", unfit],
  ])("does not begin with a number that is %s", async (_, drawn) => {
    expect(await generated(drawn(), p, q)).toEqual(key)
  })
})

/** A prime with both top bits set. */
function topped(): bigint {
  for (;;) {
    const number = prime()
    if (number >> 254n === 3n) return number
  }
}

/** A prime with both top bits set that no key with the exponent 65537 has. */
function unfit(): bigint {
  const first = ((3n << 254n) / f4) * f4 + 1n
  for (let number = first + f4; ; number += f4) {
    if (number % 2n === 1n && number >> 254n === 3n && rsaPublic(2n, number - 1n, number) === 1n) {
      return number
    }
  }
}

describe("an RSA computation", () => {
  const [p, q] = pair(prime)
  const key = Object.fromEntries(
    Object.entries(given(p, q)).map(([name, bytes]) => [name, numberOf(bytes)]),
  ) as Parameters<typeof rsaPrivate>[1]

  it("is undone by the public key", () => {
    for (const number of [0n, 1n, 2n, 12_345n, key.n - 1n]) {
      expect(rsaPublic(rsaPrivate(number, key, entropy), key.e, key.n)).toBe(number)
    }
  })

  it.each(["dp", "dq", "qi", "p", "q"] as const)(
    "with a fault in %s hands nothing out, which would give the primes away",
    (name) => {
      const faulty = { ...key, [name]: key[name] + 2n }
      expect(() => rsaPrivate(12_345n, faulty, entropy)).toThrow("the RSA computation failed")
    },
  )
})
