import { HsmError, isHsmError } from "@keywright/core/hsm"
import { describe, expect, it } from "vitest"
import { CKR, type Handle } from "../../src/pkcs11/cryptoki.js"
import {
  codeOf,
  isOfTheMoment,
  isReset,
  isVague,
  loggedOut,
  pinFailures,
  toHsmError,
} from "../../src/pkcs11/failures.js"
import { findSlot, loadCryptoki, unless } from "../../src/pkcs11/library.js"
import { createLogIn } from "../../src/pkcs11/login.js"
import { type Fakes, handleOf, session, tokenError } from "../support/fake-token.js"

/*
 * The way to a token: its library, the login, and what its failures mean.
 */

describe("a login to a token", () => {
  const slot = handleOf("slot")
  const logging = (fakes: Fakes, pin: () => unknown = () => "1234") => {
    const made = session({ C_GetTokenInfo: () => ({ flags: 0 }), ...fakes })
    const logIn = createLogIn(made.cryptoki, pin as () => string)
    return { ...made, logIn: () => logIn(slot, made.session.handle) }
  }
  const failing = (code: number) => ({
    C_Login: () => {
      throw tokenError(code)
    },
  })

  it("is made with the PIN, as a user", () => {
    const { logIn, asked } = logging({})
    logIn()
    expect(asked).toEqual([
      ["C_GetTokenInfo", slot],
      ["C_Login", handleOf("session"), 1, "1234"],
    ])
  })

  it("may have been made by another session", () => {
    const { logIn } = logging(failing(CKR.userAlreadyLoggedIn))
    expect(logIn).not.toThrow()
  })

  it.each(pinFailures)("that the token refuses with %i is not tried again", (code) => {
    const { logIn, names } = logging(failing(code))
    expect(logIn).toThrow("CKR")
    expect(logIn).toThrow(toHsmError(tokenError(code)))
    expect(names()).toEqual(["C_GetTokenInfo", "C_Login"])
  })

  it("that fails otherwise is tried again", () => {
    const { logIn, names } = logging(failing(CKR.deviceError))
    for (let i = 0; i < 2; i += 1) expect(logIn).toThrow("CKR")
    expect(names()).toHaveLength(4)
  })

  it("that may be the last is not tried", () => {
    const { logIn, names } = logging({ C_GetTokenInfo: () => ({ flags: 0x20004 }) })
    expect(logIn).toThrow(
      "one more wrong PIN would lock the token: log in to it once by other means",
    )
    expect(names()).toEqual(["C_GetTokenInfo"])
    expect(logging({ C_GetTokenInfo: () => ({ flags: 0x10004 }) }).logIn).not.toThrow()
  })

  it.each(["", 1234, undefined])("is not tried with a PIN that is no text: %s", (pin) => {
    expect(logging({}, () => pin).logIn).toThrow("the PIN of the token is no text")
  })

  it("is not tried without a PIN, and why is its cause", () => {
    const cause = new Error("the vault is closed")
    const { logIn } = logging({}, () => {
      throw cause
    })
    expect(logIn).toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: "the PIN of the token cannot be had",
        cause,
      }),
    )
  })
})

describe("a library of a token", () => {
  const asModule = (PKCS11: unknown) => ({ PKCS11 }) as never

  it("is loaded from its path, whichever way the add-on came", async () => {
    const loaded: string[] = []
    class PKCS11 {
      load(path: string) {
        loaded.push(path)
      }
    }
    for (const module of [asModule(PKCS11), { default: { PKCS11 } } as never]) {
      expect(await loadCryptoki(() => module, "/lib/token.so")).toBeInstanceOf(PKCS11)
    }
    expect(loaded).toEqual(["/lib/token.so", "/lib/token.so"])
  })

  it("says what helps when its add-on is not there, and when it does not load", async () => {
    const cause = new Error("no such file")
    const without = loadCryptoki(() => Promise.reject(cause), "/lib/token.so")
    await expect(without).rejects.toMatchObject({ code: "unavailable", cause })
    await expect(without).rejects.toThrow(/^pkcs11js is not built: .*npm rebuild pkcs11js/)
    class PKCS11 {
      load() {
        throw cause
      }
    }
    await expect(loadCryptoki(() => asModule(PKCS11), "/a")).rejects.toMatchObject({
      code: "unavailable",
      message: "the library of the token does not load",
      cause,
    })
  })

  it("does what was done before without a word, and nothing else", () => {
    const act = (code: number) => () => {
      throw tokenError(code)
    }
    expect(() => unless(0x191, act(0x191))).not.toThrow()
    expect(() => unless(0x191, act(0x190))).toThrow("CKR")
  })

  const labelled = (...labels: (string | number)[]) =>
    session({
      C_GetSlotList: () => labels.map((_, i) => handleOf(String(i))),
      C_GetTokenInfo: (slot: Handle) => {
        const label = labels[Number(Buffer.from(slot).toString())]
        if (typeof label === "number") throw tokenError(label)
        return { label }
      },
    }).cryptoki

  it("finds the token of a label, filled up with blanks or zeros", () => {
    for (const label of ["one", "one   ", "one\0\0x"]) {
      expect(findSlot(labelled("two", label, 0x30), "one")).toEqual(handleOf("1"))
    }
  })

  it("finds none that is not there, and none of two", () => {
    expect(() => findSlot(labelled("two", " one"), "one")).toThrow("the token is not there")
    expect(() => findSlot(labelled(), "one")).toThrow("the token is not there")
    expect(() => findSlot(labelled("one", "one"), "one")).toThrow("two tokens have that label")
    expect(() => findSlot(labelled("one", "one", 0x30), "one")).toThrow("two tokens have that")
  })

  it("says why a token does not tell its name, which may be the one", () => {
    expect(() => findSlot(labelled("two", 0x30, 0x31), "one")).toThrow(
      expect.objectContaining({ code: 0x30 }),
    )
  })
})

