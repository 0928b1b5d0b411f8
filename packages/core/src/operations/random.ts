import * as z from "zod"
import { KmsError } from "../vocabulary/errors.js"
import { row } from "./row.js"
import * as shape from "./shapes.js"

export const GenerateRandom = row({
  input: () =>
    z.object({
      NumberOfBytes: shape.numberOfBytes().optional(),
      CustomKeyStoreId: shape.customKeyStoreId().optional(),
      Recipient: shape.recipient().optional(),
    }),
  reply: () =>
    z.object({
      Plaintext: shape.anyBlob().optional(),
      CiphertextForRecipient: shape.anyBlob().optional(),
    }),
  subjects: [{ by: "account", action: "kms:GenerateRandom" }],
  effect: "use",
  audit: ["NumberOfBytes", "CustomKeyStoreId"],
  recipient: "Plaintext",
  check: (input) => {
    if (input.NumberOfBytes === undefined) {
      throw new KmsError("ValidationException", "NumberOfBytes is required.")
    }
    if (input.CustomKeyStoreId !== undefined) {
      throw new KmsError("CustomKeyStoreNotFoundException")
    }
  },
  perform: async ({ input, hsm }) => {
    const Plaintext = await hsm.generateRandom(input.NumberOfBytes as number)
    return { reply: { Plaintext } }
  },
})
