import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import type { Hsm, Seal } from "../../src/ports/hsm.js"
import { passphraseSeal } from "../../src/software-hsm/seals/passphrase-seal.js"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import type { AeadKey, CryptoSuite } from "../../src/software-hsm/suite/crypto-suite.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { equalBytes, hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { keySpecs } from "../../src/vocabulary/key-specs.js"
import { symmetricBinding as binding } from "../support/bindings.js"

const rootKey = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }
const name = "aws/eu-central-1"

/** A suite that remembers every key it was given to keep, and which of them were wiped. */
function watchedSuite(): { suite: CryptoSuite; kept: Set<string>; wiped: Set<string> } {
  const kept = new Set<string>()
  const wiped = new Set<string>()
  const real = nobleSuite()
  const aeadKey = (key: Uint8Array): AeadKey => {
    const id = hexOf(key)
    kept.add(id)
    const made = real.aeadKey(key)
    return {
      ...made,
      wipe: () => {
        wiped.add(id)
        made.wipe()
      },
    }
  }
  return { suite: { ...real, aeadKey }, kept, wiped }
}

describe("the software HSM", () => {
  it("answers at once, but for what its seal does later", () => {
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey) })
    const sealed = hsm.createDomain(name)
    expect(sealed).toBeInstanceOf(Uint8Array)
    const token = hsm.generateKey(binding) as Uint8Array
    const aad = utf8("aad")
    const plaintext = utf8("plaintext")
    const ciphertext = hsm.encrypt({ token, binding, plaintext, aad })
    expect(ciphertext).toBeInstanceOf(Uint8Array)
    expect(hsm.openDomain(name, sealed as Uint8Array)).toBeUndefined()
  })

  it("knows the specs for which its suite has all that they allow", () => {
    const { HMAC_256, ECC_NIST_P256, ...rest } = nobleSuite().keys
    const { pair, KEY_AGREEMENT, ...signing } = ECC_NIST_P256
    const specsWith = (keys: CryptoSuite["keys"]) =>
      createSoftwareHsm({ seal: rootKeySeal(rootKey), suite: { ...nobleSuite(), keys } }).keySpecs
    expect(specsWith({ HMAC_256, ECC_NIST_P256, ...rest })).toEqual(keySpecs)
    expect(specsWith({})).toEqual(["SYMMETRIC_DEFAULT"])
    expect(specsWith({ HMAC_256 })).toEqual(["SYMMETRIC_DEFAULT", "HMAC_256"])
    for (const row of [signing, { ...signing, pair }, { ...signing, KEY_AGREEMENT }]) {
      expect(specsWith({ ECC_NIST_P256: row })).toEqual(["SYMMETRIC_DEFAULT"])
    }
  })

  it("refuses to make or use keys of a spec that its suite does not know", async () => {
    const suite: CryptoSuite = { ...nobleSuite(), keys: {} }
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite })
    await hsm.createDomain(name)
    const unsupported = expect.objectContaining({ name: "HsmError", code: "unsupported" })
    const signing = { ...binding, keySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" } as const
    expect(() => hsm.generateKey(signing)).toThrow(unsupported)
    const mac = { ...binding, keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" } as const
    const key = { token: await hsm.generateKey(mac), binding: mac }
    const message = utf8("message")
    const macOf = () => hsm.generateMac({ ...key, algorithm: "HMAC_SHA_256", message })
    expect(macOf).toThrow(unsupported)
  })

  it("wipes its domain keys when it leaves them and when it is closed", async () => {
    const { suite, kept, wiped } = watchedSuite()
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite })
    const sealed = await hsm.createDomain(name)
    await hsm.openDomain(name, await hsm.rotateDomainKey(name, sealed))
    expect(kept.size).toBe(2)
    expect(wiped.size).toBe(1)
    await hsm.close()
    expect(wiped).toEqual(kept)
  })

  it("wipes key material, message keys and hidden data keys after each operation", async () => {
    const seen: Uint8Array[] = []
    const real = nobleSuite()
    const suite: CryptoSuite = {
      ...real,
      hmacSha256: (key, message) => {
        const made = real.hmacSha256(key, message)
        seen.push(key, made)
        return made
      },
      encryptInto: (target, key, iv, plaintext, aad) => {
        seen.push(plaintext)
        real.encryptInto(target, key, iv, plaintext, aad)
      },
    }
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite })
    await hsm.createDomain(name)
    // The keys for records stay as long as the domain is open.
    seen.length = 0
    const token = await hsm.generateKey(binding)
    const aad = utf8("aad")
    const ciphertext = await hsm.generateDataKeyWithoutPlaintext({
      token,
      binding,
      lengthBytes: 32,
      aad,
    })
    await hsm.reEncrypt({ token, binding, ciphertext, aad }, { token, binding, aad })
    expect(seen.length).toBe(8)
    for (const bytes of seen) expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it("does not become operational when it is closed while its seal is at work", async () => {
    const slow = rootKeySeal(rootKey)
    const seal: Seal = { ...slow, open: async (sealed, context) => slow.open(sealed, context) }
    const sealed = await createSoftwareHsm({ seal }).createDomain(name)
    const hsm = createSoftwareHsm({ seal })
    const opening = hsm.openDomain(name, sealed)
    await hsm.close()
    await expect(opening).rejects.toMatchObject({ code: "unavailable" })
    expect(() => hsm.generateRandom(1)).toThrow("the HSM is zeroized")
  })

  it("stays locked when its seal fails", async () => {
    const seal: Seal = { ...rootKeySeal(rootKey), seal: () => Promise.reject(new Error("gone")) }
    const hsm = createSoftwareHsm({ seal })
    await expect(hsm.createDomain(name)).rejects.toThrow("gone")
    expect(() => hsm.generateRandom(1)).toThrow("the HSM is locked")
  })

  it("refuses what is sealed by its own seal and is no state of the domain", async () => {
    const seal = rootKeySeal(rootKey)
    const contexts: Uint8Array[] = []
    const watching: Seal = {
      ...seal,
      seal: (state, context) => {
        contexts.push(context)
        return seal.seal(state, context)
      },
    }
    const hsm = createSoftwareHsm({ seal: watching })
    await hsm.createDomain(name)
    const sealed = await seal.seal(utf8("no state"), contexts[0] as Uint8Array)
    expect(() => hsm.openDomain(name, sealed)).toThrow(
      expect.objectContaining({ code: "malformed" }),
    )
  })

  it("takes its keys and nonces from the entropy that it is given", async () => {
    const counting = (): ((target: Uint8Array) => Uint8Array) => {
      let calls = 0
      return (target) => {
        calls += 1
        return target.fill(calls)
      }
    }
    const make = async (): Promise<string> => {
      const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), entropy: counting() })
      await hsm.createDomain(name)
      return hexOf(await hsm.generateKey(binding)) + hexOf(await hsm.generateRandom(8))
    }
    expect(await make()).toBe(await make())
  })

  it("refuses lengths that are no positive whole number or too large", async () => {
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey) })
    await hsm.createDomain(name)
    for (const lengthBytes of [0, -1, 1.5, Number.NaN, 65_537, Number.POSITIVE_INFINITY]) {
      expect(() => hsm.generateRandom(lengthBytes)).toThrow(RangeError)
    }
  })
})

