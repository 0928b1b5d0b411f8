import * as z from "zod/mini"
import { isAccountId, isMultiRegionKeyId, isRegion } from "../../vocabulary/arns.js"
import { base64Of } from "../../vocabulary/base64.js"
import { equalBytes, textOf, utf8 } from "../../vocabulary/bytes.js"
import { base64 } from "../base64-shape.js"
import { goneShape, materialId, reportShape, sharedShape } from "../stored/multi-region-record.js"
import { draftMembers } from "../stored/region-records.js"

/*
 * What regions say to each other, in canonical JSON: members sorted by name, no white space, bytes
 * in Base64. Any other way to write the same is refused.
 */

const keyName = () => ({
  account: z.string().check(z.refine(isAccountId)),
  keyId: z.string().check(z.refine(isMultiRegionKeyId)),
})
const count = () => z.int().check(z.minimum(0))

const scalar = () => z.union([z.string(), z.number(), z.boolean()])
const contextValue = () => z.union([scalar(), z.readonly(z.array(scalar()))])
const text = () => z.optional(z.string())

/** Who asks, as a region tells another one; what a host added to it stays behind. */
const caller = () =>
  z.object({
    type: z.enum(["user", "role-session", "federated-user", "root", "service"]),
    arn: z.string(),
    account: z.string().check(z.refine(isAccountId)),
    roleArn: text(),
    issuerUserArn: text(),
    service: text(),
    identityArns: z.readonly(z.array(z.string())),
    context: z.object({
      sourceIp: text(),
      sourceVpce: text(),
      sourceVpc: text(),
      vpcSourceIp: text(),
      viaService: text(),
      sourceArn: text(),
      sourceAccount: text(),
      userAgent: text(),
      secureTransport: z.optional(z.boolean()),
      sessionName: text(),
      roleArn: text(),
      issuerUserArn: text(),
      conditionKeys: z.optional(z.record(z.string(), contextValue())),
    }),
  })

const request = () =>
  z.discriminatedUnion("kind", [
    /** How a key stands, from its primary to a replica, which may be to become the primary. */
    z.strictObject({
      kind: z.literal("synchronize"),
      ...keyName(),
      shared: sharedShape(),
      draft: z.optional(z.strictObject(draftMembers())),
      transfer: z.optional(base64()),
      transferred: z.optional(z.readonly(z.array(materialId()))),
    }),
    /** From a replica to its primary: which imported materials it has. */
    z.strictObject({ kind: z.literal("report"), ...keyName(), report: reportShape() }),
    /** From what was a replica to its primary: it is deleted. */
    z.strictObject({ kind: z.literal("gone"), ...keyName(), replica: goneShape() }),
    /** To a related key: to do what is due by the clock, and to say how it stands then. */
    z.strictObject({ kind: z.literal("settle"), ...keyName() }),
    /** From a region that was told to make a replica: whether that one is still to be made. */
    z.strictObject({ kind: z.literal("confirm"), ...keyName(), since: count() }),
    /** Whether an operation that involves two related keys is allowed on the other one. */
    z.strictObject({
      kind: z.literal("consult"),
      ...keyName(),
      operation: z.string(),
      input: z.readonly(z.record(z.string(), scalar())),
      requester: caller(),
    }),
  ])

const reply = () =>
  z.discriminatedUnion("kind", [
    /** The replica is at this version or a newer one. */
    z.strictObject({
      kind: z.literal("synchronized"),
      version: count(),
      report: z.optional(reportShape()),
    }),
    /** It lacks these materials, and here is a key to send them under. */
    z.strictObject({
      kind: z.literal("offered"),
      offer: base64(),
      missing: z.readonly(z.array(materialId())),
    }),
    /** There is no such key here; the last that there was, as long as that is not yet told. */
    z.strictObject({ kind: z.literal("gone"), replica: z.optional(goneShape()) }),
    /** What was due is done, as far as it could be. Nothing more is due before then. */
    z.strictObject({ kind: z.literal("settled"), quietUntilMs: z.optional(count()) }),
    /** It cannot be done now, or by this sender. */
    z.strictObject({ kind: z.literal("declined"), reason: z.string() }),
    /** It does not become the primary, and will not by any message as old as this one. */
    z.strictObject({ kind: z.literal("rejected") }),
    z.strictObject({ kind: z.literal("noted") }),
    /** The primary is elsewhere now. */
    z.strictObject({ kind: z.literal("moved"), region: z.string().check(z.refine(isRegion)) }),
    z.strictObject({ kind: z.literal("permitted") }),
    z.strictObject({ kind: z.literal("refused"), name: z.string(), message: z.string() }),
  ])

export type RegionRequest = z.output<ReturnType<typeof request>>
export type RegionReply = z.output<ReturnType<typeof reply>>

/** The members of a caller that other regions understand. Throws for what is none. */
export const plainCaller = (value: unknown): z.output<ReturnType<typeof caller>> =>
  caller().parse(value)

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const sorted = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return base64Of(value)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface BodyFormat<Body> {
  encode(body: Body): Uint8Array
  /** `undefined` for everything that `encode` does not write. */
  parse(bytes: Uint8Array): Body | undefined
}

function bodyFormat<Body>(shape: () => z.ZodMiniType<Body>): BodyFormat<Body> {
  const encode = (body: Body): Uint8Array => utf8(JSON.stringify(body, sorted))
  let schema: z.ZodMiniType<Body> | undefined
  return {
    encode,
    parse: (bytes) => {
      schema ??= shape()
      try {
        const result = schema.safeParse(JSON.parse(textOf(bytes)))
        return result.success && equalBytes(encode(result.data), bytes) ? result.data : undefined
      } catch {
        return undefined
      }
    },
  }
}

export const requestFormat: BodyFormat<RegionRequest> = bodyFormat(request)
export const replyFormat: BodyFormat<RegionReply> = bodyFormat(reply)
