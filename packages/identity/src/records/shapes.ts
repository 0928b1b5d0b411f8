import * as z from "zod"
import { accountForm, nameForm, pathForm, pathLengthMax } from "../vocabulary/arns.js"
import { limits } from "../vocabulary/limits.js"
import { document, sizeOf, trustPolicy } from "./documents.js"

/*
 * What accounts are made of, as a host gives them; records hold the same and what the store adds.
 */

const name = () => z.string().regex(nameForm, "must be 1 to 128 letters, digits and +=,.@-_")
const path = () =>
  z.string().max(pathLengthMax).regex(pathForm, "must begin and end with a slash").default("/")

/** A record of zod drops `__proto__`: what was said there, a Deny maybe, would be lost. */
const recordOf = <Value extends z.ZodType>(key: z.ZodString, value: Value) =>
  z
    .custom<z.ZodRecord<z.ZodString, Value>["_zod"]["input"]>(
      (given) => !Object.hasOwn(Object(given), "__proto__"),
      "must not have the name `__proto__`",
    )
    .pipe(z.record(key, value))

const namesOf = (max: number) => z.array(name()).max(max).default([])

/** Names that differ only in letter case are one name for AWS. */
const isDistinct = (names: readonly string[]): boolean =>
  new Set(names.map((one) => one.toLowerCase())).size === names.length

const tags = () =>
  recordOf(z.string().min(1).max(limits.tagKeyLengthMax), z.string().max(limits.tagValueLengthMax))
    .refine((value) => Object.keys(value).length <= limits.tagsMax, "must be at most 50 tags")
    .refine((value) => isDistinct(Object.keys(value)), "must have each key in one letter case")
    .default({})

/** Policies by their names, and together not larger than that. */
const inlinePolicies = (sizeMax: number) =>
  recordOf(name(), document("identityPolicy", sizeMax))
    .refine(
      (value) => Object.values(value).reduce((sum, text) => sum + sizeOf(text), 0) <= sizeMax,
      `must have at most ${sizeMax} characters together`,
    )
    .default({})

const managedPolicies = () => namesOf(limits.managedPoliciesMax)

export const accessKey = () =>
  z.strictObject({
    accessKeyId: z.string().regex(/^[A-Z0-9]{16,128}$/, "must be 16 to 128 capitals and digits"),
    secretAccessKey: z.string().min(16).max(128),
    status: z.enum(["Active", "Inactive"]).default("Active"),
  })

/** A number, or its digits: texts have no numbers. */
const seconds = () =>
  z.union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,6}$/)
        .transform(Number),
    ],
    "must be seconds",
  )

const base32 = /^[A-Z2-7]{16,128}$/

/** Devices that show codes, by the ARN or the serial number; the secret is Base32. */
const mfaDevices = () =>
  recordOf(
    z.string().regex(/^[\w+=/:,.@-]{9,256}$/),
    z.string().regex(base32, "must be Base32"),
  ).default({})

export const userShape = () =>
  z.strictObject({
    path: path(),
    groups: namesOf(limits.groupsPerUserMax),
    policies: inlinePolicies(limits.userPoliciesSizeMax),
    managedPolicies: managedPolicies(),
    permissionsBoundary: name().optional(),
    tags: tags(),
    mfaDevices: mfaDevices(),
  })

export const groupShape = () =>
  z.strictObject({
    path: path(),
    policies: inlinePolicies(limits.groupPoliciesSizeMax),
    managedPolicies: managedPolicies(),
  })

export const roleShape = () =>
  z.strictObject({
    path: path(),
    trustPolicy: trustPolicy(limits.trustPolicySizeMax),
    maxSessionSeconds: seconds()
      .pipe(z.int().min(limits.roleSessionSecondsMin).max(limits.roleSessionSecondsMax))
      .default(limits.roleSessionSecondsMin),
    policies: inlinePolicies(limits.rolePoliciesSizeMax),
    managedPolicies: managedPolicies(),
    permissionsBoundary: name().optional(),
    tags: tags(),
  })

