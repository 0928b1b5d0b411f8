import { expect } from "vitest"
import { type AnyKmsError, isKmsError, type KmsErrorName } from "../../src/vocabulary/errors.js"

/** The error that a call ends with; a call that succeeds, or throws anything else, fails. */
export async function refusalOf(call: Promise<unknown>): Promise<AnyKmsError> {
  let reply: unknown
  try {
    reply = await call
  } catch (error) {
    if (isKmsError(error)) return error
    throw new Error(`the call threw something that is no KmsError: ${String(error)}`, {
      cause: error,
    })
  }
  throw new Error(`the call was expected to be refused, and answered ${JSON.stringify(reply)}`)
}

/** Expects a refusal by name, and by its exact message where one is given. */
export async function expectRefusal(
  call: Promise<unknown>,
  name: KmsErrorName,
  message?: string | RegExp,
): Promise<AnyKmsError> {
  const error = await refusalOf(call)
  expect(error.name, error.message).toBe(name)
  if (typeof message === "string") expect(error.message).toBe(message)
  else if (message !== undefined) expect(error.message).toMatch(message)
  return error
}

/** How a call ended, in one line: for tables of outcomes. */
export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "OK",
    (error: unknown) => {
      if (!isKmsError(error)) throw error
      return error.name
    },
  )
