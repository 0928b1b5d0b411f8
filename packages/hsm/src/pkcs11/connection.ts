import { HsmError } from "@keywright/core/hsm"
import { CKF, CKR, type Cryptoki, type Handle } from "./cryptoki.js"
import { isReset, isVague, toHsmError } from "./failures.js"
import { findSlot, labelLength, unless } from "./library.js"
import { createLogIn } from "./login.js"

export interface TokenPlace {
  /** The path of the library that the maker of the token hands out. */
  readonly library: string
  /** What the library is initialized with, where it asks for a text: NSS does. */
  readonly parameters?: string
  /** The label of the token. */
  readonly label: string
  /** Asked whenever the token wants a login. A text of JavaScript cannot be wiped. */
  readonly pin: () => string
  /**
   * Whether this is all that the process uses the library for. Then the library is ended and begun
   * anew when it has lost its token, which some find again in no other way. Default: false.
   */
  readonly isAlone?: boolean
}

/** One session, for as long as one piece of work takes. */
export interface Session {
  readonly cryptoki: Cryptoki
  readonly handle: Handle
  /** Another one after every reset: handles that were found before it count no more. */
  readonly login: object
}

export interface Connection {
  /** Works in a session. What fails because the token was reset is done again, once. */
  use<T>(work: (session: Session) => T): T
  /** The same for work that waits; one at a time. */
  useLater<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** The same in a session that ends with it, and all objects that were made in it. */
  useAndEnd<T>(work: (session: Session) => Promise<T>): Promise<T>
  slot(): Handle
  close(): void
}

function checkPlace({ label, parameters, isAlone = false }: TokenPlace): void {
  if (label === "" || label.length > labelLength) {
    throw new TypeError(`\`label\` must have 1 to ${labelLength} characters`)
  }
  if (parameters !== undefined && typeof parameters !== "string") {
    throw new TypeError("`parameters` must be a text")
  }
  if (typeof isAlone !== "boolean") throw new TypeError("`isAlone` must be true or false")
}

/** Whether the library has lost the token of a slot, which then cannot even tell its name. */
function isLost(cryptoki: Cryptoki, slot: Handle | undefined, error: unknown): boolean {
  if (slot === undefined) return true
  if (!isVague(error)) return false
  try {
    cryptoki.C_GetTokenInfo(slot)
    return false
  } catch {
    return true
  }
}

export function createConnection(cryptoki: Cryptoki, place: TokenPlace): Connection {
  const { label, pin, parameters, isAlone = false } = place
  checkPlace(place)
  const logIn = createLogIn(cryptoki, pin)
  let idle: Handle[] = []
  let found: Handle | undefined
  let login: object | undefined
  let isClosed = false
  /** How much work waits for the library, which is not ended beneath it. */
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()

  function slot(): Handle {
    if (found !== undefined) return found
    const flags = CKF.osLockingOk
    const options = parameters === undefined ? { flags } : { flags, libraryParameters: parameters }
    unless(CKR.cryptokiAlreadyInitialized, () => cryptoki.C_Initialize(options))
    found = findSlot(cryptoki, label)
    return found
  }

  function take(): Session {
    if (isClosed) throw new HsmError("unavailable", "the token was closed")
    const handle =
      idle.pop() ?? cryptoki.C_OpenSession(slot(), CKF.serialSession | CKF.readWriteSession)
    try {
      if (login === undefined) logIn(slot(), handle)
    } catch (error) {
      end(handle)
      throw error
    }
    login ??= {}
    return { cryptoki, handle, login }
  }

  /** With a session go its objects and whatever it was in the middle of. */
  function end(handle: Handle): void {
    try {
      cryptoki.C_CloseSession(handle)
    } catch {
      // It is gone already.
    }
  }

  function forget(): void {
    for (const handle of idle) end(handle)
    idle = []
    found = undefined
    login = undefined
  }

  function giveBack({ handle, login: its }: Session): void {
    if (isClosed || its !== login) end(handle)
    else idle.push(handle)
  }

  /** What `take` did went wrong, or what was done in that session. */
  function fail(error: unknown, session: Session | undefined): void {
    if (session !== undefined) end(session.handle)
    if (isReset(error) && (session === undefined || session.login === login)) forget()
  }

  /** Ends the library, which the next call begins anew. */
  function finalize(): void {
    forget()
    try {
      cryptoki.C_Finalize()
    } catch {
      // It is ended already.
    }
  }

  /** Whether it is worth another try; what is needed for that is done. */
  function isMended(error: unknown, session: Session | undefined): boolean {
    const isBegunAnew = isAlone && !isClosed && waiting === 0 && isLost(cryptoki, found, error)
    fail(error, session)
    if (isBegunAnew) finalize()
    return isBegunAnew || isReset(error)
  }

  function use<T>(work: (session: Session) => T): T {
    for (let isAgain = false; ; isAgain = true) {
      let session: Session | undefined
      try {
        session = take()
        const result = work(session)
        giveBack(session)
        return result
      } catch (error) {
        if (!isMended(error, session) || isAgain) throw toHsmError(error)
      }
    }
  }

  async function awaited<T>(work: Promise<T>): Promise<T> {
    waiting += 1
    try {
      return await work
    } finally {
      waiting -= 1
    }
  }

  async function useAwaited<T>(
    work: (session: Session) => Promise<T>,
    leave: (session: Session) => void,
  ): Promise<T> {
    for (let isAgain = false; ; isAgain = true) {
      let session: Session | undefined
      try {
        session = take()
        const result = await awaited(work(session))
        leave(session)
        return result
      } catch (error) {
        if (!isMended(error, session) || isAgain) throw toHsmError(error)
      }
    }
  }

  return {
    use,
    useLater(work) {
      const done = turn.then(() => useAwaited(work, giveBack))
      turn = done.catch(() => undefined)
      return done
    },
    useAndEnd: (work) => useAwaited(work, ({ handle }) => end(handle)),
    slot: () => use(() => slot()),
    close() {
      forget()
      isClosed = true
    },
  }
}
