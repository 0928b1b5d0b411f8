import { describe, expect, it } from "vitest"
import { createConnection, type TokenPlace } from "../../src/pkcs11/connection.js"
import { CKR } from "../../src/pkcs11/cryptoki.js"
import { type Fakes, handleOf, session, tokenError } from "../support/fake-token.js"

/*
 * Sessions of a token: how many there are, what becomes of them, and what is done again.
 */

const slot = handleOf("slot")

function connecting(fakes: Fakes = {}, place: Partial<TokenPlace> = {}) {
  let sessions = 0
  const made = session({
    C_GetSlotList: () => [slot],
    C_GetTokenInfo: () => ({ label: "one", flags: 0 }),
    C_OpenSession: () => {
      sessions += 1
      return handleOf(`session ${sessions}`)
    },
    ...fakes,
  })
  const whole: TokenPlace = { library: "/lib/token.so", label: "one", pin: () => "1234", ...place }
  const connection = createConnection(made.cryptoki, whole)
  const count = (name: string) => made.names().filter((one) => one === name).length
  const closed = () =>
    made.asked.flatMap(([name, handle]) => (name === "C_CloseSession" ? [String(handle)] : []))
  return { ...made, connection, count, closed }
}

/** Work that fails at first, and answers then. */
const failingOnce = (code: number, times = 1) => {
  let left = times
  return () => {
    left -= 1
    if (left >= 0) throw tokenError(code)
    return "done"
  }
}

describe("a place of a token", () => {
  it.each([
    ["no label", { label: "" }, "`label` must have 1 to 32 characters"],
    ["a long label", { label: "a".repeat(33) }, "`label` must have 1 to 32 characters"],
    ["parameters that are no text", { parameters: 7 }, "`parameters` must be a text"],
    ["a state that is none", { isAlone: "yes" }, "`isAlone` must be true or false"],
  ] as [string, Partial<TokenPlace>, string][])("with %s is none", (_, place, says) => {
    expect(() => connecting({}, place)).toThrow(new TypeError(says))
  })
})

describe("a connection to a token", () => {
  it("opens a session, logs in, and uses both again", () => {
    const { connection, asked, names } = connecting()
    const seen = [1, 2].map(() => connection.use(({ handle, login }) => [String(handle), login]))
    expect(seen.map(([handle]) => handle)).toEqual(["session 1", "session 1"])
    expect(seen[0]?.[1]).toBe(seen[1]?.[1])
    expect(names()).toEqual([
      "C_Initialize",
      "C_GetSlotList",
      "C_GetTokenInfo",
      "C_OpenSession",
      "C_GetTokenInfo",
      "C_Login",
    ])
    expect(asked[0]).toEqual(["C_Initialize", { flags: 2 }])
    expect(asked[3]).toEqual(["C_OpenSession", slot, 6])
  })

  it("begins the library with what it asks for", () => {
    const { connection, asked } = connecting({}, { parameters: "configdir=/a" })
    expect(connection.slot()).toBe(slot)
    expect(asked[0]).toEqual(["C_Initialize", { flags: 2, libraryParameters: "configdir=/a" }])
  })

  it("takes a library that was begun by others, and no other refusal", () => {
    const begun = (code: number) => ({
      C_Initialize: () => {
        throw tokenError(code)
      },
    })
    expect(connecting(begun(CKR.cryptokiAlreadyInitialized)).connection.slot()).toBe(slot)
    expect(() => connecting(begun(CKR.argumentsBad)).connection.slot()).toThrow(
      expect.objectContaining({ code: "unavailable", message: "the token failed (0x7)" }),
    )
  })

  it("has as many sessions as work at once, and gives each back", async () => {
    const { connection, count } = connecting()
    connection.use(() => {
      connection.use(() => undefined)
    })
    expect(count("C_OpenSession")).toBe(2)
    connection.use(() => connection.use(() => undefined))
    expect([count("C_OpenSession"), count("C_Login")]).toEqual([2, 1])
  })

  it("ends a session in which something failed, and the failure is one of an HSM", () => {
    const { connection, closed, count } = connecting()
    expect(() => connection.use(failingOnce(CKR.encryptedDataInvalid))).toThrow(
      expect.objectContaining({ code: "unavailable", message: "the token failed (0x40)" }),
    )
    expect(closed()).toEqual(["session 1"])
    connection.use(() => undefined)
    expect([count("C_OpenSession"), count("C_Login")]).toEqual([2, 1])
  })

  it("does again, once, what failed because the token was reset", () => {
    const { connection, count, closed } = connecting()
    connection.use(() => connection.use(() => undefined))
    expect(connection.use(failingOnce(CKR.sessionHandleInvalid))).toBe("done")
    expect(closed().sort()).toEqual(["session 1", "session 2"])
    expect([count("C_OpenSession"), count("C_Login"), count("C_GetSlotList")]).toEqual([3, 2, 2])
    expect(() => connection.use(failingOnce(CKR.sessionHandleInvalid, 2))).toThrow("(0xb3)")
  })

  it("is another login after a reset, whose sessions alone are used again", () => {
    const { connection, closed } = connecting()
    const logins: object[] = []
    connection.use(({ login }) => {
      logins.push(login)
      connection.use(failingOnce(CKR.sessionClosed))
      connection.use(({ login: other }) => logins.push(other))
    })
    expect(logins[0]).not.toBe(logins[1])
    // The one that was in use while the token was reset is not used again.
    expect(closed()).toContain("session 1")
    const [handle] = [connection.use((its) => String(its.handle))]
    expect(handle).not.toBe("session 1")
  })

  it("does not log in again when an older session fails", () => {
    const { connection, count } = connecting()
    let tries = 0
    connection.use(() => {
      tries += 1
      if (tries > 1) return
      connection.use(failingOnce(CKR.sessionClosed))
      throw tokenError(CKR.sessionClosed)
    })
    expect([tries, count("C_Login")]).toEqual([2, 2])
  })

  it("ends a session whose login failed, and asks for no second one", () => {
    const { connection, closed, count } = connecting({
      C_Login: () => {
        throw tokenError(CKR.pinIncorrect)
      },
    })
    for (let i = 0; i < 2; i += 1) {
      expect(() => connection.use(() => undefined)).toThrow("the token refuses the PIN (0xa0)")
    }
    expect(count("C_Login")).toBe(1)
    expect(closed()).toEqual(["session 1", "session 2"])
  })

  it("minds no session that is gone already", () => {
    const { connection } = connecting({
      C_CloseSession: () => {
        throw tokenError(CKR.sessionHandleInvalid)
      },
    })
    expect(connection.use(failingOnce(CKR.sessionHandleInvalid))).toBe("done")
    connection.close()
  })

  it("does nothing more once it is closed, and ends its sessions", () => {
    const { connection, closed } = connecting()
    connection.use(() => connection.use(() => undefined))
    connection.use(() => {
      connection.close()
    })
    expect(closed().sort()).toEqual(["session 1", "session 2"])
    for (const act of [() => connection.use(() => undefined), () => connection.slot()]) {
      expect(act).toThrow("the token was closed")
    }
  })
})

