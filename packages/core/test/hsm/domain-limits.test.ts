import { describe, expect, it } from "vitest"
import {
  domainKeysMax,
  encodeDomainState,
  trustGenerationMax,
} from "../../src/formats/opaque/domain-state.js"
import { keyTokenBytesMax } from "../../src/formats/opaque/key-token.js"
import {
  domainAad,
  domainSealsMax,
  encodeDomainHeader,
  encodeSealedDomain,
} from "../../src/formats/opaque/sealed-domain.js"
import { openDomainKeys } from "../../src/software-hsm/boundary/domain.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { utf8 } from "../../src/vocabulary/bytes.js"
import { symmetricBinding as binding } from "../support/bindings.js"
import { sealOf } from "../support/hosts.js"

const name = "d"

/** The state of a domain whose trust was withdrawn so often, as its HSM would have sealed it. */
async function withdrawn(trustGeneration: number): Promise<Uint8Array> {
  const key = { id: "00".repeat(8), key: new Uint8Array(32).fill(5) }
  const state = encodeDomainState({ name, currentKeyId: key.id, keys: [key], trustGeneration })
  const stateKey = new Uint8Array(32).fill(6)
  const context = utf8(`keywright domain 1\0${name}`)
  const headerBytes = encodeDomainHeader([await sealOf().seal(stateKey, context)])
  const iv = new Uint8Array(12).fill(7)
  const ciphertext = new Uint8Array(state.length + 16)
  const aad = domainAad(headerBytes, name)
  nobleSuite().encryptInto(ciphertext, stateKey, iv, state, aad)
  return encodeSealedDomain({ headerBytes, iv, ciphertext })
}

describe("a domain", () => {
  it("is opened by each of eight seals, and by no ninth", async () => {
    let hsm = createSoftwareHsm({ seal: sealOf(1) })
    let sealed = await hsm.createDomain(name)
    for (let i = 2; i <= domainSealsMax; i += 1) {
      hsm = createSoftwareHsm({ seal: sealOf(i), formerSeals: [sealOf(i - 1)] })
      sealed = await hsm.resealDomain(name, sealed, "kept")
    }
    const again = await hsm.resealDomain(name, sealed, "kept")
    expect(again).toEqual(sealed)
    expect(again.buffer).not.toBe(sealed.buffer)
    for (let i = 1; i <= domainSealsMax; i += 1) {
      const one = createSoftwareHsm({ seal: sealOf(i) })
      await one.openDomain(name, sealed)
      expect(await one.domainKeys()).toMatchObject({ formerIds: [] })
    }
    const next = createSoftwareHsm({ seal: sealOf(100), formerSeals: [sealOf(domainSealsMax)] })
    const resealing = async () => next.resealDomain(name, sealed, "kept")
    await expect(resealing()).rejects.toMatchObject({ name: "HsmError", code: "unsupported" })
    await expect((async () => next.openDomain(name, sealed))()).resolves.toBeUndefined()
  })

  it("has a thousand keys, of which the first still opens what it wrapped, and no more", async () => {
    const hsm = createSoftwareHsm({ seal: sealOf() })
    let sealed = await hsm.createDomain(name)
    const token = await hsm.generateKey(binding)
    for (let i = 1; i < domainKeysMax; i += 1) sealed = await hsm.rotateDomainKey(name, sealed)
    await hsm.openDomain(name, sealed)
    expect((await hsm.domainKeys()).formerIds).toHaveLength(domainKeysMax - 1)
    expect(await hsm.isCurrent(await hsm.rewrap({ token, binding }))).toBe(true)
    for (const act of [hsm.rotateDomainKey, hsm.withdrawTrust]) {
      await expect((async () => act(name, sealed))()).rejects.toMatchObject({
        name: "HsmError",
        code: "unsupported",
      })
    }
  })

  it("wraps key material that a token can hold, and none that is longer", () => {
    const key = { id: "00".repeat(8), key: new Uint8Array(32).fill(5) }
    const state = { name, currentKeyId: key.id, keys: [key], trustGeneration: 0 }
    const suite = nobleSuite()
    const domain = openDomainKeys(state, suite, suite.entropy)
    const aad = (headerBytes: Uint8Array) => headerBytes
    const most = keyTokenBytesMax - domain.wrap(new Uint8Array(0), aad).length
    expect(domain.wrap(new Uint8Array(most), aad)).toHaveLength(keyTokenBytesMax)
    expect(() => domain.wrap(new Uint8Array(most + 1), aad)).toThrow("longer than a token can hold")
  })

  it("withdraws its trust as often as 32 bits can count, and no more", async () => {
    const hsm = createSoftwareHsm({ seal: sealOf() })
    const last = await hsm.withdrawTrust(name, await withdrawn(trustGenerationMax - 1))
    await expect((async () => hsm.withdrawTrust(name, last))()).rejects.toMatchObject({
      name: "HsmError",
      code: "unsupported",
    })
    await hsm.openDomain(name, await hsm.rotateDomainKey(name, last))
    expect((await hsm.domainKeys()).formerIds).toHaveLength(2)
  })

  it("is no peer of itself", async () => {
    const hsm = createSoftwareHsm({ seal: sealOf() })
    await hsm.createDomain(name)
    const key = new Uint8Array(32).fill(3)
    await expect((async () => hsm.endorseDomain(name, key))()).rejects.toMatchObject({
      name: "HsmError",
      code: "unsupported",
    })
    expect(await hsm.endorseDomain("another", key)).toBeInstanceOf(Uint8Array)
  })
})
