import { randomUUID } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import type { Cryptoki, Pkcs11Module } from "../../src/pkcs11.js"

// Tokens of SoftHSM, with the add-on that the tools have installed where it could be compiled.

const library = "/usr/lib/softhsm/libsofthsm2.so"
const pin = "1234"
const require = createRequire(new URL("../../../tools/package.json", import.meta.url))
const load = (): Pkcs11Module => require("pkcs11js")

function whatIsMissing(): string | undefined {
  if (!existsSync(library)) return "SoftHSM is not installed"
  try {
    load()
  } catch {
    return "the add-on was not compiled"
  }
  return undefined
}

const missing = whatIsMissing()
// In CI nothing may be missing.
if (missing !== undefined && process.env["CI"] === "true") throw new Error(missing)

export const hasToken = missing === undefined
/** For the name of a test that cannot run here. */
export const skipped = missing === undefined ? "" : ` (skipped: ${missing})`

/** What a test wants of the library beyond what an HSM does. */
interface AdminCryptoki extends Cryptoki {
  C_InitToken(slot: Uint8Array, pin: string, label: string): string
  C_InitPIN(session: Uint8Array, pin: string): void
  C_Logout(session: Uint8Array): void
  C_Finalize(): void
  C_CloseAllSessions(slot: Uint8Array): void
}

/** The library of this process, with tokens of its own in a folder that goes with the tests. */
export function softHsm() {
  const folder = mkdtempSync(join(tmpdir(), "keywright-softhsm-"))
  const tokens = join(folder, "tokens")
  mkdirSync(tokens)
  writeFileSync(join(folder, "conf"), `directories.tokendir = ${tokens}\nlog.level = ERROR\n`)
  process.env["SOFTHSM2_CONF"] = join(folder, "conf")
  const module = load()
  const { PKCS11 } = "PKCS11" in module ? module : module.default
  const cryptoki = new PKCS11() as AdminCryptoki
  cryptoki.load(library)
  cryptoki.C_Initialize({ flags: 2 })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** A new token, ready for use; answers its label. */
  function makeToken(): string {
    const label = `kw-${randomUUID().slice(0, 18)}`
    const slot = cryptoki.C_GetSlotList(true).at(-1) as Uint8Array
    cryptoki.C_InitToken(slot, "so-pin", label.padEnd(32))
    const session = cryptoki.C_OpenSession(slot, 6)
    cryptoki.C_Login(session, 0, "so-pin")
    cryptoki.C_InitPIN(session, pin)
    cryptoki.C_Logout(session)
    cryptoki.C_CloseSession(session)
    return label
  }

  function slotOf(label: string): Uint8Array {
    const isIt = (slot: Uint8Array): boolean =>
      cryptoki.C_GetTokenInfo(slot).label.startsWith(label)
    return cryptoki.C_GetSlotList(true).find(isIt) as Uint8Array
  }

  /** How many objects stand in a token, of any kind or of a label; those of sessions count, too. */
  function countObjects(tokenLabel: string, label?: string): number {
    const session = cryptoki.C_OpenSession(slotOf(tokenLabel), 6)
    cryptoki.C_FindObjectsInit(session, label === undefined ? [] : [{ type: 3, value: label }])
    const { length } = cryptoki.C_FindObjects(session, 1000)
    cryptoki.C_FindObjectsFinal(session)
    cryptoki.C_CloseSession(session)
    return length
  }

  return {
    cryptoki,
    tokens,
    slotOf,
    countObjects,
    options: () => ({ load, library, label: makeToken(), pin: () => pin }),
  }
}
