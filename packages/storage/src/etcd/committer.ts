import { base64Of } from "../base64.js"
import type { Change } from "../contract.js"
import { StorageError } from "../storage-error.js"
import { newName, type SteadyClock } from "../system.js"
import { base64OfText, type Gateway, type Json, Refused } from "./gateway.js"

/** Where in the cluster a store is. */
export interface Place {
  readonly entries: string
  readonly lanes: string
}

/**
 * What one commit goes through: a key that holds the number of the last commit of the lane. A
 * commit whose answer was lost is sent again, and finds out there that it has been made.
 */
interface Lane {
  readonly key: string
  number: number
  /** Of the lane's key, as the last answer told; 0 where there is none. */
  revision: number
}

/** A lane that is not used ends with its lease, also when its host was killed. */
const leaseSeconds = 86_400
const leaseRenewedMs = 21_600_000

const leaseNotFound = 5
const attemptsMax = 8

const isLeaseLost = (error: unknown): boolean =>
  error instanceof StorageError &&
  error.cause instanceof Refused &&
  error.cause.code === leaseNotFound

const compare = (key: string, revision: number): Json => ({
  key,
  target: "MOD",
  result: "EQUAL",
  mod_revision: String(revision),
})

export function createCommitter({ ask }: Gateway, place: Place, clock: SteadyClock) {
  const handle = newName()
  const free: Lane[] = []
  let made = 0
  let lease: { readonly id: string; readonly grantedMs: number } | undefined

  const keyOf = (key: string): string => base64OfText(place.entries + key)

  const leaseId = async (): Promise<string> => {
    if (lease === undefined || clock() - lease.grantedMs > leaseRenewedMs) {
      const grantedMs = clock()
      const { ID } = await ask("/v3/lease/grant", { TTL: String(leaseSeconds), ID: "0" })
      lease = { id: String(ID), grantedMs }
    }
    return lease.id
  }

  const newLane = (): Lane => {
    made += 1
    return { key: base64OfText(`${place.lanes}${handle}/${made}`), number: 0, revision: 0 }
  }

  const writes = ({ put, remove }: Change): readonly Json[] => [
    ...put.map(({ key, value }) => ({
      request_put: { key: keyOf(key), value: base64Of(value) },
    })),
    ...remove.map((key) => ({ request_delete_range: { key: keyOf(key) } })),
  ]

  const expectations = ({ expect }: Change): readonly Json[] =>
    expect.map(({ key, revision }) => compare(keyOf(key), revision ?? 0))

  /** Checks and writes nothing: it may be asked twice. */
  const check = async (expected: readonly Json[]): Promise<boolean> => {
    if (expected.length === 0) return true
    return (await ask("/v3/kv/txn", { compare: expected })).succeeded === true
  }

  const write = async (
    lane: Lane,
    expected: readonly Json[],
    success: readonly Json[],
  ): Promise<boolean> => {
    const number = base64OfText(String(lane.number))
    for (let attempts = 0; attempts < attemptsMax; attempts += 1) {
      const mark = { request_put: { key: lane.key, value: number, lease: await leaseId() } }
      let answer: Json
      try {
        answer = await ask("/v3/kv/txn", {
          compare: [...expected, compare(lane.key, lane.revision)],
          success: [...success, mark],
          failure: [{ request_range: { key: lane.key } }],
        })
      } catch (error) {
        if (!isLeaseLost(error)) throw error
        lease = undefined
        continue
      }
      if (answer["succeeded"] === true) {
        lane.revision = Number((answer["header"] as Json)["revision"])
        return true
      }
      const known = laneIn(answer)
      const isKnown = Number(known?.["mod_revision"] ?? 0) === lane.revision
      lane.revision = Number(known?.["mod_revision"] ?? 0)
      // It has been made before, and the answer was lost.
      if (known?.["value"] === number) return true
      if (isKnown) return false
      // The lane has ended: whether the expectations hold was not seen.
    }
    throw new StorageError("failed", "etcd forgets what has just been written")
  }

  return async (change: Change): Promise<boolean> => {
    const expected = expectations(change)
    const success = writes(change)
    if (success.length === 0) return check(expected)
    const lane = free.pop() ?? newLane()
    lane.number += 1
    const isWritten = await write(lane, expected, success)
    // One without an outcome is never used again.
    free.push(lane)
    return isWritten
  }
}

/** The pair of the lane in the answer to a commit that did not succeed. */
function laneIn(answer: Json): Json | undefined {
  const [first] = answer["responses"] as readonly Json[]
  const range = first?.["response_range"] as { readonly kvs?: readonly Json[] } | undefined
  return range?.kvs?.[0]
}
