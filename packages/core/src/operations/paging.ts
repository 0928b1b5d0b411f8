import { encodeMarker, parseMarker } from "../formats/opaque/marker.js"
import type { RecordFormat } from "../formats/stored/record-format.js"
import { invalidMarker } from "../vocabulary/refusals/requests.js"
import type { Call } from "./call.js"

export interface PageInput {
  readonly Limit?: number | undefined
  readonly Marker?: string | undefined
}

/** How one list is cut into pages. */
export interface Paging {
  /** The operation: a marker of one list is refused by every other. */
  readonly list: string
  /** What the list is of, where there are several: a marker of one is refused by the others. */
  readonly of?: string
  readonly limitDefault: number
  readonly limitMax: number
}

/** What a marker belongs to. */
const markedList = ({ caller }: Call<PageInput>, { list, of }: Paging) => ({
  list: of === undefined ? list : `${list} ${of}`,
  account: caller.account,
})

/** Where a page begins and how long it may be. */
function pageBounds(call: Call<PageInput>, paging: Paging) {
  const { limitDefault, limitMax } = paging
  const { Limit = limitDefault, Marker } = call.input
  const after = Marker === undefined ? undefined : parseMarker(Marker, markedList(call, paging))
  if (Marker !== undefined && after === undefined) throw invalidMarker()
  return { after, limit: Math.min(Limit, limitMax) }
}

/** The reply members that tell how to go on behind the last item. */
function pageReply(call: Call<PageInput>, paging: Paging, last: string | undefined) {
  if (last === undefined) return { Truncated: false }
  const NextMarker = encodeMarker({ ...markedList(call, paging), after: last })
  return { Truncated: true, NextMarker }
}

/** Printable ASCII, as everything behind a storage prefix is. */
const isStorageName = (name: string): boolean => /^[!-~]{1,256}$/.test(name)

/**
 * One page of records under a storage prefix, at the cost of that page alone. Items that are in
 * the list whether or not they are stored stand in for those that are not.
 */
export async function listPage<Value, Item = never>(
  call: Call<PageInput>,
  paging: Paging & {
    readonly format: RecordFormat<Value>
    readonly prefix: string
    /** The part of the storage key behind the prefix. */
    readonly nameOf: (record: Value | Item) => string
    readonly standIns?: readonly Item[]
  },
) {
  const { after, limit } = pageBounds(call, paging)
  if (after !== undefined && !isStorageName(after)) throw invalidMarker()
  const { records, more } = await call.records.list(paging.format, {
    prefix: paging.prefix,
    after: after === undefined ? undefined : paging.prefix + after,
    limit,
  })
  const { nameOf, standIns = [] } = paging
  // A set of all names is made only where something may stand in.
  const stored = standIns.length === 0 ? undefined : new Set(records.map(nameOf))
  const missing = standIns.filter((item) => {
    const name = nameOf(item)
    return stored?.has(name) === false && (after === undefined || name > after)
  })
  // Stored records come sorted, and so does a list to which nothing is added.
  const all: readonly (Value | Item)[] =
    missing.length === 0
      ? records
      : [...records, ...missing].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const page = all.slice(0, limit)
  const last = more || all.length > limit ? page.at(-1) : undefined
  const reply = pageReply(call, paging, last === undefined ? undefined : nameOf(last))
  return { records: page, reply }
}

/** One page of items that are at hand, sorted by name. */
export function pageOf<Item>(
  call: Call<PageInput>,
  paging: Paging & { readonly nameOf: (item: Item) => string },
  items: readonly Item[],
) {
  const { after, limit } = pageBounds(call, paging)
  const rest = after === undefined ? items : items.filter((item) => paging.nameOf(item) > after)
  const records = rest.slice(0, limit)
  const last = rest.length > limit ? records.at(-1) : undefined
  const reply = pageReply(call, paging, last === undefined ? undefined : paging.nameOf(last))
  return { records, reply }
}
