import { describe, expect, it } from "vitest"
import { domainKeysMax } from "../../src/formats/opaque/domain-state.js"
import { domainSealsMax } from "../../src/formats/opaque/sealed-domain.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { symmetricBinding as binding } from "../support/bindings.js"
import { sealOf } from "../support/hosts.js"

const name = "d"

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
