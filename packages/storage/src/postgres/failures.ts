import { StorageError } from "../storage-error.js"

/*
 * What a failure of a statement means.
 *
 * Source: PostgreSQL, appendix A, "PostgreSQL Error Codes".
 */

/** The code of the server's answer, if it is one; those of sockets have no digit. */
function sqlStateOf(error: unknown): string | undefined {
  const code = String((error as { readonly code?: unknown } | null)?.code ?? "")
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** The connection is gone, or the server is about to close it. */
const isOfConnection = (state: string): boolean => state.startsWith("08") || state.startsWith("57P")

/** Whether the statement failed and its connection is as good as before. */
export function isOfStatement(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== undefined && !isOfConnection(state)
}

/** Of a standby, which takes no writes: the primary is elsewhere. */
const readOnly = "25006"

/**
 * A connection does not have what was prepared on it, or has it from somebody else: a pooler hands
 * each transaction to another one.
 */
const preparations: readonly string[] = ["26000", "42P05"]

export const isOfPreparation = (error: unknown): boolean =>
  preparations.includes(sqlStateOf(error) ?? "")

/** Codes after which the same statement may well succeed: nothing of it was done. */
const passing: readonly string[] = [
  readOnly,
  ...preparations,
  "40001", // serialization failure
  "40P01", // deadlock
  "53300", // too many connections
  "55P03", // a lock that was not to be had
]

/**
 * Whether a statement is worth another attempt: there is nobody at the other end, or the server
 * says that it may go better.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof StorageError || error instanceof TypeError) return false
  const state = sqlStateOf(error)
  return state === undefined || isOfConnection(state) || passing.includes(state)
}

/**
 * The error of the storage for one of the driver, whose message may show values. Never a
 * `TypeError` or `busy`, which say that nothing was written: of an attempt before, nobody knows.
 */
export function toStorageError(error: unknown): unknown {
  if (error instanceof StorageError) return error
  const state = sqlStateOf(error)
  if (state === "KW001") return noStandby()
  if (state === readOnly) {
    return new StorageError("failed", "PostgreSQL is a standby: no primary was found")
  }
  const what = state === undefined ? "PostgreSQL cannot be reached" : `PostgreSQL failed: ${state}`
  return new StorageError("failed", what, { cause: error })
}

export const noStandby = (): StorageError =>
  new StorageError(
    "failed",
    'the primary waits for no standby (`synchronous_standby_names`): `durability` is "replicated"',
  )

/** As a standby itself refuses what writes. */
export const isStandby = (): Error => Object.assign(new Error("a standby"), { code: readOnly })

/** The commit stands where it was made, and perhaps nowhere else. */
export const notReplicated = (): StorageError =>
  new StorageError(
    "failed",
    "the wait for a standby was cancelled: whether the commit would outlive the primary is unknown",
  )

/**
 * Whether a notice says that a commit stands here and perhaps on no standby: the wait for one was
 * cancelled, and the commit is reported as any other. Its words depend on a language, and its code
 * is that of every warning; where in the server it comes from does not.
 *
 * Source: PostgreSQL, section 55.8, "Error and Notice Message Fields": F, the file name.
 */
export const isOfReplication = (notice: unknown): boolean =>
  (notice as { readonly file?: unknown } | null)?.file === "syncrep.c"
