import * as z from "zod/mini"
import type { KeyMaterialRecord } from "../../formats/stored/key-records.js"
import { type Admission, admission } from "../../model/admission.js"
import { awaitsDeletion, isPermanent, isPresent } from "../../model/key-materials.js"
import {
  canRotate,
  disableRotation,
  enableRotation,
  isCopiedFirst,
  pendingMaterial,
  requireRotationOnDemand,
  rotated,
  withNextMaterial,
} from "../../model/rotation.js"
import { ownOrImported } from "../../vocabulary/key-specs.js"
import { keyMaterialStates } from "../../vocabulary/key-states.js"
import { limits } from "../../vocabulary/limits.js"
import { wrongOrigin } from "../../vocabulary/refusals/keys.js"
import { unsupportedOperation } from "../../vocabulary/refusals/requests.js"
import { newMaterial } from "../bound-tokens.js"
import { type Call, keyOf } from "../call.js"
import { pageOf } from "../paging.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject } from "../subjects.js"
import { changeKey, managedKey } from "./managed-key.js"

/** A key in a custom key store never rotates. */
const rotatingKey = (action: string, admitted: Admission): IdentifierSubject => ({
  ...managedKey(action, admitted),
  use: { origins: ownOrImported },
})

/** A key whose rotation is managed: of related keys, the primary. */
const managedRotation = (action: string, admitted: Admission): IdentifierSubject => ({
  ...managedKey(action, admitted),
  use: { origins: ownOrImported, relation: "primary or single-Region" },
})

/** Automatic rotation makes material, which imported keys must not have. */
function requireAutomatic(call: Call<unknown>): void {
  const { arn, record } = keyOf(call)
  if (!canRotate(record)) throw unsupportedOperation()
  if (record.origin !== "AWS_KMS") throw wrongOrigin({ arn, origin: record.origin })
}

/** Has the material of a symmetric encryption key changed every so many days. */
export const EnableKeyRotation = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      RotationPeriodInDays: z.optional(
        z
          .int()
          .check(z.minimum(limits.rotationPeriodDaysMin), z.maximum(limits.rotationPeriodDaysMax)),
      ),
    }),
  reply: shape.nothing,
  subjects: [
    {
      ...managedRotation("kms:EnableKeyRotation", admission.rotateAutomatically),
      conditionKeys: {
        "kms:rotationperiodindays": {
          member: "RotationPeriodInDays",
          default: limits.rotationPeriodDaysDefault,
        },
      },
    },
  ],
  effect: "write",
  audit: ["KeyId", "RotationPeriodInDays"],
  perform: (call) => {
    requireAutomatic(call)
    const days = call.input.RotationPeriodInDays ?? limits.rotationPeriodDaysDefault
    const { changes } = changeKey(call, (key) => enableRotation(key, call.nowMs, days))
    return { reply: {}, changes }
  },
})

/** Ends the automatic rotation of a key. Older key materials still decrypt. */
export const DisableKeyRotation = row({
  input: () => z.object({ KeyId: shape.keyIdentifier() }),
  reply: shape.nothing,
  subjects: [managedRotation("kms:DisableKeyRotation", admission.rotateAutomatically)],
  effect: "write",
  audit: ["KeyId"],
  perform: (call) => ({ reply: {}, changes: changeKey(call, disableRotation).changes }),
})

/** Tells whether a key rotates by itself, how often, and when next. */
export const GetKeyRotationStatus = row({
  input: () => z.object({ KeyId: shape.keyIdentifier() }),
  reply: () =>
    z.object({
      KeyRotationEnabled: z.boolean(),
      KeyId: z.string(),
      RotationPeriodInDays: z.optional(z.int()),
      NextRotationDate: z.optional(z.date()),
      OnDemandRotationStartDate: z.optional(z.date()),
    }),
  subjects: [rotatingKey("kms:GetKeyRotationStatus", admission.showRotation)],
  effect: "read",
  audit: ["KeyId"],
  perform: (call) => {
    const { record } = keyOf(call)
    const { rotation } = record
    const { KeyId } = call.input
    if (rotation === undefined || awaitsDeletion(record)) {
      return { reply: { KeyRotationEnabled: false, KeyId } }
    }
    return {
      reply: {
        KeyRotationEnabled: true,
        KeyId,
        RotationPeriodInDays: rotation.periodDays,
        NextRotationDate: new Date(rotation.nextMs),
      },
    }
  },
})

