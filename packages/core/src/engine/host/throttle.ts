import type { LocatedKey } from "../../operations/call.js"
import { type Eventually, inTurn } from "../../vocabulary/eventually.js"
import { type KeySpec, keySpecRow, keySpecTable } from "../../vocabulary/key-specs.js"
import type { RequestGroup, RequestQuotas } from "../../vocabulary/request-quotas.js"
import type { Request } from "../subjects/inquiry.js"
import type { Rates } from "./host-rates.js"

/** Keeps the request rates of accounts within their quotas. */
export interface Throttle {
  /**
   * Counts a request, or throws `ThrottlingException`. For a call that uses no key material,
   * before anything else.
   */
  count(request: Counted): Eventually<void>
  /** The same for a call that does, when its keys are known. */
  countUse(request: Counted, keys: readonly LocatedKey[]): Eventually<void>
}

/** A call, as far as it is counted. */
type Counted = Pick<Request, "operation" | "row" | "caller" | "input">

const isKeySpec = (spec: unknown): spec is KeySpec => Object.hasOwn(keySpecTable, String(spec))

/** The groups that a use of keys counts in; a store has a quota of its own besides. */
function groupsOf({ input }: Counted, keys: readonly LocatedKey[]) {
  const pairSpec = input["KeyPairSpec"]
  const specs = keys.map(({ record }) => record.keySpec)
  const pairs = isKeySpec(pairSpec) ? keySpecRow(pairSpec).pairQuota : undefined
  const used = specs.length === 0 ? ["SYMMETRIC_DEFAULT" as const] : specs
  const groups = pairs === undefined ? used.map((spec) => keySpecRow(spec).quota) : [pairs]
  const stores = keys.flatMap(({ record }) => record.keyStore?.id ?? [])
  return { groups: new Set<RequestGroup>(groups), stores: new Set(stores) }
}

export function createThrottle(rates: Rates, quotas: RequestQuotas): Throttle {
  const take = (account: string, group: RequestGroup, store?: string): Eventually<void> => {
    const perSecond = quotas[group]
    if (perSecond === undefined || perSecond === Number.POSITIVE_INFINITY) return
    return rates.take({ account, group: store ? `${group} ${store}` : group }, perSecond)
  }

  return {
    count: ({ row, operation, caller }) =>
      row.effect === "use" ? undefined : take(caller.account, operation as RequestGroup),
    countUse: (request, keys) => {
      if (request.row.effect !== "use") return
      const { account } = request.caller
      const { groups, stores } = groupsOf(request, keys)
      const all = [
        ...[...groups].map((group) => () => take(account, group)),
        ...[...stores].map((store) => () => take(account, "Custom key store", store)),
      ]
      return inTurn(all, (takeOne) => takeOne())
    },
  }
}
