import { compileDocument, type DocumentKind, type PolicyDocument } from "@keywright/policy"
import { en } from "zod/locales"
import * as z from "zod/mini"
import { joined } from "./model/identities.js"
import type { Guardrails } from "./ports/guardrails.js"
import type { Identities, Identity } from "./ports/identities.js"

/*
 * Policies that a host hands in as objects. They are checked once, when the engine is made, and
 * frozen where they are: the engine compiles them once, so a later change would have no effect. A
 * host whose policies change hands in a function.
 */

const isDocument = (value: unknown): value is PolicyDocument =>
  typeof value === "string" || (typeof value === "object" && value !== null)

/** A policy document, as text or as an object, that can be read. */
const document = (kind: DocumentKind) =>
  z.custom<PolicyDocument>(isDocument, "must be a policy document").check(
    z.superRefine((value, context) => {
      const { problem } = compileDocument(value, kind)
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem.message })
    }),
  )

const scalar = () => z.union([z.string(), z.number(), z.boolean()])

const identity = () =>
  z.strictObject({
    policies: z.optional(z.array(document("identityPolicy"))),
    permissionsBoundary: z.optional(document("permissionsBoundary")),
    sessionPolicies: z.optional(z.array(document("sessionPolicy"))),
    tags: z.optional(z.record(z.string(), z.string())),
    conditionKeys: z.optional(z.record(z.string(), z.union([scalar(), z.array(scalar())]))),
  })

/** A principal that is asked for: services have no entry, and the root user needs none. */
const principal = () =>
  z
    .string()
    .check(
      z.regex(
        /^arn:[a-z-]+:(?:iam::\d{12}:(?:user|role)|sts::\d{12}:(?:assumed-role|federated-user))\/./,
        "must be the ARN of a user, a role, a role session or a federated user",
      ),
    )

const directory = () => z.record(principal(), identity())

const levels = (kind: DocumentKind) =>
  z.optional(
    z.array(
      z.strictObject({
        account: z.string().check(z.regex(/^\d{12}$/, "must have 12 digits")),
        isManagementAccount: z.optional(z.boolean()),
        levels: z.array(z.strictObject({ target: z.string(), policies: z.array(document(kind)) })),
      }),
    ),
  )

const guardrailsShape = () =>
  z.strictObject({
    scps: levels("scp"),
    rcps: levels("rcp"),
    vpcEndpointPolicies: z.optional(z.record(z.string(), document("vpcEndpointPolicy"))),
  })

/** What zod says in English. */
const { localeError } = en()

/** Throws `TypeError` that names the first member which is not of the shape. */
function check(option: string, shape: z.ZodMiniType, value: unknown): void {
  const { error } = shape.safeParse(value, { error: localeError })
  if (error === undefined) return
  const [issue] = error.issues
  const place = [option, ...(issue?.path ?? [])].map((part) => `[${JSON.stringify(part)}]`).join("")
  throw new TypeError(`\`${option}\` must hold what its type says: ${place}: ${issue?.message}`)
}

/** A list, or an object without behaviour of its own, of whatever realm. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype = Object.getPrototypeOf(value)
  const isBare = prototype === null || Object.getPrototypeOf(prototype) === null
  const descriptors = Object.values(Object.getOwnPropertyDescriptors(value))
  return isBare && descriptors.every(({ get }) => get === undefined)
}

/** Freezes all the way down. Throws `TypeError` for what would go on changing when frozen. */
function freezeAll(option: string, value: unknown, seen = new Set<object>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return
  if (!isPlain(value)) {
    throw new TypeError(`\`${option}\` must be made of plain objects and lists, or be a function`)
  }
  seen.add(value)
  Object.freeze(value)
  for (const member of Object.values(value)) freezeAll(option, member, seen)
}

const sessionArn = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//
const roleArn = /^arn:([^:]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/

/** Refuses a session that cannot be joined with its role: of one name, an account has one role. */
function checkSessions(identities: Readonly<Record<string, Identity>>): void {
  const nameIn = (form: RegExp, arn: string) => form.exec(arn)?.slice(1).join(" ")
  const roles = new Map(Object.keys(identities).map((arn) => [nameIn(roleArn, arn), arn]))
  for (const [arn, session] of Object.entries(identities)) {
    const name = nameIn(sessionArn, arn)
    const role = name === undefined ? undefined : identities[roles.get(name) ?? ""]
    if (role !== undefined) joined(role, session)
  }
}

/** A directory of principals as a plain object. */
export function directoryOf(identities: Readonly<Record<string, Identity>>): Identities {
  check("identities", directory(), identities)
  checkSessions(identities)
  freezeAll("identities", identities)
  return (arn) => (Object.hasOwn(identities, arn) ? identities[arn] : undefined)
}

export function givenGuardrails(guardrails: Guardrails): Guardrails {
  check("guardrails", guardrailsShape(), guardrails)
  freezeAll("guardrails", guardrails)
  return guardrails
}
