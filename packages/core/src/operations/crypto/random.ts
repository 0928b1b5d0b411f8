import * as z from "zod/mini"
import { connection } from "../../model/key-stores.js"
import { keyStoreTypeTable } from "../../vocabulary/key-stores.js"
import { noRandomInStore, numberOfBytesMissing } from "../../vocabulary/refusals/cryptography.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"

/** Draws random bytes in the HSM. */
export const GenerateRandom = row({
  input: () =>
    z.object({
      NumberOfBytes: z.optional(shape.numberOfBytes()),
      CustomKeyStoreId: z.optional(shape.customKeyStoreId()),
      Recipient: z.optional(shape.recipient()),
    }),
  reply: () =>
    z.object({
      Plaintext: shape.anyBlob(),
      CiphertextForRecipient: z.optional(shape.anyBlob()),
    }),
  subjects: [
    { by: "account", action: "kms:GenerateRandom" },
    {
      by: "key store",
      member: "CustomKeyStoreId",
      whenGiven: "CustomKeyStoreId",
      connection: connection.use,
      hsm: "of the store",
    },
  ],
  effect: "use",
  audit: ["NumberOfBytes", "CustomKeyStoreId"],
  recipient: "Plaintext",
  check: (input) => {
    if (input.NumberOfBytes === undefined) throw numberOfBytesMissing()
  },
  perform: async ({ input, hsm, keyStore }) => {
    if (keyStore !== undefined && !keyStoreTypeTable[keyStore.store.type].makesRandom) {
      throw noRandomInStore({ id: keyStore.store.id })
    }
    const Plaintext = await hsm.generateRandom(input.NumberOfBytes as number)
    return { reply: { Plaintext } }
  },
})
