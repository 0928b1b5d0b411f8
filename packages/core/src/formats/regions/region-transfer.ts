import type { Binding, KeyBinding } from "../../ports/bindings.js"
import { concatBytes, textOf } from "../../vocabulary/bytes.js"
import {
  bindingFields,
  keyBindingFields,
  keyBindingFieldsCount,
  keyBindingFrom,
} from "../binding.js"
import { decodeFields, encodeFields, readUint32, writeUint32 } from "../fields.js"
import type { TokenAad } from "../opaque/key-token.js"

/*
 * What two HSMs say to each other when key material moves from one region to another: the offer
 * of a one-time key, and the material wrapped for it. Both end with the signature of the domain
 * that made them.
 */

/** A one-time key, offered by one domain to another for the materials of one KMS key. */
export interface TransferOffer {
  /** The domain that offers, to which the material will go. */
  readonly from: string
  readonly to: string
  readonly binding: KeyBinding
  /** 32 bytes. */
  readonly x25519: Uint8Array
  /** 1184 bytes: an ML-KEM-768 encapsulation key. */
  readonly mlKem: Uint8Array
}

/** Key materials under a one-time key. */
export interface Transfer {
  /** The ephemeral public key, 32 bytes. */
  readonly x25519: Uint8Array
  /** The ML-KEM-768 ciphertext, 1088 bytes. */
  readonly mlKem: Uint8Array
  /** Each material encrypted, with its tag. */
  readonly ciphertexts: readonly Uint8Array[]
}

/** Something signed: what it says, the bytes that are signed, and by what. */
export interface Signed<Value> {
  readonly value: Value
  readonly signature: Uint8Array
}

const offerPrefix = Uint8Array.of(0x4b, 0x4f, 0x02)
const transferPrefix = Uint8Array.of(0x4b, 0x54, 0x01)
const textsCount = 2 + keyBindingFieldsCount
const x25519Bytes = 32
const mlKemKeyBytes = 1184
const mlKemCiphertextBytes = 1088
const replicationSignatureBytes = 64
/** Ours: names, ids and keys are far shorter. */
const offerBytesMax = 4096
/** Ours: a key record holds fewer materials than fit. */
const transferBytesMax = 524_288

const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  prefix.every((byte, i) => bytes[i] === byte)

/** The offer without its signature. */
const encodeOfferBody = ({ from, to, binding, x25519, mlKem }: TransferOffer): Uint8Array =>
  concatBytes(
    offerPrefix,
    encodeFields([from, to, ...keyBindingFields(binding)]),
    encodeFields([x25519, mlKem]),
  )

/** Version 2 of an offer: "KO", version, who, for what, the two public keys and the signature. */
export const encodeOffer = ({ value, signature }: Signed<TransferOffer>): Uint8Array =>
  concatBytes(encodeOfferBody(value), encodeFields([signature]))

/** The exact inverse; `undefined` when it is no offer. A parsed offer need not be genuine. */
export function parseOffer(bytes: Uint8Array): Signed<TransferOffer> | undefined {
  if (bytes.length > offerBytesMax || !startsWith(bytes, offerPrefix)) return undefined
  const fields = decodeFields(bytes.subarray(offerPrefix.length), textsCount + 3)
  if (fields === undefined) return undefined
  const [x25519, mlKem, signature] = fields.slice(textsCount) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  if (x25519.length !== x25519Bytes || mlKem.length !== mlKemKeyBytes) return undefined
  if (signature.length !== replicationSignatureBytes) return undefined
  try {
    const texts = fields.slice(0, textsCount).map(textOf)
    const [from = "", to = "", ...rest] = texts
    // The HSM compares the binding with its own.
    const binding = keyBindingFrom(rest)
    return { value: { from, to, binding, x25519, mlKem }, signature }
  } catch {
    return undefined
  }
}

/** The transfer without its signature. */
function encodeTransferBody({ x25519, mlKem, ciphertexts }: Transfer): Uint8Array {
  const count = new Uint8Array(4)
  writeUint32(count, 0, ciphertexts.length)
  const list = concatBytes(count, encodeFields(ciphertexts))
  return concatBytes(transferPrefix, encodeFields([x25519, mlKem, list]))
}

/** Version 1 of a transfer: "KT", version, what opens it, the materials and the signature. */
export const encodeTransfer = ({ value, signature }: Signed<Transfer>): Uint8Array =>
  concatBytes(encodeTransferBody(value), encodeFields([signature]))

/** The exact inverse; `undefined` when it is no transfer. */
export function parseTransfer(bytes: Uint8Array): Signed<Transfer> | undefined {
  if (bytes.length > transferBytesMax || !startsWith(bytes, transferPrefix)) return undefined
  const fields = decodeFields(bytes.subarray(transferPrefix.length), 4)
  if (fields === undefined) return undefined
  const [x25519, mlKem, list, signature] = fields as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  if (x25519.length !== x25519Bytes || mlKem.length !== mlKemCiphertextBytes) return undefined
  if (signature.length !== replicationSignatureBytes || list.length < 4) return undefined
  const ciphertexts = decodeFields(list.subarray(4), readUint32(list, 0))
  return ciphertexts && { value: { x25519, mlKem, ciphertexts }, signature }
}

/** Texts and then bytes, none of which can run into another. The first text says what it is. */
const statement = (texts: readonly string[], ...fields: readonly Uint8Array[]): Uint8Array =>
  concatBytes(encodeFields(texts), encodeFields(fields))

/** What is signed: what kind of statement it is, who says it to whom, and what. */
export const offerStatement = (offer: TransferOffer): Uint8Array =>
  statement(["keywright region offer 1"], encodeOfferBody(offer))

export const transferStatement = (
  from: string,
  to: string,
  offer: Uint8Array,
  transfer: Transfer,
): Uint8Array =>
  statement(["keywright region transfer 1", from, to], offer, encodeTransferBody(transfer))

export const messageStatement = (message: Uint8Array): Uint8Array =>
  statement(["keywright region message 1"], message)

/** All that was said before material is wrapped, from which the wrapping key follows. */
export const transferTranscript = (
  offer: Uint8Array,
  { x25519, mlKem }: Pick<Transfer, "x25519" | "mlKem">,
): Uint8Array => statement(["keywright region wrapping key 1"], offer, x25519, mlKem)

/** What is authenticated with each material of a transfer. */
export const transferAad = (binding: Binding): Uint8Array =>
  encodeFields(["keywright transferred material 2", ...bindingFields(binding)])

/** What is authenticated with each token that replication has under a domain key. */
export const replicationAad = (
  kind: "replication key" | "endorsement",
  names: readonly string[],
): TokenAad => {
  const texts = [`keywright ${kind} 1`, ...names]
  return (headerBytes) => encodeFields(texts, encodeFields([headerBytes]))
}

export const offerKeyAad =
  (offer: Uint8Array): TokenAad =>
  (headerBytes) =>
    encodeFields(["keywright offer key 1"], encodeFields([headerBytes, offer]))
