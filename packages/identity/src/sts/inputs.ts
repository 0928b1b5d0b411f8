import { compileDocument } from "@keywright/policy"
import * as z from "zod"
import type { Directory } from "../directory/directory.js"
import { IdentityError, noSuchEntity, validation } from "../vocabulary/identity-error.js"
import { limits } from "../vocabulary/limits.js"
import { bytesOfText } from "../vocabulary/text.js"

/*
 * What the operations of the token service take, with the names that AWS has for it.
 *
 * Source: AWS STS API reference, 2011-06-15.
 */

const sessionName = () => z.string().regex(/^[\w+=,.@-]{2,64}$/)

const seconds = (max: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,6}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(limits.sessionSecondsMin).max(max))
    .optional()

/** What begins with `aws:` is for AWS to say; `__proto__` would be lost where tags are read. */
const tagKey = () => z.string().regex(/^(?!aws:|__proto__$)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu)

const tags = () =>
  z
    .array(
      z.strictObject({
        Key: tagKey(),
        Value: z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u),
      }),
    )
    .max(limits.tagsMax)
    .default([])

const limited = () => ({
  Policy: z.string().min(1).max(limits.sessionPolicyLengthMax).optional(),
  PolicyArns: z
    .array(z.strictObject({ arn: z.string().min(20).max(2048) }))
    .max(limits.sessionPolicyArnsMax)
    .default([]),
})

const mfa = () => ({
  SerialNumber: z
    .string()
    .regex(/^[\w+=/:,.@-]{9,256}$/)
    .optional(),
  TokenCode: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
})

const roleArn = () => z.string().min(20).max(2048)

export const shapes = {
  AssumeRole: z.strictObject({
    RoleArn: roleArn(),
    RoleSessionName: sessionName(),
    ...limited(),
    DurationSeconds: seconds(limits.roleSessionSecondsMax),
    Tags: tags(),
    TransitiveTagKeys: z.array(tagKey()).max(limits.tagsMax).default([]),
    ExternalId: z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/)
      .optional(),
    ...mfa(),
    SourceIdentity: sessionName().optional(),
  }),
  AssumeRoleWithWebIdentity: z.strictObject({
    RoleArn: roleArn(),
    RoleSessionName: sessionName(),
    WebIdentityToken: z.string().min(4).max(20_000),
    ProviderId: z.string().min(4).max(2048).optional(),
    ...limited(),
    DurationSeconds: seconds(limits.roleSessionSecondsMax),
  }),
  GetSessionToken: z.strictObject({
    DurationSeconds: seconds(limits.userSessionSecondsMax),
    ...mfa(),
  }),
  GetFederationToken: z.strictObject({
    Name: z.string().regex(/^[\w+=,.@-]{2,32}$/),
    ...limited(),
    DurationSeconds: seconds(limits.userSessionSecondsMax),
    Tags: tags(),
  }),
  GetCallerIdentity: z.strictObject({}),
} as const

export type StsAction = keyof typeof shapes
export type InputOf<Action extends StsAction> = z.output<(typeof shapes)[Action]>
/** What callers may leave out. */
export type GivenInput<Action extends StsAction> = z.input<(typeof shapes)[Action]>

/** Throws `ValidationError`, which says which member is wrong and not what it holds. */
export function readInput<Action extends StsAction>(
  action: Action,
  input: unknown,
): InputOf<Action> {
  const { data, error } = shapes[action].safeParse(input)
  if (error === undefined) return data as InputOf<Action>
  const [issue] = error.issues
  const member = (issue?.path ?? []).map(String).join(".")
  throw validation(
    `1 validation error detected: Value at '${member.charAt(0).toLowerCase()}${member.slice(1)}' ` +
      `failed to satisfy constraint: ${issue?.message ?? "Member is wrong"}`,
  )
}

/** What a session is limited by. */
export interface SessionLimits {
  readonly policy?: string | undefined
  /** Names of managed policies of the account. */
  readonly managedPolicies: readonly string[]
}

const managedArn = (partition: string, account: string) =>
  new RegExp(`^arn:${partition}:iam::${account}:policy/(?:[!-.0-~]+/)*([\\w+=,.@-]+)$`)

/** Throws `MalformedPolicyDocument` for what is no session policy, `ValidationError` for an ARN. */
export function readLimits(
  {
    Policy: policy,
    PolicyArns: arns,
  }: { Policy?: string | undefined; PolicyArns: { arn: string }[] },
  partition: string,
  account: string,
): SessionLimits {
  const problem =
    policy === undefined ? undefined : compileDocument(policy, "sessionPolicy").problem
  if (problem !== undefined) {
    throw new IdentityError(
      "MalformedPolicyDocument",
      `Syntax errors in policy: ${problem.message}`,
    )
  }
  const form = managedArn(partition, account)
  const managedPolicies = arns.map(({ arn }) => {
    const name = form.exec(arn)?.[1]
    if (name === undefined) throw validation("PolicyArns must be managed policies of the account.")
    return name
  })
  return {
    ...(policy !== undefined && { policy: JSON.stringify(JSON.parse(policy)) }),
    managedPolicies,
  }
}

/** Throws `NoSuchEntity` where a managed policy is not there. */
export async function requirePolicies(
  { principals }: Pick<Directory, "principals">,
  account: string,
  { managedPolicies }: SessionLimits,
): Promise<void> {
  for (const name of managedPolicies) {
    const found = await principals.policyDocuments(account, [name])
    if (found === undefined) throw noSuchEntity("policy", name)
  }
}

const lengthOf = (text: string): number => bytesOfText(text).length

/**
 * How much of what a session may carry is used, in percent. Throws `PackedPolicyTooLarge`.
 *
 * Source: AWS STS API reference, `PackedPolicySize`; the form in which AWS packs is its own.
 */
export function packedSize(
  { policy = "", managedPolicies }: SessionLimits,
  tags: Readonly<Record<string, string>>,
): number {
  const parts = [policy, ...managedPolicies, ...Object.entries(tags).flat()]
  const bytes = parts.reduce((sum, part) => sum + lengthOf(part), 0)
  const percent = Math.ceil((bytes * 100) / limits.packedBytesMax)
  if (percent <= 100) return percent
  throw new IdentityError(
    "PackedPolicyTooLarge",
    `Packed size of session tags consumes ${percent}% of allotted space.`,
  )
}
