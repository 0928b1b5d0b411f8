import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { currentMaterial } from "../../model/key-materials.js"
import type { MacRequest } from "../../ports/crypto-hsm.js"
import type { MacAlgorithm } from "../../vocabulary/algorithms.js"
import { andThen } from "../../vocabulary/eventually.js"
import { wrongMac } from "../../vocabulary/refusals/cryptography.js"
import { boundToken } from "../bound-tokens.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject } from "../subjects.js"

const macKey = (action: string): IdentifierSubject => ({
  by: "identifier",
  role: "key",
  member: "KeyId",
  accepts: "key or alias",
  action,
  admission: admission.use,
  use: {
    usage: "GENERATE_VERIFY_MAC",
    algorithm: { member: "MacAlgorithm", among: "MacAlgorithms" },
  },
  conditionKeys: { "kms:macalgorithm": { member: "MacAlgorithm" } },
})

const message = () =>
  shape.onKey({
    Message: shape.plaintext(),
    MacAlgorithm: shape.macAlgorithm(),
  })

interface MacInput {
  readonly Message: Uint8Array
  readonly MacAlgorithm: MacAlgorithm
}

function macRequest(call: Call<MacInput>): MacRequest {
  const { record } = keyOf(call)
  const { Message, MacAlgorithm } = call.input
  const key = boundToken(call.place, record, currentMaterial(record))
  return { algorithm: MacAlgorithm, message: Message, ...key }
}

const audit = ["KeyId", "MacAlgorithm", "DryRun"] as const

/** Computes the HMAC of a message. */
export const GenerateMac = row({
  input: () => z.object(message()),
  reply: () =>
    z.object({
      Mac: shape.anyBlob(),
      MacAlgorithm: shape.macAlgorithm(),
      KeyId: z.string(),
    }),
  subjects: [macKey("kms:GenerateMac")],
  effect: "use",
  audit,
  perform: (call) =>
    andThen(call.hsm.generateMac(macRequest(call)), (Mac) => ({
      reply: { Mac, MacAlgorithm: call.input.MacAlgorithm, KeyId: keyOf(call).arn },
    })),
})

/** Verifies an HMAC. One that is wrong is refused, never answered with `false`. */
export const VerifyMac = row({
  input: () => z.object({ ...message(), Mac: shape.ciphertext() }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      MacValid: z.boolean(),
      MacAlgorithm: shape.macAlgorithm(),
    }),
  subjects: [macKey("kms:VerifyMac")],
  effect: "use",
  audit,
  perform: async (call) => {
    const { Mac: mac, MacAlgorithm } = call.input
    const MacValid = await call.hsm.verifyMac({ mac, ...macRequest(call) })
    if (!MacValid) throw wrongMac()
    return { reply: { KeyId: keyOf(call).arn, MacValid, MacAlgorithm } }
  },
})
