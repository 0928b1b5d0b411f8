import { type GrantIndex, indexGrants } from "@keywright/policy"
import {
  contextPlaces,
  type GrantRecord,
  granteePrefix,
  grantRecordFormat,
  operationsPlace,
  sourcePlace,
} from "../../formats/stored/grant-records.js"
import { type KeyRecord, keyRecordKey } from "../../formats/stored/key-records.js"
import type { KnownCaller } from "../../model/caller.js"
import { granteeNames, policyGrant } from "../../model/grants.js"
import { grantsInForce } from "../../operations/grants/find-grant.js"
import type { GrantOperation } from "../../vocabulary/grant-operations.js"
import { limits } from "../../vocabulary/limits.js"
import type { ReadSet } from "../records/read-set.js"
import { createRemembered, type Weighed } from "./remembered.js"

/** What a call asks of the grants on a key. */
export interface GrantQuery {
  readonly key: KeyRecord
  readonly caller: KnownCaller
  readonly operation: GrantOperation
  readonly sourceArn: string | undefined
  /** `undefined` where no encryption context binds the operation. */
  readonly encryptionContext: Readonly<Record<string, string>> | undefined
}

/** Finds the grants that may mean a caller, without reading those of others. */
export interface GrantFinder {
  /** Enough of them to decide: one of each place where all decide alike. */
  deciding(reads: ReadSet, query: GrantQuery): Promise<GrantIndex>
  /** All of them, for an explanation. */
  all(reads: ReadSet, query: Pick<GrantQuery, "key" | "caller">): Promise<GrantIndex>
}

/** So few grants of a caller are kept whole: reading them costs less than looking for some. */
const fewGrants = 32
/** Where so few ask for pairs of a context, nobody looks for each pair by itself. */
const fewWithPairs = 4
const pageGrants = 1000

type Visit = (grant: GrantRecord) => void

/** Reads grants below a prefix, to the last or to a number of them. False when there are more. */
async function readGrants(
  reads: ReadSet,
  prefix: string,
  visit: Visit,
  max = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  let after: string | undefined
  for (let left = max; left > 0; ) {
    const limit = Math.min(left, pageGrants)
    const page = await reads.list(grantRecordFormat, { prefix, after, limit })
    page.records.forEach(visit)
    const last = page.records.at(-1)
    if (!page.more || last === undefined) return true
    left -= page.records.length
    after = grantRecordFormat.keyOf(last)
  }
  return false
}

/** Those that ask for pairs of the context: all of them, or when they are many, pair by pair. */
async function readWithPairs(
  reads: ReadSet,
  prefix: string,
  context: Readonly<Record<string, string>>,
  visit: Visit,
): Promise<void> {
  const some: GrantRecord[] = []
  const areAll = await readGrants(
    reads,
    prefix + contextPlaces.withPairs,
    (grant) => some.push(grant),
    fewWithPairs,
  )
  if (areAll) return some.forEach(visit)
  for (const [name, value] of Object.entries(context)) {
    await readGrants(reads, prefix + contextPlaces.with(name, value), visit)
  }
}

/** Below a grantee: goes from operations to operations, and looks only where the call is meant. */
async function readDeciding(
  reads: ReadSet,
  grantee: string,
  { operation, sourceArn, encryptionContext }: GrantQuery,
  visit: Visit,
): Promise<void> {
  const sources = [undefined, ...(sourceArn ? [sourceArn] : [])].map(sourcePlace)
  let after: string | undefined
  for (;;) {
    const page = await reads.list(grantRecordFormat, { prefix: grantee, after, limit: 1 })
    const [first] = page.records
    if (first === undefined) return
    const place = grantee + operationsPlace(first.operations)
    after = `${place}~`
    if (!first.operations.includes(operation)) continue
    for (const source of sources) {
      const prefix = place + source
      if (encryptionContext === undefined) {
        await readGrants(reads, prefix, visit, 1)
        continue
      }
      await readGrants(reads, prefix + contextPlaces.any, visit, 1)
      await readGrants(reads, prefix + contextPlaces.exactly(encryptionContext), visit, 1)
      await readWithPairs(reads, prefix, encryptionContext, visit)
    }
  }
}

/** An upper bound of what grants in an index take: what they say, several times, and structure. */
const bytesOf = (grants: readonly GrantRecord[]): number =>
  grants.reduce((sum, grant) => sum + 2000 + 4 * JSON.stringify(grant).length, 500)

const indexed = (grants: readonly GrantRecord[]): Weighed<GrantIndex> => ({
  value: indexGrants(grants.map(policyGrant)),
  bytes: bytesOf(grants),
})

const prefixesFor = ({ key, caller }: Pick<GrantQuery, "key" | "caller">): readonly string[] =>
  granteeNames(caller).map((name) => granteePrefix(key.account, key.keyId, name))

/** All grants that may mean the caller; `undefined` when they are more than a few. */
async function readFew(
  reads: ReadSet,
  query: GrantQuery,
): Promise<readonly GrantRecord[] | undefined> {
  const grants: GrantRecord[] = []
  for (const prefix of prefixesFor(query)) {
    const left = fewGrants + 1 - grants.length
    const areAll = await readGrants(reads, prefix, (grant) => grants.push(grant), left)
    if (!areAll) return undefined
  }
  return grantsInForce(reads, query.key, grants)
}

async function readPart(reads: ReadSet, query: GrantQuery): Promise<readonly GrantRecord[]> {
  const grants: GrantRecord[] = []
  for (const prefix of prefixesFor(query)) {
    await readDeciding(reads, prefix, query, (grant) => grants.push(grant))
  }
  return grantsInForce(reads, query.key, grants)
}

/**
 * Remembers what it has found by the key's last change of a grant: other changes of the key, and
 * the number of callers that ask at once, cost nothing.
 */
export function createGrantFinder(bytesMax: number = limits.cachedGrantsBytesMax): GrantFinder {
  /** By key and caller. `undefined`: they are many. */
  const wholes = createRemembered<GrantIndex | undefined>(bytesMax / 2)
  /** By key, caller and what is asked, where there are many. */
  const parts = createRemembered<GrantIndex>(bytesMax / 2)

  return {
    all: async (reads, query) => {
      const grants: GrantRecord[] = []
      for (const prefix of prefixesFor(query)) {
        await readGrants(reads, prefix, (grant) => grants.push(grant))
      }
      return indexed(await grantsInForce(reads, query.key, grants)).value
    },

    deciding: async (reads, query) => {
      const { key, caller, operation, sourceArn, encryptionContext } = query
      const { grantsRevision } = key
      // Nothing is remembered of a key whose record came from elsewhere, or is not written yet.
      const isUnwritten = reads.relied().has(keyRecordKey(key.account, key.keyId))
      if (grantsRevision === undefined || isUnwritten)
        return indexed(await readPart(reads, query)).value
      const name = `${key.account}/${key.keyId} ${granteeNames(caller).join()}`
      const few = await wholes.at(name, grantsRevision, async () => {
        const before = wholes.recall(name)
        // Who had many grants is not looked at as a whole again.
        const wereMany = before !== undefined && before.value === undefined
        const grants = wereMany ? undefined : await readFew(reads, query)
        return grants === undefined ? { value: undefined, bytes: 0 } : indexed(grants)
      })
      if (few !== undefined) return few
      const asked = JSON.stringify([operation, sourceArn, encryptionContext])
      return parts.at(`${name} ${asked}`, grantsRevision, async () =>
        indexed(await readPart(reads, query)),
      )
    },
  }
}
