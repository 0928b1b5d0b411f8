import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { domainRecordKey } from "../../src/formats/stored/key-records.js"
import { isKmsError } from "../../src/vocabulary/errors.js"
import { account, otherAccount } from "../support/accounts.js"
import { type FilledWorld, fillWorld } from "../support/filled-world.js"
import { type Probe, probesOf } from "../support/probes.js"
import { recordsIn } from "../support/records.js"
import { openRegion } from "../support/regions.js"
import { isSlow, runs } from "../support/slow.js"
import { recordingStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"

/*
 * Every record of a full store is damaged in every way that is open to an enemy who reads and
 * writes the store, and all that reads it is tried. Nothing wrong is ever used: what answers,
 * answers as before.
 *
 * `SLOW=1` tries all of it, but for the calls after every single bit; otherwise a sample, and all
 * that is missing or old.
 */

/** One thing that an enemy does, and the record that is not as it should be afterwards. */
interface Attack {
  readonly key: string
  readonly change: Change
}

/** Many of a kind, made one by one. */
interface Attacks {
  readonly size: number
  at(nth: number): Attack
}

let world: FilledWorld
let probes: readonly Probe[]
/** What each probe answers when nothing is wrong, and what it reads. */
const before = new Map<string, { readonly answer: string; readonly touched: readonly string[] }>()
let entries: readonly (readonly [key: string, value: Uint8Array])[] = []
/** Records of the same kinds that belong elsewhere: in another region, in another domain. */
let strangers: readonly (readonly [key: string, value: Uint8Array])[] = []

const kindOf = (key: string): string => key.split("/", 1)[0] ?? key

async function allOf(storage: Storage): Promise<typeof entries> {
  const { entries: found, more } = await storage.list({ prefix: "", limit: 1000 })
  if (more) throw new Error("there is more than one page")
  return found.map(({ key, value }) => [key, value] as const)
}

/** The same account, region and names, in a domain of its own. */
async function otherDomain(): Promise<Storage> {
  const storage = createMemoryStorage()
  const { root, kms } = await openRegion("us-east-1", { storage })
  const KeyId = await newKey(root)
  await root.createAlias({ AliasName: "alias/main", TargetKeyId: KeyId })
  await root.createGrant({
    KeyId,
    GranteePrincipal: kms.administrator,
    Operations: ["Decrypt"],
    RetiringPrincipal: kms.administrator,
    Name: "kept",
  })
  await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
  await kms.sweep()
  return storage
}

/** The answer as text, or what it was refused by. */
async function answerOf(probe: Probe, storage: Storage): Promise<string> {
  try {
    return await probe.run(await world.open(storage), storage)
  } catch (error) {
    return `refused: ${isKmsError(error) ? error.name : String(error)}`
  }
}

beforeAll(async () => {
  world = await fillWorld()
  entries = await allOf(world.storage)
  strangers = [...(await allOf(world.elsewhere)), ...(await allOf(await otherDomain()))]
  probes = await probesOf(world, await world.open(world.storage.fork()))
  for (const probe of probes) {
    const storage = recordingStorage(world.storage.fork())
    const answer = await answerOf(probe, storage)
    const touched = [...new Set(storage.calls.flatMap(({ keys }) => keys))]
    before.set(probe.name, { answer, touched })
  }
})

afterAll(() => world.close())

/** Whether a probe reads what is under this key, or a list in which it would be. */
function touches(probe: Probe, key: string): boolean {
  const { touched } = before.get(probe.name) ?? { touched: [] }
  return touched.some((one) => key === one || (one.endsWith("/") && key.startsWith(one)))
}

const isRefused = (answer: string): boolean => answer.startsWith("refused: ")

const keysOf = ({ change }: Attack): readonly string[] => [
  ...change.put.map(({ key }) => key),
  ...change.remove,
]

/** Which records `verify` names, or `undefined` when no host opens on what is left. */
async function namedAfter({ change }: Attack): Promise<readonly string[] | undefined> {
  const storage = world.storage.fork()
  await storage.commit(change)
  const kms = await world.open(storage).catch(() => undefined)
  if (kms === undefined) return undefined
  const { findings } = await kms.verify()
  return findings.map(({ key }) => key)
}

/** What came of an attack: the probes that were refused, and those that answer something else. */
async function outcomeOf({ key, change }: Attack) {
  const storage = world.storage.fork()
  await storage.commit(change)
  const refused: string[] = []
  const different: Probe[] = []
  const some = probes.filter((probe) => touches(probe, key))
  for (const probe of some) {
    const answer = await answerOf(probe, storage.fork())
    if (answer === before.get(probe.name)?.answer) continue
    if (isRefused(answer)) refused.push(answer)
    else different.push(probe)
  }
  return { some, refused, different }
}

/** A tombstone is read to answer another region, which hears that it cannot be answered now. */
const isForOthers = ({ key }: Attack): boolean => key.startsWith("gone/")

const removing = (key: string): Attack => ({ key, change: { expect: [], put: [], remove: [key] } })

const putting = (key: string, value: Uint8Array, ...more: Change["put"]): Attack => ({
  key,
  change: { expect: [], put: [{ key, value }, ...more], remove: [] },
})

const listed = (all: readonly Attack[]): Attacks => ({
  size: all.length,
  at: (nth) => all[nth] ?? removing("nothing"),
})

const pairs = <One, Other>(ones: readonly One[], others: readonly Other[]) =>
  ones.flatMap((one) => others.map((other) => [one, other] as const))

/** Every bit of every value. */
function flips(): Attacks {
  const sizes = entries.map(([, value]) => value.length * 8)
  return {
    size: sizes.reduce((sum, size) => sum + size, 0),
    at: (nth) => {
      let bit = nth
      let which = 0
      for (; bit >= (sizes[which] ?? 0); which += 1) bit -= sizes[which] ?? 0
      const [key, value] = entries[which] as (typeof entries)[number]
      const damaged = value.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return putting(key, damaged)
    },
  }
}

const swaps = (): Attacks =>
  listed(
    pairs(entries, entries)
      .filter(([[a], [b]]) => a < b && kindOf(a) === kindOf(b))
      .map(([[a, ofA], [b, ofB]]) => putting(a, ofB, { key: b, value: ofA })),
  )

/** In the place of one of another account, or where it would be there. */
const movedToAnotherAccount = (): Attacks =>
  listed(
    entries
      .filter(([key]) => key.includes(account))
      .flatMap(([key, value]) => {
        const there = entries.filter(
          ([other]) => kindOf(other) === kindOf(key) && other.includes(otherAccount),
        )
        const places = [key.replace(account, otherAccount), ...there.map(([other]) => other)]
        return places.map((place) => putting(place, value))
      }),
  )

/** From another region or another domain, in the place of each record of its kind. */
const broughtFromElsewhere = (): Attacks =>
  listed(
    pairs(entries, strangers)
      .filter(([[key], [other]]) => kindOf(key) === kindOf(other))
      .map(([[key], [, value]]) => putting(key, value)),
  )

/** So many are all tried when there is time; of more, so many. */
const callsMax = 3000

/** Tries all of them when there is time, otherwise a sample. */
async function tried(
  attacks: Attacks,
  attempt: (attack: Attack) => Promise<void>,
  sample: number = runs(30, callsMax),
): Promise<void> {
  if (isSlow && attacks.size <= sample) {
    for (let nth = 0; nth < attacks.size; nth += 1) await attempt(attacks.at(nth))
    return
  }
  const property = fc.asyncProperty(fc.nat({ max: attacks.size - 1 }), (nth) =>
    attempt(attacks.at(nth)),
  )
  await fc.assert(property, { numRuns: sample })
}

describe("a record that is not what the region has put there", () => {
  it.each([
    ["with any of its bits flipped", flips],
    ["that changed places with another of its kind", swaps],
    ["of another account", movedToAnotherAccount],
    ["from another region or another store", broughtFromElsewhere],
  ])(
    "%s is never used",
    async (_, make) => {
      const attacks = make()
      expect(attacks.size).toBeGreaterThan(20)
      let reads = 0
      await tried(attacks, async (attack) => {
        const { some, refused, different } = await outcomeOf(attack)
        expect(different.map(({ name }) => name)).toEqual([])
        reads += some.length
        // Who reads it says so: nothing is passed over as if it were not there.
        if (some.length > 0 && !isForOthers(attack)) expect(refused).not.toEqual([])
        const named = await namedAfter(attack)
        expect(named ?? keysOf(attack)).toEqual(expect.arrayContaining([...keysOf(attack)]))
      })
      expect(reads).toBeGreaterThan(0)
    },
    isSlow ? 3_600_000 : 300_000,
  )

  it(
    "in a single bit is not opened, whichever bit that is",
    async () => {
      const attacks = flips()
      let put: Change["put"] = []
      const get: Storage["get"] = async (keys) =>
        keys.includes(domainRecordKey)
          ? world.storage.get(keys)
          : put.map((entry) => ({ ...entry, revision: 1 }))
      const records = await recordsIn({ ...world.storage, get })
      const attempt = async ({ key, change }: Attack) => {
        if (key === domainRecordKey) return
        put = change.put
        await expect(records.get([key])).rejects.toMatchObject({ name: "RecordError", record: key })
      }
      await tried(attacks, attempt, runs(500, attacks.size))
    },
    isSlow ? 3_600_000 : 300_000,
  )
})

/** By kind of record: where it shows that one is not as it should be. */
type Unnoticed = Readonly<Record<string, readonly Probe["group"][]>>

/*
 * A genuine record in its place, where nothing that is read says anything else, is not noticed by
 * use. These are the kinds, and where it shows: `look` in lists and descriptions, `change` in what
 * is written next, and `use` where a policy is the one that it was. `verify` names all of them.
 */

/** A list is shorter, a place is free, nobody is told: nothing is used that should not be. */
const whereMissing: Unnoticed = {
  alias: ["look"],
  draft: ["change"],
  grant: ["look"],
  grantid: ["look"],
  grantname: ["change"],
  key: ["change"],
  "key-store-key": ["change"],
  "key-stores": ["look"],
  listed: ["look"],
  outbox: ["change"],
  retiring: ["look"],
  usage: ["look"],
}

/** A key is as it was, with the policy that it had; a store is connected; a use is forgotten. */
const whereOld: Unnoticed = {
  key: ["change", "look", "use"],
  "key-stores": ["look", "use"],
  listed: ["look"],
  outbox: ["change"],
  usage: ["look"],
}

/** What is written with every commit has hundreds of versions. */
const versionsMax = isSlow ? 100 : 3

/** The first, the last, and some between them. */
const someOf = <Item>(items: readonly Item[]): readonly Item[] =>
  items.filter((_, i) => i % Math.ceil(items.length / versionsMax) === 0 || i === items.length - 1)

/** By kind of record, which probes answer something else. */
async function unnoticedIn(attacks: readonly Attack[]) {
  const seen = new Map<string, Set<Probe["group"]>>()
  const used = new Set<string>()
  const unnamed = new Set<string>()
  for (const attack of attacks) {
    const named = await namedAfter(attack)
    if (named !== undefined && !named.includes(attack.key)) {
      expect(named).toContain("digest")
      unnamed.add(kindOf(attack.key))
    }
    for (const { group, name } of (await outcomeOf(attack)).different) {
      const kind = kindOf(attack.key)
      seen.set(kind, (seen.get(kind) ?? new Set()).add(group))
      if (group === "use") used.add(name)
    }
  }
  const byKind = Object.fromEntries([...seen].map(([kind, groups]) => [kind, [...groups].sort()]))
  return { byKind, used: [...used].sort(), unnamed: [...unnamed].sort() }
}

describe("what one record alone does that no other contradicts", () => {
  it("is known, where it is missing", async () => {
    const missing = await unnoticedIn(entries.map(([key]) => removing(key)))
    expect(missing).toEqual({ byKind: whereMissing, used: [], unnamed: [] })
  })

  it("is known, where it is an old one: who was let in is let in", async () => {
    const now = new Map(entries)
    const isNow = (key: string, value: Uint8Array) => Buffer.from(now.get(key) ?? []).equals(value)
    const old = [...world.versions].flatMap(([key, values]) =>
      someOf(values.filter((value) => !isNow(key, value))).map((value) => putting(key, value)),
    )
    const used = ["a key in a store that was cut off", "main by formerUser"]
    expect(await unnoticedIn(old)).toEqual({ byKind: whereOld, used, unnamed: [] })
  })
})
