import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { isHsmError } from "../../ports/hsm.js"
import type { EncryptionAlgorithm } from "../../vocabulary/algorithms.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { type KeySpec, plaintextBytesMax } from "../../vocabulary/key-specs.js"
import { plaintextTooLong } from "../../vocabulary/refusals/cryptography.js"
import { wouldHaveSucceeded } from "../../vocabulary/refusals/requests.js"
import { keyOf } from "../call.js"
import { ignoresCiphertext, withCiphertextUnlessIgnored } from "../dry-run.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { Use } from "../subjects.js"
import {
  blobOf,
  genuine,
  keyMaterialIdsOf,
  messageToDecrypt,
  messageToEncrypt,
} from "./messages.js"

const algorithm = (member: string) => ({ member, default: "SYMMETRIC_DEFAULT" })

const encryptionBy = (member: string) => ({
  use: {
    usage: "ENCRYPT_DECRYPT",
    algorithm: { ...algorithm(member), among: "EncryptionAlgorithms" },
  } satisfies Use,
  conditionKeys: { "kms:encryptionalgorithm": algorithm(member) },
})

/** What a key pair can encrypt is bounded by its modulus. */
function requireFit(spec: KeySpec, algorithm: EncryptionAlgorithm, plaintext: Uint8Array): void {
  const most = plaintextBytesMax(spec, algorithm)
  if (plaintext.length > most) throw plaintextTooLong({ algorithm, spec, most })
}

/** Encrypts a plaintext that only the HSM knows; refuses one that does not fit. */
async function fitting<Result>(
  spec: KeySpec,
  algorithm: EncryptionAlgorithm,
  encrypt: () => Eventually<Result>,
): Promise<Result> {
  try {
    return await encrypt()
  } catch (thrown) {
    if (!isHsmError(thrown) || thrown.code !== "wrong-length") throw thrown
    throw plaintextTooLong({ algorithm, spec, most: plaintextBytesMax(spec, algorithm) }, thrown)
  }
}

/** Encrypts a few bytes under a key. For more of them, see GenerateDataKey. */
export const Encrypt = row({
  input: () =>
    z.object(
      shape.onKey({
        Plaintext: shape.plaintext(),
        EncryptionContext: z.optional(shape.encryptionContext()),
        EncryptionAlgorithm: z.optional(shape.encryptionAlgorithm()),
      }),
    ),
  reply: () =>
    z.object({
      CiphertextBlob: shape.anyBlob(),
      KeyId: z.string(),
      EncryptionAlgorithm: shape.encryptionAlgorithm(),
    }),
  subjects: [
    {
      by: "identifier",
      role: "key",
      member: "KeyId",
      accepts: "key or alias",
      action: "kms:Encrypt",
      admission: admission.use,
      encryptionContext: "EncryptionContext",
      ...encryptionBy("EncryptionAlgorithm"),
    },
  ],
  effect: "use",
  audit: ["KeyId", "EncryptionAlgorithm", "EncryptionContext", "DryRun"],
  perform: (call) => {
    const key = keyOf(call)
    const {
      Plaintext: plaintext,
      EncryptionContext,
      EncryptionAlgorithm = "SYMMETRIC_DEFAULT",
    } = call.input
    requireFit(key.record.keySpec, EncryptionAlgorithm, plaintext)
    const message = messageToEncrypt(call, key.record, EncryptionAlgorithm, EncryptionContext)
    return andThen(call.hsm.encrypt({ plaintext, ...message.under }), (body) => ({
      reply: { CiphertextBlob: blobOf(message, body), KeyId: key.arn, EncryptionAlgorithm },
      keyMaterialIds: keyMaterialIdsOf(message),
    }))
  },
})

/** Decrypts what was encrypted under a key, in the same encryption context. */
export const Decrypt = row({
  input: () =>
    withCiphertextUnlessIgnored(
      z.object({
        CiphertextBlob: z.optional(shape.ciphertext()),
        EncryptionContext: z.optional(shape.encryptionContext()),
        KeyId: z.optional(shape.keyIdentifier()),
        EncryptionAlgorithm: z.optional(shape.encryptionAlgorithm()),
        Recipient: z.optional(shape.recipient()),
        DryRunModifiers: z.optional(shape.dryRunModifiers()),
        ...shape.underGrants(),
      }),
      "KeyId",
    ),
  reply: () =>
    z.object({
      KeyId: z.string(),
      Plaintext: shape.anyBlob(),
      EncryptionAlgorithm: shape.encryptionAlgorithm(),
      CiphertextForRecipient: z.optional(shape.anyBlob()),
      KeyMaterialId: z.optional(z.string()),
    }),
  subjects: [
    {
      by: "ciphertext",
      role: "key",
      member: "KeyId",
      blob: "CiphertextBlob",
      action: "kms:Decrypt",
      admission: admission.use,
      encryptionContext: "EncryptionContext",
      ...encryptionBy("EncryptionAlgorithm"),
    },
  ],
  effect: "use",
  audit: ["KeyId", "EncryptionAlgorithm", "EncryptionContext", "DryRun"],
  recipient: "Plaintext",
  perform: (call) => {
    const { input } = call
    const { EncryptionAlgorithm = "SYMMETRIC_DEFAULT", EncryptionContext } = input
    if (ignoresCiphertext(input)) throw wouldHaveSucceeded()
    const { arn, record, ciphertext } = keyOf(call)
    const encrypted = { blob: input.CiphertextBlob, ciphertext }
    const opening = messageToDecrypt(
      call,
      record,
      encrypted,
      EncryptionAlgorithm,
      EncryptionContext,
    )
    const { message } = opening
    const request = { ciphertext: opening.ciphertext, ...message.under }
    return andThen(call.hsm.decrypt(request), (plaintext) => ({
      reply: {
        KeyId: arn,
        Plaintext: genuine(plaintext),
        EncryptionAlgorithm,
        ...(message.keyMaterialId && { KeyMaterialId: message.keyMaterialId }),
      },
      keyMaterialIds: keyMaterialIdsOf(message),
    }))
  },
})

