import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { findCurrentMaterial, isPresent } from "../../model/key-materials.js"
import { algorithmLists } from "../../model/keys.js"
import { isCustomerMasterKeySpec, keySpecRow } from "../../vocabulary/key-specs.js"
import { pendingImport } from "../../vocabulary/refusals/keys.js"
import { unsupportedOperation } from "../../vocabulary/refusals/requests.js"
import { boundToken } from "../bound-tokens.js"
import { keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"

/** Reads the public key of a key pair, to encrypt or verify elsewhere. */
export const GetPublicKey = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      GrantTokens: z.optional(shape.grantTokens()),
    }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      PublicKey: shape.anyBlob(),
      CustomerMasterKeySpec: z.optional(shape.customerMasterKeySpec()),
      KeySpec: shape.keySpec(),
      KeyUsage: shape.keyUsage(),
      ...shape.algorithmLists(),
    }),
  subjects: [
    {
      by: "identifier",
      role: "key",
      member: "KeyId",
      accepts: "key or alias",
      action: "kms:GetPublicKey",
      admission: admission.showPublicKey,
    },
  ],
  effect: "read",
  audit: ["KeyId"],
  perform: async (call) => {
    const { arn, record } = keyOf(call)
    const { keySpec, keyUsage } = record
    if (keySpecRow(keySpec).kind !== "asymmetric") throw unsupportedOperation()
    const material = findCurrentMaterial(record)
    if (!isPresent(material)) throw pendingImport({ arn })
    const key = boundToken(call.place, record, material)
    return {
      reply: {
        KeyId: arn,
        PublicKey: await call.hsm.publicKey(key),
        ...(isCustomerMasterKeySpec(keySpec) && { CustomerMasterKeySpec: keySpec }),
        KeySpec: keySpec,
        KeyUsage: keyUsage,
        ...algorithmLists(keySpec, keyUsage),
      },
    }
  },
})
