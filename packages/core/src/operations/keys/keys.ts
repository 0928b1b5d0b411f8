import * as z from "zod/mini"
import { keyNameFormat, keyNamePrefix } from "../../formats/stored/key-name-record.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import { admission } from "../../model/admission.js"
import * as model from "../../model/keys.js"
import { keyArn } from "../../vocabulary/arns.js"
import { limits } from "../../vocabulary/limits.js"
import { keyOf } from "../call.js"
import { listPage } from "../paging.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject } from "../subjects.js"
import { changeKey, managedKey } from "./managed-key.js"

/** Shows everything about a key that is no secret. */
export const DescribeKey = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      GrantTokens: z.optional(shape.grantTokens()),
    }),
  reply: () => z.object({ KeyMetadata: shape.keyMetadata() }),
  subjects: [{ ...managedKey("kms:DescribeKey", admission.always), accepts: "key or alias" }],
  effect: "read",
  asksReplicas: true,
  audit: ["KeyId"],
  perform: (call) => {
    const key = keyOf(call)
    return { reply: { KeyMetadata: model.keyMetadata(call.place, key.record, key) } }
  },
})

/** Lists the keys of the account in this region. */
export const ListKeys = row({
  input: () => z.object(shape.pageInput()),
  reply: () =>
    z.object({
      Keys: z.array(z.object({ KeyId: z.string(), KeyArn: z.string() })),
      ...shape.pageReply(),
    }),
  subjects: [{ by: "account", action: "kms:ListKeys" }],
  effect: "read",
  audit: ["Limit", "Marker"],
  perform: async (call) => {
    const { account } = call.caller
    const page = await listPage(call, {
      list: "ListKeys",
      format: keyNameFormat,
      prefix: keyNamePrefix(account),
      nameOf: (key) => key.keyId,
      limitDefault: limits.keysPageDefault,
      limitMax: limits.keysPageMax,
    })
    const alive = page.records.filter((key) => !model.isDeleted(key, call.nowMs))
    const Keys = alive.map(({ keyId }) => ({
      KeyId: keyId,
      KeyArn: keyArn(call.place, account, keyId),
    }))
    return { reply: { Keys, ...page.reply } }
  },
})

/** Changes the description of a key. */
export const UpdateKeyDescription = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), Description: shape.description() }),
  reply: shape.nothing,
  subjects: [managedKey("kms:UpdateKeyDescription", admission.label)],
  effect: "write",
  audit: ["KeyId", "Description"],
  perform: (call) => {
    const description = call.input.Description
    const { changes } = changeKey(call, (key) => ({ ...key, description }))
    return { reply: {}, changes }
  },
})

const toggle = (
  action: string,
  transition: (key: KeyRecord, nowMs: number) => KeyRecord,
  more: Partial<IdentifierSubject> = {},
) =>
  row({
    input: () => z.object({ KeyId: shape.keyIdentifier() }),
    reply: shape.nothing,
    subjects: [{ ...managedKey(action, admission.toggle), ...more }],
    effect: "write",
    audit: ["KeyId"],
    perform: (call) => {
      const { changes } = changeKey(call, (key) => transition(key, call.nowMs))
      return { reply: {}, changes }
    },
  })

/** Enables a key that was disabled. */
export const EnableKey = toggle("kms:EnableKey", model.enable)
/** Disables a key: until it is enabled, nothing can be done with it. */
export const DisableKey = toggle("kms:DisableKey", model.disable, { asksLastUsage: true })

/** Has a key deleted when a waiting period is over. What it encrypted is lost then. */
export const ScheduleKeyDeletion = row({
  input: () =>
    z.object({
      KeyId: shape.keyIdentifier(),
      PendingWindowInDays: z.optional(
        z
          .int()
          .check(z.minimum(limits.pendingWindowDaysMin), z.maximum(limits.pendingWindowDaysMax)),
      ),
    }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      DeletionDate: z.optional(z.date()),
      KeyState: shape.keyState(),
      PendingWindowInDays: z.int(),
    }),
  subjects: [
    {
      ...managedKey("kms:ScheduleKeyDeletion", admission.scheduleDeletion),
      asksLastUsage: true,
      conditionKeys: {
        "kms:schedulekeydeletionpendingwindowindays": {
          member: "PendingWindowInDays",
          default: limits.pendingWindowDaysDefault,
        },
      },
    },
  ],
  effect: "write",
  asksReplicas: true,
  audit: ["KeyId", "PendingWindowInDays"],
  perform: (call) => {
    const days = call.input.PendingWindowInDays ?? limits.pendingWindowDaysDefault
    const { after, changes } = changeKey(call, (key) =>
      model.scheduleDeletion(key, call.nowMs, days),
    )
    return {
      reply: {
        KeyId: keyOf(call).arn,
        ...(after.deletionMs !== undefined && { DeletionDate: new Date(after.deletionMs) }),
        KeyState: after.state,
        PendingWindowInDays: days,
      },
      changes,
    }
  },
})

/** Takes a key back from deletion. It is disabled then, and can be enabled. */
export const CancelKeyDeletion = row({
  input: () => z.object({ KeyId: shape.keyIdentifier() }),
  reply: () => z.object({ KeyId: z.string() }),
  subjects: [managedKey("kms:CancelKeyDeletion", admission.cancelDeletion)],
  effect: "write",
  audit: ["KeyId"],
  perform: (call) => ({
    reply: { KeyId: keyOf(call).arn },
    changes: changeKey(call, model.cancelDeletion).changes,
  }),
})
