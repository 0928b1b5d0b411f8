import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import type { Binding } from "../../src/ports/bindings.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import type { CryptoSuite, KeyPairMaker } from "../../src/software-hsm/suite/crypto-suite.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { type KeySpec, keySpecRow, keySpecs } from "../../src/vocabulary/key-specs.js"
import { sealOf } from "../support/hosts.js"

/** The ways in which bytes get into text. */
const formsOf = (bytes: Uint8Array): string[] => [
  hexOf(bytes),
  bytes.join(),
  bytes.join(", "),
  btoa(String.fromCharCode(...bytes)).slice(0, -4),
  BigInt(`0x${hexOf(bytes)}`).toString(),
]

/** Everything that can be printed of a value, hidden properties and causes of errors too. */
const printed = (value: unknown): string => {
  const shown = inspect(value, { depth: 20, showHidden: true, maxArrayLength: null })
  const error = value instanceof Error ? `${value.message} ${value.stack} ${value.cause}` : ""
  return `${shown.replace(/\s+/g, " ")} ${error} ${JSON.stringify(value)}`
}

/** A suite that remembers the private keys that it made. */
function watched(): { suite: CryptoSuite; secrets: Uint8Array[] } {
  const real = nobleSuite()
  const secrets: Uint8Array[] = []
  // The modulus of RSA comes first in its material and is public; the last number is not.
  const secretOf = (spec: string, material: Uint8Array): Uint8Array =>
    spec.startsWith("RSA") ? material.slice(-32) : material.slice(0, 32)
  const watch = (spec: string, maker: KeyPairMaker): KeyPairMaker => ({
    ...maker,
    generate: async (entropy) => {
      const material = await maker.generate(entropy)
      secrets.push(secretOf(spec, material))
      return material
    },
  })
  const rows = Object.entries(real.keys as CryptoSuite["keys"])
  const keys = Object.fromEntries(
    rows.map(([spec, row]) => [spec, { ...row, ...(row.pair && { pair: watch(spec, row.pair) }) }]),
  )
  return { suite: { ...real, keys }, secrets }
}

const small = (spec: KeySpec): boolean => !/RSA_[34]|SYMMETRIC|HMAC/.test(spec)

describe("no private key leaves the software HSM", () => {
  it("in an error or an inspection, whatever is refused", async () => {
    const { suite, secrets } = watched()
    const hsm = createSoftwareHsm({ seal: sealOf(), suite })
    await hsm.createDomain("d")
    const said: unknown[] = [hsm, suite]
    for (const keySpec of keySpecs.filter(small)) {
      for (const keyUsage of Object.keys(keySpecRow(keySpec).usages) as Binding["keyUsage"][]) {
        const binding: Binding = {
          partition: "aws",
          account: "111122223333",
          keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
          keyMaterialId: "5e".repeat(32),
          keySpec,
          keyUsage,
          origin: "AWS_KMS",
          keyStoreId: undefined,
          xksKeyId: undefined,
        }
        const key = { token: await hsm.generateKey(binding), binding }
        const bad = new Uint8Array(7)
        const sign = { ...key, messageType: "DIGEST", message: bad } as const
        const attempts: (() => unknown)[] = [
          () => hsm.sign({ ...sign, algorithm: "ECDSA_SHA_256" }),
          () => hsm.sign({ ...sign, algorithm: "RSASSA_PSS_SHA_256" }),
          () => hsm.encrypt({ ...key, algorithm: "SM2PKE", plaintext: new Uint8Array(2000) }),
          () => hsm.decrypt({ ...key, algorithm: "RSAES_OAEP_SHA_1", ciphertext: bad }),
          () => hsm.deriveSharedSecret({ ...key, algorithm: "ECDH", publicKey: bad }),
          () => hsm.decapsulate({ ...key, algorithm: "ML_KEM", ciphertext: bad }),
          () => hsm.generateMac({ ...key, algorithm: "HMAC_SHA_256", message: utf8("m") }),
          () => hsm.publicKey(key),
          () => hsm.publicKey({ ...key, token: key.token.map((byte) => byte ^ 1) }),
        ]
        for (const attempt of attempts) {
          try {
            said.push(await attempt())
          } catch (error) {
            said.push(error)
          }
        }
      }
    }
    const text = said.map(printed).join(" ")
    expect(secrets.length).toBeGreaterThan(15)
    expect(said.filter((value) => value instanceof Error).length).toBeGreaterThan(100)
    for (const secret of secrets) {
      expect(formsOf(secret).filter((form) => text.includes(form))).toEqual([])
    }
    expect(
      formsOf(utf8("find me!find me!")).some((form) =>
        printed(utf8("find me!find me!")).includes(form),
      ),
    ).toBe(true)
  })
})
