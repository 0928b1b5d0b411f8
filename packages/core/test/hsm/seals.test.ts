import { createDecipheriv, hkdfSync, scryptSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { encodeSealHeader, saltBytesLength } from "../../src/formats/opaque/sealed-state.js"
import type { Seal } from "../../src/ports/hsm.js"
import { kmsSeal, type SealingKms } from "../../src/software-hsm/seals/kms-seal.js"
import { passphraseSeal } from "../../src/software-hsm/seals/passphrase-seal.js"
import { openUnder, rootKeySeal, sealUnder } from "../../src/software-hsm/seals/root-key-seal.js"
import { hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { rootKey } from "../support/hosts.js"

const state = utf8("state")
const context = utf8("context")
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }
const salt = new Uint8Array(saltBytesLength).fill(5)

/** A text or bytes after their length, as the formats page says it. */
const field = (content: string | Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.from(content).length)
  return Buffer.concat([length, Buffer.from(content)])
}

/** Opens a sealed state with nothing but what is written of it. */
function openByHand(sealed: Uint8Array, keyOf: (salt: Uint8Array) => Uint8Array): string {
  const header = sealed.subarray(0, 39)
  const decipher = createDecipheriv(
    "aes-256-gcm",
    keyOf(header.subarray(7)),
    sealed.subarray(39, 51),
  )
  decipher.setAAD(Buffer.concat(["keywright seal 1", header, context].map(field)))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(51, -16)), decipher.final()]).toString()
}

describe("what a seal has sealed", () => {
  it("under a root key is opened by HKDF and AES-GCM of another library", async () => {
    const sealed = await rootKeySeal(rootKey()).seal(state, context)
    const keyOf = (own: Uint8Array) =>
      new Uint8Array(hkdfSync("sha256", rootKey(), own, "keywright root key seal 1", 32))
    expect(hexOf(sealed.subarray(0, 7))).toBe("4b530100000000")
    expect(openByHand(sealed, keyOf)).toBe("state")
  })

  it("under a passphrase is opened by scrypt and AES-GCM of another library", async () => {
    const sealed = await passphraseSeal("open sesame", cheap).seal(state, context)
    const keyOf = (own: Uint8Array) =>
      new Uint8Array(scryptSync("open sesame", own, 32, { N: 1024, r: 8, p: 1 }))
    expect(hexOf(sealed.subarray(0, 7))).toBe("4b5301010a0801")
    expect(openByHand(sealed, keyOf)).toBe("state")
  })

  it("is bound to its context", async () => {
    const seal = rootKeySeal(rootKey())
    const sealed = await seal.seal(state, context)
    expect(await seal.open(sealed, utf8("contexT"))).toBeUndefined()
  })
})

describe("a seal", () => {
  const seals: Readonly<Record<string, () => Seal>> = {
    "that is a root key": () => rootKeySeal(rootKey()),
    "that is a passphrase": () => passphraseSeal("open sesame", cheap),
  }

  it.each(Object.keys(seals))("%s neither seals nor opens once it is closed", async (which) => {
    const seal = (seals[which] as () => Seal)()
    const sealed = await seal.seal(state, context)
    await seal.close()
    for (const act of [() => seal.seal(state, context), () => seal.open(sealed, context)]) {
      await expect((async () => act())()).rejects.toThrow("wiped")
    }
  })

  it.each(Object.keys(seals))("%s opens no bytes that are no sealed state", async (which) => {
    const seal = (seals[which] as () => Seal)()
    for (const bytes of [new Uint8Array(), new Uint8Array(100)]) {
      expect(await seal.open(bytes, context)).toBeUndefined()
    }
  })

  it("that is a root key opens nothing that says it is under a passphrase", async () => {
    const key = new Uint8Array(hkdfSync("sha256", rootKey(), salt, "keywright root key seal 1", 32))
    const sealed = sealUnder(key, encodeSealHeader(salt, cheap), state, context)
    expect(await rootKeySeal(rootKey()).open(sealed, context)).toBeUndefined()
  })

  it("is a root key with zeros in it, and a passphrase at a cost that is given", () => {
    expect(() => rootKeySeal(new Uint8Array(32).fill(1, 31))).not.toThrow()
    expect(() => passphraseSeal("open sesame")).not.toThrow()
  })

  it("wipes the key of one state when it has sealed or opened it, or failed to", () => {
    const keyOf = () => new Uint8Array(32).fill(7)
    const header = encodeSealHeader(salt, undefined)
    const sealing = keyOf()
    const sealed = sealUnder(sealing, header, state, context)
    const parts = {
      salt,
      cost: undefined,
      headerBytes: header,
      iv: sealed.subarray(39, 51),
      ciphertext: sealed.subarray(51),
    }
    const [opening, failing] = [keyOf(), keyOf()]
    expect(openUnder(opening, parts, context)).toEqual(state)
    expect(openUnder(failing, parts, state)).toBeUndefined()
    for (const key of [sealing, opening, failing]) expect(hexOf(key)).toBe("00".repeat(32))
  })
})

describe("a seal in another KMS", () => {
  const sealed = Uint8Array.of(0x4b, 0x4d, 1, 9)
  const answering = (answer: () => Promise<object>): SealingKms => ({
    encrypt: answer,
    decrypt: answer,
  })
  const failing = (error: unknown) =>
    kmsSeal(
      answering(() => Promise.reject(error)),
      "alias/seal",
    )
  const named = (name: string) => Object.assign(new Error("no"), { name })

  it("is unavailable when its KMS answers without bytes, and says why when it fails", async () => {
    const silent = kmsSeal(
      answering(async () => ({})),
      "alias/seal",
    )
    const unavailable = { name: "HsmError", code: "unavailable" }
    await expect(silent.seal(state, context)).rejects.toMatchObject(unavailable)
    await expect(silent.open(sealed, context)).rejects.toMatchObject(unavailable)
    for (const cause of [
      named("DisabledException"),
      undefined,
      { name: "IncorrectKeyException" },
    ]) {
      const failed = { ...unavailable, cause }
      await expect(failing(cause).seal(state, context)).rejects.toMatchObject(failed)
      await expect(failing(cause).open(sealed, context)).rejects.toMatchObject(failed)
    }
  })

  it.each(["InvalidCiphertextException", "IncorrectKeyException"])(
    "opens nothing of which its KMS says %s",
    async (name) => {
      expect(await failing(named(name)).open(sealed, context)).toBeUndefined()
    },
  )

  it("opens nothing that does not begin as its own, and asks nobody", async () => {
    for (const at of [0, 1, 2]) {
      expect(await failing("asked").open(sealed.with(at, 0), context)).toBeUndefined()
    }
  })

  it.each([undefined, "", 7, {}])("needs the name of a key: not %j", (keyId) => {
    const client = answering(async () => ({}))
    expect(() => kmsSeal(client, keyId as string)).toThrow("`keyId` must be the id, ARN or alias")
  })
})
