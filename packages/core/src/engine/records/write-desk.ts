import type { Storage } from "@keywright/storage"
import type { Entropy } from "../../ports/entropy.js"
import type { Rest } from "../../ports/rest.js"
import type { Timer } from "../../ports/timer.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import {
  type Batch,
  clashes,
  hasRoom,
  isAbout,
  join,
  joined,
  type Member,
  mergedChange,
  newBatch,
  part,
} from "./batch.js"
import { withCounts } from "./count-keys.js"
import type { DecidedWrite, Pending } from "./pending.js"
import type { RecordReader } from "./record-reader.js"

/**
 * Where the writes of a host come together. What was decided is pending until the commit that
 * carries it is done; calls that decide meanwhile may rely on it, and go with the same commit.
 * Nobody hears of a write before it is on the disk.
 */
export interface WriteDesk {
  /** What goes with the next commit. */
  readonly pending: Pending
  /** Says that a call is deciding: the next commit may wait for it until the answer is called. */
  deciding(): () => void
  /** Waits for the commits that are under way; those that waited go on a few at a time. */
  landed(): Eventually<void>
  /**
   * Waits for all that was decided, also for what no commit has taken yet; and for a moment for
   * calls that are deciding.
   */
  idle(): Promise<void>
  /**
   * True when a write is durable. False when something that it relies on has changed: then nothing
   * of it was written. After a clash with another host the answer comes a little later, so that
   * hosts do not meet again and again.
   */
  submit(write: DecidedWrite): Promise<boolean>
}

interface WriteDeskPorts {
  readonly storage: Storage
  readonly reader: RecordReader
  readonly timer: Timer
  readonly entropy: Entropy
  readonly rest: Rest
}

/** Turns of the microtask queue without news, after which a commit waits for no call any more. */
const patienceTurns = 300

/** A moment at random, so that hosts that clashed begin again at different times. */
const backOffMs = (entropy: Entropy, clashesInRow: number): number => {
  const windowMs = Math.min(limits.backOffMsMax, 2 ** Math.min(clashesInRow, 10))
  const [draw = 0] = entropy(new Uint8Array(1))
  return 1 + Math.floor((windowMs * draw) / 256)
}

