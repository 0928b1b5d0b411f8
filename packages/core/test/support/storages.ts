import type { Change, Storage } from "@keywright/storage"
import { StorageError } from "@keywright/storage"

export type StorageMethod = "get" | "list" | "commit" | "stamp"

export interface StorageCall {
  readonly method: StorageMethod
  /** The keys that the call named. */
  readonly keys: readonly string[]
}

export interface RecordingStorage extends Storage {
  readonly calls: StorageCall[]
  /** Forgets what was recorded and answers how many calls there were of each method. */
  counts(): Record<StorageMethod, number>
}

const keysOfChange = ({ put, remove }: Change): string[] => [
  ...put.map(({ key }) => key),
  ...remove,
]

/** Writes down every call that reaches the store. */
export function recordingStorage(inner: Storage): RecordingStorage {
  const calls: StorageCall[] = []
  const seen = (method: StorageMethod, keys: readonly string[]) => void calls.push({ method, keys })
  return {
    calls,
    counts: () => {
      const counts = { get: 0, list: 0, commit: 0, stamp: 0 }
      for (const { method } of calls.splice(0)) counts[method] += 1
      return counts
    },
    get: (keys) => {
      seen("get", [...keys])
      return inner.get(keys)
    },
    list: (range) => {
      seen("list", [range.prefix])
      return inner.list(range)
    },
    commit: (change) => {
      seen("commit", keysOfChange(change))
      return inner.commit(change)
    },
    stamp: () => {
      seen("stamp", [])
      return inner.stamp()
    },
    close: () => inner.close(),
  }
}

export interface FaultyStorage extends Storage {
  /**
   * Lets `calls` calls pass and breaks the one after them: instead of it, or after it was done
   * and before the answer arrived.
   */
  breakAfter(calls: number, moment?: "before" | "after"): void
  /** Breaks nothing any more; answers whether anything was broken. */
  mend(): boolean
}

/** A store that can be told to fail once. */
export function faultyStorage(inner: Storage): FaultyStorage {
  let left = Number.POSITIVE_INFINITY
  let moment: "before" | "after" = "before"
  let broke = false
  const broken = () => new StorageError("failed", "the disk is on fire")
  const through = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    left -= 1
    const breaks = left === -1
    broke ||= breaks
    if (breaks && moment === "before") throw broken()
    const result = await work()
    if (breaks) throw broken()
    return result
  }
  return {
    breakAfter: (calls, when = "before") => {
      left = calls
      moment = when
      broke = false
    },
    mend: () => {
      left = Number.POSITIVE_INFINITY
      return broke
    },
    get: (keys) => through(() => inner.get(keys)),
    list: (range) => through(() => inner.list(range)),
    commit: (change) => through(() => inner.commit(change)),
    stamp: () => through(() => inner.stamp()),
    close: () => inner.close(),
  }
}

/** A store that answers when it is told to. */
export function lateStorage(inner: Storage) {
  let toCome = 0
  const letGo: (() => void)[] = []
  const get: Storage["get"] = async (keys) => {
    const entries = await inner.get(keys)
    toCome -= 1
    if (toCome === 0) await new Promise<void>((resolve) => letGo.push(resolve))
    return entries
  }
  /** Makes a call, of whose reads one is answered when `arrive` is called. */
  const late = async <Result>(read: number, call: () => Promise<Result>) => {
    const before = letGo.length
    toCome = read
    const ended = call()
    while (letGo.length === before) await new Promise((resolve) => setTimeout(resolve))
    return { ended, arrive: letGo[before] as () => void }
  }
  return { storage: { ...inner, get }, late }
}
