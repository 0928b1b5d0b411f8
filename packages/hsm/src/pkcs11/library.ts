import { HsmError } from "@keywright/core/hsm"
import type { Cryptoki, Handle, Pkcs11Module } from "./cryptoki.js"
import { codeOf } from "./failures.js"

const remedy =
  "pkcs11js is not built: npm runs no install script that was not approved. " +
  "Run `npm install-scripts approve pkcs11js` and `npm rebuild pkcs11js`; " +
  "pnpm asks for it in `onlyBuiltDependencies`, and `--permission` for `--allow-addons`"

/** Loads the add-on and the library. Throws {@link HsmError} and says what helps. */
export async function loadCryptoki(
  load: () => Pkcs11Module | Promise<Pkcs11Module>,
  library: string,
): Promise<Cryptoki> {
  let module: Pkcs11Module
  try {
    module = await load()
  } catch (error) {
    throw new HsmError("unavailable", remedy, { cause: error })
  }
  const { PKCS11 } = "PKCS11" in module ? module : module.default
  try {
    const cryptoki = new PKCS11()
    cryptoki.load(library)
    return cryptoki
  } catch (error) {
    throw new HsmError("unavailable", "the library of the token does not load", { cause: error })
  }
}

/** Does what may have been done already, by another thread of this process. */
export function unless(done: number, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (codeOf(error) !== done) throw error
  }
}

/** Source: PKCS #11 2.40, CK_TOKEN_INFO. */
export const labelLength = 32

/** Labels are filled up with blanks, and by some who initialize tokens with zeros. */
const trimmed = (label: string): string => (label.split("\0", 1)[0] ?? "").trimEnd()

/** Where the token of that label is. Throws what keeps it from being found. */
export function findSlot(cryptoki: Cryptoki, label: string): Handle {
  let failure: unknown
  const named = cryptoki.C_GetSlotList(true).filter((slot) => {
    try {
      return trimmed(cryptoki.C_GetTokenInfo(slot).label) === label
    } catch (error) {
      // It may be another token that does not even tell its name.
      failure ??= error
      return false
    }
  })
  const [slot] = named
  if (slot !== undefined && named.length === 1) return slot
  if (slot === undefined && failure !== undefined) throw failure
  throw new HsmError(
    "unavailable",
    named.length === 0 ? "the token is not there" : "two tokens have that label",
  )
}
