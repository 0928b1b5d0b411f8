import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { currentMaterial } from "../../model/key-materials.js"
import type { SignRequest } from "../../ports/crypto-hsm.js"
import {
  type MessageType,
  type SigningAlgorithm,
  signingAlgorithmTable,
} from "../../vocabulary/algorithms.js"
import type { KeySpec } from "../../vocabulary/key-specs.js"
import {
  wrongDigestLength,
  wrongMessageType,
  wrongSignature,
} from "../../vocabulary/refusals/cryptography.js"
import { signingAlgorithmAsked } from "../asked-enums.js"
import { boundToken } from "../bound-tokens.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject } from "../subjects.js"

const signingKey = (action: string): IdentifierSubject => ({
  by: "identifier",
  role: "key",
  member: "KeyId",
  accepts: "key or alias",
  action,
  admission: admission.use,
  use: {
    usage: "SIGN_VERIFY",
    algorithm: { member: "SigningAlgorithm", among: "SigningAlgorithms" },
  },
  conditionKeys: {
    "kms:signingalgorithm": { member: "SigningAlgorithm" },
    "kms:messagetype": { member: "MessageType", default: "RAW" },
  },
})

const message = () =>
  shape.onKey({
    Message: shape.plaintext(),
    MessageType: z.optional(shape.messageType()),
    SigningAlgorithm: signingAlgorithmAsked(),
  })

interface MessageInput {
  readonly Message: Uint8Array
  readonly MessageType?: MessageType | undefined
  readonly SigningAlgorithm: SigningAlgorithm
}

/** Refuses a message of a type or length that the algorithm does not take. */
function checkMessage(
  spec: KeySpec,
  { Message, MessageType = "RAW", SigningAlgorithm }: MessageInput,
): void {
  const { messages, culprit } = signingAlgorithmTable[SigningAlgorithm]
  const lengthBytes = messages[MessageType]
  if (lengthBytes === undefined) {
    const name = culprit === "algorithm" ? SigningAlgorithm : spec
    throw wrongMessageType({ type: MessageType, culprit, name })
  }
  if (lengthBytes === "any" || Message.length === lengthBytes) return
  throw wrongDigestLength({ algorithm: SigningAlgorithm })
}

function signRequest(call: Call<MessageInput>): SignRequest {
  const { record } = keyOf(call)
  const { Message, MessageType = "RAW", SigningAlgorithm } = call.input
  checkMessage(record.keySpec, call.input)
  return {
    ...boundToken(call.place, record, currentMaterial(record)),
    algorithm: SigningAlgorithm,
    messageType: MessageType,
    message: Message,
  }
}

const audit = ["KeyId", "SigningAlgorithm", "MessageType", "DryRun"] as const

/** Signs a message, or its digest, with a private key. */
export const Sign = row({
  input: () => z.object(message()),
  reply: () =>
    z.object({
      KeyId: z.string(),
      Signature: shape.anyBlob(),
      SigningAlgorithm: shape.signingAlgorithm(),
    }),
  subjects: [signingKey("kms:Sign")],
  effect: "use",
  audit,
  perform: async (call) => {
    const Signature = await call.hsm.sign(signRequest(call))
    const { SigningAlgorithm } = call.input
    return { reply: { KeyId: keyOf(call).arn, Signature, SigningAlgorithm } }
  },
})

/** Verifies a signature. One that is wrong is refused, never answered with `false`. */
export const Verify = row({
  input: () => z.object({ ...message(), Signature: shape.ciphertext() }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      SignatureValid: z.boolean(),
      SigningAlgorithm: shape.signingAlgorithm(),
    }),
  subjects: [signingKey("kms:Verify")],
  effect: "use",
  audit,
  perform: async (call) => {
    const { SigningAlgorithm, Signature: signature } = call.input
    const SignatureValid = await call.hsm.verify({ ...signRequest(call), signature })
    if (!SignatureValid) throw wrongSignature()
    return { reply: { KeyId: keyOf(call).arn, SignatureValid, SigningAlgorithm } }
  },
})
