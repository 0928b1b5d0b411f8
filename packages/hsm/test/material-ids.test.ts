import { createHash, randomBytes } from "node:crypto"
import {
  type Binding,
  type KeySpec,
  type KeyUsage,
  keySpecTable,
  rootKeySeal,
} from "@keywright/core"
import type { KeySpecRow } from "@keywright/core/suite"
import { createFixtureHsm, type FixtureHsm, nobleSuite } from "@keywright/core/testing"
import { describe, expect, it } from "vitest"
import { isSlow } from "../../core/test/support/slow.js"
import { opensslSuite } from "../src/openssl.js"

const seal = rootKeySeal(new Uint8Array(32).fill(1))
const sides = [
  ["OpenSSL", createFixtureHsm({ seal, suite: opensslSuite() })],
  ["TypeScript", createFixtureHsm({ seal, suite: nobleSuite() })],
] as const
for (const [, hsm] of sides) await hsm.createDomain("d")
const [[, maker]] = sides

const rows: Readonly<Record<KeySpec, KeySpecRow>> = keySpecTable
const keySpecs = Object.keys(keySpecTable) as KeySpec[]
const usageOf = (spec: KeySpec) => Object.keys(rows[spec].usages)[0] as KeyUsage

const keyIds = ["1234abcd-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ac"]
const bindingOf = (keySpec: KeySpec, keyId = keyIds[0] ?? "") => ({
  partition: "aws",
  account: "111122223333",
  keyId,
  keySpec,
  keyUsage: usageOf(keySpec),
  origin: "EXTERNAL" as const,
  keyStoreId: undefined,
  xksKeyId: undefined,
})

/** A key of that spec, in the form in which it would be imported. */
async function newMaterial(spec: KeySpec): Promise<Uint8Array> {
  const binding: Binding = { ...bindingOf(spec), keyMaterialId: "5e".repeat(32) }
  return maker.reveal({ token: await maker.generateKey(binding), binding })
}

async function plant(hsm: FixtureHsm, spec: KeySpec, material: Uint8Array, keyId = keyIds[0]) {
  const binding = bindingOf(spec, keyId)
  const planted = await hsm.plant({ binding, material })
  if (planted.outcome !== "imported") throw new Error(`${spec} is ${planted.outcome}`)
  const { token, keyMaterialId } = planted
  return { token, binding: { ...binding, keyMaterialId } }
}

const idOf = async (...args: Parameters<typeof plant>): Promise<string> =>
  (await plant(...args)).binding.keyMaterialId

/** The longest two are the same rule, and take seconds to complete in TypeScript. */
const quickSpecs = keySpecs.filter((spec) => isSlow || !/^RSA_[34]/.test(spec))

describe("the id of imported key material", () => {
  it.each(quickSpecs)(
    "is one for a key of %s whatever the suite, another for every other, and another in every KMS key",
    async (spec) => {
      const [one, other] = [await newMaterial(spec), await newMaterial(spec)]
      const seen: Set<string>[] = [one, other].map(() => new Set())
      const elsewhere = new Set<string>()
      for (const [, hsm] of sides) {
        for (const [i, material] of [one, other, one].entries()) {
          seen[i % 2]?.add(await idOf(hsm, spec, material))
        }
        elsewhere.add(await idOf(hsm, spec, one, keyIds[1]))
      }
      expect(seen.map(({ size }) => size)).toEqual([1, 1])
      expect(new Set([...seen.flatMap((ids) => [...ids]), ...elsewhere]).size).toBe(3)
    },
  )
})

const hmacs = [
  ["HMAC_224", "HMAC_SHA_224", "sha224", 28, 64],
  ["HMAC_256", "HMAC_SHA_256", "sha256", 32, 64],
  ["HMAC_384", "HMAC_SHA_384", "sha384", 48, 128],
  ["HMAC_512", "HMAC_SHA_512", "sha512", 64, 128],
] as const

describe.each(hmacs)("of a key of %s", (spec, algorithm, hash, macBytes, blockBytes) => {
  /** Which HMAC takes for one key: it hashes long ones and fills up short ones. */
  const alike = () => {
    const long = randomBytes(blockBytes === 64 ? 65 : 128)
    const hashed = createHash(hash).update(long).digest()
    const short = randomBytes(macBytes)
    const filled = [1, 2, 16].map((more) => Buffer.concat([short, Buffer.alloc(more)]))
    const hashes = ["sha224", "sha256", "sha384", "sha512"].map((name) =>
      Buffer.concat([createHash(name).update(long).digest(), Buffer.alloc(64)]),
    )
    const cut = hashes.flatMap((bytes) =>
      [macBytes, blockBytes].map((end) => bytes.subarray(0, end)),
    )
    return [long, hashed, short, ...filled, ...cut].filter(
      (material, i, all) =>
        material.length >= macBytes && all.findIndex((one) => one.equals(material)) === i,
    )
  }

  it.each(sides)("no two keys that HMAC takes for one have one id, in %s", async (_, hsm) => {
    const materials = alike()
    const ids = new Set<string>()
    for (const material of materials) ids.add(await idOf(hsm, spec, material))
    expect(materials.length).toBeGreaterThan(6)
    expect(ids.size).toBe(materials.length)
  })

  it.each(sides)("no id is a MAC under the key, in %s", async (_, hsm) => {
    const labels = [1, 2].map((version) => `keywright key material id ${version}`)
    const keyId = Buffer.from(keyIds[0] ?? "")
    const lengthOf = (field: Buffer) => Buffer.from([0, 0, 0, field.length])
    const fields = (list: readonly Buffer[]) =>
      Buffer.concat(list.flatMap((field) => [lengthOf(field), field]))
    for (const material of alike()) {
      const key = await plant(hsm, spec, material)
      const id = Buffer.from(key.binding.keyMaterialId, "hex")
      const whole = Buffer.concat([id, Buffer.alloc(64)])
      const messages = labels.flatMap((label) => {
        const name = Buffer.from(label)
        return [fields([name, keyId]), fields([name, keyId, material]), name]
      })
      for (const message of [...messages, keyId, material]) {
        for (const mac of [id, whole.subarray(0, macBytes)]) {
          expect(await hsm.verifyMac({ ...key, algorithm, message, mac })).toBe(false)
        }
      }
      const mac = await hsm.generateMac({ ...key, algorithm, message: keyId })
      expect(await hsm.verifyMac({ ...key, algorithm, message: keyId, mac })).toBe(true)
    }
  })
})
