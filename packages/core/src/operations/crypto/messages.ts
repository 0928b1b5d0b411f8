import {
  type Ciphertext,
  encodeCiphertextHeader,
  messageAad,
} from "../../formats/opaque/ciphertext.js"
import type { EncryptionContext } from "../../formats/opaque/encryption-context.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import { currentMaterial, materialById } from "../../model/key-materials.js"
import { slotNumberOf } from "../../model/keys.js"
import type { BoundToken } from "../../ports/bindings.js"
import type { EncryptionTarget } from "../../ports/crypto-hsm.js"
import type { EncryptionAlgorithm } from "../../vocabulary/algorithms.js"
import type { Place } from "../../vocabulary/arns.js"
import { concatBytes, equalBytes, noBytes } from "../../vocabulary/bytes.js"
import { contextWithKeyPair, invalidCiphertext } from "../../vocabulary/refusals/cryptography.js"
import { keyUnavailable } from "../../vocabulary/refusals/requests.js"
import { createSlots } from "../../vocabulary/slots.js"
import { boundToken } from "../bound-tokens.js"
import type { Call } from "../call.js"

/** A message under the key material of a symmetric key, and what stands in front of it. */
export interface SymmetricMessage {
  readonly under: BoundToken & { readonly aad: Uint8Array }
  readonly headerBytes: Uint8Array
  readonly keyMaterialId: string
}

/** A message for a key pair: standard formats, with nothing of ours around them. */
interface KeyPairMessage {
  readonly under: EncryptionTarget
  readonly headerBytes: Uint8Array
  readonly keyMaterialId?: undefined
}

export type Message = SymmetricMessage | KeyPairMessage

/** What a message takes from the call that it is part of. */
type InCall = Pick<Call<unknown>, "place" | "allocate">

/** What all messages under the current key material of a key have in common. */
interface Sealing {
  readonly place: Place
  readonly keyMaterialId: string
  readonly headerBytes: Uint8Array
  readonly bound: BoundToken
  /** What is authenticated where there is no encryption context. */
  readonly aad: Uint8Array
}

/** Of the keys that were used last. */
const sealings = createSlots<KeyRecord, Sealing>(64)

function sealingOf(place: Place, key: KeyRecord): Sealing {
  const number = slotNumberOf(key)
  const known = sealings.find(key, number)
  if (known?.place === place) return known
  const { account, keyId } = key
  const material = currentMaterial(key)
  const headerBytes = encodeCiphertextHeader({ account, keyId, keyMaterialId: material.id })
  const made = {
    place,
    keyMaterialId: material.id,
    headerBytes,
    bound: boundToken(place, key, material),
    aad: messageAad(place.partition, headerBytes, undefined),
  }
  sealings.note(key, number, made)
  return made
}

/** A message under the current key material: all but its encryption context is there. */
function messageUnder(
  { place, allocate }: InCall,
  { bound, headerBytes, keyMaterialId, aad }: Sealing,
  context: EncryptionContext | undefined,
): SymmetricMessage {
  const { token, binding } = bound
  const own = context && messageAad(place.partition, headerBytes, context, allocate)
  return { under: { aad: own ?? aad, token, binding }, headerBytes, keyMaterialId }
}

/** Under the current key material of a symmetric key. */
export const sealingMessage = (
  call: InCall,
  key: KeyRecord,
  context: EncryptionContext | undefined,
): SymmetricMessage => messageUnder(call, sealingOf(call.place, key), context)

function keyPairMessage(
  place: Place,
  key: KeyRecord,
  algorithm: Exclude<EncryptionAlgorithm, "SYMMETRIC_DEFAULT">,
  context: EncryptionContext | undefined,
): KeyPairMessage {
  if (context !== undefined && Object.keys(context).length > 0) {
    throw contextWithKeyPair()
  }
  return {
    under: { algorithm, ...boundToken(place, key, currentMaterial(key)) },
    headerBytes: noBytes,
  }
}

/** To encrypt: under the current key material. */
export const messageToEncrypt = (
  call: InCall,
  key: KeyRecord,
  algorithm: EncryptionAlgorithm,
  context: EncryptionContext | undefined,
): Message =>
  algorithm === "SYMMETRIC_DEFAULT"
    ? sealingMessage(call, key, context)
    : keyPairMessage(call.place, key, algorithm, context)

/** What is to be decrypted: where it came from in the input, and as which of our formats. */
export interface EncryptedInput {
  readonly blob: Uint8Array | undefined
  readonly ciphertext: Ciphertext | undefined
}

/**
 * A replica may not have heard of a material yet under which a related key encrypts: that is a
 * matter of waiting. Everywhere else there is no such ciphertext.
 */
function materialToCome({ multiRegion }: KeyRecord): never {
  throw multiRegion?.type === "REPLICA" ? keyUnavailable() : invalidCiphertext()
}

/** To decrypt: under the key material that the ciphertext names, or the only one there is. */
export function messageToDecrypt(
  call: InCall,
  key: KeyRecord,
  { blob, ciphertext }: EncryptedInput,
  algorithm: EncryptionAlgorithm,
  context: EncryptionContext | undefined,
): { readonly message: Message; readonly ciphertext: Uint8Array } {
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    const message = keyPairMessage(call.place, key, algorithm, context)
    return { message, ciphertext: genuine(blob) }
  }
  const { header, headerBytes, body } = genuine(ciphertext)
  const material = materialById(key, header.keyMaterialId) ?? materialToCome(key)
  const sealing = material.state === "CURRENT" ? sealingOf(call.place, key) : undefined
  if (sealing !== undefined && equalBytes(sealing.headerBytes, headerBytes)) {
    return { message: messageUnder(call, sealing, context), ciphertext: body }
  }
  return {
    message: {
      under: {
        aad: messageAad(call.place.partition, headerBytes, context, call.allocate),
        ...boundToken(call.place, key, material),
      },
      headerBytes,
      keyMaterialId: material.id,
    },
    ciphertext: body,
  }
}

/** The ciphertext blob: what stands in front, and what the HSM made. */
export const blobOf = ({ headerBytes }: Message, body: Uint8Array): Uint8Array =>
  headerBytes.length === 0 ? body : concatBytes(headerBytes, body)

/** The ids of the symmetric key materials that messages are under. */
export function keyMaterialIdsOf(...messages: readonly Message[]): readonly string[] {
  const ids: string[] = []
  for (const { keyMaterialId } of messages) if (keyMaterialId) ids.push(keyMaterialId)
  return ids
}

/** The value, or the one refusal that says nothing more. */
export function genuine<Value>(value: Value | undefined): Value {
  if (value === undefined) throw invalidCiphertext()
  return value
}
