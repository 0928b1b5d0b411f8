import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import type { Cryptoki } from "@keywright/hsm/pkcs11"

export const softHsmLibrary = "/usr/lib/softhsm/libsofthsm2.so"
export const tokenPin = "1234"

/** What makes tokens: more than an HSM needs of the library. */
export interface TokenAdministration extends Cryptoki {
  C_InitToken(slot: Uint8Array, pin: string, label: string): string
  C_InitPIN(session: Uint8Array, pin: string): void
  C_Logout(session: Uint8Array): void
  C_Finalize(): void
}

/** Source: PKCS #11, CKR_CRYPTOKI_ALREADY_INITIALIZED. */
const alreadyInitialized = 0x191

/** Source: PKCS #11, CKF_RW_SESSION and CKF_SERIAL_SESSION; CKU_SO. */
const readAndWrite = 6
const securityOfficer = 0

/** Opens the library of this process, whose tokens are in a folder that is made for them. */
export function openSoftHsm<Library extends TokenAdministration>(
  library: new () => Cryptoki,
  folder: string,
): Library {
  const tokens = join(folder, "tokens")
  mkdirSync(tokens)
  writeFileSync(join(folder, "conf"), `directories.tokendir = ${tokens}\nlog.level = ERROR\n`)
  process.env["SOFTHSM2_CONF"] = join(folder, "conf")
  const cryptoki = new library() as Library
  cryptoki.load(softHsmLibrary)
  try {
    cryptoki.C_Initialize({ flags: 2 })
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== alreadyInitialized) throw error
    // It was opened before, with the tokens of another folder.
    cryptoki.C_Finalize()
    cryptoki.C_Initialize({ flags: 2 })
  }
  return cryptoki
}

/** Makes a token that is ready for use, in the slot that is free. */
export function makeToken(cryptoki: TokenAdministration, label: string): void {
  const slot = cryptoki.C_GetSlotList(true).at(-1) as Uint8Array
  cryptoki.C_InitToken(slot, "so-pin", label.padEnd(32))
  const session = cryptoki.C_OpenSession(slot, readAndWrite)
  cryptoki.C_Login(session, securityOfficer, "so-pin")
  cryptoki.C_InitPIN(session, tokenPin)
  cryptoki.C_Logout(session)
  cryptoki.C_CloseSession(session)
}
