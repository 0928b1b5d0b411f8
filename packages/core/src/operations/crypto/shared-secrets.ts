import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { currentMaterial } from "../../model/key-materials.js"
import type { BoundToken } from "../../ports/bindings.js"
import { invalidPublicKey } from "../../vocabulary/refusals/cryptography.js"
import { boundToken } from "../bound-tokens.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject, Use } from "../subjects.js"
import { genuine } from "./messages.js"

/*
 * Two ways to a secret that another holds too: key agreement, and key encapsulation.
 */

const secretKey = (action: string, use: Use): IdentifierSubject => ({
  by: "identifier",
  role: "key",
  member: "KeyId",
  accepts: "key or alias",
  action,
  admission: admission.use,
  use,
})

const agreement: Use = {
  usage: "KEY_AGREEMENT",
  algorithm: { member: "KeyAgreementAlgorithm", among: "KeyAgreementAlgorithms" },
}

const encapsulation: Use = {
  usage: "ENCAPSULATE_DECAPSULATE",
  algorithm: { member: "EncapsulationAlgorithm", among: "EncapsulationAlgorithms" },
}

const currentKey = (call: Call<unknown>): BoundToken => {
  const { record } = keyOf(call)
  return boundToken(call.place, record, currentMaterial(record))
}

/** Agrees on a secret between a key pair of KMS and the public key of somebody else (ECDH). */
export const DeriveSharedSecret = row({
  input: () =>
    z.object(
      shape.onKey({
        KeyAgreementAlgorithm: shape.keyAgreementAlgorithm(),
        PublicKey: shape.publicKey(),
        Recipient: z.optional(shape.recipient()),
      }),
    ),
  reply: () =>
    z.object({
      KeyId: z.string(),
      SharedSecret: shape.anyBlob(),
      CiphertextForRecipient: z.optional(shape.anyBlob()),
      KeyAgreementAlgorithm: shape.keyAgreementAlgorithm(),
      KeyOrigin: shape.origin(),
    }),
  subjects: [
    {
      ...secretKey("kms:DeriveSharedSecret", agreement),
      conditionKeys: { "kms:keyagreementalgorithm": { member: "KeyAgreementAlgorithm" } },
    },
  ],
  effect: "use",
  audit: ["KeyId", "KeyAgreementAlgorithm", "DryRun"],
  recipient: "SharedSecret",
  perform: async (call) => {
    const { KeyAgreementAlgorithm, PublicKey: publicKey } = call.input
    const { arn, record } = keyOf(call)
    const request = { ...currentKey(call), algorithm: KeyAgreementAlgorithm, publicKey }
    const SharedSecret = await call.hsm.deriveSharedSecret(request)
    if (SharedSecret === undefined) throw invalidPublicKey()
    return {
      reply: { KeyId: arn, SharedSecret, KeyAgreementAlgorithm, KeyOrigin: record.origin },
    }
  },
})

const encapsulationInput = () =>
  shape.onKey({
    EncapsulationAlgorithm: shape.encapsulationAlgorithm(),
  })

const encapsulationAudit = ["KeyId", "EncapsulationAlgorithm", "DryRun"] as const

/** Makes a secret, and encapsulates it for the holder of a key encapsulation key. */
export const Encapsulate = row({
  input: () => z.object(encapsulationInput()),
  reply: () =>
    z.object({
      KeyId: z.string(),
      SharedSecret: shape.anyBlob(),
      SharedSecretCiphertextBlob: shape.anyBlob(),
      EncapsulationAlgorithm: shape.encapsulationAlgorithm(),
    }),
  subjects: [secretKey("kms:Encapsulate", encapsulation)],
  effect: "use",
  audit: encapsulationAudit,
  perform: async (call) => {
    const { EncapsulationAlgorithm } = call.input
    const request = { ...currentKey(call), algorithm: EncapsulationAlgorithm }
    const { sharedSecret, ciphertext } = await call.hsm.encapsulate(request)
    return {
      reply: {
        KeyId: keyOf(call).arn,
        SharedSecret: sharedSecret,
        SharedSecretCiphertextBlob: ciphertext,
        EncapsulationAlgorithm,
      },
    }
  },
})

/** Opens an encapsulated secret with the private key of a key encapsulation key. */
export const Decapsulate = row({
  input: () =>
    z.object({ ...encapsulationInput(), SharedSecretCiphertextBlob: shape.ciphertext() }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      SharedSecret: shape.anyBlob(),
      EncapsulationAlgorithm: shape.encapsulationAlgorithm(),
    }),
  subjects: [secretKey("kms:Decapsulate", encapsulation)],
  effect: "use",
  audit: encapsulationAudit,
  perform: async (call) => {
    const { EncapsulationAlgorithm, SharedSecretCiphertextBlob: ciphertext } = call.input
    const request = { ...currentKey(call), algorithm: EncapsulationAlgorithm, ciphertext }
    const SharedSecret = genuine(await call.hsm.decapsulate(request))
    return { reply: { KeyId: keyOf(call).arn, SharedSecret, EncapsulationAlgorithm } }
  },
})
