import { type GrantIndex, indexGrants } from "@keywright/policy"
import {
  type GrantRecord,
  granteePrefix,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { KnownCaller } from "../../model/caller.js"
import { granteeNames, policyGrant } from "../../model/grants.js"
import { limits } from "../../vocabulary/limits.js"
import { createRecentMap, type RecentMap } from "../../vocabulary/recent-map.js"
import type { ReadSet } from "../records/record-reader.js"

/** Finds the grants that may mean a caller, without reading those of others. */
export interface GrantFinder {
  /** `undefined` when there are none. */
  grantsFor(reads: ReadSet, key: KeyRecord, caller: KnownCaller): Promise<GrantIndex | undefined>
}

const pageGrants = 1000

async function readGrants(reads: ReadSet, prefix: string): Promise<readonly GrantRecord[]> {
  const grants: GrantRecord[] = []
  let after: string | undefined
  for (;;) {
    const page = await reads.list(grantRecordFormat, { prefix, after, limit: pageGrants })
    grants.push(...page.records)
    const last = page.records.at(-1)
    if (!page.more || last === undefined) return grants
    after = grantRecordFormat.keyOf(last)
  }
}

/**
 * Remembers the grants of a caller as long as the key's record is the same: every change of a
 * grant makes a new one.
 */
export function createGrantFinder(): GrantFinder {
  const known = new WeakMap<KeyRecord, RecentMap<GrantIndex>>()
  return {
    grantsFor: async (reads, key, caller) => {
      if (key.grantsCount === 0) return undefined
      const names = granteeNames(caller)
      const ofKey = known.get(key) ?? createRecentMap<GrantIndex>(limits.cachedGranteesMax)
      known.set(key, ofKey)
      const remembered = ofKey.get(names.join())
      if (remembered !== undefined) return remembered
      const grants: GrantRecord[] = []
      for (const name of names) {
        grants.push(...(await readGrants(reads, granteePrefix(key.account, key.keyId, name))))
      }
      const index = indexGrants(grants.map(policyGrant))
      ofKey.set(names.join(), index)
      return index
    },
  }
}
