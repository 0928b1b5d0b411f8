import { describe, expect, it } from "vitest"
import { keyAlgorithms } from "../../src/formats/keys/key-algorithms.js"
import { parsePkcs8 } from "../../src/formats/keys/pkcs8.js"
import { parseRsaPrivateKey } from "../../src/formats/keys/rsa-keys.js"
import { materialRulesOf } from "../../src/software-hsm/boundary/materials.js"
import { createSoftwareHsm, openSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { symmetricBinding as binding } from "../support/bindings.js"
import { copiesLeft } from "../support/copies.js"
import { sealOf } from "../support/hosts.js"
import { quickRsaSuite } from "../support/quick-rsa.js"

const seal = sealOf()

describe("no copy is left", () => {
  it("of a domain key, when the HSM that made it is closed", async () => {
    const suite = nobleSuite()
    let secret: Uint8Array | undefined
    const entropy = (target: Uint8Array): Uint8Array => {
      suite.entropy(target)
      if (target.length === 32) secret ??= target.slice()
      return target
    }
    const left = await copiesLeft(async () => {
      const hsm = createSoftwareHsm({ seal, suite, entropy })
      const sealed = await hsm.createDomain("d")
      await hsm.rotateDomainKey("d", sealed)
      await hsm.close()
      return { secret: () => secret ?? new Uint8Array(1), answers: [] }
    })
    expect(left).toEqual([])
  })

  it.each(["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_EDWARDS25519", "SM2", "RSA_2048"] as const)(
    "of the private key of a data key pair: %s",
    async (keyPairSpec) => {
      const hsm = createSoftwareHsm({ seal, suite: quickRsaSuite() })
      await hsm.createDomain("d")
      const token = await hsm.generateKey(binding)
      const aad = new Uint8Array(0)
      const left = await copiesLeft(async () => {
        const pair = await hsm.generateDataKeyPair({ token, binding, aad, keyPairSpec })
        const secret = () => {
          const parts = parsePkcs8(keyPairSpec, pair.privateKey)
          const number = parts && (parseRsaPrivateKey(parts.privateKey)?.d ?? parts.privateKey)
          return Uint8Array.from(number ?? [])
        }
        return { secret, answers: [pair.privateKey] }
      })
      expect(left).toEqual([])
    },
  )

  it("of an imported number, also of one that came without its leading zeros", async () => {
    const { hsm, boundary } = openSoftwareHsm({ seal })
    await hsm.createDomain("d")
    const token = await hsm.generateKey(binding)
    const aad = new Uint8Array(0)
    const keyPairSpec = "ECC_NIST_P256"
    const { privateKey } = await hsm.generateDataKeyPair({ token, binding, aad, keyPairSpec })
    const number = parsePkcs8(keyPairSpec, privateKey)?.privateKey ?? new Uint8Array(1)
    const secret = Uint8Array.from(number)
    expect(secret.length).toBe(keyAlgorithms[keyPairSpec].privateKeyBytes)
    const left = await copiesLeft(async () => {
      const material = await materialRulesOf(keyPairSpec).read(boundary, keyPairSpec, privateKey)
      return { secret: () => secret, answers: [material ?? new Uint8Array(1), privateKey] }
    })
    expect(left).toEqual([])
  })
})
