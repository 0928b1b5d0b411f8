import { generateKeyPairSync } from "node:crypto"
import { encodeRsaMaterial, type RsaPrivateKey } from "../../src/formats/keys/rsa-keys.js"
import type { CryptoSuite } from "../../src/software-hsm/suite/crypto-suite.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"

function newMaterial(): Uint8Array {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>
  const members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => [
    name,
    Uint8Array.from(Buffer.from(jwk[name] ?? "", "base64url")),
  ])
  return encodeRsaMaterial(Object.fromEntries(members) as unknown as RsaPrivateKey)
}

/** More than any test tells apart, one after another. */
const keysCount = 6
const known: Uint8Array[] = []
let made = 0

/** One of a few keys in turn: to make one takes longer than most tests. */
function generate(): Uint8Array {
  const material = known[made % keysCount] ?? newMaterial()
  known[made % keysCount] = material
  made += 1
  return material.slice()
}

/** The suite of the core, with RSA keys made by node:crypto: import needs many of them. */
export function quickRsaSuite(): CryptoSuite {
  const suite = nobleSuite()
  const { RSA_2048 } = suite.keys
  const pair = { ...RSA_2048.pair, generate }
  return { ...suite, keys: { ...suite.keys, RSA_2048: { ...RSA_2048, pair } } }
}