describe("no secret leaves the software HSM", () => {
  const secretsIn = (text: string, secrets: readonly Uint8Array[]): Uint8Array[] =>
    secrets.filter((secret) =>
      [
        hexOf(secret),
        [...secret].join(),
        [...secret].join(", "),
        btoa(String.fromCharCode(...secret)),
      ].some((form) => text.includes(form)),
    )

  /** Everything that can be printed of a value, its hidden properties and its errors' causes. */
  const printed = (value: unknown): string => {
    const shown = inspect(value, { depth: 20, showHidden: true, maxArrayLength: null })
    const text = value instanceof Error ? `${value.message}${value.stack}` : ""
    return shown.replace(/\s+/g, " ") + text + (JSON.stringify(value) ?? "")
  }

  it("in an error, in an inspection or in its JSON", async () => {
    const { suite, kept } = watchedSuite()
    const materials: Uint8Array[] = []
    const entropy = (target: Uint8Array): Uint8Array => {
      suite.entropy(target)
      if (target.length === 32) materials.push(target.slice())
      return target
    }
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite, entropy })
    const sealed = await hsm.createDomain(name)
    const token = await hsm.generateKey(binding)
    const errors: unknown[] = []
    const attempt = async (call: (hsm: Hsm) => unknown): Promise<void> => {
      try {
        await call(hsm)
      } catch (error) {
        errors.push(error)
      }
    }
    const damaged = token.map((byte, i) => (i === 30 ? byte ^ 1 : byte))
    await attempt(() => hsm.rewrap({ token: damaged, binding }))
    await attempt(() => hsm.rewrap({ token, binding: { ...binding, account: "000000000000" } }))
    await attempt(() => hsm.rewrap({ token: token.map((byte) => byte ^ 1), binding }))
    await attempt(() => hsm.openDomain("other", sealed))
    await attempt(() => hsm.openDomain(name, sealed.slice(1)))
    await attempt(() => hsm.generateKey({ ...binding, keyUsage: "SIGN_VERIFY" }))
    expect(errors.length).toBe(6)
    expect(kept.size).toBe(1)
    expect(materials.length).toBe(3)
    expect(materials.some((bytes) => kept.has(hexOf(bytes)))).toBe(true)
    const text = [hsm, rootKeySeal(rootKey), suite, ...errors].map(printed).join()
    expect(secretsIn(text, [...materials, rootKey])).toEqual([])
    expect(secretsIn(printed({ leaked: rootKey.slice() }), [rootKey])).toEqual([rootKey])
  })
})

