import type { Storage } from "@keywright/storage"
import {
  type GrantRecord,
  grantNameKey,
  grantPointerKey,
  grantRecordFormat,
  retiringKey,
} from "../../src/formats/stored/grant-records.js"
import type { AliasRecord, KeyRecord } from "../../src/formats/stored/key-records.js"
import type { KeyStoreEntry, KeyStoresRecord } from "../../src/formats/stored/key-store-records.js"
import { dumpOf } from "./records.js"

/*
 * Whether everything that is stored says the same from both sides. Written from what the records
 * mean, and not with the rules by which the engine follows one to another.
 */

/** What a store holds, by kind: the first part of the storage key. */
function recordsByKind(dump: Readonly<Record<string, string>>) {
  const values = (prefix: string): readonly (readonly [string, string])[] =>
    Object.entries(dump).filter(([key]) => key.startsWith(prefix))
  const parsed = <Value>(prefix: string) =>
    values(prefix).map(([key, text]) => [key, JSON.parse(text).value as Value] as const)
  return {
    keys: parsed<KeyRecord>("key/"),
    aliases: parsed<AliasRecord>("alias/"),
    grants: parsed<GrantRecord>("grant/"),
    entries: parsed<KeyStoreEntry>("key-store-key/"),
    stores: parsed<KeyStoresRecord>("key-stores/"),
    counts: parsed<{ account: string; keys: number }>("count/"),
    pointers: ["grantid/", "grantname/", "retiring/"].flatMap(values),
    listed: values("listed/"),
    usages: values("usage/"),
    due: values("due/"),
    storeDomains: values("domain/"),
  }
}

const isText = (text: string | undefined): text is string => text !== undefined

const timesOf = ({ deletionMs, rotation, multiRegion, materials }: KeyRecord) => [
  deletionMs,
  multiRegion?.type === "REPLICA" ? undefined : rotation?.nextMs,
  multiRegion?.rotating?.atMs,
  ...materials.map(({ expiresMs }) => expiresMs),
]

const dueOf = (key: KeyRecord): readonly string[] =>
  timesOf(key).flatMap((ms) =>
    ms === undefined ? [] : [`due/${String(ms).padStart(15, "0")}/${key.account}/${key.keyId}`],
  )

type Records = ReturnType<typeof recordsByKind>

/** What there is, and what there should be by what other records say. */
type Claim = readonly [found: readonly string[], meant: readonly string[]]

const keyNameOf = ({ account, keyId }: Pick<KeyRecord, "account" | "keyId">) =>
  `${account}/${keyId}`

const storeTypesOf = ({ stores }: Records): ReadonlyMap<string, string> =>
  new Map(
    stores.flatMap(([, { account, stores: some }]) =>
      some.map(({ id, type }) => [`${account}/${id}`, type] as const),
    ),
  )

const countsOf = (keys: readonly KeyRecord[]): readonly string[] => {
  const counts = new Map<string, number>()
  for (const { account, keyManager } of keys) {
    if (keyManager === "CUSTOMER") counts.set(account, (counts.get(account) ?? 0) + 1)
  }
  return [...counts].map(([account, count]) => `count/${account} is ${count}`)
}

/** Each pair says the same twice. */
function claimsOf(all: Records, keys: readonly KeyRecord[]): readonly Claim[] {
  const { aliases, grants, entries, counts, pointers, listed, due } = all
  const grantsOf = ({ keyId }: KeyRecord) => grants.filter(([, grant]) => grant.keyId === keyId)
  return [
    [
      listed.map(([at, text]) => `${at} until ${text}`),
      keys.map((key) => `listed/${keyNameOf(key)} until ${key.deletionMs ?? ""}`),
    ],
    [due.map(([at]) => at), keys.flatMap(dueOf)],
    [
      aliases.map(([at, alias]) => `${at} is ${keyNameOf(alias)}`),
      keys.flatMap((key) =>
        key.aliases.map(
          (name) => `alias/${key.account}/${name.slice("alias/".length)} is ${keyNameOf(key)}`,
        ),
      ),
    ],
    [
      pointers.map(([at, to]) => `${at} is ${to}`),
      grants.flatMap(([at, grant]) =>
        [grantPointerKey(grant), grantNameKey(grant), retiringKey(grant)]
          .filter(isText)
          .map((pointer) => `${pointer} is ${at}`),
      ),
    ],
    [grants.map(([at]) => at), grants.map(([, grant]) => grantRecordFormat.keyOf(grant))],
    [
      keys.map((key) => `${keyNameOf(key)} has ${grantsOf(key).length} grants`),
      keys.map((key) => `${keyNameOf(key)} has ${key.grantsCount} grants`),
    ],
    [counts.map(([at, count]) => `${at} is ${count.keys}`), countsOf(keys)],
    [
      entries.map(([at, { keyId }]) => `${at} is ${keyId}`),
      keys.flatMap(({ account, keyId, keyStore }) =>
        keyStore === undefined
          ? []
          : [`key-store-key/${account}/${keyStore.id}/${keyStore.xksKeyId ?? keyId} is ${keyId}`],
      ),
    ],
  ]
}

/** What each record needs that stands elsewhere. */
function needsOf(all: Records, keys: readonly KeyRecord[]): readonly Claim[] {
  const keyNames = keys.map(keyNameOf)
  const types = storeTypesOf(all)
  const inStores = keys.filter(({ keyStore }) => keyStore !== undefined)
  return [
    [all.usages.map(([at]) => at.slice("usage/".length)), keyNames],
    [all.grants.map(([, grant]) => keyNameOf(grant)), keyNames],
    [
      inStores.map(({ account, keyStore, origin }) => `${account}/${keyStore?.id} ${origin}`),
      [...types].map(([name, type]) => `${name} ${type}`),
    ],
    [all.storeDomains.map(([at]) => at.slice("domain/".length)), [...types.keys()]],
  ]
}

/**
 * Everything on which two sides do not agree, in words. Of a key that is `deleted`, grants may be
 * gone before the key counts them: nobody asks it any more.
 */
export async function disagreementsIn(
  storage: Storage,
  { deleted }: { readonly deleted?: string } = {},
): Promise<readonly string[]> {
  const all = recordsByKind(await dumpOf(storage))
  const keys = all.keys.map(([, key]) => key)
  const claims = claimsOf(all, keys)
  const lacking = claims.flatMap(([found, meant]) => meant.filter((one) => !found.includes(one)))
  const idle = [...claims, ...needsOf(all, keys)].flatMap(([found, meant]) =>
    found.filter((one) => !meant.includes(one)),
  )
  const isExcused = (one: string) =>
    deleted !== undefined && one.includes(deleted) && one.endsWith(" grants")
  const wrong = [
    ...lacking.map((one) => `not there: ${one}`),
    ...idle.map((one) => `for nothing: ${one}`),
  ]
  return wrong.filter((one) => !isExcused(one))
}