export function createWriteDesk({
  storage,
  reader,
  timer,
  entropy,
  rest,
}: WriteDeskPorts): WriteDesk {
  let gathering = newBatch()
  /** Those that leave one after another; the first is being written. */
  const leaving: Batch[] = []
  let flight: Promise<void> | undefined
  let deciders = 0
  /** Of the deciders, those that rest. */
  let atRest = 0
  let clashesInRow = 0

  /** A rest that fails is no reason for a write to fail. */
  const restNow = async (): Promise<void> => {
    try {
      await rest()
    } catch {
      return
    }
  }

  const pause = async (): Promise<void> => {
    clashesInRow += 1
    await timer(backOffMs(entropy, clashesInRow)).over
  }

  /** Those whose expectations hold no more, as the storage is now. */
  const sift = async (members: readonly Member[]) => {
    const [only] = members
    if (members.length === 1 && only?.write.tallies.length === 0) {
      return { winners: [], losers: members }
    }
    const { expect } = mergedChange(members)
    const keys = expect.map(({ key }) => key)
    const entries = keys.length === 0 ? [] : await storage.get(keys)
    const revisions = new Map(keys.map((key, i) => [key, entries[i]?.revision]))
    return part(members, ({ write }) =>
      write.expect.every(({ key, revision }) => revisions.get(key) === revision),
    )
  }

  const settleAll = (members: readonly Member[], isWritten: boolean): void => {
    for (const { settle } of members) settle(isWritten)
  }

  const fly = async (all: readonly Member[]): Promise<void> => {
    let members = all
    for (let rounds = 0; members.length > 0; rounds += 1) {
      const { winners, losers, counts } = await withCounts(reader, members)
      settleAll(losers, false)
      if (winners.length === 0) return
      const change = joined(mergedChange(winners), counts)
      const isHeld = await storage.commit(change).catch((error: unknown) => {
        if (winners.length > 1 && isWrongCall(error)) return undefined
        throw error
      })
      if (isHeld === undefined) return await flyAlone(winners)
      if (isHeld) {
        if (rounds === 0) clashesInRow = 0
        settleAll(winners, true)
        return
      }
      const sifted = await sift(winners)
      if (sifted.losers.length > 0) {
        void pause()
          .catch(() => undefined)
          .then(() => settleAll(sifted.losers, false))
      } else if (rounds === limits.commitAttemptsMax) {
        // Nothing has changed, and still the store says no: let those who decided look again.
        return settleAll(members, false)
      } else if (rounds > 0) await pause()
      members = sifted.winners
    }
  }

  /** One that no commit can carry must not be the end of those that it travels with. */
  const flyAlone = async (members: readonly Member[]): Promise<void> => {
    for (const member of members) {
      // What it relies on may change before it is written by itself: it is decided again.
      if (member.write.relied.size > 0) member.settle(false)
      else await fly([member]).catch(member.fail)
    }
  }

  const flyAll = async (): Promise<void> => {
    for (let [batch] = leaving; batch !== undefined; [batch] = leaving) {
      try {
        await fly(batch.members)
      } catch (error) {
        // Those that were settled before do not hear of it.
        for (const { fail } of batch.members) fail(error)
      }
      leaving.shift()
      // Whoever decides for the next one waits as long as one is under way.
      if (leaving.length > 0) await restNow()
    }
    flight = undefined
  }

  const landing = async (): Promise<void> => {
    while (flight !== undefined) await flight
  }

  /** A thousand that have waited for a commit would go on as one long stretch of work. */
  const landingInTurn = async (): Promise<void> => {
    while (flight !== undefined) {
      await flight
      atRest += 1
      await restNow()
      atRest -= 1
    }
  }

  function depart(): void {
    leaving.push(gathering)
    gathering = newBatch()
    flight ??= flyAll()
  }

  /** Waits until nobody decides any more, or a while without news. */
  const decidedBy = async (batch: Batch): Promise<void> => {
    let seen = 0
    for (let turns = 0; deciders > 0 && turns < patienceTurns; turns += 1) {
      if (gathering !== batch) return
      if (batch.members.length > seen) turns = 0
      seen = batch.members.length
      await undefined
    }
  }

  const departSoon = async (batch: Batch): Promise<void> => {
    await landing()
    await decidedBy(batch)
    // Who rests now goes on before this does.
    if (gathering === batch && atRest > 0) await restNow()
    await decidedBy(batch)
    if (gathering === batch) depart()
  }

  /** A write that relies on what is no more: it is decided again when the others are done. */
  const refuse = async (): Promise<false> => {
    const { members } = gathering
    await members.at(-1)?.written.catch(() => undefined)
    await flight
    return false
  }

  return {
    pending: {
      find: (key) => gathering.entries.get(key),
      within: ({ prefix, after = "" }) =>
        [...gathering.entries.values()].filter(({ key }) => key.startsWith(prefix) && key > after),
    },
    deciding: () => {
      deciders += 1
      let isOver = false
      return () => {
        if (!isOver) deciders -= 1
        isOver = true
      }
    },
    landed: () => (flight === undefined ? undefined : landingInTurn()),
    idle: async () => {
      for (let turns = 0; turns < patienceTurns; turns += 1) {
        const last = gathering.members.at(-1)
        if (last === undefined && flight === undefined && deciders === 0) return
        if (last !== undefined || flight !== undefined || atRest > 0) turns = 0
        if (atRest > 0) await restNow()
        await last?.written.catch(() => undefined)
        await flight
      }
    },
    submit: async (write) => {
      try {
        const isLate = leaving.some(({ entries }) => isAbout(entries, write))
        if (isLate || clashes(gathering, write)) return await refuse()
        if (!hasRoom(gathering, write)) {
          depart()
          if (write.relied.size > 0) return await refuse()
        }
        const batch = gathering
        const isFirst = batch.members.length === 0
        const { written } = join(batch, write)
        write.decided?.()
        if (deciders === 0 && flight === undefined) depart()
        else if (isFirst) void departSoon(batch)
        return await written
      } finally {
        write.decided?.()
      }
    },
  }
}

/**
 * Whether a store has said that a commit was wrong: then nothing of it was written. What another
 * port throws, an anchor after the commit, has its error in a cause.
 */
const isWrongCall = (error: unknown): boolean => error instanceof TypeError
