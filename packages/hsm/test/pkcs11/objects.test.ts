import type { Binding, KeySpec, RegionHsm } from "@keywright/core"
import { keySpecRow, keySpecTable } from "@keywright/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "../../src/pkcs11.js"
import { binding } from "../support/isolated.js"
import { hasToken, skipped, softHsm } from "../support/softhsm.js"

const name = "aws/eu-central-1"
const aad = new Uint8Array(8)

describe.skipIf(!hasToken)(`a token behind an HSM${skipped}`, () => {
  const soft = hasToken ? softHsm() : undefined
  let label = ""
  let token: Pkcs11Token
  beforeAll(async () => {
    const options = soft?.options()
    if (options === undefined) return
    label = options.label
    token = await openPkcs11Token(options)
  })
  afterAll(() => token?.close())

  const count = (of?: string): number => soft?.countObjects(label, of) ?? -1
  const hsmOf = (): RegionHsm => pkcs11Hsm({ token, seal: pkcs11Seal(token) })
  const domainKeys = () => count("keywright domain key")

  it("holds nothing after what it does was tried out", () => {
    expect(count()).toBe(0)
  })

  it("holds the domain keys and the key of the seal, and nothing else after any operation", async () => {
    const hsm = hsmOf()
    await hsm.createDomain(name)
    const standing = count()
    expect(standing).toBe(2)
    const token = await hsm.generateKey(binding)
    const ciphertext = await hsm.encrypt({ token, binding, aad, plaintext: aad })
    await hsm.decrypt({ token, binding, aad, ciphertext })
    await hsm.rewrap({ token, binding })
    const signing: Binding = { ...binding, keySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" }
    const pair = { token: await hsm.generateKey(signing), binding: signing }
    const sign = { algorithm: "ECDSA_SHA_256", messageType: "RAW", message: aad } as const
    await hsm.sign({ ...pair, ...sign })
    await hsm.publicKey(pair)
    const agreeing: Binding = { ...binding, keySpec: "ECC_NIST_P256", keyUsage: "KEY_AGREEMENT" }
    const agreement = { token: await hsm.generateKey(agreeing), binding: agreeing }
    const publicKey = await hsm.publicKey(pair)
    await hsm.deriveSharedSecret({ ...agreement, algorithm: "ECDH", publicKey })
    expect(count()).toBe(standing)
  })

  it("holds nothing more after a call that was refused", async () => {
    const hsm = hsmOf()
    await hsm.createDomain(name)
    const standing = count()
    const token = await hsm.generateKey(binding)
    const other = { ...binding, keyId: "9876abcd-12ab-34cd-56ef-1234567890ab" }
    for (const refused of [
      () => hsm.encrypt({ token, binding: other, aad, plaintext: aad }),
      () => hsm.generateKey({ ...binding, keySpec: "ML_DSA_44", keyUsage: "SIGN_VERIFY" }),
      () =>
        hsm.sign({ token, binding, algorithm: "ECDSA_SHA_256", messageType: "RAW", message: aad }),
    ]) {
      await expect((async () => refused())()).rejects.toThrow(
        expect.objectContaining({ name: "HsmError" }),
      )
    }
    expect(count()).toBe(standing)
  })

  it("gets a domain key with each rotation, and loses it when the domain retires it", async () => {
    const hsm = hsmOf()
    const before = domainKeys()
    const sealed = await hsm.createDomain(name)
    const { currentId } = await hsm.domainKeys()
    const rotated = await hsm.rotateDomainKey(name, sealed)
    expect(domainKeys()).toBe(before + 2)
    await hsm.openDomain(name, rotated)
    const retired = await hsm.retireDomainKeys(name, rotated, [currentId])
    expect(domainKeys()).toBe(before + 2)
    await hsm.openDomain(name, retired)
    expect(domainKeys()).toBe(before + 1)
  })

  it("has not the keys of a state that another host has left behind, and says so", async () => {
    const [early, late] = [hsmOf(), hsmOf()]
    const sealed = await early.createDomain(name)
    await late.openDomain(name, sealed)
    const { currentId } = await early.domainKeys()
    const token = await late.generateKey(binding)
    const rotated = await early.rotateDomainKey(name, sealed)
    await early.openDomain(name, rotated)
    const retired = await early.retireDomainKeys(name, rotated, [currentId])
    await early.openDomain(name, retired)
    // The newer state helps a host that hears this: it opens it and begins again.
    for (const act of [() => late.generateKey(binding), () => late.rewrap({ token, binding })]) {
      await expect((async () => act())()).rejects.toMatchObject({ code: "unknown-domain-key" })
    }
    await late.openDomain(name, retired)
    await late.generateKey(binding)
    await expect((async () => late.openDomain(name, sealed))()).rejects.toMatchObject({
      code: "unavailable",
      message: "the token has not all keys of the domain",
    })
  })

  it("loses no key because somebody puts an older state back", async () => {
    const hsm = hsmOf()
    const sealed = await hsm.createDomain(name)
    const rotated = await hsm.rotateDomainKey(name, sealed)
    await hsm.openDomain(name, rotated)
    const token = await hsm.generateKey(binding)
    const standing = domainKeys()
    await hsm.openDomain(name, sealed)
    expect(domainKeys()).toBe(standing)
    await hsm.openDomain(name, rotated)
    await hsm.rewrap({ token, binding })
  })

  it("has no attribute that would let a domain key, or a key in use, leave it", async () => {
    const hsm = hsmOf()
    await hsm.createDomain(name)
    const { cryptoki, slotOf } = soft ?? softHsm()
    const session = cryptoki.C_OpenSession(slotOf(label), 6)
    cryptoki.C_FindObjectsInit(session, [{ type: 3, value: "keywright domain key" }])
    const [key] = cryptoki.C_FindObjects(session, 1)
    cryptoki.C_FindObjectsFinal(session)
    // CKA_VALUE, CKA_EXTRACTABLE, CKA_SENSITIVE
    expect(() =>
      cryptoki.C_GetAttributeValue(session, key as Uint8Array, [{ type: 0x11 }]),
    ).toThrow("CKR_ATTRIBUTE_SENSITIVE")
    const found = cryptoki.C_GetAttributeValue(session, key as Uint8Array, [
      { type: 0x162 },
      { type: 0x103 },
    ])
    expect(found.map(({ value }) => [...(value as Uint8Array)])).toEqual([[0], [1]])
    cryptoki.C_CloseSession(session)
  })

  it("is asked for no key of a spec that it does not know", async () => {
    const hsm = hsmOf()
    await hsm.createDomain(name)
    for (const keySpec of Object.keys(keySpecTable) as KeySpec[]) {
      if (hsm.keySpecs.includes(keySpec)) continue
      const [keyUsage] = Object.keys(keySpecRow(keySpec).usages) as [Binding["keyUsage"]]
      const made = (async () => hsm.generateKey({ ...binding, keySpec, keyUsage }))()
      await expect(made).rejects.toThrow(expect.objectContaining({ code: "unsupported" }))
    }
  })
})
