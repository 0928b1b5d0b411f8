import type { PlacedBytes } from "@keywright/core"
import type { Flaws } from "./region-flaws.js"

/** Everything under one place, as if none were bound. */
const unplaced = (records: readonly PlacedBytes[]): readonly PlacedBytes[] =>
  records.map((record) => ({ ...record, place: "anywhere" }))

/** What an HSM may do wrong with the records of its region. */
export const recordFlaws: Flaws = {
  "answers records in another order": [
    "what an HSM sealed it opens, in the same order, and so does another of the domain",
    (hsm) => ({ openRecords: async (records) => [...(await hsm.openRecords(records))].reverse() }),
  ],
  "seals a record to the same bytes each time": [
    "a record that is sealed twice has other bytes each time, and shows nothing of itself",
    (hsm) => {
      const known = new Map<string, Uint8Array>()
      return {
        sealRecords: async (records) =>
          Promise.all(
            records.map(async (record) => {
              const [fresh] = await hsm.sealRecords([record])
              const sealed = known.get(record.place) ?? fresh ?? new Uint8Array(0)
              known.set(record.place, sealed)
              return sealed
            }),
          ),
      }
    },
  ],
  "opens a record in any place": [
    "a sealed record opens in its place only, and unchanged only",
    (hsm) => ({
      sealRecords: (records) => hsm.sealRecords(unplaced(records)),
      openRecords: (records) => hsm.openRecords(unplaced(records)),
    }),
  ],
  "opens the records of every domain": [
    "a sealed record does not open in another domain, not even one of the same name",
    () => ({
      sealRecords: (records) => records.map(({ bytes }) => bytes),
      openRecords: (records) => records.map(({ bytes }) => bytes),
    }),
  ],
  "forgets the records under an old domain key": [
    "old records open after the domain key was rotated",
    (hsm) => {
      let opened = 0
      return {
        openDomain: async (name, state) => {
          opened += 1
          await hsm.openDomain(name, state)
        },
        openRecords: (records) =>
          opened > 0 ? records.map(() => undefined) : hsm.openRecords(records),
      }
    },
  ],
  "answers one number for all places": [
    "a sealed record has a number in digests, which no other record and no other place has",
    (hsm) => ({ digestRecords: (records) => hsm.digestRecords(unplaced(records)) }),
  ],
}