describe("work that waits for a token", () => {
  it("is done one at a time, in its order, also after one that failed", async () => {
    const { connection, count } = connecting()
    const acts: string[] = []
    const work = (name: string) => async () => {
      acts.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      acts.push(`${name} ends`)
      if (name === "one") throw tokenError(CKR.generalError)
      return name
    }
    const all = await Promise.allSettled(
      ["one", "two"].map((name) => connection.useLater(work(name))),
    )
    expect(all).toMatchObject([{ reason: { message: "the token failed (0x5)" } }, { value: "two" }])
    expect(acts).toEqual(["one begins", "one ends", "two begins", "two ends"])
    expect(count("C_OpenSession")).toBe(2)
  })

  it("is done again, once, when the token was reset", async () => {
    const { connection } = connecting()
    const work = failingOnce(CKR.deviceRemoved)
    expect(await connection.useLater(async () => work())).toBe("done")
    const never = failingOnce(CKR.deviceRemoved, 2)
    await expect(connection.useLater(async () => never())).rejects.toThrow("(0x32)")
  })

  it("has a session that ends with it, where it makes objects", async () => {
    const { connection, closed, count } = connecting()
    expect(await connection.useAndEnd(async () => "made")).toBe("made")
    expect(closed()).toEqual(["session 1"])
    expect(await connection.useLater(async () => "used")).toBe("used")
    expect(closed()).toEqual(["session 1"])
    expect(count("C_OpenSession")).toBe(2)
  })
})

describe("a library that has lost its token", () => {
  const losing = (place: Partial<TokenPlace>) => {
    let isLost = false
    const made = connecting(
      {
        C_GetTokenInfo: () => {
          if (isLost) throw tokenError(CKR.deviceError)
          return { label: "one", flags: 0 }
        },
        C_Finalize: () => {
          isLost = false
        },
      },
      place,
    )
    const lose = () => {
      isLost = true
    }
    return { ...made, lose }
  }

  it("is ended and begun anew, where nobody else uses it", () => {
    const { connection, lose, count } = losing({ isAlone: true })
    connection.use(() => undefined)
    lose()
    expect(connection.use(failingOnce(CKR.generalError))).toBe("done")
    expect([count("C_Finalize"), count("C_Initialize"), count("C_Login")]).toEqual([1, 2, 2])
  })

  it("is not ended where others may use it, nor where it has its token", () => {
    const shared = losing({})
    shared.connection.use(() => undefined)
    shared.lose()
    expect(() => shared.connection.use(failingOnce(CKR.generalError))).toThrow("(0x5)")
    const there = losing({ isAlone: true })
    there.connection.use(() => undefined)
    expect(() => there.connection.use(failingOnce(CKR.generalError))).toThrow("(0x5)")
    for (const { count } of [shared, there]) expect(count("C_Finalize")).toBe(0)
  })

  it("is not ended for a failure that says what it is", () => {
    const { connection, lose, count } = losing({ isAlone: true })
    connection.use(() => undefined)
    lose()
    expect(() => connection.use(failingOnce(CKR.encryptedDataInvalid))).toThrow("(0x40)")
    expect(count("C_Finalize")).toBe(0)
  })

  it("is not ended beneath work that waits for it, nor once it is closed", async () => {
    const { connection, lose, count } = losing({ isAlone: true })
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const waiting = connection.useLater(() => held)
    await new Promise((resolve) => setImmediate(resolve))
    lose()
    expect(() => connection.use(failingOnce(CKR.generalError))).toThrow("(0x5)")
    letGo()
    await waiting
    connection.close()
    expect(() => connection.use(() => undefined)).toThrow("the token was closed")
    expect(count("C_Finalize")).toBe(0)
  })

  it("is begun anew when it cannot even name its tokens, ended or not", () => {
    let failures = 1
    const { connection, count } = connecting(
      {
        C_GetSlotList: () => {
          failures -= 1
          if (failures >= 0) throw tokenError(CKR.functionFailed)
          return [slot]
        },
        C_Finalize: () => {
          throw tokenError(CKR.cryptokiNotInitialized)
        },
      },
      { isAlone: true },
    )
    expect(connection.use(() => "done")).toBe("done")
    expect([count("C_Finalize"), count("C_Initialize")]).toEqual([1, 2])
  })
})
