import { restoredFormat } from "../../formats/stored/backup-records.js"
import { domainKeyUsesFormat } from "../../formats/stored/domain-key-uses-record.js"
import {
  grantNameKey,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
  retiringKey,
} from "../../formats/stored/grant-records.js"
import { keyCountFormat } from "../../formats/stored/key-count-record.js"
import { type KeyName, keyNameFormat } from "../../formats/stored/key-name-record.js"
import {
  aliasRecordFormat,
  aliasRecordKey,
  domainRecordFormat,
  domainRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../../formats/stored/key-records.js"
import {
  keyStoreEntryFormat,
  keyStoreEntryKey,
  keyStoresFormat,
  keyStoresKey,
} from "../../formats/stored/key-store-records.js"
import { laneFormat } from "../../formats/stored/lane-record.js"
import { lastUsageFormat } from "../../formats/stored/last-usage-record.js"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import {
  knownRegionFormat,
  offerFormat,
  outboxFormat,
  replicaDraftFormat,
  replicationKeyFormat,
  tombstoneFormat,
} from "../../formats/stored/region-records.js"
import { requestRateFormat } from "../../formats/stored/request-rate-record.js"
import { rewrappingFormat } from "../../formats/stored/rewrapping-record.js"
import { domainCopyKey } from "../hsms/region-storage.js"
import { agendaKeys, formerAgendaKeys, parseAgendaKey } from "../records/entries.js"

/*
 * What each kind of record says about others. A bond is a sentence about two places that both of
 * them must say; a record that only needs another one names its place.
 */

/** What both ends of a bond say alike. */
export interface Bond {
  /** What decides: a key, or a grant. */
  readonly of: string
  /** What leads there, and says nothing of its own. */
  readonly at: string
  readonly says?: string
}

/** What one record says. */
export interface Facts {
  readonly bonds?: readonly Bond[]
  /** What may lead here, whatever this record says. */
  readonly mayLead?: readonly string[]
  /** Where there must be a record, whatever it says. */
  readonly needs?: readonly string[]
  /** A key: how many grants it has, whether it is counted, and when it ceases to exist. */
  readonly key?: { readonly grants: number; readonly isCounted: boolean; readonly endsMs?: number }
  /** How many keys an account has. */
  readonly keysCount?: number
  /** A grant, and the place of its key. */
  readonly grantOn?: string
}

interface Kind {
  readonly kind: string
  /** Throws for bytes that are no such record. */
  readonly read: (bytes: Uint8Array, place: string) => Facts
}

const keyPlace = ({ account, keyId }: Pick<KeyName, "account" | "keyId">): string =>
  keyRecordKey(account, keyId)

const listing = (name: KeyName): Bond => ({
  of: keyPlace(name),
  at: keyNameFormat.keyOf(name),
  says: name.deletionMs === undefined ? "" : String(name.deletionMs),
})

function factsOfKey(key: KeyRecord): Facts {
  const { account, keyId, keyStore, aliases, grantsCount, keyManager, deletionMs } = key
  const of = keyPlace(key)
  const agenda = agendaKeys(key)
  const mayLead = formerAgendaKeys(key).filter((at) => !agenda.includes(at))
  const leading = [
    ...agenda,
    ...aliases.map((name) => aliasRecordKey(account, name)),
    ...(keyStore === undefined
      ? []
      : [keyStoreEntryKey({ account, storeId: keyStore.id, name: keyStore.xksKeyId ?? keyId })]),
  ]
  return {
    bonds: [listing(key), ...leading.map((at) => ({ of, at }))],
    ...(mayLead.length > 0 && { mayLead }),
    key: {
      grants: grantsCount,
      isCounted: keyManager === "CUSTOMER",
      ...(deletionMs !== undefined && { endsMs: deletionMs }),
    },
  }
}

const row = <Value>(
  format: RecordFormat<Value>,
  factsOf: (value: Value, place: string) => Facts = () => ({}),
): Kind => ({
  kind: format.kind,
  read: (bytes, place) => factsOf(format.decode(bytes, place), place),
})

const pointer = row(grantPointerFormat, ({ key: at, grantKey: of }) => ({ bonds: [{ of, at }] }))

/** The kinds of records, by how their storage keys begin. */
const kinds: Readonly<Record<string, Kind>> = {
  key: row(keyRecordFormat, factsOfKey),
  listed: row(keyNameFormat, (name) => ({ bonds: [listing(name)] })),
  alias: row(aliasRecordFormat, (alias, at) => ({ bonds: [{ of: keyPlace(alias), at }] })),
  due: {
    kind: "agenda",
    read: (_, at) => {
      const entry = parseAgendaKey(at)
      if (entry === undefined) throw new Error(`the agenda entry \`${at}\` names no key`)
      return { bonds: [{ of: keyPlace(entry), at }] }
    },
  },
  grant: row(grantRecordFormat, (grant, of) => {
    const leading = [grantPointerKey(grant), grantNameKey(grant), retiringKey(grant)]
    const bonds = leading.filter((at) => at !== undefined).map((at) => ({ of, at }))
    return { bonds, needs: [keyPlace(grant)], grantOn: keyPlace(grant) }
  }),
  grantid: pointer,
  grantname: pointer,
  retiring: pointer,
  count: row(keyCountFormat, ({ keys }) => ({ keysCount: keys })),
  usage: row(lastUsageFormat, (usage) => ({ needs: [keyPlace(usage)] })),
  "key-stores": row(keyStoresFormat),
  "key-store-key": row(keyStoreEntryFormat, (entry, at) => ({
    bonds: [{ of: keyPlace(entry), at }],
    needs: [keyStoresKey(entry.account)],
  })),
  domain: {
    kind: "domain",
    read: (bytes, place) => {
      domainRecordFormat(place).decode(bytes, place)
      const [, account] = place.split("/")
      return { needs: [account === undefined ? domainCopyKey : keyStoresKey(account)] }
    },
  },
  [domainCopyKey]: {
    kind: "domain",
    read: (bytes) => {
      domainRecordFormat(domainRecordKey).decode(bytes, domainRecordKey)
      return {}
    },
  },
  replication: row(replicationKeyFormat),
  region: row(knownRegionFormat),
  outbox: row(outboxFormat),
  draft: row(replicaDraftFormat),
  offer: row(offerFormat),
  gone: row(tombstoneFormat),
  restored: row(restoredFormat),
  uses: row(domainKeyUsesFormat),
  rewrapping: row(rewrappingFormat),
  digest: row(laneFormat),
  rate: row(requestRateFormat),
}

const rowOf = (place: string): Kind | undefined => {
  const [start = ""] = place.split("/", 1)
  return Object.hasOwn(kinds, start) ? kinds[start] : undefined
}

/** What kind of record stands under a storage key, as far as the key says. */
export const kindOf = (place: string): string => rowOf(place)?.kind ?? "unknown"

/** What a record says. Throws for what does not parse. */
export function factsOf(place: string, bytes: Uint8Array): Facts {
  const row = rowOf(place)
  if (row === undefined) throw new Error(`no record of this engine stands under \`${place}\``)
  return row.read(bytes, place)
}
