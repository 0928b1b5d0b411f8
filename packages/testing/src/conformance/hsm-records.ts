import type { PlacedBytes, RegionHsm } from "@keywright/core"
import { equalBytes, utf8 } from "./bytes.js"
import { check, checkRefused, type HsmCase, wrongOnes } from "./hsm-case.js"

/** Records that an HSM seals for the storage of its region. */

const name = "aws:eu-central-1"
const records: readonly PlacedBytes[] = [
  { place: "key/111122223333/a", bytes: utf8('{"v":1}') },
  { place: "key/111122223333/b", bytes: new Uint8Array(0) },
  { place: "due/000000000000001/a", bytes: new Uint8Array(40_000).fill(7) },
]

async function operational(make: () => RegionHsm | Promise<RegionHsm>): Promise<RegionHsm> {
  const hsm = await make()
  await hsm.createDomain(name)
  return hsm
}

const placed = (sealed: readonly Uint8Array[]): readonly PlacedBytes[] =>
  records.map(({ place }, i) => ({ place, bytes: sealed[i] as Uint8Array }))

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one !== undefined && other !== undefined && equalBytes(one, other)

/** What the records of `sealed` come to in places that are not theirs. */
const moved = (sealed: readonly PlacedBytes[]): readonly PlacedBytes[] =>
  sealed.flatMap(({ bytes }, i) =>
    sealed.filter((_, j) => j !== i).map(({ place }) => ({ place, bytes })),
  )

export const recordCases: readonly HsmCase<RegionHsm>[] = [
  {
    name: "what an HSM sealed it opens, in the same order, and so does another of the domain",
    async run({ make }) {
      const hsm = await make()
      const state = await hsm.createDomain(name)
      const sealed = placed(await hsm.sealRecords(records))
      const second = await make()
      await second.openDomain(name, state)
      for (const one of [hsm, second]) {
        const opened = await one.openRecords(sealed)
        check(opened.length === records.length, "answers one for one")
        check(
          records.every(({ bytes }, i) => isSame(bytes, opened[i])),
          "opens what was sealed",
        )
      }
      check((await hsm.openRecords([])).length === 0, "opens nothing of nothing")
    },
  },
  {
    name: "a record that is sealed twice has other bytes each time, and shows nothing of itself",
    async run({ make }) {
      const hsm = await operational(make)
      const [one] = await hsm.sealRecords(records)
      const [other] = await hsm.sealRecords(records)
      check(!isSame(one, other), "seals under fresh bytes")
      const text = new TextDecoder("latin1").decode(one)
      check(!text.includes('{"v"'), "encrypts")
    },
  },
  {
    name: "a sealed record opens in its place only, and unchanged only",
    async run({ make }) {
      const hsm = await operational(make)
      const sealed = placed(await hsm.sealRecords(records))
      const [first] = sealed as [PlacedBytes]
      const altered = wrongOnes(first.bytes).map((bytes) => ({ place: first.place, bytes }))
      for (const wrong of [...moved(sealed), ...altered]) {
        const opened = await openedOrRefused(hsm, wrong)
        check(opened === undefined, "opens nothing that was edited or moved")
      }
      const [bad, good] = await hsm.openRecords([{ ...first, place: "elsewhere" }, first])
      check(bad === undefined && good !== undefined, "opens the others of a batch")
    },
  },
  {
    name: "a sealed record does not open in another domain, not even one of the same name",
    async run({ make }) {
      const sealed = placed(await (await operational(make)).sealRecords(records))
      const other = await operational(make)
      check((await openedOrRefused(other, sealed[0] as PlacedBytes)) === undefined, "is a stranger")
    },
  },
  {
    name: "old records open after the domain key was rotated",
    async run({ make }) {
      const hsm = await make()
      const state = await hsm.createDomain(name)
      const sealed = placed(await hsm.sealRecords(records))
      await hsm.openDomain(name, await hsm.rotateDomainKey(name, state))
      const opened = await hsm.openRecords(sealed)
      check(isSame(opened[0], records[0]?.bytes), "opens what is under an old domain key")
    },
  },
  {
    name: "a sealed record has a number in digests, which no other record and no other place has",
    async run({ make }) {
      const hsm = await operational(make)
      const sealed = placed(await hsm.sealRecords(records))
      const numbers = await hsm.digestRecords(sealed)
      check(numbers.length === sealed.length, "answers a number for each record")
      check(
        numbers.every(({ length }) => length === 32),
        "answers 32 bytes for each",
      )
      const reversed = await hsm.digestRecords([...sealed].reverse())
      const isSame = [...reversed].reverse().every((one, i) => equalBytes(one, numbers[i] ?? one))
      check(isSame, "does not depend on the other records")
      const again = placed(await hsm.sealRecords(records))
      const moved = sealed.map(({ bytes }) => ({ place: "elsewhere", bytes }))
      const all = [
        ...numbers,
        ...(await hsm.digestRecords(again)),
        ...(await hsm.digestRecords(moved)),
      ]
      const different = new Set(all.map(String))
      check(different.size === all.length, "tells another sealing and another place apart")
      check((await hsm.digestRecords([])).length === 0, "answers nothing for nothing")
      const wrong = [{ place: "x", bytes: utf8("no record") }]
      await checkRefused(["malformed"], () => hsm.digestRecords(wrong))
      await checkRefused(["malformed"], () => hsm.digestRecords([...sealed, ...wrong]))
    },
  },
]

/** What an altered record comes to: its header may name a domain key that there is not. */
async function openedOrRefused(hsm: RegionHsm, record: PlacedBytes) {
  let opened: Uint8Array | undefined
  try {
    ;[opened] = await hsm.openRecords([record])
  } catch {
    await checkRefused(["unknown-domain-key"], () => hsm.openRecords([record]))
  }
  return opened
}
