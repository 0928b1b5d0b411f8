import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createLastUsages } from "../../src/engine/host/last-usages.js"
import { keyRecordFormat } from "../../src/formats/stored/key-records.js"
import { lastUsageFormat, lastUsageKey } from "../../src/formats/stored/last-usage-record.js"
import type { LocatedKey } from "../../src/operations/call.js"
import type { AnyRow } from "../../src/operations/row.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account, keyArnOf } from "../support/accounts.js"
import { createClock, dayMs } from "../support/clock.js"
import { keyRecord } from "../support/example-records.js"
import { recordingStorage } from "../support/storages.js"

const hourMs = limits.usageLagMs
const settled = () => new Promise((resolve) => setImmediate(resolve))
const keyIdOf = (i: number) => `1234abcd-12ab-34cd-56ef-${String(i).padStart(12, "0")}`
const locatedOf = (i: number) =>
  ({ arn: keyArnOf(keyIdOf(i)), record: keyRecord({ keyId: keyIdOf(i) }) }) as LocatedKey

/** Notes of a host over a storage with so many keys. */
async function notesOn(
  keysCount: number,
  notesMax?: number,
  inner: Storage = createMemoryStorage(),
) {
  for (let i = 1; i <= keysCount; i += 1) {
    const record = keyRecord({ keyId: keyIdOf(i) })
    const put = [{ key: keyRecordFormat.keyOf(record), value: keyRecordFormat.encode(record) }]
    await inner.commit({ expect: [], put, remove: [] })
  }
  const recording = recordingStorage(inner)
  const clock = createClock()
  const told: number[] = []
  const late = (waiting: number) => void told.push(waiting)
  const usages = createLastUsages(
    { storage: recording, clock, rest: () => undefined, late },
    notesMax,
  )
  const note = (i: number, operation = "Encrypt", eventId?: string) =>
    usages.note({ operation, usedMs: clock(), requestId: `request-${i}`, eventId }, [
      keyArnOf(keyIdOf(i)),
    ])
  const written = async (i: number) => {
    const key = lastUsageKey({ account, keyId: keyIdOf(i) })
    const [entry] = await inner.get([key])
    return entry && lastUsageFormat.decode(entry.value, key)
  }
  return { usages, note, written, recording, clock, told, inner }
}

describe("the uses of keys that a host has noted", () => {
  it("are written as they were noted last, with the keys as they are", async () => {
    const { usages, note, written, recording, clock } = await notesOn(2)
    note(1)
    note(2, "Decrypt", "event-2")
    clock.advanceMs(5)
    note(1, "Sign")
    expect(await usages.flush()).toEqual([])
    expect(recording.counts()).toMatchObject({ get: 1, commit: 1 })
    expect(await written(1)).toEqual({
      account,
      keyId: keyIdOf(1),
      operation: "Sign",
      usedMs: clock(),
      requestId: "request-1",
    })
    expect(await written(2)).toMatchObject({ operation: "Decrypt", eventId: "event-2" })
    expect(await usages.flush()).toEqual([])
    expect(recording.counts()).toMatchObject({ get: 0, commit: 0 })
  })

  it("are not even looked up again until what is written is an hour behind", async () => {
    const { usages, note, recording, clock } = await notesOn(1)
    note(1)
    await usages.flush()
    recording.counts()
    clock.advanceMs(hourMs - 1)
    note(1)
    await usages.flush()
    expect(recording.counts()).toMatchObject({ get: 0, commit: 0 })
    clock.advanceMs(1)
    note(1)
    await usages.flush()
    expect(recording.counts()).toMatchObject({ get: 1, commit: 1 })
  })

  it("are written beside what others have written, where that is an hour behind", async () => {
    const { usages, note, written, clock, recording } = await notesOn(3)
    const other = createLastUsages({
      storage: recording,
      clock,
      rest: () => undefined,
      late: () => undefined,
    })
    const use = (i: number, usedMs: number) =>
      other.note({ operation: "Verify", usedMs, requestId: "other" }, [keyArnOf(keyIdOf(i))])
    use(1, clock() - hourMs)
    use(2, clock() - hourMs + 1)
    await other.flush()
    for (const i of [1, 2, 3]) note(i)
    await usages.flush()
    const operations = [await written(1), await written(2), await written(3)]
    expect(operations.map((one) => one?.operation)).toEqual(["Encrypt", "Verify", "Encrypt"])
    // An hour counts from what is written, whoever has written it.
    recording.counts()
    clock.advanceMs(1)
    note(2)
    await usages.flush()
    expect((await written(2))?.operation).toBe("Encrypt")
  })

  it("are not written of a key that is gone, nor asked for again", async () => {
    const { usages, note, written, recording } = await notesOn(1)
    note(2)
    await usages.flush()
    expect([await written(2), recording.counts().commit]).toEqual([undefined, 0])
    await usages.flush()
    expect(recording.counts().get).toBe(0)
  })

  it("are written forty in one commit", async () => {
    const { usages, note, recording } = await notesOn(81)
    for (let i = 1; i <= 81; i += 1) note(i)
    await usages.flush()
    const commits = recording.calls.filter(({ method }) => method === "commit")
    expect(commits.map(({ keys }) => keys.length)).toEqual([40, 40, 1])
  })

  it("are tried again when another host changes something in between, and then left", async () => {
    const inner = createMemoryStorage()
    let meetings = 2
    let commits = 0
    const commit: Storage["commit"] = async (change) => {
      if (change.quiet !== true) return inner.commit(change)
      commits += 1
      meetings -= 1
      return meetings >= 0 ? false : inner.commit(change)
    }
    const { usages, note, written } = await notesOn(1, undefined, { ...inner, commit })
    note(1)
    await usages.flush()
    expect([(await written(1))?.operation, commits]).toEqual(["Encrypt", 3])
    meetings = Number.POSITIVE_INFINITY
    const other = await notesOn(1, undefined, { ...inner, commit })
    other.clock.advanceDays(1)
    other.note(1)
    commits = 0
    await other.usages.flush()
    expect(commits).toBe(limits.commitAttemptsMax)
    meetings = 0
    await other.usages.flush()
    expect((await other.written(1))?.usedMs).toBe(other.clock())
  })

  it("are written all but those whose record cannot be read, which is said and forgotten", async () => {
    const { usages, note, written, inner, recording } = await notesOn(3)
    const key = lastUsageKey({ account, keyId: keyIdOf(2) })
    await inner.commit({ expect: [], put: [{ key, value: Uint8Array.of(1) }], remove: [] })
    for (const i of [1, 2, 3]) note(i)
    expect(await usages.flush()).toEqual([expect.stringContaining(key)])
    expect([(await written(1))?.operation, (await written(3))?.operation]).toEqual([
      "Encrypt",
      "Encrypt",
    ])
    recording.counts()
    expect(await usages.flush()).toEqual([])
    expect(recording.counts().get).toBe(0)
  })

  it("are written by one flush at a time, which who comes meanwhile joins", async () => {
    const { usages, note, recording } = await notesOn(1)
    note(1)
    const [one, other] = [usages.flush(), usages.flush()]
    expect(one).toBe(other)
    await one
    expect(recording.counts().commit).toBe(1)
    expect(usages.flush()).not.toBe(one)
  })

  it("are written beside the calls when there are so many, and no sooner", async () => {
    const { note, recording } = await notesOn(0)
    for (let i = 1; i < limits.usagesTogether; i += 1) note(i)
    await settled()
    expect(recording.counts().get).toBe(0)
    note(limits.usagesTogether)
    await settled()
    expect(recording.counts().get).toBeGreaterThan(0)
  })

  it("are none of what is no key", async () => {
    const { usages, recording } = await notesOn(1)
    usages.note({ operation: "Encrypt", usedMs: 1, requestId: "r" }, ["no ARN"])
    expect(await usages.flush()).toEqual([])
    expect(recording.counts().commit).toBe(0)
  })
})

