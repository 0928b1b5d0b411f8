import * as z from "zod/mini"
import { ownOrImported } from "../../vocabulary/key-specs.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import { protectedBy } from "./data-keys.js"
import { blobOf, sealingMessage } from "./messages.js"

const pairInput = () =>
  shape.onKey({
    EncryptionContext: z.optional(shape.encryptionContext()),
    KeyPairSpec: shape.dataKeyPairSpec(),
  })

const pairReply = () => ({
  PrivateKeyCiphertextBlob: shape.anyBlob(),
  PublicKey: shape.anyBlob(),
  KeyId: z.string(),
  KeyPairSpec: shape.dataKeyPairSpec(),
  KeyMaterialId: z.string(),
})

const protector = (action: string) => {
  const subject = protectedBy(action)
  const conditionKeys = {
    ...subject.conditionKeys,
    "kms:datakeypairspec": { member: "KeyPairSpec" },
  }
  return { ...subject, use: { ...subject.use, origins: ownOrImported }, conditionKeys }
}

type PairInput = z.output<z.ZodMiniObject<ReturnType<typeof pairInput>>>

/** The key and message under which the private key goes. */
function pairUnder(call: Call<PairInput>) {
  const { arn, record } = keyOf(call)
  const { KeyPairSpec, EncryptionContext } = call.input
  const message = sealingMessage(call, record, EncryptionContext)
  return { arn, message, request: { ...message.under, keyPairSpec: KeyPairSpec } }
}

const audit = ["KeyId", "KeyPairSpec", "EncryptionContext", "DryRun"] as const

/** Makes a data key pair, its private key in the clear and encrypted under a key. */
export const GenerateDataKeyPair = row({
  input: () => z.object({ ...pairInput(), Recipient: z.optional(shape.recipient()) }),
  reply: () =>
    z.object({
      ...pairReply(),
      PrivateKeyPlaintext: shape.anyBlob(),
      CiphertextForRecipient: z.optional(shape.anyBlob()),
    }),
  subjects: [protector("kms:GenerateDataKeyPair")],
  effect: "use",
  audit,
  recipient: "PrivateKeyPlaintext",
  perform: async (call) => {
    const { arn, message, request } = pairUnder(call)
    const pair = await call.hsm.generateDataKeyPair(request)
    return {
      reply: {
        PrivateKeyCiphertextBlob: blobOf(message, pair.ciphertext),
        PrivateKeyPlaintext: pair.privateKey,
        PublicKey: pair.publicKey,
        KeyId: arn,
        KeyPairSpec: call.input.KeyPairSpec,
        KeyMaterialId: message.keyMaterialId,
      },
      keyMaterialIds: [message.keyMaterialId],
    }
  },
})

/** Makes a data key pair whose private key is answered encrypted alone. */
export const GenerateDataKeyPairWithoutPlaintext = row({
  input: () => z.object(pairInput()),
  reply: () => z.object(pairReply()),
  subjects: [protector("kms:GenerateDataKeyPairWithoutPlaintext")],
  effect: "use",
  audit,
  perform: async (call) => {
    const { arn, message, request } = pairUnder(call)
    const pair = await call.hsm.generateDataKeyPairWithoutPlaintext(request)
    return {
      reply: {
        PrivateKeyCiphertextBlob: blobOf(message, pair.ciphertext),
        PublicKey: pair.publicKey,
        KeyId: arn,
        KeyPairSpec: call.input.KeyPairSpec,
        KeyMaterialId: message.keyMaterialId,
      },
      keyMaterialIds: [message.keyMaterialId],
    }
  },
})
