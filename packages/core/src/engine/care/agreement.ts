import { type Finding, finding } from "./findings.js"
import type { Bond, Facts } from "./record-kinds.js"
import type { RecordTable } from "./record-table.js"

/** Something that does not go together, and the places that it is about, or how they begin. */
export interface Disagreement {
  readonly finding: Finding
  readonly about: readonly string[]
}

/** What the records of a store say of each other. */
export interface Agreement {
  /** `"unread"`: a record is there, and nobody can tell what it says. */
  note(place: string, facts: Facts | "unread" | undefined): void
  disagreements(table: RecordTable, nowMs: number): readonly Disagreement[]
}

/** A bond, and who says it. */
interface Said {
  readonly bond: Bond
  readonly by: string
}

const nameOf = ({ of, at, says = "" }: Bond): string => `${of}\n${at}\n${says}`

/** Those that are said once. */
function unpaired(all: readonly Said[]): readonly Said[] {
  const open = new Map<string, Said>()
  for (const one of all) {
    const name = nameOf(one.bond)
    if (!open.delete(name)) open.set(name, one)
  }
  return [...open.values()]
}

const isSame = (one: Bond, other: Bond): boolean =>
  one.of === other.of && one.at === other.at && one.says === other.says

/** Bonds that only one end knows. Nearly all are pairs, and two at one place are rare. */
function looseBonds(facts: ReadonlyMap<string, Facts>): readonly Said[] {
  const open = new Map<string, Said>()
  const others: Said[] = []
  for (const [by, { bonds = [] }] of facts) {
    for (const bond of bonds) {
      const first = open.get(bond.at)
      if (first === undefined) open.set(bond.at, { bond, by })
      else if (isSame(first.bond, bond)) open.delete(bond.at)
      else others.push({ bond, by })
    }
  }
  return unpaired([...open.values(), ...others])
}

/** How many keys and grants there are, by account and by key. */
function countAll(facts: ReadonlyMap<string, Facts>) {
  const keys = new Map<string, number>()
  const grants = new Map<string, number>()
  const add = (counts: Map<string, number>, name: string) =>
    counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const [place, { key, grantOn }] of facts) {
    if (key?.isCounted === true) add(keys, `count/${place.split("/")[1] ?? ""}`)
    if (grantOn !== undefined) add(grants, grantOn)
  }
  return { keys, grants }
}

/** Where the things stand that a count counts. */
const countedUnder = (place: string): string =>
  place.startsWith("count/") ? `${place.replace("count/", "key/")}/` : `grant/${place.slice(4)}/`

export function createAgreement(): Agreement {
  const facts = new Map<string, Facts>()
  const unread = new Set<string>()

  const isOver = (place: string, nowMs: number): boolean =>
    (facts.get(place)?.key?.endsMs ?? Number.POSITIVE_INFINITY) <= nowMs

  const ofBonds = (table: RecordTable, nowMs: number): readonly Disagreement[] =>
    looseBonds(facts).flatMap(({ bond: { of, at }, by }): readonly Disagreement[] => {
      const other = by === of ? at : of
      // What hangs on a key whose time is over may have been given to another one.
      if (isOver(of, nowMs)) return []
      if (by === at && facts.get(of)?.mayLead?.includes(at) === true) return []
      const found = table.has(other)
        ? finding(by, "disagrees", `\`${other}\` does not say the same`)
        : finding(other, "missing", `\`${by}\` leads there`)
      return [{ finding: found, about: [of, at] }]
    })

  const ofNeeds = (table: RecordTable): readonly Disagreement[] =>
    [...facts].flatMap(([place, { needs = [] }]) =>
      needs
        .filter((need) => !table.has(need))
        .map((need) => ({
          finding: finding(need, "missing", `\`${place}\` belongs to it`),
          about: [place, need],
        })),
    )

  const ofCounts = (nowMs: number): readonly Disagreement[] => {
    const { keys, grants } = countAll(facts)
    const found: Disagreement[] = []
    const add = (place: string, wrong: "disagrees" | "missing", detail: string) =>
      found.push({ finding: finding(place, wrong, detail), about: [place, countedUnder(place)] })
    for (const [place, { key, keysCount }] of facts) {
      const isCount = keysCount !== undefined
      const says = isCount ? keysCount : key?.grants
      const there = (isCount ? keys : grants).get(place) ?? 0
      if (says === undefined || says === there || isOver(place, nowMs)) continue
      const what = isCount ? "keys" : "grants"
      add(place, "disagrees", `it counts ${says} ${what}, and there are ${there}`)
    }
    for (const [place, there] of keys) {
      if (!facts.has(place) && !unread.has(place)) add(place, "missing", `there are ${there} keys`)
    }
    return found
  }

  return {
    note: (place, some) => {
      facts.delete(place)
      unread.delete(place)
      if (some === "unread") unread.add(place)
      else if (some !== undefined) facts.set(place, some)
    },
    disagreements: (table, nowMs) => [
      ...ofBonds(table, nowMs),
      ...ofNeeds(table),
      ...ofCounts(nowMs),
    ],
  }
}

/** Those that do not follow from what is named already. */
export function unexplained(
  disagreements: readonly Disagreement[],
  named: readonly Finding[],
): readonly Finding[] {
  const places = named.filter(({ wrong }) => wrong !== "unnamed").map(({ key }) => key)
  const exact = new Set(places)
  const isNamed = (about: string): boolean =>
    exact.has(about) || (about.endsWith("/") && places.some((place) => place.startsWith(about)))
  return disagreements.filter(({ about }) => !about.some(isNamed)).map((one) => one.finding)
}