describe("the notes of a host", () => {
  it("make room by forgetting what is written, and else none", async () => {
    const { usages, note } = await notesOn(9, 2)
    note(1)
    note(2)
    note(3)
    expect(await usages.lastOf(locatedOf(3))).toBeUndefined()
    await usages.flush()
    note(3)
    expect(await usages.lastOf(locatedOf(3))).toMatchObject({ requestId: "request-3" })
    // The oldest was forgotten, and its use is known as it was written.
    expect(await usages.lastOf(locatedOf(1))).toMatchObject({ requestId: "request-1" })
  })

  it("are looked through for room a few at a time", async () => {
    const { usages, note, clock } = await notesOn(9, 6)
    for (const i of [1, 2, 3, 4, 5, 6]) note(i)
    await usages.flush()
    clock.advanceMs(hourMs)
    for (const i of [1, 2, 3, 4]) note(i)
    // The first four have to be written; they go behind the others, which may be forgotten.
    note(7)
    expect(await usages.lastOf(locatedOf(7))).toBeUndefined()
    note(8)
    expect(await usages.lastOf(locatedOf(8))).toMatchObject({ requestId: "request-8" })
  })

  it("say the later of what is noted and what is written", async () => {
    const { usages, note, clock, recording } = await notesOn(1)
    expect(await usages.lastOf(locatedOf(1))).toBeUndefined()
    note(1)
    const other = createLastUsages({
      storage: recording,
      clock,
      rest: () => undefined,
      late: () => undefined,
    })
    for (const [laterMs, operation] of [
      [0, "Encrypt"],
      [1, "Verify"],
    ] as const) {
      const usedMs = clock() + laterMs
      clock.advanceMs(hourMs)
      other.note({ operation: "Verify", usedMs, requestId: "other" }, [keyArnOf(keyIdOf(1))])
      await other.flush()
      const key = lastUsageKey({ account, keyId: keyIdOf(1) })
      const value = lastUsageFormat.encode({
        account,
        keyId: keyIdOf(1),
        operation: "Verify",
        usedMs,
        requestId: "other",
      })
      await recording.commit({ expect: [], put: [{ key, value }], remove: [] })
      expect((await usages.lastOf(locatedOf(1)))?.operation).toBe(operation)
    }
  })

  it("say for how many whole days a key was not used, where a row lets conditions ask", async () => {
    const { usages, note, clock } = await notesOn(1)
    const asking = { subjects: [{ asksLastUsage: true }] } as unknown as AnyRow
    const silent = { subjects: [{}] } as unknown as AnyRow
    note(1)
    const days = (row: AnyRow, key: LocatedKey | undefined, laterMs: number) =>
      usages.trailingDays(row, key, clock() + laterMs)
    expect(await days(asking, locatedOf(1), 3 * dayMs)).toBe(3)
    expect(await days(asking, locatedOf(1), 3 * dayMs - 1)).toBe(2)
    expect(days(silent, locatedOf(1), 0)).toBeUndefined()
    expect(days(asking, undefined, 0)).toBeUndefined()
  })
})