/** Decrypts and encrypts again under another key or context. The plaintext stays in the HSM. */
export const ReEncrypt = row({
  input: () =>
    withCiphertextUnlessIgnored(
      z.object({
        CiphertextBlob: z.optional(shape.ciphertext()),
        SourceEncryptionContext: z.optional(shape.encryptionContext()),
        SourceKeyId: z.optional(shape.keyIdentifier()),
        DestinationKeyId: shape.keyIdentifier(),
        DestinationEncryptionContext: z.optional(shape.encryptionContext()),
        SourceEncryptionAlgorithm: z.optional(shape.encryptionAlgorithm()),
        DestinationEncryptionAlgorithm: z.optional(shape.encryptionAlgorithm()),
        DryRunModifiers: z.optional(shape.dryRunModifiers()),
        ...shape.underGrants(),
      }),
      "SourceKeyId",
    ),
  reply: () =>
    z.object({
      CiphertextBlob: shape.anyBlob(),
      SourceKeyId: z.string(),
      KeyId: z.string(),
      SourceEncryptionAlgorithm: shape.encryptionAlgorithm(),
      DestinationEncryptionAlgorithm: shape.encryptionAlgorithm(),
      SourceKeyMaterialId: z.optional(z.string()),
      DestinationKeyMaterialId: z.optional(z.string()),
    }),
  subjects: [
    {
      by: "ciphertext",
      role: "source",
      member: "SourceKeyId",
      blob: "CiphertextBlob",
      action: "kms:ReEncryptFrom",
      admission: admission.use,
      encryptionContext: "SourceEncryptionContext",
      ...encryptionBy("SourceEncryptionAlgorithm"),
    },
    {
      by: "identifier",
      role: "destination",
      member: "DestinationKeyId",
      accepts: "key or alias",
      action: "kms:ReEncryptTo",
      admission: admission.use,
      encryptionContext: "DestinationEncryptionContext",
      ...encryptionBy("DestinationEncryptionAlgorithm"),
    },
  ],
  effect: "use",
  audit: [
    "SourceKeyId",
    "DestinationKeyId",
    "SourceEncryptionAlgorithm",
    "DestinationEncryptionAlgorithm",
    "SourceEncryptionContext",
    "DestinationEncryptionContext",
    "DryRun",
  ],
  perform: async (call) => {
    const { input } = call
    if (ignoresCiphertext(input)) throw wouldHaveSucceeded()
    const source = keyOf(call, "source")
    const destination = keyOf(call, "destination")
    const fromAlgorithm = input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT"
    const toAlgorithm = input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT"
    const { SourceEncryptionContext, DestinationEncryptionContext } = input
    const from = messageToDecrypt(
      call,
      source.record,
      { blob: input.CiphertextBlob, ciphertext: source.ciphertext },
      fromAlgorithm,
      SourceEncryptionContext,
    )
    const to = messageToEncrypt(call, destination.record, toAlgorithm, DestinationEncryptionContext)
    const request = { ciphertext: from.ciphertext, ...from.message.under }
    const body = await fitting(destination.record.keySpec, toAlgorithm, () =>
      call.hsm.reEncrypt(request, to.under),
    )
    const { keyMaterialId: sourceMaterialId } = from.message
    return {
      reply: {
        CiphertextBlob: blobOf(to, genuine(body)),
        SourceKeyId: source.arn,
        KeyId: destination.arn,
        SourceEncryptionAlgorithm: fromAlgorithm,
        DestinationEncryptionAlgorithm: toAlgorithm,
        ...(sourceMaterialId && { SourceKeyMaterialId: sourceMaterialId }),
        ...(to.keyMaterialId && { DestinationKeyMaterialId: to.keyMaterialId }),
      },
      keyMaterialIds: keyMaterialIdsOf(from.message, to),
    }
  },
})
