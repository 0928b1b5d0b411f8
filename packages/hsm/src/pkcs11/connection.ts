import { HsmError } from "@keywright/core/hsm"
import { CKF, CKR, CKU, type Cryptoki, type Handle, type Pkcs11Module } from "./cryptoki.js"
import { codeOf, isReset, pinFailures, toHsmError } from "./failures.js"

export interface TokenPlace {
  /** The path of the library that the maker of the token hands out. */
  readonly library: string
  /** What the library is initialized with, where it asks for a text: NSS does. */
  readonly parameters?: string
  /** The label of the token. */
  readonly label: string
  /** Asked whenever the token wants a login. A text of JavaScript cannot be wiped. */
  readonly pin: () => string
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
function unless(done: number, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (codeOf(error) !== done) throw error
  }
}

/** Source: PKCS #11 2.40, CK_TOKEN_INFO. */
const labelLength = 32

/** Labels are filled up with blanks, and by some who initialize tokens with zeros. */
const trimmed = (label: string): string => (label.split("\0", 1)[0] ?? "").trimEnd()

function findSlot(cryptoki: Cryptoki, label: string): Handle {
  const named = cryptoki
    .C_GetSlotList(true)
    .filter((slot) => trimmed(cryptoki.C_GetTokenInfo(slot).label) === label)
  const [slot] = named
  if (slot !== undefined && named.length === 1) return slot
  throw new HsmError(
    "unavailable",
    named.length === 0 ? "the token is not there" : "two tokens have that label",
  )
}

function checkPlace({ label, parameters }: TokenPlace): void {
  if (label === "" || label.length > labelLength) {
    throw new TypeError(`\`label\` must have 1 to ${labelLength} characters`)
  }
  if (parameters !== undefined && typeof parameters !== "string") {
    throw new TypeError("`parameters` must be a text")
  }
}

export function createConnection(cryptoki: Cryptoki, place: TokenPlace): Connection {
  const { label, pin, parameters } = place
  checkPlace(place)
  let idle: Handle[] = []
  let found: Handle | undefined
  let login: object | undefined
  let refused: HsmError | undefined
  let isClosed = false
  let turn: Promise<unknown> = Promise.resolve()

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

  function logIn(handle: Handle): void {
    // A token counts wrong PINs and locks itself: whoever holds another PIN opens it anew.
    if (refused !== undefined) throw refused
    try {
      unless(CKR.userAlreadyLoggedIn, () => cryptoki.C_Login(handle, CKU.user, askPin()))
    } catch (error) {
      if (pinFailures.includes(codeOf(error) ?? -1)) refused = toHsmError(error)
      throw error
    }
  }

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
      if (login === undefined) logIn(handle)
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

  function use<T>(work: (session: Session) => T): T {
    for (let isAgain = false; ; isAgain = true) {
      let session: Session | undefined
      try {
        session = take()
        const result = work(session)
        giveBack(session)
        return result
      } catch (error) {
        fail(error, session)
        if (isAgain || !isReset(error)) throw toHsmError(error)
      }
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
        const result = await work(session)
        leave(session)
        return result
      } catch (error) {
        fail(error, session)
        if (isAgain || !isReset(error)) throw toHsmError(error)
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