/** Changes the material of a key now, whether or not it rotates by itself. */
export const RotateKeyOnDemand = row({
  input: () => z.object({ KeyId: shape.keyIdentifier() }),
  reply: () => z.object({ KeyId: z.string() }),
  subjects: [managedRotation("kms:RotateKeyOnDemand", admission.rotateOnDemand)],
  effect: "write",
  audit: ["KeyId"],
  perform: async (call) => {
    const { arn, record: before } = keyOf(call)
    if (!canRotate(before)) throw unsupportedOperation()
    requireRotationOnDemand(before, arn, call.nowMs)
    const material =
      before.origin === "EXTERNAL" ? pendingMaterial(before, arn) : await newMaterial(call, before)
    const rotation = isCopiedFirst(before) ? withNextMaterial : rotated
    const after = rotation(before, material, "ON_DEMAND", call.nowMs)
    return {
      reply: { KeyId: arn },
      changes: [{ kind: "key", before, after }],
      keyMaterialIds: [material.id],
    }
  },
})

const rotationEntry = () =>
  z.object({
    KeyId: z.string(),
    KeyMaterialId: z.string(),
    KeyMaterialDescription: z.optional(z.string()),
    ImportState: z.optional(z.enum(["IMPORTED", "PENDING_IMPORT"])),
    KeyMaterialState: z.enum(keyMaterialStates),
    ExpirationModel: z.optional(shape.expirationModel()),
    ValidTo: z.optional(z.date()),
    RotationDate: z.optional(z.date()),
    RotationType: z.optional(z.enum(["AUTOMATIC", "ON_DEMAND"])),
  })

/** What is told of imported material only. */
const importedEntry = (material: KeyMaterialRecord) => ({
  KeyMaterialDescription: material.description,
  ImportState: isPresent(material) ? ("IMPORTED" as const) : ("PENDING_IMPORT" as const),
  ...(isPresent(material) && {
    ExpirationModel:
      material.expiresMs === undefined
        ? ("KEY_MATERIAL_DOES_NOT_EXPIRE" as const)
        : ("KEY_MATERIAL_EXPIRES" as const),
  }),
  ...(material.expiresMs !== undefined && { ValidTo: new Date(material.expiresMs) }),
})

/** Lists the rotations of a key that are done, or all of its key materials. */
export const ListKeyRotations = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      IncludeKeyMaterial: z.optional(z.enum(["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"])),
      ...shape.pageInput(),
    }),
  reply: () => z.object({ Rotations: z.array(rotationEntry()), ...shape.pageReply() }),
  subjects: [managedKey("kms:ListKeyRotations", admission.listRotations)],
  effect: "read",
  audit: ["KeyId", "IncludeKeyMaterial", "Limit", "Marker"],
  perform: (call) => {
    const { arn, record } = keyOf(call)
    const isAll = call.input.IncludeKeyMaterial === "ALL_KEY_MATERIAL"
    const materials = canRotate(record)
      ? record.materials.filter((material) =>
          isAll
            ? isPermanent(material) || record.origin === "EXTERNAL"
            : material.rotatedMs !== undefined,
        )
      : []
    const nth = ({ id }: KeyMaterialRecord): string =>
      String(record.materials.findIndex((one) => one.id === id)).padStart(6, "0")
    const paging = {
      list: "ListKeyRotations",
      of: record.keyId,
      nameOf: nth,
      limitDefault: limits.keysPageDefault,
      limitMax: limits.keysPageMax,
    }
    const page = pageOf(call, paging, materials)
    const Rotations = page.records.map((material) => ({
      KeyId: arn,
      KeyMaterialId: material.id,
      KeyMaterialState: material.state,
      ...(record.origin === "EXTERNAL" && importedEntry(material)),
      ...(material.rotatedMs !== undefined && { RotationDate: new Date(material.rotatedMs) }),
      RotationType: material.rotationType,
    }))
    return { reply: { Rotations, ...page.reply } }
  },
})
