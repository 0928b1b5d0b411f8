import { createDecipheriv, createHmac } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openPkcs11Token, type Pkcs11Token, pkcs11Seal } from "../../src/pkcs11.js"
import { hasToken, skipped, softHsm } from "../support/softhsm.js"

const state = new Uint8Array(32).fill(7)
const context = new TextEncoder().encode("where it belongs")

describe.skipIf(!hasToken)(`a seal that is a key in a token${skipped}`, () => {
  const soft = hasToken ? softHsm() : (undefined as never)
  let label = ""
  let token: Pkcs11Token
  beforeAll(async () => {
    const options = soft.options()
    label = options.label
    token = await openPkcs11Token(options)
  })
  afterAll(() => token.close())

  it("opens what it sealed, in its context and unchanged, and makes its key once", async () => {
    const seal = pkcs11Seal(token)
    const sealed = await seal.seal(state, context)
    expect(await pkcs11Seal(token).open(sealed, context)).toEqual(state)
    expect(await seal.open(sealed, new Uint8Array(1))).toBe(undefined)
    expect(await seal.seal(state, context)).not.toEqual(sealed)
    expect(soft.countObjects(label, "keywright seal")).toBe(1)
    const wrong = Array.from({ length: sealed.length }, (_, at) =>
      sealed.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    )
    const cut = Array.from({ length: sealed.length }, (_, length) => sealed.slice(0, length))
    const others = [...wrong, ...cut, Uint8Array.of(...sealed, 0), new Uint8Array(5000)]
    for (const other of others) expect(await seal.open(other, context)).toBe(undefined)
  })

  it("opens nothing of another label, nor of another token", async () => {
    const sealed = await pkcs11Seal(token).seal(state, context)
    const other = pkcs11Seal(token, { label: "another" })
    expect(await other.open(sealed, context)).toBe(undefined)
    expect(soft.countObjects(label, "another")).toBe(0)
    const elsewhere = await openPkcs11Token(soft.options())
    expect(await pkcs11Seal(elsewhere).open(sealed, context)).toBe(undefined)
    elsewhere.close()
  })

  it("opens what either of two keys has sealed that were made at the same moment", async () => {
    const one = pkcs11Seal(token, { label: "raced" })
    const first = await one.seal(state, context)
    // What another host has made that had found no key either.
    const session = soft.login(label)
    soft.cryptoki.C_GenerateKey(session, { mechanism: 0x350 }, [
      { type: 0, value: 4 },
      { type: 0x100, value: 0x10 },
      { type: 1, value: true },
      { type: 2, value: true },
      { type: 0x103, value: true },
      { type: 0x162, value: false },
      { type: 0x108, value: true },
      { type: 0x161, value: 32 },
      { type: 3, value: "raced" },
      { type: 0x102, value: Buffer.alloc(8) },
    ])
    soft.cryptoki.C_CloseSession(session)
    const second = await one.seal(state, context)
    expect(second.subarray(3, 11)).toEqual(new Uint8Array(8))
    expect(first.subarray(3, 11)).not.toEqual(new Uint8Array(8))
    for (const sealed of [first, second]) expect(await one.open(sealed, context)).toEqual(state)
  })

  it("does nothing once it was closed, and leaves the token open", async () => {
    const seal = pkcs11Seal(token)
    const sealed = await seal.seal(state, context)
    await seal.close()
    for (const act of [() => seal.seal(state, context), () => seal.open(sealed, context)]) {
      await expect((async () => act())()).rejects.toThrow("the seal is closed")
    }
    expect(await pkcs11Seal(token).open(sealed, context)).toEqual(state)
  })

  it("needs a label", () => {
    for (const wrong of ["", 7 as never]) {
      expect(() => pkcs11Seal(token, { label: wrong })).toThrow(
        "`label` must be the label of a key",
      )
    }
  })

  it("derives as SP 800-108 says", async () => {
    const seal = pkcs11Seal(token, { label: "known" })
    const session = soft.login(label)
    const key = Buffer.alloc(32, 9)
    soft.cryptoki.C_CreateObject(session, [
      { type: 0, value: 4 },
      { type: 0x100, value: 0x10 },
      { type: 1, value: true },
      { type: 2, value: true },
      { type: 0x108, value: true },
      { type: 0x11, value: key },
      { type: 3, value: "known" },
      { type: 0x102, value: Buffer.alloc(8, 1) },
    ])
    soft.cryptoki.C_CloseSession(session)
    const sealed = await seal.seal(state, context)
    expect(Buffer.from(sealed.subarray(0, 11)).toString("hex")).toBe("4b50010101010101010101")
    const message = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from("keywright pkcs11 seal 1\0"),
      sealed.subarray(11, 43),
      Buffer.from([0, 0, 1, 0]),
    ])
    const derived = createHmac("sha256", key).update(message).digest()
    const decipher = createDecipheriv("aes-256-gcm", derived, sealed.subarray(43, 55))
    decipher.setAAD(Buffer.concat([sealed.subarray(0, 55), context]))
    decipher.setAuthTag(sealed.subarray(-16))
    const opened = Buffer.concat([decipher.update(sealed.subarray(55, -16)), decipher.final()])
    expect(new Uint8Array(opened)).toEqual(state)
  })
})
