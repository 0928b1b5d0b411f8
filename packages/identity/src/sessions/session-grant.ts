import * as z from "zod"
import { bytesOfText, textOfBytes } from "../vocabulary/text.js"

/*
 * What a session token holds: everything that the session was granted. Nobody but the store reads
 * or writes it, and there is nothing else to look up.
 */

const version = 1

const sessionPolicies = () => ({
  /** Policies that were passed along, as JSON text. */
  policy: z.string().optional(),
  /** Names of managed policies of the account, which hold as they are when the session is used. */
  managedPolicies: z.array(z.string()),
})

const kinds = () =>
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("role"),
      roleName: z.string(),
      roleId: z.string(),
      sessionName: z.string(),
      /** Whether a role session has assumed the role: nobody asks, but the form has it. */
      isChained: z.boolean(),
      transitiveTagKeys: z.array(z.string()),
      sourceIdentity: z.string().optional(),
      /** Condition keys of the identity provider, where a token of one was exchanged. */
      providerKeys: z.record(z.string(), z.string()),
      ...sessionPolicies(),
    }),
    z.strictObject({
      kind: z.literal("user"),
      userName: z.string(),
      userId: z.string(),
      /** When the code of an MFA device was shown. */
      mfaMs: z.int().optional(),
    }),
    z.strictObject({
      kind: z.literal("federated"),
      userName: z.string(),
      userId: z.string(),
      name: z.string(),
      ...sessionPolicies(),
    }),
  ])

const grant = () =>
  z.strictObject({
    v: z.literal(version),
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    account: z.string(),
    issuedMs: z.int(),
    expiresMs: z.int(),
    tags: z.record(z.string(), z.string()),
    of: kinds(),
  })

export type SessionGrant = z.output<ReturnType<typeof grant>>
export type SessionKind = SessionGrant["of"]

/** The kinds that policies can be passed along with. */
export type LimitedSession = Extract<SessionKind, { kind: "role" | "federated" }>

export const encodeGrant = (value: Omit<SessionGrant, "v">): Uint8Array =>
  bytesOfText(JSON.stringify({ v: version, ...value }))

/** Throws for what this version has not written: it was sealed, so nobody else has. */
export function createGrantReader(): (bytes: Uint8Array) => SessionGrant {
  const shape = grant()
  return (bytes) => shape.parse(JSON.parse(textOfBytes(bytes)))
}
