import {
  accessKeyFormat,
  entityKey,
  lastUseFormat,
  organizationFormat,
  organizationKey,
  userFormat,
} from "../records/records.js"
import { type Accounts, accountsShape } from "../records/shapes.js"
import type { EntityKind } from "../vocabulary/arns.js"
import { IdentityError } from "../vocabulary/identity-error.js"
import type { Random } from "../vocabulary/ids.js"
import { limits } from "../vocabulary/limits.js"
import { formats, madeOf, requireNamed, shaped } from "./entities.js"
import { checkOrganization } from "./organization.js"
import type { IdentityStore } from "./store.js"
import type { ChangeAccount, Draft } from "./writer.js"

/** How much was written. */
export interface Filled {
  readonly accounts: number
  readonly entities: number
}

interface Parts {
  readonly store: IdentityStore
  readonly change: ChangeAccount
  readonly random: Random
  readonly clock: () => number
}

type Account = Accounts["accounts"][string]
type AccessKey = NonNullable<Account["users"][string]["accessKeys"]>[number]

/** Something of an account, in the order in which others may name it. */
interface Item {
  readonly kind: EntityKind
  readonly name: string
  readonly given: object
  readonly accessKeys?: readonly AccessKey[] | undefined
}

const kinds = [
  ["policy", "policies"],
  ["group", "groups"],
  ["role", "roles"],
  ["user", "users"],
] as const

const itemsOf = (account: Account): readonly Item[] =>
  kinds.flatMap(([kind, list]) =>
    Object.entries(account[list]).map(([name, entry]) => {
      const { accessKeys, ...given } = entry as typeof entry & { accessKeys?: readonly AccessKey[] }
      return { kind, name, given, accessKeys }
    }),
  )

/** Throws `TypeError` for names that AWS could not tell apart. */
function checkDistinct(accounts: Accounts): void {
  const ids = new Set<string>()
  for (const [account, entry] of Object.entries(accounts.accounts)) {
    const keys = new Set<string>()
    for (const { kind, name, accessKeys = [] } of itemsOf(entry)) {
      const key = entityKey(kind, account, name)
      if (keys.has(key)) throw new TypeError(`\`accounts.${account}\` has ${kind} ${name} twice`)
      keys.add(key)
      for (const { accessKeyId } of accessKeys) {
        if (ids.has(accessKeyId)) {
          throw new TypeError(`\`accounts.${account}\` has an access key that is there twice`)
        }
        ids.add(accessKeyId)
      }
    }
  }
}

/** Takes the place of the access keys that a user had. */
async function putAccessKeys(
  draft: Draft,
  { account, userName, nowMs }: { account: string; userName: string; nowMs: number },
  before: readonly string[],
  accessKeys: readonly AccessKey[],
): Promise<void> {
  for (const given of accessKeys) {
    const key = `${accessKeyFormat.prefix}${given.accessKeyId}`
    const there = await draft.read(accessKeyFormat, key)
    const isOwn = there?.account === account && there.userName === userName
    if (there !== undefined && !isOwn) {
      throw new IdentityError("EntityAlreadyExists", "The access key belongs to somebody else.")
    }
    const createdMs = there?.createdMs ?? nowMs
    draft.put(accessKeyFormat, { ...given, account, userName, createdMs })
  }
  const kept = new Set(accessKeys.map(({ accessKeyId }) => accessKeyId))
  for (const id of before) {
    if (kept.has(id)) continue
    draft.remove(`${accessKeyFormat.prefix}${id}`)
    draft.remove(`${lastUseFormat.prefix}${id}`)
  }
}

async function putItem(
  draft: Draft,
  account: string,
  { kind, name, given, accessKeys }: Item,
  { random, clock }: Parts,
): Promise<void> {
  const nowMs = clock()
  const made = await madeOf(draft, kind, { account, name, nowMs, random })
  // Users alone have some.
  if (accessKeys !== undefined && "accessKeyIds" in made) {
    const user = { account, userName: made.name, nowMs }
    await putAccessKeys(draft, user, made.accessKeyIds, accessKeys)
    const accessKeyIds = accessKeys.map(({ accessKeyId }) => accessKeyId)
    draft.put(userFormat, { ...given, ...made, accessKeyIds } as never)
    return
  }
  draft.put(formats[kind] as never, { ...given, ...made } as never)
}

async function putOrganization(
  { storage }: IdentityStore,
  organization: NonNullable<Accounts["organization"]>,
): Promise<void> {
  const put = [{ key: organizationKey, value: organizationFormat.encode(organization) }]
  await storage.commit({ expect: [], put, remove: [] })
}

/**
 * Puts as many as one commit carries, from that item on, and answers where to go on: one more names
 * 35 records at most.
 */
const putSome = (
  parts: Parts,
  account: string,
  items: readonly Item[],
  from: number,
): Promise<number> =>
  parts.change(account, async (draft) => {
    let at = from
    for (; at < items.length && draft.size() < limits.batchMax - 20; at += 1) {
      const item = items[at] as Item
      await requireNamed(draft, account, item.given)
      await putItem(draft, account, item, parts)
    }
    return at
  })

export async function fill(parts: Parts, input: unknown): Promise<Filled> {
  const accounts = shaped("accounts", accountsShape(), input)
  checkDistinct(accounts)
  // First: what it limits is limited from the beginning.
  if (accounts.organization !== undefined) {
    checkOrganization(accounts.organization)
    await putOrganization(parts.store, accounts.organization)
  }
  let entities = 0
  for (const [account, entry] of Object.entries(accounts.accounts)) {
    const items = itemsOf(entry)
    for (let at = 0; at < items.length; ) at = await putSome(parts, account, items, at)
    entities += items.length
  }
  return { accounts: Object.keys(accounts.accounts).length, entities }
}
