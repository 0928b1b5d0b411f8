import { describe, expect, it } from "vitest"
import { messageAad, parseCiphertext } from "../../src/formats/opaque/ciphertext.js"
import { bindingAad } from "../../src/formats/opaque/key-token.js"
import type { Binding } from "../../src/ports/bindings.js"
import { openDomainKeys } from "../../src/software-hsm/boundary/domain.js"
import { deriveKey, deriveMessageKey } from "../../src/software-hsm/boundary/key-derivation.js"
import { decryptMessage } from "../../src/software-hsm/boundary/message-cipher.js"
import { materialIdOf } from "../../src/software-hsm/methods/imports.js"
import { passphraseSeal } from "../../src/software-hsm/seals/passphrase-seal.js"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { openSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { freshEntropy } from "../../src/software-hsm/suite/fresh-entropy.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { pooledEntropy } from "../../src/software-hsm/suite/pooled-entropy.js"
import { hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { hex, publishedVectors, sharedVectors, skipReason } from "../formats/vectors.js"

import { sealOf } from "../support/hosts.js"

const suite = nobleSuite()

function encryptOnce(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array, aad: Uint8Array) {
  const ciphertext = new Uint8Array(plaintext.length + 16)
  suite.encryptInto(ciphertext, key, iv, plaintext, aad)
  return ciphertext
}

describe("the published vectors open", () => {
  it("as messages under their key", () => {
    interface Vector {
      partition: string
      context: Record<string, string>
      key: string
      nonce: string
      messageKey: string
      plaintext: string
      ciphertext: string
    }
    for (const vector of publishedVectors<Vector>("ciphertext")) {
      const key = hex(vector.key)
      const derived = deriveMessageKey(suite.hmacSha256, key, hex(vector.nonce))
      expect(hexOf(derived)).toBe(vector.messageKey)
      const parsed = parseCiphertext(hex(vector.ciphertext))
      if (parsed === undefined) throw new Error("the vector was refused")
      const aad = messageAad(vector.partition, parsed.headerBytes, vector.context)
      const plaintext = decryptMessage(suite, suite.hmacSha256, key, parsed.body, aad)
      expect(plaintext && hexOf(plaintext)).toBe(vector.plaintext)
    }
  })

  it("as key tokens under their domain key", () => {
    interface Vector {
      binding: Binding
      domainKeyId: string
      domainKey: string
      material: string
      token: string
    }
    for (const vector of publishedVectors<Vector>("key-token")) {
      const keys = [{ id: vector.domainKeyId, key: hex(vector.domainKey) }]
      const state = { name: "x", currentKeyId: vector.domainKeyId, keys, trustGeneration: 0 }
      const domain = openDomainKeys(state, suite, suite.entropy)
      const aad = bindingAad(vector.binding)
      expect(hexOf(domain.unwrap(hex(vector.token), aad))).toBe(vector.material)
    }
  })

  it("as the ids of imported key material", () => {
    interface Vector {
      keyId: string
      material: string
      keyMaterialId: string
    }
    const { boundary } = openSoftwareHsm({ seal: sealOf() })
    for (const { keyId, material, keyMaterialId } of publishedVectors<Vector>("key-material-id")) {
      expect(materialIdOf(boundary, keyId, hex(material))).toBe(keyMaterialId)
    }
  })

  it("as sealed domain states under their root key or passphrase", async () => {
    interface Vector {
      rootKey?: string
      passphrase?: string
      name: string
      state: string
      sealed: string
    }
    for (const { rootKey, passphrase, name, state, sealed } of publishedVectors<Vector>(
      "sealed-state",
    )) {
      const seal =
        rootKey === undefined ? passphraseSeal(passphrase as string) : rootKeySeal(hex(rootKey))
      const opened = await seal.open(hex(sealed), utf8(`keywright domain state 1\0${name}`))
      expect(opened && hexOf(opened)).toBe(state)
    }
  })
})

describe("known answers", () => {
  const kdf = "acvp/sp800-108-kdf.internalProjection"
  interface Group {
    kdfMode: string
    macMode: string
    counterLocation: string
    counterLength: number
    keyOutLength: number
    tests: { keyIn: string; fixedData: string; keyOut: string }[]
  }
  const groups = sharedVectors<{ testGroups: Group[] }>(kdf)?.testGroups
  it.skipIf(groups === undefined)(
    `key derivation agrees with NIST${groups ? "" : ` ${skipReason(kdf)}`}`,
    () => {
      // One block is 256 bits; a longer answer of the file begins with that block.
      const fitting = groups?.filter(
        (group) =>
          group.kdfMode === "counter" &&
          group.macMode === "HMAC-SHA2-256" &&
          group.counterLocation === "before fixed data" &&
          group.counterLength === 32,
      )
      let bits = 0
      for (const { tests } of fitting ?? []) {
        for (const { keyIn, fixedData, keyOut } of tests) {
          const expected = hex(keyOut)
          const whole = expected.length > 32 ? 32 : expected.length - 1
          const derived = deriveKey(suite, hex(keyIn), hex(fixedData))
          expect(hexOf(derived.subarray(0, whole))).toBe(hexOf(expected.subarray(0, whole)))
          bits += whole * 8
        }
      }
      expect(bits).toBeGreaterThan(2000)
    },
  )

  it("AES-256-GCM agrees with the test cases of its authors", () => {
    // Source: McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16.
    const zeros = new Uint8Array(32)
    const iv = new Uint8Array(12)
    const none = new Uint8Array(0)
    expect(hexOf(encryptOnce(zeros, iv, none, none))).toBe("530f8afbc74536b9a963b4f1c4cb738b")
    expect(hexOf(encryptOnce(zeros, iv, new Uint8Array(16), none))).toBe(
      "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    )
    const made = encryptOnce(
      hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
      hex("cafebabefacedbaddecaf888"),
      hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      ),
      hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    expect(hexOf(made)).toBe(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
        "76fc6ece0f4e1768cddf8853bb2d551b",
    )
  })

  const gcm = "wycheproof/aes_gcm_test"
  interface GcmGroup {
    ivSize: number
    keySize: number
    tagSize: number
    tests: Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag" | "result", string>[]
  }
  const gcmGroups = sharedVectors<{ testGroups: GcmGroup[] }>(gcm)?.testGroups
  it.skipIf(gcmGroups === undefined)(
    `AES-256-GCM agrees with Wycheproof${gcmGroups ? "" : ` ${skipReason(gcm)}`}`,
    () => {
      let count = 0
      for (const { ivSize, keySize, tagSize, tests } of gcmGroups ?? []) {
        if (ivSize !== 96 || keySize !== 256 || tagSize !== 128) continue
        for (const { key, iv, aad, msg, ct, tag, result } of tests) {
          const kept = suite.aeadKey(hex(key))
          for (const opened of [
            suite.decryptOnce(hex(key), hex(iv), hex(ct + tag), hex(aad)),
            kept.decrypt(hex(iv), hex(ct + tag), hex(aad)),
          ]) {
            expect(opened && hexOf(opened)).toBe(result === "valid" ? msg : undefined)
          }
          const made = [
            encryptOnce(hex(key), hex(iv), hex(msg), hex(aad)),
            kept.encrypt(hex(iv), hex(msg), hex(aad)),
          ]
          for (const one of made) expect(hexOf(one) === ct + tag).toBe(result === "valid")
          count += 1
        }
      }
      expect(count).toBeGreaterThan(60)
    },
  )
})

describe("fresh entropy", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const counting = () => {
    const pages: Uint8Array[] = []
    let next = 0
    const entropy = freshEntropy((target) => {
      pages.push(target)
      for (let i = 0; i < target.length; i += 1) {
        next += 1
        target[i] = (next % 255) + 1
      }
      return target
    })
    return { entropy, pages, drawn: () => next }
  }

  it("keeps nothing of what is to come when a turn is over", async () => {
    const { entropy, pages } = counting()
    for (let i = 0; i < 5; i += 1) {
      const [key, nonce] = [entropy(new Uint8Array(32)), entropy(new Uint8Array(28))]
      expect([...key, ...nonce]).not.toContain(0)
      await turn()
      expect(pages.splice(0).map((page) => page.every((byte) => byte === 0))).toEqual([true])
    }
  })

  it("asks its source in every turn, once for what some calls need", async () => {
    const { entropy, drawn } = counting()
    for (let i = 1; i <= 5; i += 1) {
      for (const length of [32, 28, 16, 1]) {
        entropy(new Uint8Array(length))
        await Promise.resolve()
      }
      expect(drawn()).toBe(i * 128)
      await turn()
    }
  })

  it("hands out every byte once, and asks its source itself for what is long", () => {
    const { entropy, drawn } = counting()
    const bytes: number[] = []
    for (let i = 0; i < 8; i += 1) bytes.push(...entropy(new Uint8Array(32)))
    expect(bytes).toEqual(Array.from({ length: 256 }, (_, i) => ((i + 1) % 255) + 1))
    const long = new Uint8Array(257)
    expect(entropy(long)).toBe(long)
    expect(drawn()).toBe(128 + 256 + 257)
  })

  it("draws the more at once, the more is asked for in a turn, and at most a kibibyte", async () => {
    const { entropy, pages } = counting()
    for (let i = 0; i < 250; i += 1) entropy(new Uint8Array(16))
    expect(pages.map(({ length }) => length)).toEqual([128, 256, 512, 1024, 1024, 1024, 1024])
    expect(pages.some((page) => page.some((byte) => byte !== 0))).toBe(true)
    await turn()
    expect(pages.every((page) => page.every((byte) => byte === 0))).toBe(true)
    entropy(new Uint8Array(256))
    expect(pages.at(-1)).toHaveLength(256)
  })

  it("hands out nothing when its source fails", () => {
    const failing = freshEntropy(() => {
      throw new Error("no entropy")
    })
    for (let i = 0; i < 2; i += 1) {
      expect(() => failing(new Uint8Array(16))).toThrow("no entropy")
    }
  })
})

describe("pooled entropy", () => {
  it("hands out every byte of its source once and in order, and wipes it from the page", () => {
    let next = 0
    let page: Uint8Array = new Uint8Array(0)
    const source = (target: Uint8Array): Uint8Array => {
      page = target
      for (let i = 0; i < target.length; i += 1) {
        next += 1
        target[i] = next % 251
      }
      return target
    }
    const entropy = pooledEntropy(source)
    const drawn: number[] = []
    for (let i = 0; i < 1200; i += 1) drawn.push(...entropy(new Uint8Array(32)))
    expect(drawn).toEqual(Array.from({ length: 38_400 }, (_, i) => (i + 1) % 251))
    expect(page.length).toBe(16_384)
    const untouched = page.filter((byte) => byte !== 0).length
    expect(untouched).toBeLessThanOrEqual(16_384 - (38_400 % 16_384))
  })

  it("asks its source itself for what is longer than a quarter of a page", () => {
    const target = new Uint8Array(4097)
    expect(pooledEntropy((bytes) => bytes.fill(7))(target)).toBe(target)
    expect(target.every((byte) => byte === 7)).toBe(true)
  })

  it("hands out nothing when its source fails", () => {
    const failing = pooledEntropy(() => {
      throw new Error("no entropy")
    })
    expect(() => failing(new Uint8Array(16))).toThrow("no entropy")
    expect(() => failing(new Uint8Array(16))).toThrow("no entropy")
  })
})
