import type { EtcdFetch } from "../../src/etcd.js"

/*
 * As much of etcd as the storage asks of its JSON gateway, in this process.
 *
 * Source: etcd, "etcd API reference": a key has the revision of the transaction that wrote it last,
 * and 0 while it is not there; members that have the default of their type are left out.
 */

type Json = Readonly<Record<string, unknown>>

interface Pair {
  readonly value: string
  readonly revision: number
  readonly lease: string | undefined
}

/** What becomes of a request instead of an answer. */
export type Trouble = (
  path: string,
  answer: () => Json,
  signal: { readonly aborted: boolean },
) => Promise<{ readonly status: number; text(): Promise<string> }>

export interface FakeEtcd {
  readonly fetch: EtcdFetch
  /** Every request: where it went, its body and its headers. */
  readonly asked: { readonly url: string; readonly body: Json; readonly headers: Json }[]
  /** The next requests, one after another, go as they say. */
  readonly troubles: (Trouble | undefined)[]
  /** All leases end, and with them the keys under them. */
  endLeases(): void
  keys(): readonly string[]
}

const textOf = (base64: unknown): string => Buffer.from(String(base64), "base64").toString("latin1")
const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64")

export const answerOf = (status: number, text: string) => ({ status, text: async () => text })

export function createFakeEtcd(): FakeEtcd {
  const pairs = new Map<string, Pair>()
  const leases = new Set<string>()
  const asked: FakeEtcd["asked"] = []
  const troubles: FakeEtcd["troubles"] = []
  let revision = 1
  let made = 0

  const header = () => ({ cluster_id: "14841639068965178418", revision: String(revision) })

  const kvOf = (key: string, { value, revision: written }: Pair): Json => ({
    key: base64(key),
    mod_revision: String(written),
    ...(value !== "" && { value }),
  })

  function range({ key, range_end, limit, count_only }: Json): Json {
    const [from, to] = [textOf(key), range_end === undefined ? undefined : textOf(range_end)]
    const found = [...pairs]
      .filter(([name]) => (to === undefined ? name === from : name >= from && name < to))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const most = limit === undefined ? found.length : Number(limit)
    const kvs = found.slice(0, most).map(([name, pair]) => kvOf(name, pair))
    return {
      header: header(),
      ...(kvs.length > 0 && count_only !== true && { kvs }),
      ...(found.length > most && { more: true }),
    }
  }

  function perform(request: Json): Json {
    const put = request["request_put"] as Json | undefined
    const removal = request["request_delete_range"] as Json | undefined
    if (put !== undefined) {
      const lease = put["lease"] as string | undefined
      pairs.set(textOf(put["key"]), { value: String(put["value"] ?? ""), revision, lease })
      return { response_put: {} }
    }
    if (removal !== undefined) {
      pairs.delete(textOf(removal["key"]))
      return { response_delete_range: {} }
    }
    return { response_range: range(request["request_range"] as Json) }
  }

  function transaction({ compare = [], success = [], failure = [] }: Json): Json {
    const holds = (compare as Json[]).every((one) => {
      if (one["target"] !== "MOD" || one["result"] !== "EQUAL") throw new Error("not understood")
      return String(pairs.get(textOf(one["key"]))?.revision ?? 0) === one["mod_revision"]
    })
    const requests = (holds ? success : failure) as Json[]
    const lost = requests.find((one) => {
      const lease = (one["request_put"] as Json | undefined)?.["lease"]
      return lease !== undefined && !leases.has(String(lease))
    })
    if (lost !== undefined) return { code: 5, message: "etcdserver: requested lease not found" }
    if (requests.some((one) => one["request_range"] === undefined)) revision += 1
    const responses = requests.map(perform)
    return { header: header(), responses, ...(holds && { succeeded: true }) }
  }

  function serve(path: string, body: Json): Json {
    if (path === "/v3/kv/txn") return transaction(body)
    if (path === "/v3/kv/range") return range(body)
    if (path !== "/v3/lease/grant" || body["TTL"] !== "86400" || body["ID"] !== "0") {
      return { code: 3, message: "not understood" }
    }
    made += 1
    leases.add(String(made))
    return { header: header(), ID: String(made), TTL: body["TTL"] }
  }

  return {
    asked,
    troubles,
    keys: () => [...pairs.keys()].sort(),
    endLeases: () => {
      leases.clear()
      for (const [key, { lease }] of pairs) if (lease !== undefined) pairs.delete(key)
    },
    fetch: async (url, { method, headers, body, signal }) => {
      const path = url.slice(url.indexOf("/v3"))
      const asks = JSON.parse(body) as Json
      asked.push({ url, body: asks, headers: { method, ...headers } })
      const answer = () => serve(path, asks)
      const trouble = troubles.shift()
      if (trouble !== undefined) return trouble(path, answer, signal)
      const said = answer()
      return answerOf(said["code"] === undefined ? 200 : 400, JSON.stringify(said))
    },
  }
}
