import { alike, type Equivalent } from "./equivalent.js"

const numbers = "packages/core/src/software-hsm/suite/rsa/rsa-numbers.ts"
const hybrid = "packages/core/src/software-hsm/suite/noble/hybrid.ts"
const openssl = "packages/hsm/src/openssl"

export const inSuites: readonly Equivalent[] = [
  ...alike(numbers, "the sieve saves work: what it lets pass is tested for being prime", [
    "const rest = Number(number % product)",
    "number * product",
  ]),
  ...alike(
    numbers,
    "the sieve saves work: what it lets pass is tested for being prime",
    ["for (let n = 3; n < limit; n += 2) {", "n < limit", "false", "n <= limit", "{}"],
    ["if (primes.some((prime) => n % prime === 0)) continue", "false", "n % prime !== 0"],
    ["return primes.some((prime) => rest % prime === 0)", "() => undefined", "false"],
  ),
  ...alike(hybrid, "what a function answers that answers nothing", ["} catch {", "{}"]),
  ...alike(
    "packages/core/src/software-hsm/suite/fresh-entropy.ts",
    "either way it is drawn for this call",
    ["if (target.length > shortBytesMax) return source(target)", "target.length >= shortBytesMax"],
  ),
  ...alike(numbers, "the blocks of one key have to differ, and these do", [
    "writeUint32(count, 0, readUint32(count, 0) + 1)",
    "readUint32(count, 0) - 1",
  ]),
  ...alike(`${openssl}/system-entropy.ts`, "systems of today have the device", [
    "if (descriptor === undefined) return randomFillSync(target)",
    "false",
  ]),
  ...alike(
    `${openssl}/curves.ts`,
    "the suite in TypeScript signs and verifies alike",
    ['if (input.messageType === "RAW") {', '""', "false"],
    [
      "if (isPlain(input)) return verify(undefined, input.message, ownPublic(), signature)",
      "false",
    ],
  ),
  ...alike("packages/hsm/src/fleet/member.ts", "of a fleet that has a state once it was opened", [
    "for (let state = current(); state !== undefined && open !== state; state = current()) {",
    "true",
  ]),
  ...alike("packages/hsm/src/fleet/hsm-fleet.ts", "none is tried at first", [
    "const tried: Member[] = []",
    '["Stryker was here"]',
  ]),
  ...alike(
    "packages/hsm/src/quorum/share-text.ts",
    "the same digits, one of them later",
    ["while (bits >= 5) {", "bits > 5"],
    ["const groups = textOf(bytes).match(/.{1,4}/g) ?? []", '["Stryker was here"]'],
  ),
  ...alike(
    "packages/core/src/software-hsm/suite/noble/ecdsa.ts",
    "what a function answers that answers nothing",
    ["} catch {", "{}"],
  ),
  ...alike(
    "packages/core/src/software-hsm/suite/noble/sm2.ts",
    "what is no pair has neither of its numbers",
    ["if (r === undefined || s === undefined) return false", "false"],
  ),
  ...alike("packages/core/src/software-hsm/suite/noble/sm3.ts", "behind the last word is nothing", [
    "for (let i = 16; i < 68; i += 1) {",
    "i <= 68",
  ]),
  ...alike(
    `${openssl}/rsa.ts`,
    "OpenSSL does the same unasked, or never answers otherwise",
    ["options: { padding: RSA_PKCS1_PADDING },", "{}"],
    [
      'if (numbers === undefined) throw new Error("OpenSSL made a key that is no RSA key")',
      "false",
    ],
    ["export const isPrime: PrimalityTest = (number) => check(number, { checks: 64 })", "{}"],
  ),
  ...alike(`${openssl}/lattices.ts`, "where the algorithms are not known, decoding fails, too", [
    "if (encapsulate === undefined) return undefined",
    "false",
  ]),
  ...alike(
    "packages/core/src/software-hsm/suite/noble/sm2.ts",
    "a chance that nobody meets, one in 2^255",
    [
      "if (r !== 0n && r + k !== n && s !== 0n) return encodeDerPair(bytesOf(r), bytesOf(s))",
      "r !== 0n && r + k !== n || s !== 0n",
      "r !== 0n || r + k !== n",
    ],
  ),
  ...alike(
    numbers,
    "any number but zero blinds, and an exponent is odd",
    ["const blinding = (numberOf(bytes) % (n - 2n)) + 2n", "numberOf(bytes) % (n - 2n) - 2n"],
    ["const isExponent = e > 2n ** 16n && e % 2n === 1n && e < 2n ** 64n", "e <= 2n ** 64n"],
  ),
  ...alike(
    "packages/core/src/software-hsm/suite/fresh-entropy.ts",
    "where the tests run, it is there",
    ['if (typeof setImmediate === "function") setImmediate(wipe)', "true"],
  ),
  ...alike(`${openssl}/key-form.ts`, "the same key, in the form that is quicker or not", [
    "const areBytesSlow = major === 24 && minor >= 18",
    "true",
    "false",
    "minor > 18",
    "minor < 18",
    "major !== 24",
    "major === 24 || minor >= 18",
  ]),
  ...alike(
    `${openssl}/curves.ts`,
    "the same secret, the quicker way or not",
    ['ECC_NIST_P256: { name: "prime256v1", jwkName: "P-256", agreesRaw: true },', "false"],
    ['ECC_NIST_P384: { name: "secp384r1", jwkName: undefined, agreesRaw: false },', "true"],
    ['ECC_NIST_P521: { name: "secp521r1", jwkName: undefined, agreesRaw: false },', "true"],
    ['ECC_SECG_P256K1: { name: "secp256k1", jwkName: undefined, agreesRaw: false },', "true"],
  ),
  ...alike(
    "packages/hsm/src/pkcs11/pkcs11-seal.ts",
    "what a function answers that answers nothing",
    ["} catch {", "{}"],
  ),
]
