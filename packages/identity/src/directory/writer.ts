import type { Expectation, Put } from "@keywright/storage"
import { accountFormat, type RecordFormat } from "../records/records.js"
import { IdentityError } from "../vocabulary/identity-error.js"
import { limits } from "../vocabulary/limits.js"
import type { IdentityStore } from "./store.js"

/** What one change reads and writes. All that it reads must still be so when it is written. */
export interface Draft {
  /** As it will be: what was put or removed before is seen. */
  read<Value>(format: RecordFormat<Value>, key: string): Promise<Value | undefined>
  put<Value>(format: RecordFormat<Value>, value: Value): void
  remove(key: string): void
  /** How many records the commit names: 98 at most. */
  size(): number
}

/** Makes changes to one account, of which one is decided after another, whoever makes them. */
export type ChangeAccount = <Result>(
  account: string,
  make: (draft: Draft) => Promise<Result>,
) => Promise<Result>

export function createWriter({ storage }: Pick<IdentityStore, "storage">): ChangeAccount {
  const attempt = async <Result>(account: string, make: (draft: Draft) => Promise<Result>) => {
    const expect = new Map<string, Expectation>()
    const put = new Map<string, Put & { readonly record: unknown }>()
    const remove = new Set<string>()
    const draft: Draft = {
      read: async <Value>(format: RecordFormat<Value>, key: string) => {
        if (remove.has(key)) return undefined
        if (put.has(key)) return put.get(key)?.record as Value
        const [entry] = await storage.get([key])
        expect.set(key, { key, revision: entry?.revision })
        return entry && format.decode(entry.value, key)
      },
      put: (format, value) => {
        const key = format.keyOf(value)
        put.set(key, { key, value: format.encode(value), record: value })
        remove.delete(key)
      },
      remove: (key) => {
        remove.add(key)
        put.delete(key)
      },
      size: () => new Set([...expect.keys(), ...put.keys(), ...remove]).size,
    }
    const before = await draft.read(accountFormat, `${accountFormat.prefix}${account}`)
    const result = await make(draft)
    if (put.size === 0 && remove.size === 0) return { result, isWritten: true }
    draft.put(accountFormat, { account, changes: (before?.changes ?? 0) + 1 })
    const change = {
      expect: [...expect.values()],
      put: Array.from(put.values(), ({ key, value }) => ({ key, value })),
      remove: [...remove],
    }
    return { result, isWritten: await storage.commit(change) }
  }

  // Of one host one change after another: two at once would only meet in the account.
  let last: Promise<unknown> = Promise.resolve()

  return async (account, make) => {
    const turn = last.then(async () => {
      for (let attempts = 0; attempts < limits.attemptsMax; attempts += 1) {
        const { result, isWritten } = await attempt(account, make)
        if (isWritten) return result
      }
      throw new IdentityError("InternalFailure", "Others write this account all the time.")
    })
    last = turn.catch(() => undefined)
    return turn
  }
}
