import { renameSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { TokenInfo } from "../../src/pkcs11/cryptoki.js"
import {
  type Cryptoki,
  families,
  openPkcs11Token,
  pkcs11Hsm,
  pkcs11Seal,
  type TokenMechanisms,
} from "../../src/pkcs11.js"
import { load } from "../support/add-on.js"
import { binding } from "../support/isolated.js"
import { hasToken, skipped, softHsm, tokenFaults } from "../support/softhsm.js"

const name = "aws/eu-central-1"

/** What is quickly tried out. */
const few: TokenMechanisms = {
  ...(families.find(({ family }) => family === "softhsm2") as TokenMechanisms),
  keySpecs: ["SYMMETRIC_DEFAULT", "HMAC_256", "ECC_NIST_P256"],
}

/** The library, one of whose answers is another. */
const answering = <Answer>(
  Library: new () => Cryptoki,
  method: keyof Cryptoki,
  change: (answer: Answer) => Answer,
): (new () => Cryptoki) =>
  class {
    constructor() {
      const library = new Library()
      const changed = {
        get(_: Cryptoki, name: keyof Cryptoki) {
          const act = library[name]
          if (typeof act !== "function") return act
          const call = (act as (...args: unknown[]) => unknown).bind(library)
          return name === method ? (...args: unknown[]) => change(call(...args) as Answer) : call
        },
      }
      // biome-ignore lint/correctness/noConstructorReturn: what is made is the library, watched.
      return new Proxy(library, changed as ProxyHandler<Cryptoki>)
    }
  } as new () => Cryptoki

/** What an HSM error says. */
const told = (act: () => unknown): Promise<string> =>
  (async () => act())().then(
    () => "nothing",
    (error: unknown) => String(error),
  )

describe("opening a token", () => {
  const options = { library: "/nowhere.so", label: "kw", pin: () => "1234" }

  it("says how an add-on is built that npm did not build", async () => {
    const load = () => Promise.reject(new Error("Cannot find module './build/Release/pkcs11.node'"))
    expect(await told(() => openPkcs11Token({ ...options, load }))).toMatch(
      /pkcs11js is not built.*npm install-scripts approve pkcs11js.*npm rebuild pkcs11js/,
    )
  })

  it("refuses a label that no token can have", async () => {
    const load = () =>
      ({
        PKCS11: class {
          load() {}
        },
      }) as never
    for (const label of ["", "x".repeat(33)]) {
      expect(await told(() => openPkcs11Token({ ...options, label, load }))).toMatch(/TypeError/)
    }
  })
})

describe.skipIf(!hasToken)(`opening a token of SoftHSM${skipped}`, () => {
  const soft = hasToken ? softHsm() : (undefined as never)

  it("says that a library does not load, or that no token has that label", async () => {
    const options = soft.options()
    expect(await told(() => openPkcs11Token({ ...options, library: "/nowhere.so" }))).toBe(
      "HsmError: the library of the token does not load",
    )
    expect(await told(() => openPkcs11Token({ ...options, label: "another" }))).toBe(
      "HsmError: the token is not there",
    )
  })

  it("says that a PIN cannot be had, and tries none", async () => {
    const faults = tokenFaults()
    const options = { ...soft.options(), load: faults.load }
    const failing = () => {
      throw new Error("no such file: /run/secrets/pin")
    }
    expect(await told(() => openPkcs11Token({ ...options, pin: failing }))).toBe(
      "HsmError: the PIN of the token cannot be had",
    )
    for (const pin of [() => "", () => undefined as never, () => Buffer.from("1234") as never]) {
      expect(await told(() => openPkcs11Token({ ...options, pin }))).toBe(
        "HsmError: the PIN of the token is no text",
      )
    }
    expect(faults.calls).not.toContain("C_Login")
  })

  it("says that a PIN is wrong, and never tries it again", async () => {
    const faults = tokenFaults()
    const options = soft.options()
    const wrong = { ...options, load: faults.load, pin: () => "9999" }
    expect(await told(() => openPkcs11Token(wrong))).toBe(
      "HsmError: the token refuses the PIN (0xa0)",
    )
    expect(faults.calls.filter((call) => call === "C_Login")).toHaveLength(1)
    await openPkcs11Token(options).then((token) => token.close())
  })

  it("does not try a PIN again that became wrong while the token was open", async () => {
    const faults = tokenFaults()
    const options = soft.options()
    let pin = options.pin()
    const token = await openPkcs11Token({ ...options, load: faults.load, pin: () => pin })
    const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
    const sealed = await hsm.createDomain(name)
    pin = "9999"
    soft.cryptoki.C_CloseAllSessions(soft.slotOf(options.label))
    faults.plan(undefined)
    for (let i = 0; i < 5; i += 1) {
      expect(await told(() => hsm.openDomain(name, sealed))).toMatch(/the token refuses the PIN/)
    }
    expect(faults.calls.filter((call) => call === "C_Login")).toHaveLength(1)
    token.close()
  })

  it("tries no PIN that could be the last before the token locks itself", async () => {
    const faults = tokenFaults()
    const { PKCS11 } = faults.load() as { PKCS11: new () => Cryptoki }
    // CKF_USER_PIN_FINAL_TRY, which SoftHSM never says.
    const load = () => ({
      PKCS11: answering(PKCS11, "C_GetTokenInfo", (info: TokenInfo) => ({
        ...info,
        flags: info.flags | 0x20000,
      })),
    })
    expect(await told(() => openPkcs11Token({ ...soft.options(), load }))).toBe(
      "HsmError: one more wrong PIN would lock the token: log in to it once by other means",
    )
    expect(faults.calls).not.toContain("C_Login")
  })

  it("finds its token beside one that cannot be read", async () => {
    const { PKCS11 } = load() as { PKCS11: new () => Cryptoki }
    const options = soft.options()
    const others = answering(PKCS11, "C_GetTokenInfo", (info: TokenInfo) => {
      if (info.label.startsWith(options.label)) return info
      throw Object.assign(new Error("CKR"), { name: "Pkcs11Error", code: 0xe1 })
    })
    const token = await openPkcs11Token({ ...options, load: () => ({ PKCS11: others }) })
    token.close()
    const lone = { ...options, label: "another", load: () => ({ PKCS11: others }) }
    expect(await told(() => openPkcs11Token(lone))).toBe("HsmError: the token is not there (0xe1)")
  })

  it("declares no fewer specs because the token fails while it is tried out", async () => {
    const faults = tokenFaults()
    const options = { ...soft.options(), load: faults.load, mechanisms: few }
    await openPkcs11Token(options).then((token) => token.close())
    const { length } = faults.calls
    // CKR_DEVICE_ERROR, CKR_SESSION_COUNT.
    for (const code of [0x30, 0xb1]) {
      for (let at = 1; at <= length; at += 3) {
        faults.plan(at, code, "and all after it")
        expect(await told(() => openPkcs11Token(options))).toMatch(/^HsmError: the token/)
      }
    }
    faults.plan(undefined)
    const token = await openPkcs11Token(options)
    expect(token.keySpecs).toEqual(few.keySpecs)
    token.close()
  })

  it("finds the token again by itself where nobody else uses the library", async () => {
    const options = { ...soft.options(), mechanisms: few }
    const token = await openPkcs11Token({ ...options, isAlone: true })
    const shared = await openPkcs11Token(options)
    const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
    const sealed = await hsm.createDomain(name)
    const key = { token: await hsm.generateKey(binding), binding }
    for (let i = 0; i < 2; i += 1) {
      renameSync(soft.tokens, `${soft.tokens}-away`)
      for (const act of [() => hsm.rewrap(key), () => hsm.openDomain(name, sealed)]) {
        expect(await told(act)).toMatch(/^HsmError: the token (?:is not there|failed)/)
      }
      renameSync(`${soft.tokens}-away`, soft.tokens)
      expect(await told(() => hsm.rewrap(key))).toBe("nothing")
      expect(soft.countObjects(options.label)).toBe(2)
    }
    // Who shares the library meets this as a reset.
    expect(await told(() => pkcs11Seal(shared).seal(new Uint8Array(32), key.token))).toBe("nothing")
    for (const one of [token, shared]) one.close()
    const wrong = { ...options, isAlone: 1 as never }
    expect(await told(() => openPkcs11Token(wrong))).toMatch(/TypeError: `isAlone`/)
  })

  it("finds the token again that was away for a while", async () => {
    const options = soft.options()
    const token = await openPkcs11Token(options)
    const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
    await hsm.createDomain(name)
    const key = { token: await hsm.generateKey(binding), binding }
    renameSync(soft.tokens, `${soft.tokens}-away`)
    soft.cryptoki.C_Finalize()
    expect(await told(() => hsm.rewrap(key))).toMatch(
      /^HsmError: the token (?:is not there|failed)/,
    )
    renameSync(`${soft.tokens}-away`, soft.tokens)
    soft.finalize()
    expect(await told(() => hsm.rewrap(key))).toBe("nothing")
    token.close()
  })

  it("is unavailable, with all that stands on it, once it was closed", async () => {
    const token = await openPkcs11Token(soft.options())
    const seal = pkcs11Seal(token)
    const hsm = pkcs11Hsm({ token, seal })
    const sealed = await hsm.createDomain(name)
    token.close()
    for (const act of [
      () => hsm.generateKey(binding),
      () => hsm.openDomain(name, sealed),
      () => seal.seal(new Uint8Array(32), new Uint8Array(1)),
    ]) {
      expect(await told(act)).toBe("HsmError: the token was closed")
    }
  })

  it("takes a family that the host names, and none that does not fit", async () => {
    const [other] = families.filter(({ family }) => family !== "softhsm2")
    const options = soft.options()
    expect(await told(() => openPkcs11Token({ ...options, mechanisms: other as never }))).toBe(
      "HsmError: no family of mechanisms fits the token",
    )
    const [own] = families.filter(({ family }) => family === "softhsm2")
    const named = { ...own, family: "ours", keySpecs: ["SYMMETRIC_DEFAULT", "HMAC_256"] } as never
    const token = await openPkcs11Token({ ...options, mechanisms: named })
    expect(token.mechanisms.family).toBe("ours")
    expect(token.keySpecs).toEqual(["SYMMETRIC_DEFAULT", "HMAC_256"])
    token.close()
  })

  it("declares no spec whose OAEP does not work as the family says", async () => {
    const [own] = families.filter(({ family }) => family === "softhsm2")
    const oaep = { RSAES_OAEP_SHA_1: "boundary", RSAES_OAEP_SHA_256: "token" } as const
    const keySpecs = ["SYMMETRIC_DEFAULT", "RSA_2048"] as const
    const mechanisms = { ...own, oaep, keySpecs } as never
    const token = await openPkcs11Token({ ...soft.options(), mechanisms })
    expect(token.keySpecs).toEqual(["SYMMETRIC_DEFAULT"])
    token.close()
  })
})
