import { HsmError, isHsmError } from "@keywright/core/hsm"
import { CKR } from "./cryptoki.js"

/** What the add-on throws. Of C_CreateObject `pkcs11js` hands it on as it is. */
const addOnText = /^CKR_\w+:(\d+)/

/** The number that a token answered with; `undefined` where it was no token that failed. */
export function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name !== "Pkcs11Error") {
    const [, digits] = addOnText.exec(error.message) ?? []
    return digits === undefined ? undefined : Number(digits)
  }
  return "code" in error && typeof error.code === "number" ? error.code : undefined
}

/** What a token says when it was reset, or when somebody else ended our sessions. */
const afterReset: readonly number[] = [
  CKR.sessionClosed,
  CKR.sessionHandleInvalid,
  CKR.userNotLoggedIn,
  CKR.cryptokiNotInitialized,
  CKR.keyHandleInvalid,
  CKR.objectHandleInvalid,
  CKR.wrappingKeyHandleInvalid,
  CKR.unwrappingKeyHandleInvalid,
  CKR.slotIdInvalid,
  CKR.deviceRemoved,
  CKR.tokenNotPresent,
  CKR.tokenNotRecognized,
]

/** Whether all may be well again once sessions and keys are opened afresh. */
export const isReset = (error: unknown): boolean => afterReset.includes(codeOf(error) ?? -1)

/** What a token says that has not what a call needs just now. */
const notNow: readonly number[] = [
  CKR.hostMemory,
  CKR.deviceError,
  CKR.deviceMemory,
  CKR.sessionCount,
  ...afterReset,
]

/** Whether a failure tells of the state of a token, and nothing of what it can do. */
export const isOfTheMoment = (error: unknown): boolean => notNow.includes(codeOf(error) ?? -1)

/** What a library says whose token is no more, among other things. */
const vague: readonly number[] = [CKR.generalError, CKR.functionFailed, CKR.deviceError]

export const isVague = (error: unknown): boolean => vague.includes(codeOf(error) ?? -1)

/** As if the token had said that nobody is logged in: it says so of uses, and not of searches. */
export const loggedOut = (): Error =>
  Object.assign(new Error("CKR_USER_NOT_LOGGED_IN"), {
    name: "Pkcs11Error",
    code: CKR.userNotLoggedIn,
  })

/** Answers after which a PIN is not tried again: tokens lock themselves after a few wrong ones. */
export const pinFailures: readonly number[] = [
  CKR.pinIncorrect,
  CKR.pinInvalid,
  CKR.pinLenRange,
  CKR.pinExpired,
  CKR.pinLocked,
  CKR.userPinNotInitialized,
]

const texts: { readonly [code: number]: string } = {
  [CKR.pinIncorrect]: "the token refuses the PIN",
  [CKR.pinInvalid]: "the token refuses the PIN",
  [CKR.pinLenRange]: "the token refuses the PIN",
  [CKR.pinExpired]: "the PIN of the token has expired",
  [CKR.pinLocked]: "the PIN of the token is locked",
  [CKR.userPinNotInitialized]: "the token has no PIN yet",
  [CKR.hostMemory]: "the token has no memory left",
  [CKR.deviceMemory]: "the token has no memory left",
  [CKR.slotIdInvalid]: "the token is not there",
  [CKR.deviceRemoved]: "the token is not there",
  [CKR.tokenNotPresent]: "the token is not there",
  [CKR.tokenNotRecognized]: "the token is not there",
  [CKR.tokenWriteProtected]: "the token takes no new keys",
  [CKR.sessionCount]: "the token has no session left",
}

/** The failure of a token as an HSM has it. It quotes nothing that was handed to the token. */
export function toHsmError(error: unknown): HsmError {
  if (isHsmError(error)) return error as HsmError
  const code = codeOf(error)
  const text = code === undefined ? "the PKCS #11 module failed" : texts[code]
  const name = code === undefined ? "" : ` (0x${code.toString(16)})`
  return new HsmError("unavailable", `${text ?? "the token failed"}${name}`)
}
