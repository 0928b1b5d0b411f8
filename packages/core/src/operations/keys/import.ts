import * as z from "zod/mini"
import {
  encodeImportToken,
  type ImportToken,
  parseImportToken,
} from "../../formats/opaque/import-token.js"
import type { KeyMaterialRecord, KeyRecord } from "../../formats/stored/key-records.js"
import { type Admission, admission } from "../../model/admission.js"
import {
  findCurrentMaterial,
  isPermanent,
  isReplica,
  withMaterial,
  withoutMaterial,
} from "../../model/key-materials.js"
import type { ImportResult } from "../../ports/token-hsm.js"
import { dayMs, hourMs } from "../../vocabulary/durations.js"
import { wrappingAlgorithms, wrappingKeySpecs } from "../../vocabulary/import-wrapping.js"
import { keySpecRow, wrappingAlgorithmsFor } from "../../vocabulary/key-specs.js"
import { limits } from "../../vocabulary/limits.js"
import { invalidCiphertext } from "../../vocabulary/refusals/cryptography.js"
import { notPrimary } from "../../vocabulary/refusals/keys.js"
import {
  anotherMaterialPending,
  descriptionOfReplica,
  expiredImportToken,
  incorrectMaterial,
  invalidImportToken,
  noSuchMaterial,
  severalMaterialsUnsupported,
  validToFar,
  validToMissing,
  validToNeedless,
  validToPast,
  wrongWrappingAlgorithm,
} from "../../vocabulary/refusals/materials.js"
import { keyBindingOf } from "../bound-tokens.js"
import { type Call, keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject } from "../subjects.js"
import { changeKey, managedKey } from "./managed-key.js"

/** A key whose material comes from outside. */
const importedKey = (action: string, admitted: Admission): IdentifierSubject => ({
  ...managedKey(action, admitted),
  use: { origins: ["EXTERNAL"] },
})

/** Makes what an import needs: a public key to wrap the material under, and a token. */
export const GetParametersForImport = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      WrappingAlgorithm: z.enum(wrappingAlgorithms),
      WrappingKeySpec: z.enum(wrappingKeySpecs),
    }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      ImportToken: shape.anyBlob(),
      PublicKey: shape.anyBlob(),
      ParametersValidTo: z.date(),
    }),
  subjects: [
    {
      ...importedKey("kms:GetParametersForImport", admission.prepareImport),
      conditionKeys: {
        "kms:wrappingalgorithm": { member: "WrappingAlgorithm" },
        "kms:wrappingkeyspec": { member: "WrappingKeySpec" },
      },
    },
  ],
  effect: "read",
  audit: ["KeyId", "WrappingAlgorithm", "WrappingKeySpec"],
  perform: async (call) => {
    const { arn, record } = keyOf(call)
    const { WrappingAlgorithm, WrappingKeySpec } = call.input
    const { account, keyId, keySpec } = record
    const supported = wrappingAlgorithmsFor(keySpec, WrappingKeySpec)
    const wrappingAlgorithm = supported.find((algorithm) => algorithm === WrappingAlgorithm)
    if (wrappingAlgorithm === undefined) {
      throw wrongWrappingAlgorithm({
        algorithm: WrappingAlgorithm,
        spec: keySpec,
        supported: supported.join(", "),
      })
    }
    const { partition } = call.place
    const validToMs = call.nowMs + limits.importTokenHoursMax * hourMs
    const wrappingKeySpec = WrappingKeySpec
    const binding = { partition, account, keyId, wrappingKeySpec, wrappingAlgorithm, validToMs }
    const { token, publicKey } = await call.hsm.generateWrappingKey(binding)
    return {
      reply: {
        KeyId: arn,
        ImportToken: encodeImportToken({ token, binding }),
        PublicKey: publicKey,
        ParametersValidTo: new Date(validToMs),
      },
    }
  },
})

const importInput = () =>
  z.object({
    KeyId: shape.keyIdentifier(),
    ImportToken: shape.ciphertext(),
    EncryptedKeyMaterial: shape.ciphertext(),
    ValidTo: z.optional(z.date()),
    ExpirationModel: z.optional(shape.expirationModel()),
    ImportType: z.optional(z.enum(["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"])),
    KeyMaterialDescription: z.optional(
      z
        .string()
        .check(
          z.maxLength(limits.keyMaterialDescriptionCharactersMax),
          z.regex(/^[a-zA-Z0-9:/_\s.-]*$/),
        ),
    ),
    KeyMaterialId: z.optional(shape.keyMaterialId()),
  })

type ImportInput = z.output<ReturnType<typeof importInput>>

function checkExpirationModel({ ExpirationModel, ValidTo }: ImportInput): void {
  const expires = ExpirationModel !== "KEY_MATERIAL_DOES_NOT_EXPIRE"
  if (expires && ValidTo === undefined) throw validToMissing()
  if (!expires && ValidTo !== undefined) throw validToNeedless()
}

function expiresMsOf({ ValidTo }: ImportInput, nowMs: number): number | undefined {
  const expiresMs = ValidTo?.getTime()
  if (expiresMs === undefined) return undefined
  if (expiresMs <= nowMs) throw validToPast()
  const days = limits.importedMaterialDaysMax
  if (expiresMs > nowMs + days * dayMs) throw validToFar({ days })
  return expiresMs
}

/** The description of a material is shared, and so is set where the primary is. */
function checkDescription({ record }: { readonly record: KeyRecord }, input: ImportInput): void {
  if (!isReplica(record) || input.KeyMaterialDescription === undefined) return
  throw descriptionOfReplica()
}

