import { sign } from "node:crypto"
import { nitroAttestations } from "../../src/index.js"
import { type Cbor, cbor, openMap } from "./cbor.js"
import { concat, hex } from "./der.js"
import { type KeyPair, makePki, newRsaKey, nowMs, type Pki } from "./pki.js"

const protectedHeader = hex("a1013822")

/** Forty-eight bytes that say which register they are of. */
export const registerOf = (index: number): Uint8Array => new Uint8Array(48).fill(0xa0 + index)

export const registersOf = (count: number): ReadonlyMap<Cbor, Cbor> =>
  new Map(Array.from({ length: count }, (_, index): [Cbor, Cbor] => [index, registerOf(index)]))

/** The fields of a document, in the order of the hypervisor; `undefined` leaves one out. */
export type Fields = Readonly<Record<string, Cbor | undefined>>

export interface DocumentEdits {
  readonly fields?: Fields
  /** Instead of the map that the fields make. */
  readonly payload?: Uint8Array
  readonly isOpenEnded?: boolean
  readonly isTagged?: boolean
  readonly header?: Uint8Array
  readonly unprotected?: Cbor
  readonly signer?: KeyPair
  readonly hash?: string
  /** What the signature is over, when not over what RFC 9052 says. */
  readonly signed?: Uint8Array
}

export interface World {
  readonly pki: Pki
  readonly enclave: KeyPair
  /** Trusts that PKI. */
  readonly attestations: ReturnType<typeof nitroAttestations>
  payload(fields?: Fields): ReadonlyMap<Cbor, Cbor>
  document(edits?: DocumentEdits): Uint8Array
  verify(
    document: Uint8Array,
    atMs?: number,
  ): ReturnType<ReturnType<typeof nitroAttestations>["verify"]>
}

/** An enclave, the PKI that vouches for it, and a verifier that trusts that PKI. */
export function makeWorld(pki: Pki = makePki(), enclave: KeyPair = newRsaKey()): World {
  const attestations = nitroAttestations({ roots: [pki.root] })
  const payload = (fields: Fields = {}): ReadonlyMap<Cbor, Cbor> => {
    const all: Fields = {
      module_id: "i-0123456789abcdef0-enc0123456789abcdef",
      digest: "SHA384",
      timestamp: nowMs,
      pcrs: registersOf(16),
      certificate: pki.certificate,
      cabundle: pki.cabundle,
      public_key: enclave.spki,
      user_data: null,
      nonce: new Uint8Array(20),
      ...fields,
    }
    return new Map(
      Object.entries(all).filter((entry): entry is [string, Cbor] => {
        return entry[1] !== undefined
      }),
    )
  }
  return {
    pki,
    enclave,
    attestations,
    payload,
    document: (edits = {}) => makeDocument(pki, payload(edits.fields), edits),
    verify: (document, atMs = nowMs) => attestations.verify(document, atMs),
  }
}

function makeDocument(
  pki: Pki,
  content: ReadonlyMap<Cbor, Cbor>,
  edits: DocumentEdits,
): Uint8Array {
  const { header = protectedHeader, signer = pki.leafKey, hash = "sha384" } = edits
  const payload = edits.payload ?? (edits.isOpenEnded ? openMap(content) : cbor(content))
  const signed = edits.signed ?? cbor(["Signature1", header, new Uint8Array(0), payload])
  const dsaEncoding = "ieee-p1363" as const
  const signature = sign(hash, signed, { key: signer.privateKey, dsaEncoding })
  const items = [header, edits.unprotected ?? new Map(), payload, new Uint8Array(signature)]
  const tag = edits.isTagged ? [0xd2] : []
  return concat(Uint8Array.from(tag), cbor(items))
}
