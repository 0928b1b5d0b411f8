import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import {
  makeToken,
  openSoftHsm,
  softHsmLibrary,
  type TokenAdministration,
  tokenPin,
} from "../../../tools/src/servers/softhsm.js"
import { codeOf } from "../../src/pkcs11/failures.js"
import type { Cryptoki, Pkcs11Module } from "../../src/pkcs11.js"
import { load, tokenPlace } from "./add-on.js"

// Tokens of SoftHSM.

export const { isThere: hasToken, skipped } = tokenPlace([[softHsmLibrary, "SoftHSM"]])

/** Whether the call is made before it fails, and which others fail. */
export type FaultKind = "once it was made" | "and all after it"

/** What goes wrong in calls of the library, for whoever handed `load` in. */
export interface TokenFaults {
  readonly load: () => Pkcs11Module
  /** The calls since the last plan, by name. */
  readonly calls: string[]
  /** What the token itself refused, and with which number. */
  readonly refused: string[]
  /** From now on, the call of that number fails so; nothing fails for `undefined`. */
  plan(at: number | undefined, code?: number, which?: FaultKind): void
}

/** The library, of whose calls a chosen one fails before it is made. */
export function tokenFaults(): TokenFaults {
  const module = load()
  const { PKCS11 } = "PKCS11" in module ? module : module.default
  const calls: string[] = []
  const refused: string[] = []
  let failing: { readonly at: number; readonly last: number; readonly code: number } | undefined
  let isMadeFirst = false
  const note = (name: string): void => {
    calls.push(name)
    if (failing === undefined || calls.length < failing.at || calls.length > failing.last) return
    throw Object.assign(new Error("CKR"), { name: "Pkcs11Error", code: failing.code })
  }
  function really(name: string, call: () => unknown): unknown {
    try {
      return call()
    } catch (error) {
      refused.push(`${name} 0x${codeOf(error)?.toString(16)}`)
      throw error
    }
  }
  const wrapped = (cryptoki: Cryptoki): Cryptoki =>
    new Proxy(cryptoki, {
      get(target, name) {
        const act: unknown = Reflect.get(target, name)
        if (typeof act !== "function") return act
        return (...args: unknown[]) => {
          // A session that cannot even be closed is the token's to end.
          const isWatched = String(name).startsWith("C_") && name !== "C_CloseSession"
          if (isWatched && !isMadeFirst) note(String(name))
          const answer = really(String(name), () => act.apply(target, args))
          if (!isWatched || !isMadeFirst) return answer
          if (answer instanceof Promise) return answer.finally(() => note(String(name)))
          note(String(name))
          return answer
        }
      },
    })
  class Faulty {
    constructor() {
      // biome-ignore lint/correctness/noConstructorReturn: what is made is the library, watched.
      return wrapped(new PKCS11())
    }
  }
  return {
    load: () => ({ PKCS11: Faulty as unknown as new () => Cryptoki }),
    calls,
    refused,
    plan(at, code = 0x30, which) {
      calls.length = 0
      isMadeFirst = which === "once it was made"
      const last = which === "and all after it" ? Number.POSITIVE_INFINITY : at
      failing = at === undefined || last === undefined ? undefined : { at, last, code }
    },
  }
}

/** What a test wants of the library beside what an HSM does. */
interface Library extends TokenAdministration {
  C_CloseAllSessions(slot: Uint8Array): void
}

/** The library of this process, with tokens of its own in a folder that goes with the tests. */
export function softHsm() {
  const folder = mkdtempSync(join(tmpdir(), "keywright-softhsm-"))
  const module = load()
  const { PKCS11 } = "PKCS11" in module ? module : module.default
  const cryptoki = openSoftHsm<Library>(PKCS11, folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** A new token, ready for use; answers its label. */
  function newToken(): string {
    const label = `kw-${randomUUID().slice(0, 18)}`
    makeToken(cryptoki, label)
    return label
  }

  function slotOf(label: string): Uint8Array {
    const isIt = (slot: Uint8Array): boolean =>
      cryptoki.C_GetTokenInfo(slot).label.startsWith(label)
    return cryptoki.C_GetSlotList(true).find(isIt) as Uint8Array
  }

  /** A session in which keys are seen. Who closes the last session of a token logs out. */
  function login(tokenLabel: string): Uint8Array {
    const session = cryptoki.C_OpenSession(slotOf(tokenLabel), 6)
    if (cryptoki.C_GetSessionInfo(session).state !== 3) cryptoki.C_Login(session, 1, tokenPin)
    return session
  }

  /** How many objects stand in a token, of any kind or of a label; those of sessions count, too. */
  function countObjects(tokenLabel: string, label?: string): number {
    const session = login(tokenLabel)
    cryptoki.C_FindObjectsInit(session, label === undefined ? [] : [{ type: 3, value: label }])
    const { length } = cryptoki.C_FindObjects(session, 1000)
    cryptoki.C_FindObjectsFinal(session)
    cryptoki.C_CloseSession(session)
    return length
  }

  function logOut(label: string): void {
    const session = cryptoki.C_OpenSession(slotOf(label), 6)
    cryptoki.C_Logout(session)
    cryptoki.C_CloseSession(session)
  }

  /** Ends the library, if it is not ended. */
  function finalize(): void {
    try {
      cryptoki.C_Finalize()
    } catch {
      // It is.
    }
  }

  return {
    cryptoki,
    tokens: join(folder, "tokens"),
    login,
    logOut,
    finalize,
    slotOf,
    countObjects,
    options: () => ({ load, library: softHsmLibrary, label: newToken(), pin: () => tokenPin }),
  }
}
