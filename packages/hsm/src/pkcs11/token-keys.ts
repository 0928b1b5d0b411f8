import { HsmError } from "@keywright/core/hsm"
import { bytesOfHex } from "@keywright/core/suite"
import type { Connection, Session } from "./connection.js"
import { type Attribute, CKS, type Handle, type Mechanism } from "./cryptoki.js"
import { loggedOut } from "./failures.js"
import type { KeptKey } from "./kept-form.js"
import type { TokenMechanisms } from "./mechanisms.js"
import { type KeyForm, type KeyWork, knownWrappingKey, stayingKeys, usedKey } from "./objects.js"

/** Finds the key that wraps under a domain key, in a session, if the token has it. */
export type FindKey = (session: Session, domainKeyId: string) => Handle | undefined

const label = "keywright domain key"

export function domainKeyOf(id: string): { readonly label: string; readonly id: Uint8Array } {
  const bytes = bytesOfHex(id)
  if (bytes === undefined) throw new TypeError("`id` must be hexadecimal digits")
  return { label, id: bytes }
}

/** Ours: as many keys as a domain can have. */
const objectsMax = 1000

/**
 * The objects that a template finds. Keys are private objects, and to a session that was logged out
 * a token shows none of them: so where nothing is found, it is asked whether that can be true.
 */
export function findObjects(
  { cryptoki, handle }: Session,
  template: Attribute[],
): readonly Handle[] {
  cryptoki.C_FindObjectsInit(handle, template)
  const found = cryptoki.C_FindObjects(handle, objectsMax)
  cryptoki.C_FindObjectsFinal(handle)
  if (found.length > 0) return found
  if (cryptoki.C_GetSessionInfo(handle).state !== CKS.userFunctions) throw loggedOut()
  return []
}

/** Domain keys by their ids. A handle is looked for once in a login. */
export function createFindKey(): FindKey {
  let known = new Map<string, Handle>()
  let ofLogin: object | undefined
  return (session, id) => {
    if (session.login !== ofLogin) {
      known = new Map()
      ofLogin = session.login
    }
    const one = known.get(id)
    if (one !== undefined) return one
    const [found, other] = findObjects(session, stayingKeys(domainKeyOf(id)))
    if (found === undefined) return undefined
    if (other !== undefined) {
      throw new HsmError("unavailable", "the token has two domain keys of that id")
    }
    known.set(id, found)
    return found
  }
}

/** The longest wrapped key: PKCS #8 of an RSA key of 4096 bits, and its padding. */
const wrappedBytesMax = 4096

const wrapped = (
  { cryptoki, handle }: Session,
  mechanism: Mechanism,
  under: Handle,
  key: Handle,
): Uint8Array =>
  new Uint8Array(cryptoki.C_WrapKey(handle, mechanism, under, key, new Uint8Array(wrappedBytesMax)))

/** Another host may have retired the domain key, which a newer state of the domain tells. */
function found(find: FindKey, session: Session, domainKeyId: string): Handle {
  const key = find(session, domainKeyId)
  if (key !== undefined) return key
  throw new HsmError("unknown-domain-key", "the token has not the domain key of that id")
}

/** Works with keys that a token has wrapped. */
export interface TokenKeys {
  /** Wraps an object, which stays. */
  wrap(session: Session, domainKeyId: string, key: Handle): Uint8Array
  /** The same under a key that is handed in, 32 bytes. */
  wrapUnder(session: Session, value: Uint8Array, key: Handle): Uint8Array
  /** Unwraps a key for one operation, and destroys it. */
  use<T>(kept: KeptKey, form: KeyForm, work: KeyWork, act: (session: Session, key: Handle) => T): T
}

export const createTokenKeys = (
  connection: Connection,
  { wrap: mechanism }: TokenMechanisms,
  find: FindKey,
): TokenKeys => ({
  wrap: (session, domainKeyId, key) =>
    wrapped(session, { mechanism }, found(find, session, domainKeyId), key),
  wrapUnder(session, value, key) {
    const { cryptoki, handle } = session
    const under = cryptoki.C_CreateObject(handle, knownWrappingKey(value))
    const bytes = wrapped(session, { mechanism }, under, key)
    cryptoki.C_DestroyObject(handle, under)
    return bytes
  },
  // A failure needs no clearing up: with its session go the objects that were made in it.
  use: ({ domainKeyId, wrapped }, form, work, act) =>
    connection.use((session) => {
      const { cryptoki, handle } = session
      const under = found(find, session, domainKeyId)
      const template = usedKey(form, work)
      const key = cryptoki.C_UnwrapKey(handle, { mechanism }, under, wrapped, template)
      const result = act(session, key)
      cryptoki.C_DestroyObject(handle, key)
      return result
    }),
})