/** Only symmetric encryption keys can have several materials, and names and notes for them. */
function checkSeveralMaterials({ record }: { readonly record: KeyRecord }, input: ImportInput) {
  if (keySpecRow(record.keySpec).kind === "symmetric-encryption") return
  const { ImportType, KeyMaterialDescription, KeyMaterialId } = input
  if ((ImportType ?? KeyMaterialDescription ?? KeyMaterialId) === undefined) return
  throw severalMaterialsUnsupported()
}

/** The import token of this key, while it is valid. */
function openImportToken(call: Call<ImportInput>): ImportToken {
  const { account, keyId, keySpec } = keyOf(call).record
  const { partition } = call.place
  const token = parseImportToken(call.input.ImportToken)
  if (token === undefined) throw invalidImportToken()
  const { binding } = token
  const isMeant =
    binding.partition === partition && binding.account === account && binding.keyId === keyId
  const algorithms = wrappingAlgorithmsFor(keySpec, binding.wrappingKeySpec)
  if (!isMeant || !algorithms.includes(binding.wrappingAlgorithm)) {
    throw invalidImportToken()
  }
  if (binding.validToMs <= call.nowMs) throw expiredImportToken()
  return token
}

/** What an import may answer for: `undecryptable` and `unsuitable` are refusals. */
function imported(result: ImportResult): Extract<ImportResult, { outcome: "imported" }> {
  if (result.outcome === "undecryptable") throw invalidCiphertext()
  if (result.outcome === "unsuitable") throw incorrectMaterial()
  return result
}

/** What the material with this id is to become; throws when it may not be imported. */
function standing(call: Call<ImportInput>, id: string): Pick<KeyMaterialRecord, "state"> {
  const { arn, record } = keyOf(call)
  const { ImportType, KeyMaterialId } = call.input
  const known = record.materials.find((material) => material.id === id)
  const isFirst = record.materials.length === 0
  if (isReplica(record) && ImportType === "NEW_KEY_MATERIAL") throw notPrimary({ arn })
  const isNew = ImportType === undefined ? isFirst : ImportType === "NEW_KEY_MATERIAL"
  const isWanted = KeyMaterialId === undefined || (!isNew && KeyMaterialId === id)
  if (isNew !== (known === undefined) || !isWanted) {
    throw incorrectMaterial()
  }
  if (known !== undefined) return known
  if (isFirst) return { state: "CURRENT" }
  const pending = record.materials.find((material) => !isPermanent(material))
  if (pending === undefined) return { state: "PENDING_ROTATION" }
  throw anotherMaterialPending({ id, arn, pending: pending.id })
}

const materialReply = () => z.object({ KeyId: z.string(), KeyMaterialId: z.optional(z.string()) })

/** The id of a key material is shown for symmetric encryption keys only. */
const shownId = ({ keySpec }: KeyRecord, id: string | undefined) =>
  keySpecRow(keySpec).kind === "symmetric-encryption" && id ? { KeyMaterialId: id } : {}

/** Brings key material of your own into a key whose origin is EXTERNAL. */
export const ImportKeyMaterial = row({
  input: importInput,
  reply: materialReply,
  subjects: [
    {
      ...importedKey("kms:ImportKeyMaterial", admission.import),
      conditionKeys: {
        "kms:expirationmodel": { member: "ExpirationModel" },
        "kms:validto": { member: "ValidTo" },
      },
    },
  ],
  effect: "write",
  audit: ["KeyId", "ExpirationModel", "ValidTo", "ImportType", "KeyMaterialDescription"],
  tokenRefusal: "InvalidImportTokenException",
  check: checkExpirationModel,
  perform: async (call) => {
    const { input, nowMs } = call
    const { arn, record: before } = keyOf(call)
    checkSeveralMaterials({ record: before }, input)
    checkDescription({ record: before }, input)
    const expiresMs = expiresMsOf(input, nowMs)
    const wrapping = openImportToken(call)
    const result = await call.hsm.importKey({
      wrapping,
      wrappedMaterial: input.EncryptedKeyMaterial,
      binding: keyBindingOf(call.place, before),
    })
    const { token, keyMaterialId: id } = imported(result)
    const known = before.materials.find((material) => material.id === id)
    const { changes } = changeKey(call, (key) =>
      withMaterial(key, {
        ...known,
        id,
        state: standing(call, id).state,
        token,
        createdMs: known?.createdMs ?? nowMs,
        expiresMs,
        description: input.KeyMaterialDescription ?? known?.description,
      }),
    )
    return {
      reply: { KeyId: arn, ...shownId(before, id) },
      changes,
      keyMaterialIds: [id],
    }
  },
})

/** Deletes imported key material at once. It can be imported again. */
export const DeleteImportedKeyMaterial = row({
  input: () =>
    z.object({ KeyId: shape.keyIdentifier(), KeyMaterialId: z.optional(shape.keyMaterialId()) }),
  reply: materialReply,
  subjects: [importedKey("kms:DeleteImportedKeyMaterial", admission.deleteMaterial)],
  effect: "write",
  audit: ["KeyId", "KeyMaterialId"],
  perform: (call) => {
    const { arn, record } = keyOf(call)
    const id = call.input.KeyMaterialId ?? findCurrentMaterial(record)?.id
    const isKnown = record.materials.some((material) => material.id === id)
    if (call.input.KeyMaterialId !== undefined && !isKnown) {
      throw noSuchMaterial({ id: call.input.KeyMaterialId })
    }
    const { changes } = changeKey(call, (key) =>
      id === undefined ? key : withoutMaterial(key, id),
    )
    return { reply: { KeyId: arn, ...shownId(record, id) }, changes }
  },
})
