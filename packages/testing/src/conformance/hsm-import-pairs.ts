import { verify } from "node:crypto"
import { bytesOfHex, concatBytes, equalBytes, hexOf, utf8 } from "./bytes.js"
import { encodeEcPrivateKey, encodePkcs8, encodeRsaPrivateKey } from "./der.js"
import { check, checkRefused, type HsmCase } from "./hsm-case.js"
import {
  checkUnsuitable,
  der,
  imported,
  nodePair,
  numbersOf,
  type WrappingKeys,
} from "./hsm-import-setup.js"
import { rsaNumbers, rsaPrimes } from "./rsa-numbers.js"

const signingSpecs = [
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "sha256"],
  ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384"],
  ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256"],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512", undefined],
] as const

const signingCases = (ready: WrappingKeys): readonly HsmCase[] =>
  signingSpecs.map(([spec, algorithm, hash]) => ({
    name: `a key pair of ${spec} made by node:crypto is imported and signs`,
    async run(source) {
      const one = await ready(source)
      const { privateKey, publicKey } = nodePair(spec)
      const pkcs8 = privateKey.export({ ...der, type: "pkcs8" })
      if (!one.hsm.keySpecs.includes(spec)) {
        await checkRefused(["unsupported"], () => imported(one, spec, "SIGN_VERIFY", pkcs8))
        return
      }
      const key = await imported(one, spec, "SIGN_VERIFY", pkcs8)
      const spki = publicKey.export({ ...der, type: "spki" })
      check(equalBytes(await one.hsm.publicKey(key), spki), "finds the public key")
      const message = utf8("message")
      const signature = await one.hsm.sign({ ...key, algorithm, messageType: "RAW", message })
      check(verify(hash, message, publicKey, signature), "signs with the imported key")
      await checkUnsuitable(one, spec, "SIGN_VERIFY", pkcs8.subarray(1))
      await checkUnsuitable(one, spec, "SIGN_VERIFY", concatBytes(pkcs8, Uint8Array.of(0)))
      const another = spec === "ECC_NIST_P256" ? "ECC_NIST_P384" : "ECC_NIST_P256"
      await checkUnsuitable(one, another, "SIGN_VERIFY", pkcs8)
    },
  }))

const formCases = (ready: WrappingKeys): readonly HsmCase[] => [
  {
    name: "one RSA key has one id, in whatever order its primes come",
    async run(source) {
      const one = await ready(source)
      const { privateKey } = nodePair("RSA_2048")
      const number = numbersOf(privateKey)
      const p = BigInt(`0x${hexOf(number("p"))}`)
      const q = BigInt(`0x${hexOf(number("q"))}`)
      let inverse = 1n
      for (let base = p % q, power = q - 2n; power > 0n; power >>= 1n) {
        if (power & 1n) inverse = (inverse * base) % q
        base = (base * base) % q
      }
      const turned = encodeRsaPrivateKey([
        ...["n", "e", "d", "q", "p", "dq", "dp"].map(number),
        bytesOfHex(inverse.toString(16).padStart(256, "0")),
      ])
      const first = await imported(
        one,
        "RSA_2048",
        "SIGN_VERIFY",
        privateKey.export({ ...der, type: "pkcs8" }),
      )
      const second = await imported(one, "RSA_2048", "SIGN_VERIFY", encodePkcs8("rsa", turned))
      check(
        first.binding.keyMaterialId === second.binding.keyMaterialId,
        "the same key has the same id",
      )
    },
  },
  {
    name: "RSA keys of another size, with a wrong prime or a wrong exponent are refused",
    async run(source) {
      const one = await ready(source)
      const { privateKey } = nodePair("RSA_3072", 3072)
      const pkcs8 = privateKey.export({ ...der, type: "pkcs8" })
      await checkUnsuitable(one, "RSA_2048", "SIGN_VERIFY", pkcs8)
      const number = numbersOf(nodePair("RSA_2048").privateKey)
      const names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"]
      for (const wrong of ["n", "e", "d", "p", "q"]) {
        const numbers = names.map((name) => {
          const bytes = number(name)
          if (name === wrong) bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 2
          return bytes
        })
        const material = encodePkcs8("rsa", encodeRsaPrivateKey(numbers))
        await checkUnsuitable(one, "RSA_2048", "SIGN_VERIFY", material)
      }
    },
  },
  {
    name: "RSA keys whose primes are close to each other, or whose exponent is short, are refused",
    async run(source) {
      const one = await ready(source)
      const { far, close } = rsaPrimes()
      const importing = (p: bigint, q: bigint, e: bigint) =>
        encodePkcs8("rsa", encodeRsaPrivateKey(rsaNumbers(p, q, e)))
      await imported(one, "RSA_2048", "SIGN_VERIFY", importing(far[0], far[1], 65_537n))
      const near = importing(close[0], close[1], 65_537n)
      await checkUnsuitable(one, "RSA_2048", "SIGN_VERIFY", near)
      for (const e of [17n, 257n, 2n ** 64n + 13n]) {
        await checkUnsuitable(one, "RSA_2048", "SIGN_VERIFY", importing(far[0], far[1], e))
      }
    },
  },
  {
    name: "a curve key may come without its public key, but not with another one",
    async run(source) {
      const one = await ready(source)
      const spec = "ECC_NIST_P256"
      if (!one.hsm.keySpecs.includes(spec)) return
      const part = numbersOf(nodePair(spec).privateKey)
      const point = concatBytes(Uint8Array.of(4), part("x"), part("y"))
      const other = numbersOf(nodePair(spec).privateKey)
      const pkcs8 = (scalar: Uint8Array, publicKey?: Uint8Array): Uint8Array =>
        encodePkcs8("p256", encodeEcPrivateKey(scalar, publicKey))
      const key = await imported(one, spec, "SIGN_VERIFY", pkcs8(part("d")))
      const spki = await one.hsm.publicKey(key)
      check(equalBytes(spki.subarray(-65), point), "derives the public key")
      const named = await imported(one, spec, "SIGN_VERIFY", pkcs8(part("d"), point))
      check(named.binding.keyMaterialId === key.binding.keyMaterialId, "the same key, the same id")
      await checkUnsuitable(one, spec, "SIGN_VERIFY", pkcs8(other("d"), point))
      const order = bytesOfHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
      for (const outside of [new Uint8Array(32), order, new Uint8Array(32).fill(255)]) {
        await checkUnsuitable(one, spec, "SIGN_VERIFY", pkcs8(outside))
      }
    },
  },
]

/** Key pairs from outside, in every form that they may come in. */
export const importPairCases = (ready: WrappingKeys): readonly HsmCase[] => [
  ...signingCases(ready),
  ...formCases(ready),
]
