import type { Storage } from "./contract.js"
import { createCommitter } from "./etcd/committer.js"
import { base64OfText, createGateway, type EtcdFetch, entryOf, type Json } from "./etcd/gateway.js"
import { checkDurations, createRemoteStorage } from "./remote-storage.js"
import { StorageError } from "./storage-error.js"
import { type SteadyClock, steadyClock, systemTimer, type Timer } from "./system.js"

export type { EtcdFetch } from "./etcd/gateway.js"

export interface EtcdOptions {
  /** The members of the cluster, such as `http://127.0.0.1:2379`: one that fails is passed over. */
  readonly endpoints: readonly string[]
  /** What keys of the store begin with in the cluster. Default: `keywright/`. */
  readonly prefix?: string | undefined
  /** Of every request, such as an `authorization` of etcd. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: that of the runtime. For mutual TLS, one that has certificate and key. */
  readonly fetch?: EtcdFetch | undefined
  /**
   * How old what this handle knows may be. With 0, the default, every call sees what was committed
   * before it, and costs a round trip; with more, a call for which everything is known already
   * costs none, and a change made by another host is seen so many milliseconds later at most.
   */
  readonly stalenessMs?: number | undefined
  /** How long one request may take. Default: 5 seconds. */
  readonly deadlineMs?: number | undefined
  /** How long a call goes on asking while no member answers. Default: 10 seconds. */
  readonly patienceMs?: number | undefined
  /** What waits. Default: by the clock of the machine. */
  readonly timer?: Timer | undefined
  /** Default: that of the machine. */
  readonly clock?: SteadyClock | undefined
}

declare const fetch: EtcdFetch

/** The number of the layout; a store that says another is refused. */
const format = "1"

const printable = /^[\x21-\x7e]{1,256}$/

function checked(options: EtcdOptions) {
  const { endpoints, prefix = "keywright/" } = options
  const { stalenessMs = 0, deadlineMs = 5000, patienceMs = 10_000 } = options
  if (!Array.isArray(endpoints) || endpoints.length === 0) {
    throw new TypeError("options.endpoints must name one member at least")
  }
  for (const endpoint of endpoints) {
    if (/^https?:\/\/[^/?#@]+$/.test(String(endpoint))) continue
    throw new TypeError("options.endpoints must be origins, such as `https://etcd-1:2379`")
  }
  if (!printable.test(prefix)) {
    throw new TypeError("options.prefix must be 1 to 256 printable characters")
  }
  checkDurations({ stalenessMs, deadlineMs, patienceMs })
  return { endpoints, prefix, stalenessMs, deadlineMs, patienceMs }
}

const pairsOf = (answer: unknown): readonly Json[] =>
  (answer as { readonly kvs?: readonly Json[] } | undefined)?.kvs ?? []

/**
 * Opens the store under a prefix of an etcd cluster (3.4 or newer), and makes it there where it is
 * not. A cluster takes any number of hosts.
 *
 * A commit is one transaction that compares revisions: no lock, no lease of etcd's is relied on. It
 * is made once, even if its answer is lost and it is sent again. Reads are linearizable.
 *
 * Throws a `StorageError` with code `"format"` when the prefix holds another store.
 *
 * @example
 * const storage = await openEtcdStorage({ endpoints: ["http://127.0.0.1:2379"] })
 */
export async function openEtcdStorage(options: EtcdOptions): Promise<Storage> {
  const { endpoints, prefix, stalenessMs, deadlineMs, patienceMs } = checked(options)
  const { timer = systemTimer, clock = steadyClock, headers = {} } = options
  const gateway = createGateway({
    ...{ endpoints, headers, deadlineMs, patienceMs, timer, clock },
    fetch: options.fetch ?? fetch,
  })
  const { ask } = gateway
  const place = { entries: `${prefix}entries/`, lanes: `${prefix}lanes/` }
  const formatKey = base64OfText(`${prefix}format`)
  await openFormat(ask, formatKey)
  const entriesOf = (answer: unknown) =>
    pairsOf(answer).map((kv) => entryOf(kv, place.entries.length))
  return createRemoteStorage(
    {
      read: async (keys) => {
        const success = keys.map((key) => ({
          request_range: { key: base64OfText(place.entries + key) },
        }))
        const { responses } = await ask("/v3/kv/txn", { success })
        return (responses as readonly Json[]).flatMap((one) => entriesOf(one["response_range"]))
      },
      readInterval: async (from, to, limit) => {
        const answer = await ask("/v3/kv/range", {
          key: base64OfText(place.entries + from),
          range_end: base64OfText(place.entries + to),
          limit: String(limit),
        })
        return { entries: entriesOf(answer), more: answer["more"] === true }
      },
      commit: createCommitter(gateway, place, clock),
      state: async () => {
        const { header } = await ask("/v3/kv/range", { key: formatKey, count_only: true })
        const { cluster_id, revision } = header as Json
        return `${cluster_id} ${revision}`
      },
      end: async () => undefined,
    },
    { stalenessMs, clock },
  )
}

/** Makes the store where there is none. Throws where there is one of another format. */
async function openFormat(
  ask: (path: string, body: Json) => Promise<Json>,
  formatKey: string,
): Promise<void> {
  await ask("/v3/kv/txn", {
    compare: [{ key: formatKey, target: "MOD", result: "EQUAL", mod_revision: "0" }],
    success: [{ request_put: { key: formatKey, value: base64OfText(format) } }],
  })
  const [found] = pairsOf(await ask("/v3/kv/range", { key: formatKey }))
  if (found?.["value"] === base64OfText(format)) return
  throw new StorageError("format", `the store has another format than ${format}`)
}
