import type { AnyRow } from "../../operations/row.js"
import type { Attestation } from "../../ports/attestation.js"
import { invariant } from "../../vocabulary/errors.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import {
  invalidAttestation,
  recipientIncomplete,
  recipientUnsupported,
} from "../../vocabulary/refusals/requests.js"
import type { Host } from "../host/host.js"

/*
 * Answers for attested enclaves: the secret in the reply goes to them encrypted and to nobody
 * else in the clear.
 *
 * Source: AWS KMS Developer Guide, "Cryptographic attestation support in AWS KMS".
 */

interface Recipient {
  readonly KeyEncryptionAlgorithm?: string | undefined
  readonly AttestationDocument?: Uint8Array | undefined
}

/** What the enclave that a call names is, or the refusal; `undefined` when it names none. */
export function attest(
  host: Host,
  { row, input }: { readonly row: AnyRow; readonly input: Readonly<Record<string, unknown>> },
  nowMs: number,
): Eventually<Attestation | undefined> {
  const recipient = input["Recipient"] as Recipient | undefined
  if (recipient === undefined || row.recipient === undefined) return undefined
  return verify(host, recipient, nowMs)
}

async function verify(
  { attestations }: Host,
  recipient: Recipient,
  nowMs: number,
): Promise<Attestation> {
  if (attestations === undefined) throw recipientUnsupported()
  const { AttestationDocument: document, KeyEncryptionAlgorithm } = recipient
  if (document === undefined || KeyEncryptionAlgorithm === undefined) {
    throw recipientIncomplete()
  }
  const attestation = await attestations.verify(document, nowMs)
  if (attestation === undefined) throw invalidAttestation()
  return attestation
}

/** The reply as the caller gets it: for an enclave, its secret encrypted to the enclave's key. */
export const replyFor = (
  host: Host,
  { recipient }: AnyRow,
  attestation: Attestation | undefined,
  reply: object,
): Eventually<object> =>
  attestation === undefined || recipient === undefined
    ? reply
    : seal(host, recipient, attestation, reply)

async function seal(
  { attestations }: Host,
  recipient: string,
  attestation: Attestation,
  reply: object,
): Promise<object> {
  const { [recipient]: secret, KeyMaterialId: _, ...rest } = reply as Record<string, unknown>
  invariant(attestations && secret instanceof Uint8Array, "the reply has a secret for the enclave")
  try {
    const CiphertextForRecipient = await attestations.envelop(attestation.publicKey, secret)
    return { ...rest, CiphertextForRecipient }
  } finally {
    secret.fill(0)
  }
}
