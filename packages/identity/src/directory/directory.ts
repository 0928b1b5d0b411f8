import type { OrganizationPolicies } from "@keywright/policy"
import { type OrganizationRecord, organizationFormat, organizationKey } from "../records/records.js"
import {
  type GroupInput,
  groupShape,
  type PolicyInput,
  policyShape,
  type RoleInput,
  roleShape,
  type UserInput,
  userShape,
} from "../records/shapes.js"
import type { EntityKind } from "../vocabulary/arns.js"
import { limits } from "../vocabulary/limits.js"
import { type AccessKeys, createAccessKeys } from "./access-keys.js"
import { checkNamed, formats, madeOf, removeEntity, requireNamed, shaped } from "./entities.js"
import { andThen, type Eventually } from "./eventually.js"
import { type Filled, fill } from "./fill.js"
import { createIdentities, type Identities, type KnownIdentity } from "./identities.js"
import { organizationPolicies } from "./organization.js"
import { createReader } from "./reader.js"
import type { IdentityStore } from "./store.js"
import { type ChangeAccount, createWriter } from "./writer.js"

export interface DirectoryOptions {
  /** What `openSealedStorage` of `@keywright/core` opens, for nothing else. */
  readonly store: IdentityStore
  /** Milliseconds since 1970: `Date.now`. */
  readonly clock: () => number
  /** Default: `aws`. */
  readonly partition?: string | undefined
}

/** Accounts, and who is in them. Any number of hosts may share a store. */
export interface Directory {
  readonly partition: string
  /** The engine's port of the same name. */
  readonly identities: (principalArn: string) => Eventually<KnownIdentity | undefined>
  /** For the engine's `guardrails`, as the organization is now. */
  guardrails(): Promise<{
    readonly scps: readonly OrganizationPolicies[]
    readonly rcps: readonly OrganizationPolicies[]
  }>
  /**
   * Creates or replaces everything that is named; what is not named stays. Unique ids stay, and
   * access keys of users for whom none are given. Throws `TypeError` for what is not of the form,
   * and then nothing is written; `NoSuchEntity` for one that names what there is not, and then what
   * stands before it is.
   */
  fill(accounts: unknown): Promise<Filled>
  /** Creates a user, or replaces all but its access keys. Throws `TypeError`, `NoSuchEntity`. */
  putUser(account: string, name: string, user: UserInput): Promise<void>
  putGroup(account: string, name: string, group: GroupInput): Promise<void>
  putRole(account: string, name: string, role: RoleInput): Promise<void>
  /** A managed policy. */
  putPolicy(account: string, name: string, policy: PolicyInput): Promise<void>
  /** Throws `NoSuchEntity`; `DeleteConflict` for a group or a policy that others name. */
  remove(kind: EntityKind, account: string, name: string): Promise<void>
  readonly accessKeys: AccessKeys
  /** Who there is. For the token service and for whoever verifies signatures. */
  readonly principals: Identities
  /** Changes records of an account. For the token service. */
  readonly change: ChangeAccount
  readonly store: IdentityStore
  readonly clock: () => number
}

const shapes = { user: userShape, group: groupShape, role: roleShape, policy: policyShape }

/** Opens the accounts in a store. Throws `TypeError` for options that make no sense. */
export function createDirectory(options: DirectoryOptions): Directory {
  const { store, clock, partition = "aws" } = options
  if (typeof clock !== "function") throw new TypeError("`clock` must be a function: Date.now")
  if (!/^aws(?:-[a-z]+)*$/.test(partition)) throw new TypeError("`partition` must be like `aws`")
  const random = store.generateRandom
  const reader = createReader(store.storage, limits.rememberedRecordsMax)
  const principals = createIdentities(reader, partition)
  const change = createWriter(store)
  const accessKeys = createAccessKeys({ store, reader, change, random, clock })

  const put = async (kind: EntityKind, account: string, name: string, value: unknown) => {
    checkNamed(account, name)
    const given = shaped(kind, shapes[kind]() as never, value) as object
    await change(account, async (draft) => {
      const made = await madeOf(draft, kind, { account, name, nowMs: clock(), random })
      await requireNamed(draft, account, given)
      draft.put(formats[kind] as never, { ...given, ...made } as never)
    })
  }

  const organization = async (): Promise<OrganizationRecord | undefined> => {
    const [found] = await reader.read([{ key: organizationKey, format: organizationFormat }])
    return found?.value
  }

  return Object.freeze<Directory>({
    ...{ partition, accessKeys, principals, change, store, clock },
    identities: (arn) => andThen(principals.byArn(arn), (found) => found?.identity),
    guardrails: async () => {
      const found = await organization()
      if (found === undefined) return { scps: [], rcps: [] }
      return {
        scps: organizationPolicies(found, "scps"),
        rcps: organizationPolicies(found, "rcps"),
      }
    },
    fill: (accounts) => fill({ store, change, random, clock }, accounts),
    putUser: (account, name, user) => put("user", account, name, user),
    putGroup: (account, name, group) => put("group", account, name, group),
    putRole: (account, name, role) => put("role", account, name, role),
    putPolicy: (account, name, policy) => put("policy", account, name, policy),
    remove: (kind, account, name) => removeEntity(store, change, { kind, account, name }),
  })
}