export const policyShape = () =>
  z.strictObject({
    path: path(),
    document: document("identityPolicy", limits.managedPolicySizeMax),
  })

const organizationPolicies = (kind: "scp" | "rcp") =>
  z.array(document(kind, limits.organizationPolicySizeMax)).max(10).optional()

const target = () => ({
  /** From the root down; left out, everything is allowed at this level. */
  scps: organizationPolicies("scp"),
  rcps: organizationPolicies("rcp"),
})

const accountId = () => z.string().regex(accountForm, "must have 12 digits")

/** A member of an organization. */
export interface MemberAccount {
  readonly account: string
  readonly scps?: string[] | undefined
  readonly rcps?: string[] | undefined
}

/** A root or an organizational unit. */
export interface OrganizationUnit {
  readonly id: string
  readonly scps?: string[] | undefined
  readonly rcps?: string[] | undefined
  readonly accounts: readonly MemberAccount[]
  readonly units: readonly OrganizationUnit[]
}

const member = (): z.ZodType<MemberAccount> =>
  z.union([
    accountId().transform((account) => ({ account })),
    z.strictObject({ account: accountId(), ...target() }),
  ])

/** As deep as AWS lets organizations be: a text cannot nest further. */
const unit = (id: RegExp, depth: number): z.ZodType<OrganizationUnit> =>
  z.strictObject({
    id: z.string().regex(id, "must be an id like `r-ab12` or `ou-ab12-12345678`"),
    ...target(),
    accounts: z.array(member()).default([]),
    units:
      depth === 0
        ? z.array(z.never()).default([])
        : z.array(unit(/^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/, depth - 1)).default([]),
  })

export const organizationShape = () =>
  z.strictObject({
    id: z.string().regex(/^o-[a-z0-9]{10,32}$/, "must be an id like `o-exampleorgid`"),
    managementAccount: accountId(),
    root: unit(/^r-[0-9a-z]{4,32}$/, limits.organizationDepthMax),
  })

/** What an account has, by names. */
const accountShape = () =>
  z.strictObject({
    users: recordOf(
      name(),
      userShape().extend({
        accessKeys: z.array(accessKey()).max(limits.accessKeysPerUserMax).optional(),
      }),
    ).default({}),
    groups: recordOf(name(), groupShape()).default({}),
    roles: recordOf(name(), z.union([serviceLinkedRole(), roleShape()])).default({}),
    policies: recordOf(name(), policyShape()).default({}),
  })

const servicePrincipal = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/

/**
 * A role of a service, which nobody else can assume and nothing of the organization limits.
 *
 * Source: IAM User Guide, "Create a service-linked role".
 */
const serviceLinkedRole = () =>
  z
    .strictObject({
      serviceLinkedTo: z.string().regex(servicePrincipal),
      policies: inlinePolicies(limits.rolePoliciesSizeMax),
      managedPolicies: managedPolicies(),
      tags: tags(),
    })
    .transform(({ serviceLinkedTo, ...role }) => ({
      ...role,
      path: `/aws-service-role/${serviceLinkedTo}/`,
      trustPolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { Service: serviceLinkedTo },
          Action: "sts:AssumeRole",
        },
      }),
      maxSessionSeconds: limits.roleSessionSecondsMin,
      permissionsBoundary: undefined,
    }))

/** Everything that a host can fill a store with. */
export const accountsShape = () =>
  z.strictObject({
    organization: organizationShape().optional(),
    accounts: recordOf(accountId(), accountShape()).default({}),
  })

export type AccountsInput = z.input<ReturnType<typeof accountsShape>>
export type Accounts = z.output<ReturnType<typeof accountsShape>>
export type UserInput = z.input<ReturnType<typeof userShape>>
export type GroupInput = z.input<ReturnType<typeof groupShape>>
export type RoleInput = z.input<ReturnType<typeof roleShape>>
export type PolicyInput = z.input<ReturnType<typeof policyShape>>
