import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { andThen } from "../../vocabulary/eventually.js"
import { type DataKeySpec, dataKeySpecBytes } from "../../vocabulary/key-specs.js"
import { dataKeyOfKeyPair, oneLengthNeeded } from "../../vocabulary/refusals/cryptography.js"
import { dataKeySpec } from "../asked-enums.js"
import { keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject } from "../subjects.js"
import { blobOf, sealingMessage } from "./messages.js"

/** The key that a data key is encrypted under. */
export const protectedBy = (action: string): IdentifierSubject => ({
  by: "identifier",
  role: "key",
  member: "KeyId",
  accepts: "key or alias",
  action,
  admission: admission.use,
  encryptionContext: "EncryptionContext",
  use: {
    usage: "ENCRYPT_DECRYPT",
    kind: {
      only: "symmetric-encryption",
      otherwise: dataKeyOfKeyPair,
    },
  },
  conditionKeys: {
    "kms:encryptionalgorithm": { member: "EncryptionAlgorithm", default: "SYMMETRIC_DEFAULT" },
  },
})

const dataKeyInput = () =>
  shape.onKey({
    EncryptionContext: z.optional(shape.encryptionContext()),
    NumberOfBytes: z.optional(shape.numberOfBytes()),
    KeySpec: z.optional(dataKeySpec()),
  })

interface Length {
  readonly NumberOfBytes?: number | undefined
  readonly KeySpec?: DataKeySpec | undefined
}

function requireOneLength({ NumberOfBytes, KeySpec }: Length): void {
  if ((NumberOfBytes === undefined) !== (KeySpec === undefined)) return
  throw oneLengthNeeded()
}

const lengthBytesOf = ({ NumberOfBytes, KeySpec }: Length): number =>
  KeySpec === undefined ? (NumberOfBytes as number) : dataKeySpecBytes[KeySpec]

const audit = ["KeyId", "NumberOfBytes", "KeySpec", "EncryptionContext", "DryRun"] as const

/** Makes a data key, in the clear and encrypted under a key: for envelope encryption. */
export const GenerateDataKey = row({
  input: () => z.object({ ...dataKeyInput(), Recipient: z.optional(shape.recipient()) }),
  reply: () =>
    z.object({
      CiphertextBlob: shape.anyBlob(),
      Plaintext: shape.anyBlob(),
      KeyId: z.string(),
      CiphertextForRecipient: z.optional(shape.anyBlob()),
      KeyMaterialId: z.string(),
    }),
  subjects: [protectedBy("kms:GenerateDataKey")],
  effect: "use",
  audit,
  recipient: "Plaintext",
  check: requireOneLength,
  perform: (call) => {
    const key = keyOf(call)
    const message = sealingMessage(call, key.record, call.input.EncryptionContext)
    const request = { lengthBytes: lengthBytesOf(call.input), ...message.under }
    return andThen(call.hsm.generateDataKey(request), ({ plaintext, ciphertext }) => ({
      reply: {
        CiphertextBlob: blobOf(message, ciphertext),
        Plaintext: plaintext,
        KeyId: key.arn,
        KeyMaterialId: message.keyMaterialId,
      },
      keyMaterialIds: [message.keyMaterialId],
    }))
  },
})

/** Makes a data key that is answered encrypted alone, for whoever decrypts it later. */
export const GenerateDataKeyWithoutPlaintext = row({
  input: () => z.object(dataKeyInput()),
  reply: () =>
    z.object({
      CiphertextBlob: shape.anyBlob(),
      KeyId: z.string(),
      KeyMaterialId: z.string(),
    }),
  subjects: [protectedBy("kms:GenerateDataKeyWithoutPlaintext")],
  effect: "use",
  audit,
  check: requireOneLength,
  perform: (call) => {
    const key = keyOf(call)
    const message = sealingMessage(call, key.record, call.input.EncryptionContext)
    const request = { lengthBytes: lengthBytesOf(call.input), ...message.under }
    return andThen(call.hsm.generateDataKeyWithoutPlaintext(request), (ciphertext) => ({
      reply: {
        CiphertextBlob: blobOf(message, ciphertext),
        KeyId: key.arn,
        KeyMaterialId: message.keyMaterialId,
      },
      keyMaterialIds: [message.keyMaterialId],
    }))
  },
})
