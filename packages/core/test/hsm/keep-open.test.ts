import { describe, expect, it } from "vitest"
import type { Binding, BoundToken } from "../../src/ports/bindings.js"
import type { Hsm } from "../../src/ports/hsm.js"
import type { Timer } from "../../src/ports/timer.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import type { CryptoSuite, MacKey } from "../../src/software-hsm/suite/crypto-suite.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { sealOf } from "../support/hosts.js"

const seal = sealOf()

const bindingFor = (keyId: string): Binding => ({
  partition: "aws",
  account: "111122223333",
  keyId,
  keyMaterialId: "5e".repeat(32),
  keySpec: "HMAC_256",
  keyUsage: "GENERATE_VERIFY_MAC",
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
})

/** An HSM whose clock the test moves, and every piece of key material that it opened. */
async function watched(ms: number, keysMax: number) {
  const opened: Uint8Array[] = []
  const real = nobleSuite()
  const open = real.keys.HMAC_256.GENERATE_VERIFY_MAC
  let release = (): void => undefined
  const suite: CryptoSuite = {
    ...real,
    keys: {
      HMAC_256: {
        GENERATE_VERIFY_MAC: (material, entropy): MacKey => {
          opened.push(material)
          return open(material, entropy) as MacKey
        },
      },
      ECC_NIST_P256: {
        ...real.keys.ECC_NIST_P256,
        SIGN_VERIFY: (material) => {
          opened.push(material)
          const wait = new Promise<void>((resolve) => {
            release = resolve
          })
          return {
            sign: () => wait.then(() => material.slice()),
            verify: () => false,
          }
        },
      },
    },
  }
  let nowMs = 1000
  const timers: { readonly timeoutMs: number; readonly end: () => void; isStopped: boolean }[] = []
  const timer: Timer = (timeoutMs) => {
    let end = (): void => undefined
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const one = { timeoutMs, end, isStopped: false }
    timers.push(one)
    return {
      over,
      stop: () => {
        one.isStopped = true
      },
    }
  }
  const keepOpen = { ms, keysMax, clock: () => nowMs, timer }
  const hsm = createSoftwareHsm({ seal, suite, keepOpen })
  const sealed = await hsm.createDomain("d")
  const isWiped = () => opened.map((bytes) => bytes.every((byte) => byte === 0))
  const pass = (byMs: number): void => {
    nowMs += byMs
  }
  return { hsm, sealed, opened, isWiped, pass, timers, release: () => release() }
}

async function newKey(hsm: Hsm, keyId: string): Promise<BoundToken> {
  const binding = bindingFor(keyId)
  return { token: await hsm.generateKey(binding), binding }
}

const mac = async (hsm: Hsm, key: BoundToken): Promise<string> =>
  hexOf(await hsm.generateMac({ ...key, algorithm: "HMAC_SHA_256", message: utf8("m") }))

describe("a key that is kept open", () => {
  it("is opened once while its time lasts, and then wiped and opened again", async () => {
    const { hsm, opened, isWiped, pass } = await watched(1000, 10)
    const key = await newKey(hsm, "one")
    const first = await mac(hsm, key)
    pass(999)
    expect(await mac(hsm, key)).toBe(first)
    expect(opened.length).toBe(1)
    pass(1)
    expect(await mac(hsm, key)).toBe(first)
    expect(isWiped()).toEqual([true, false])
  })

  it("is wiped when another is opened after its time, though no timer has said so", async () => {
    const { hsm, isWiped, pass } = await watched(1000, 10)
    await mac(hsm, await newKey(hsm, "one"))
    pass(999)
    await mac(hsm, await newKey(hsm, "two"))
    expect(isWiped()).toEqual([false, false])
    pass(1)
    await mac(hsm, await newKey(hsm, "three"))
    expect(isWiped()).toEqual([true, false, false])
  })

  it("makes room for others when there are more than the host allows", async () => {
    const { hsm, isWiped } = await watched(1000, 2)
    for (const keyId of ["one", "two", "three"]) await mac(hsm, await newKey(hsm, keyId))
    expect(isWiped()).toEqual([true, false, false])
  })

  it("does not serve another binding, nor a token that only looks like its own", async () => {
    const { hsm } = await watched(1000, 2)
    const key = await newKey(hsm, "one")
    await mac(hsm, key)
    const moved = { ...key, binding: bindingFor("two") }
    expect(() => hsm.rewrap(moved)).toThrow(expect.objectContaining({ code: "token-refused" }))
    await expect(mac(hsm, moved)).rejects.toMatchObject({ code: "token-refused" })
    const token = key.token.map((byte, i) => (i === 12 ? byte ^ 1 : byte))
    await expect(mac(hsm, { ...key, token })).rejects.toMatchObject({ code: "token-refused" })
  })

  it("is wiped when the HSM is closed and when it opens another state", async () => {
    const { hsm, sealed, isWiped } = await watched(1000, 10)
    const key = await newKey(hsm, "one")
    await mac(hsm, key)
    await hsm.openDomain("d", sealed)
    expect(isWiped()).toEqual([true])
    await mac(hsm, key)
    await hsm.close()
    expect(isWiped()).toEqual([true, true])
    await expect(mac(hsm, key)).rejects.toMatchObject({ code: "unavailable" })
  })

  it("is wiped only after an operation that is under way has used it", async () => {
    const { hsm, isWiped, release } = await watched(1000, 10)
    const binding: Binding = {
      ...bindingFor("one"),
      keySpec: "ECC_NIST_P256",
      keyUsage: "SIGN_VERIFY",
      origin: "AWS_KMS",
      keyStoreId: undefined,
      xksKeyId: undefined,
    }
    const token = await hsm.generateKey(binding)
    const signing = hsm.sign({
      token,
      binding,
      algorithm: "ECDSA_SHA_256",
      messageType: "RAW",
      message: utf8("m"),
    })
    await hsm.close()
    expect(isWiped()).toEqual([false])
    release()
    expect((await signing).some((byte) => byte !== 0)).toBe(true)
    expect(isWiped()).toEqual([true])
  })
})

