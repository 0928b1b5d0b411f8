import { HsmError } from "@keywright/core/hsm"
import { CKR, CKU, type Cryptoki, type Handle, userPinFinalTry } from "./cryptoki.js"
import { codeOf, pinFailures, toHsmError } from "./failures.js"
import { unless } from "./library.js"

/** Logs in to a token, in a session of its slot. */
export type LogIn = (slot: Handle, session: Handle) => void

/** A login that locks no token: it tries no wrong PIN twice, and none that may be the last. */
export function createLogIn(cryptoki: Cryptoki, pin: () => string): LogIn {
  let refused: HsmError | undefined

  function askPin(): string {
    let asked: unknown
    try {
      asked = pin()
    } catch (error) {
      throw new HsmError("unavailable", "the PIN of the token cannot be had", { cause: error })
    }
    if (typeof asked === "string" && asked !== "") return asked
    throw new HsmError("unavailable", "the PIN of the token is no text")
  }

  /** Others have tried wrong PINs, or this one in another process: no PIN of ours is the last. */
  function assertNotLastTry(slot: Handle): void {
    if ((cryptoki.C_GetTokenInfo(slot).flags & userPinFinalTry) === 0) return
    throw new HsmError(
      "unavailable",
      "one more wrong PIN would lock the token: log in to it once by other means",
    )
  }

  return (slot, session) => {
    // A token counts wrong PINs and locks itself: whoever holds another PIN opens it anew.
    if (refused !== undefined) throw refused
    assertNotLastTry(slot)
    try {
      unless(CKR.userAlreadyLoggedIn, () => cryptoki.C_Login(session, CKU.user, askPin()))
    } catch (error) {
      if (pinFailures.includes(codeOf(error) ?? -1)) refused = toHsmError(error)
      throw error
    }
  }
}
