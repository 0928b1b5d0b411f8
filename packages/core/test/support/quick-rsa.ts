import { generateKeyPairSync } from "node:crypto"
import { encodeRsaMaterial, type RsaPrivateKey } from "../../src/formats/keys/rsa-keys.js"
import type { CryptoSuite } from "../../src/software-hsm/suite/crypto-suite.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"

/** The suite of the core, with RSA keys made by node:crypto: import needs many of them. */
export function quickRsaSuite(): CryptoSuite {
  const suite = nobleSuite()
  const { RSA_2048: maker } = suite.keyPairs
  if (maker === undefined) throw new Error("the suite has no RSA")
  const generate = () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>
    const members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => [
      name,
      Uint8Array.from(Buffer.from(jwk[name] ?? "", "base64url")),
    ])
    return encodeRsaMaterial(Object.fromEntries(members) as unknown as RsaPrivateKey)
  }
  return { ...suite, keyPairs: { ...suite.keyPairs, RSA_2048: { ...maker, generate } } }
}
