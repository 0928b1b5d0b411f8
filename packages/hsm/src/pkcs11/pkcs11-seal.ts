import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { HsmError, type Seal } from "@keywright/core/hsm"
import { concatBytes, hexOf, utf8 } from "@keywright/core/suite"
import type { Connection, Session } from "./connection.js"
import { CKA, CKM, type Handle } from "./cryptoki.js"
import { derivingKey, stayingKeys } from "./objects.js"
import { findObjects } from "./token-keys.js"
import { hmac, sha256Hmac } from "./token-work.js"

/** "KP", and the version of the format: what a token has sealed. */
const prefix = Uint8Array.of(0x4b, 0x50, 0x01)
const idBytes = 8
const saltBytes = 32
const ivBytes = 12
const tagBytes = 16
const headBytes = prefix.length + idBytes + saltBytes + ivBytes
/** Ours: what is sealed are the 32 bytes of a state key. */
const sealedBytesMax = 4096

const firstBlock = Uint8Array.of(0, 0, 0, 1)
const label = utf8("keywright pkcs11 seal 1\0")
/** [L]: 256 bits. */
const lengthBits = Uint8Array.of(0, 0, 1, 0)

function idOf({ cryptoki, handle }: Session, key: Handle): Uint8Array {
  const [id] = cryptoki.C_GetAttributeValue(handle, key, [{ type: CKA.id }])
  return new Uint8Array(id?.value as Uint8Array)
}

/** The keys of that name with their ids, the one that seals first. */
function keysNamed(session: Session, name: string, id?: Uint8Array) {
  const found = findObjects(session, stayingKeys({ label: name, ...(id && { id }) }))
  return found
    .map((key) => ({ key, id: idOf(session, key) }))
    .sort((one, other) => (hexOf(one.id) < hexOf(other.id) ? -1 : 1))
}

/** The key that seals. It is made when there is none; of two that were made at once, one counts. */
function sealingKey(session: Session, name: string) {
  const [known] = keysNamed(session, name)
  if (known !== undefined) return known
  const { cryptoki, handle } = session
  const template = derivingKey({ label: name, id: randomBytes(idBytes) })
  cryptoki.C_GenerateKey(handle, { mechanism: CKM.genericSecretKeyGen }, template)
  const [made] = keysNamed(session, name)
  if (made === undefined) throw new HsmError("unavailable", "the token keeps no new keys")
  return made
}

/**
 * The key of one sealing: counter mode of SP 800-108 with HMAC-SHA-256, in the token, over a label
 * and a fresh salt.
 */
const keyOf = (session: Session, key: Handle, salt: Uint8Array): Uint8Array =>
  hmac(session, sha256Hmac, key, concatBytes(firstBlock, label, salt, lengthBits))

/**
 * A seal that is a key in a PKCS #11 token, which never leaves it. `name` is the label of that key;
 * it is made when first something is sealed under it. Closing the seal leaves the token open.
 */
export function createPkcs11Seal(connection: Connection, name: string): Seal {
  if (typeof name !== "string" || name === "") {
    throw new TypeError("`label` must be the label of a key")
  }
  let isClosed = false

  function use<T>(work: (session: Session) => T): T {
    if (isClosed) throw new HsmError("unavailable", "the seal is closed")
    return connection.use(work)
  }

  return Object.freeze<Seal>({
    seal(state, context) {
      const salt = randomBytes(saltBytes)
      const iv = randomBytes(ivBytes)
      const { id, key } = use((session) => {
        const found = sealingKey(session, name)
        return { id: found.id, key: keyOf(session, found.key, salt) }
      })
      try {
        const head = concatBytes(prefix, id, salt, iv)
        const cipher = createCipheriv("aes-256-gcm", key, iv)
        cipher.setAAD(concatBytes(head, context))
        const body = [cipher.update(state), cipher.final()]
        return concatBytes(head, ...body, cipher.getAuthTag())
      } finally {
        key.fill(0)
      }
    },

    open(sealed, context) {
      const isOurs = prefix.every((byte, i) => sealed[i] === byte)
      const end = sealed.length - tagBytes
      if (!isOurs || end < headBytes || sealed.length > sealedBytesMax) return undefined
      const head = sealed.slice(0, headBytes)
      const id = head.subarray(prefix.length, prefix.length + idBytes)
      const salt = head.subarray(prefix.length + idBytes, headBytes - ivBytes)
      const key = use((session) => {
        const [found] = keysNamed(session, name, id)
        return found && keyOf(session, found.key, salt)
      })
      if (key === undefined) return undefined
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, head.subarray(headBytes - ivBytes))
        decipher.setAAD(concatBytes(head, context))
        decipher.setAuthTag(sealed.subarray(end))
        const state = decipher.update(sealed.subarray(headBytes, end))
        decipher.final()
        return new Uint8Array(state)
      } catch {
        return undefined
      } finally {
        key.fill(0)
      }
    },

    close() {
      isClosed = true
    },
  })
}
