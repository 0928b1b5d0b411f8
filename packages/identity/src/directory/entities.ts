import type * as z from "zod"
import {
  accessKeyFormat,
  entityKey,
  type GroupRecord,
  groupFormat,
  lastUseFormat,
  type PolicyRecord,
  policyFormat,
  type RecordFormat,
  type RoleRecord,
  roleFormat,
  type UserRecord,
  userFormat,
} from "../records/records.js"
import { accountForm, type EntityKind, nameForm } from "../vocabulary/arns.js"
import { IdentityError, noSuchEntity } from "../vocabulary/identity-error.js"
import { newId, type Random } from "../vocabulary/ids.js"
import type { IdentityStore } from "./store.js"
import type { ChangeAccount, Draft } from "./writer.js"

/** The records of each kind. */
export interface EntityRecords {
  readonly user: UserRecord
  readonly group: GroupRecord
  readonly role: RoleRecord
  readonly policy: PolicyRecord
}

export const formats: { readonly [Kind in EntityKind]: RecordFormat<EntityRecords[Kind]> } = {
  user: userFormat,
  group: groupFormat,
  role: roleFormat,
  policy: policyFormat,
}

/** What a record says of others: their kind and name. */
function namesIn(record: object): readonly (readonly [EntityKind, string])[] {
  const { groups = [], managedPolicies = [], permissionsBoundary } = record as Partial<UserRecord>
  const policies = [...managedPolicies, ...(permissionsBoundary ? [permissionsBoundary] : [])]
  return [
    ...groups.map((name) => ["group", name] as const),
    ...policies.map((name) => ["policy", name] as const),
  ]
}

/** What a record must have that no host says: kept for a name that is there already. */
export async function madeOf(
  draft: Draft,
  kind: EntityKind,
  {
    account,
    name,
    nowMs,
    random,
  }: { account: string; name: string; nowMs: number; random: Random },
) {
  const before = await draft.read<UserRecord>(
    formats[kind] as unknown as RecordFormat<UserRecord>,
    entityKey(kind, account, name),
  )
  const id = before?.id ?? (await newId(random, kind))
  const made = { account, name: before?.name ?? name, id, createdMs: before?.createdMs ?? nowMs }
  if (kind !== "user") return made
  return { ...made, accessKeyIds: before?.accessKeyIds ?? [], mfaSteps: before?.mfaSteps ?? {} }
}

/** Throws `NoSuchEntity` for a record that names what there is not. */
export async function requireNamed(draft: Draft, account: string, record: object): Promise<void> {
  for (const [kind, name] of namesIn(record)) {
    const key = entityKey(kind, account, name)
    const found = await draft.read(formats[kind] as RecordFormat<unknown>, key)
    if (found === undefined) throw noSuchEntity(kind, name)
  }
}

/** Throws `TypeError` for what cannot be the name of anything. */
export function checkNamed(account: string, name: string): void {
  if (typeof account !== "string" || !accountForm.test(account)) {
    throw new TypeError("`account` must have 12 digits")
  }
  if (typeof name !== "string" || !nameForm.test(name)) {
    throw new TypeError("`name` must be 1 to 128 letters, digits and +=,.@-_")
  }
}

/** What a shape makes of a value; throws `TypeError` that says where it is wrong, and not what. */
export function shaped<Value>(what: string, shape: z.ZodType<Value>, value: unknown): Value {
  const { data, error } = shape.safeParse(value)
  if (error === undefined) return data as Value
  const [issue] = error.issues
  const place = [what, ...(issue?.path ?? []).map(String)].join(".")
  throw new TypeError(`\`${place}\` ${issue?.message ?? "is wrong"}`)
}

const pageMax = 500

/** Every record of a kind in an account. */
async function* recordsOf<Kind extends EntityKind>(
  { storage }: Pick<IdentityStore, "storage">,
  kind: Kind,
  account: string,
): AsyncGenerator<EntityRecords[Kind]> {
  const prefix = `${kind}/${account}/`
  let after: string | undefined
  for (;;) {
    const page = await storage.list({ prefix, limit: pageMax, after })
    for (const { key, value } of page.entries) yield formats[kind].decode(value, key)
    after = page.entries.at(-1)?.key
    if (!page.more || after === undefined) return
  }
}

/** Who names a group or a policy: such a one is not removed. */
async function isNamed(
  store: IdentityStore,
  kind: EntityKind,
  account: string,
  name: string,
): Promise<boolean> {
  const key = entityKey(kind, account, name)
  for (const other of ["user", "group", "role"] as const) {
    for await (const record of recordsOf(store, other, account)) {
      if (namesIn(record).some(([of, called]) => entityKey(of, account, called) === key))
        return true
    }
  }
  return false
}

/** Removes what nobody names; of a user its access keys, too. */
export async function removeEntity(
  store: IdentityStore,
  change: ChangeAccount,
  { kind, account, name }: { kind: EntityKind; account: string; name: string },
): Promise<void> {
  checkNamed(account, name)
  await change(account, async (draft) => {
    const key = entityKey(kind, account, name)
    const record = await draft.read(formats[kind] as RecordFormat<object>, key)
    if (record === undefined) throw noSuchEntity(kind, name)
    // Whoever begins to name it meanwhile changes the account, and this is decided again.
    if ((kind === "group" || kind === "policy") && (await isNamed(store, kind, account, name))) {
      throw new IdentityError(
        "DeleteConflict",
        `Cannot delete the ${kind} ${name} while it is in use.`,
      )
    }
    const { accessKeyIds = [] } = record as Partial<UserRecord>
    for (const id of accessKeyIds) {
      draft.remove(`${accessKeyFormat.prefix}${id}`)
      draft.remove(`${lastUseFormat.prefix}${id}`)
    }
    draft.remove(key)
  })
}