describe("the root key seal", () => {
  it("refuses a root key that is not 32 bytes or is all zero", () => {
    expect(() => rootKeySeal(new Uint8Array(31).fill(1))).toThrow("`rootKey`")
    expect(() => rootKeySeal(new Uint8Array(32))).toThrow("`rootKey`")
    expect(() => rootKeySeal("x".repeat(32) as unknown as Uint8Array)).toThrow("`rootKey`")
  })

  it("keeps a copy of the root key, so that the host can wipe its own", async () => {
    const own = rootKey.slice()
    const seal = rootKeySeal(own)
    own.fill(0)
    const sealed = await rootKeySeal(rootKey).seal(utf8("state"), utf8("context"))
    const opened = await seal.open(sealed, utf8("context"))
    expect(opened !== undefined && equalBytes(opened, utf8("state"))).toBe(true)
  })
})

describe("the passphrase seal", () => {
  it("refuses an empty or malformed passphrase and a cost out of bounds", () => {
    expect(() => passphraseSeal("", cheap)).toThrow("`passphrase`")
    expect(() => passphraseSeal("\ud800", cheap)).toThrow("`passphrase`")
    expect(() => passphraseSeal(1 as unknown as string, cheap)).toThrow("`passphrase`")
    expect(() => passphraseSeal("x", { ...cheap, costLog2: 9 })).toThrow("`cost`")
    expect(() => passphraseSeal("x", { ...cheap, costLog2: 30 })).toThrow("`cost`")
  })

  it("takes a passphrase in either Unicode form", async () => {
    const sealed = await passphraseSeal("caf\u00e9", cheap).seal(utf8("state"), utf8("context"))
    const opened = await passphraseSeal("cafe\u0301", cheap).open(sealed, utf8("context"))
    expect(opened !== undefined && equalBytes(opened, utf8("state"))).toBe(true)
  })

  it("lets other work go on while it stretches the passphrase", async () => {
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
    }, 1)
    await passphraseSeal("x", { ...cheap, costLog2: 14 }).seal(utf8("state"), utf8("context"))
    clearInterval(counting)
    expect(turns).toBeGreaterThan(0)
  })

  it("does not open what a root key sealed, nor the other way round", async () => {
    const byKey = await rootKeySeal(rootKey).seal(utf8("state"), utf8("context"))
    const byPassphrase = await passphraseSeal("x", cheap).seal(utf8("state"), utf8("context"))
    expect(await passphraseSeal("x", cheap).open(byKey, utf8("context"))).toBeUndefined()
    expect(await rootKeySeal(rootKey).open(byPassphrase, utf8("context"))).toBeUndefined()
  })
})
