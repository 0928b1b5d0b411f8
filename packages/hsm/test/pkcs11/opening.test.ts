import { renameSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { families, openPkcs11Token, pkcs11Hsm, pkcs11Seal } from "../../src/pkcs11.js"
import { binding } from "../support/isolated.js"
import { hasToken, skipped, softHsm, tokenFaults } from "../support/softhsm.js"

const name = "aws/eu-central-1"

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
