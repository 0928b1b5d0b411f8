import * as z from "zod/mini"
import { admission } from "../../model/admission.js"
import { trackedOperations } from "../../vocabulary/tracked-operations.js"
import { keyOf } from "../call.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import { managedKey } from "./managed-key.js"

/** Tells when a key was last used, and by which operation. */
export const GetKeyLastUsage = row({
  input: () => z.object({ KeyId: shape.keyIdentifier() }),
  reply: () =>
    z.object({
      KeyId: z.string(),
      KeyLastUsage: z.object({
        Operation: z.optional(z.enum(trackedOperations)),
        Timestamp: z.optional(z.date()),
        CloudTrailEventId: z.optional(z.string()),
        KmsRequestId: z.optional(z.string()),
      }),
      TrackingStartDate: z.date(),
      KeyCreationDate: z.date(),
    }),
  subjects: [managedKey("kms:GetKeyLastUsage", admission.always)],
  effect: "read",
  audit: ["KeyId"],
  perform: async (call) => {
    const key = keyOf(call)
    const last = await call.lastUsageOf(key)
    // Every key has been tracked since it was made.
    const created = new Date(key.record.createdMs)
    return {
      reply: {
        KeyId: key.arn,
        KeyLastUsage:
          last === undefined
            ? {}
            : {
                Operation: last.operation,
                Timestamp: new Date(last.usedMs),
                ...(last.eventId !== undefined && { CloudTrailEventId: last.eventId }),
                KmsRequestId: last.requestId,
              },
        TrackingStartDate: created,
        KeyCreationDate: created,
      },
    }
  },
})