describe("a key whose time has passed", () => {
  it("is wiped when it is due, also when no other key is opened", async () => {
    const { hsm, isWiped, pass, timers } = await watched(1000, 10)
    await mac(hsm, await newKey(hsm, "one"))
    pass(400)
    await mac(hsm, await newKey(hsm, "two"))
    expect(timers.map(({ timeoutMs }) => timeoutMs)).toEqual([1000])
    pass(600)
    timers[0]?.end()
    await Promise.resolve()
    expect(isWiped()).toEqual([true, false])
    expect(timers.map(({ timeoutMs }) => timeoutMs)).toEqual([1000, 400])
    pass(400)
    timers[1]?.end()
    await Promise.resolve()
    expect(isWiped()).toEqual([true, true])
    expect(timers.length).toBe(2)
  })

  it("is not wiped by a timer that is early, and no timer runs when nothing is open", async () => {
    const { hsm, isWiped, pass, timers } = await watched(1000, 10)
    expect(timers).toEqual([])
    await mac(hsm, await newKey(hsm, "one"))
    pass(999)
    timers[0]?.end()
    await Promise.resolve()
    expect(isWiped()).toEqual([false])
    expect(timers[1]?.timeoutMs).toBe(1)
    await hsm.close()
    expect(timers[1]?.isStopped).toBe(true)
    expect(isWiped()).toEqual([true])
  })
})

const never: Timer = () => ({ over: new Promise(() => undefined), stop: () => undefined })

describe("a key that takes a while to open, and is to be kept", () => {
  /** An HSM whose keys wait to be opened, and what becomes of their material. */
  async function waiting(keysMax: number, fails?: "at once" | "later") {
    const opened: Uint8Array[] = []
    let go = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const real = nobleSuite()
    const suite: CryptoSuite = {
      ...real,
      keys: {
        ECC_NIST_P256: {
          ...real.keys.ECC_NIST_P256,
          SIGN_VERIFY: (material) => {
            opened.push(material)
            if (fails === "at once") throw new Error("out of memory")
            return gate.then(() => {
              if (fails === "later") throw new Error("out of memory")
              return { sign: () => material.slice(), verify: () => false }
            })
          },
        },
      },
    }
    const hsm = createSoftwareHsm({
      seal,
      suite,
      keepOpen: { ms: 1000, keysMax, clock: () => 1, timer: never },
    })
    const sealed = await hsm.createDomain("d")
    const sign = async (keyId: string, times = 1) => {
      const pair = { keySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" } as const
      const binding: Binding = { ...bindingFor(keyId), ...pair }
      const token = await hsm.generateKey(binding)
      const message = { messageType: "RAW", message: utf8("m") } as const
      const signing = async () =>
        hsm.sign({ token, binding, algorithm: "ECDSA_SHA_256", ...message })
      // Not awaited here: it waits for the gate.
      return Array.from({ length: times }, signing)
    }
    const held = () => opened.filter((bytes) => bytes.some((byte) => byte !== 0)).length
    return { hsm, sealed, sign, go, held }
  }

  it("is used once and wiped when the HSM was closed meanwhile", async () => {
    const { hsm, sign, go, held } = await waiting(10)
    const [signing] = await sign("one")
    await hsm.close()
    go()
    await signing
    expect(held()).toBe(0)
  })

  it("is used once and wiped when the HSM has opened another state meanwhile", async () => {
    const { hsm, sealed, sign, go, held } = await waiting(10)
    const [signing] = await sign("one")
    await hsm.openDomain("d", sealed)
    go()
    await signing
    expect(held()).toBe(0)
  })

  it("counts among those that the host allows, also when many are opened at once", async () => {
    const { sign, go, held } = await waiting(2)
    const signings: unknown[] = []
    for (const keyId of ["one", "two", "three", "four", "five"])
      signings.push(...(await sign(keyId)))
    go()
    await Promise.all(signings)
    expect(held()).toBe(2)
  })

  it("is open once when it was opened twice at once", async () => {
    const { hsm, sign, go, held } = await waiting(10)
    const signings = await sign("one", 2)
    go()
    await Promise.all(signings)
    expect(held()).toBe(1)
    await hsm.close()
    expect(held()).toBe(0)
  })

  it.each(["at once", "later"] as const)("is wiped when opening it fails %s", async (when) => {
    const { sign, go, held } = await waiting(2, when)
    const [signing] = await sign("one")
    go()
    await expect(signing).rejects.toThrow("out of memory")
    expect(held()).toBe(0)
  })
})
