import { parseCiphertext } from "@keywright/core/testing"
import type { CallRecord } from "../call-record.js"
import { isAlias, isNameOf, type KeyName, shownKey } from "./key-names.js"
import { cannotTell, described, type Kit, seenBehind, unseen, type Verdict } from "./verdict.js"
import { testimonyOf } from "./witness.js"

export interface KeyUse {
  /** The id of the key material, 64 hexadecimal digits. */
  readonly material?: string | undefined
  /** The kit that saw the call, where what is tested does not come from one of its clients. */
  readonly in?: Kit | undefined
}

const wanted = (key: KeyName, { material }: KeyUse): string =>
  shownKey(key) + (material === undefined ? "" : ` with the material ${material}`)

/** The keys of a call or a reply, and their materials. */
interface Used {
  readonly keys: readonly string[]
  readonly materials: readonly string[]
}

/** What a reply of the AWS SDK says itself, which has no kit behind it. */
function usedByReply(subject: unknown): Used | undefined {
  if (typeof subject !== "object" || subject === null || subject instanceof Error) return undefined
  const reply = subject as Readonly<Record<string, unknown>>
  const texts = (...members: readonly string[]) =>
    members.map((member) => reply[member]).filter((value) => typeof value === "string")
  const keys = texts("KeyId", "SourceKeyId")
  const materials = texts("KeyMaterialId", "SourceKeyMaterialId", "DestinationKeyMaterialId")
  return keys.length === 0 ? undefined : { keys, materials }
}

const usedByCall = ({ keyArns, keyMaterialIds }: CallRecord): Used => ({
  keys: keyArns,
  materials: keyMaterialIds,
})

/** Every call of a kit that did what it should; of anything else, the one behind it. */
function usesOf(subject: unknown, kit: Kit | undefined) {
  const testimony = testimonyOf(subject)
  if (testimony?.of === "kit") {
    const { witness } = testimony
    const calls = witness.calls.filter(({ error }) => error === undefined)
    return { witness, uses: calls.map(usedByCall) }
  }
  const { call, witness } = seenBehind(subject, kit)
  if (call !== undefined)
    return { witness, uses: call.error === undefined ? [usedByCall(call)] : [] }
  const own = usedByReply(subject)
  return { witness, uses: own && [own] }
}

const cannotLookUp = (key: KeyName): never =>
  cannotTell(
    `only a test kit knows what ${shownKey(key)} stands for: ` +
      "{ in: kit }, or name the key by its id",
  )

/** Whether a call succeeded with a key, or any call of a kit did. */
export function judgeKeyUse(subject: unknown, key: KeyName, options: KeyUse = {}): Verdict {
  const { witness, uses } = usesOf(subject, options.in)
  if (uses === undefined) return unseen(subject)
  if (isAlias(key) && witness === undefined) return cannotLookUp(key)
  const { material } = options
  const pass = uses.some(
    ({ keys, materials }) =>
      keys.some((arn) => isNameOf(key, arn, witness)) &&
      (material === undefined || materials.includes(material)),
  )
  const listed = [...new Set(uses.flatMap(({ keys, materials }) => [...keys, ...materials]))]
  return {
    pass,
    message: () =>
      `expected ${wanted(key, options)} to have been used; ` +
      `used were ${listed.join(", ") || "no keys"}`,
  }
}

const blobMembers = ["CiphertextBlob", "PrivateKeyCiphertextBlob"] as const

/** The ciphertext in a reply, or the subject itself. */
function blobIn(subject: unknown): Uint8Array | undefined {
  if (subject instanceof Uint8Array) return subject
  if (typeof subject !== "object" || subject === null) return undefined
  const reply = subject as Readonly<Record<string, unknown>>
  return blobMembers.map((member) => reply[member]).find((value) => value instanceof Uint8Array)
}

/**
 * Whether a ciphertext of a symmetric key says that it is of that key. It is what Decrypt would
 * go by: nothing is decrypted, and of which region the key is no ciphertext says.
 */
export function judgeCiphertext(subject: unknown, key: KeyName, options: KeyUse = {}): Verdict {
  const blob = blobIn(subject)
  const header = blob && parseCiphertext(blob)?.header
  if (header === undefined) {
    return cannotTell(`${described(subject)} is no ciphertext of a symmetric key`)
  }
  const { witness } = seenBehind(subject, options.in)
  if (isAlias(key) && witness === undefined) return cannotLookUp(key)
  const { account, keyId, keyMaterialId } = header
  const { material } = options
  const pass =
    isOfAccount(key, account) &&
    isNameOf(key, keyId, witness) &&
    (material === undefined || material === keyMaterialId)
  return {
    pass,
    message: () =>
      `expected a ciphertext under ${wanted(key, options)}; ` +
      `it is under ${keyId} of ${account}, with the material ${keyMaterialId}`,
  }
}

const isOfAccount = (key: KeyName, account: string): boolean => {
  const named = /^arn:(?:[^:]*:){3}(\d{12}):/.exec(shownKey(key))?.[1]
  return named === undefined || named === account
}