describe("a failure of a token", () => {
  it.each([
    [CKR.pinIncorrect, "the token refuses the PIN (0xa0)"],
    [CKR.pinInvalid, "the token refuses the PIN (0xa1)"],
    [CKR.pinLenRange, "the token refuses the PIN (0xa2)"],
    [CKR.pinExpired, "the PIN of the token has expired (0xa3)"],
    [CKR.pinLocked, "the PIN of the token is locked (0xa4)"],
    [CKR.userPinNotInitialized, "the token has no PIN yet (0x102)"],
    [CKR.hostMemory, "the token has no memory left (0x2)"],
    [CKR.deviceMemory, "the token has no memory left (0x31)"],
    [CKR.slotIdInvalid, "the token is not there (0x3)"],
    [CKR.deviceRemoved, "the token is not there (0x32)"],
    [CKR.tokenNotPresent, "the token is not there (0xe0)"],
    [CKR.tokenNotRecognized, "the token is not there (0xe1)"],
    [CKR.tokenWriteProtected, "the token takes no new keys (0xe2)"],
    [CKR.sessionCount, "the token has no session left (0xb1)"],
    [CKR.generalError, "the token failed (0x5)"],
  ])("%i is told as one of an HSM", (code, message) => {
    const told = toHsmError(tokenError(code))
    expect(isHsmError(told)).toBe(true)
    expect(told).toMatchObject({ code: "unavailable", message })
  })

  it("of the add-on quotes nothing, and that of an HSM stays what it is", () => {
    expect(toHsmError(new TypeError("bytes 0102"))).toMatchObject({
      code: "unavailable",
      message: "the PKCS #11 module failed",
    })
    expect(toHsmError(undefined).message).toBe("the PKCS #11 module failed")
    const own = new HsmError("malformed", "it says so")
    expect(toHsmError(own)).toBe(own)
  })

  it("tells what kind it is of", () => {
    const kinds = (code: number) =>
      [isReset, isOfTheMoment, isVague].map((is) => is(tokenError(code)))
    expect(kinds(CKR.generalError)).toEqual([false, false, true])
    expect(kinds(CKR.functionFailed)).toEqual([false, false, true])
    expect(kinds(CKR.deviceError)).toEqual([false, true, true])
    expect(kinds(CKR.hostMemory)).toEqual([false, true, false])
    expect(kinds(CKR.deviceMemory)).toEqual([false, true, false])
    expect(kinds(CKR.sessionCount)).toEqual([false, true, false])
    expect(kinds(CKR.pinIncorrect)).toEqual([false, false, false])
    expect(kinds(CKR.sessionHandleInvalid)).toEqual([true, true, false])
    expect([isReset, isOfTheMoment, isVague].some((is) => is(new Error()))).toBe(false)
    expect(codeOf(loggedOut())).toBe(CKR.userNotLoggedIn)
    expect(codeOf(new Error("CKR_DEVICE_ERROR:48"))).toBe(CKR.deviceError)
    for (const code of ["EACCES", undefined]) {
      const error = Object.assign(new Error("CKR"), { name: "Pkcs11Error", code })
      expect(codeOf(error)).toBeUndefined()
    }
    expect(codeOf(Object.assign(new Error("no CKR"), { code: 48 }))).toBeUndefined()
    expect(codeOf({ name: "Pkcs11Error", code: 48 })).toBeUndefined()
    expect(isReset(loggedOut())).toBe(true)
  })
})
