import type { Change, Entry, Storage } from "../contract.js"
import { assert, assertSame } from "./assert.js"
import { oneHandle, type StorageCase } from "./case.js"

/** Any sequence of calls agrees with a model so simple that it is plainly right. */
export const propertyCases: readonly StorageCase[] = [1, 2, 3, 4].map((seed) =>
  oneHandle(`random calls agree with a plain sorted list (seed ${seed})`, (storage) =>
    compare(storage, seed),
  ),
)

const stepsCount = 300

/** Few keys, close to one another, so that calls meet. */
const alphabet = ["a", "a/", "a/b", "a/b/c", "a/c", "a0", "b", "b/~", "b/~~", "c", "~"]

type Model = Map<string, Entry>
type Random = (below: number) => number

async function compare(storage: Storage, seed: number): Promise<void> {
  const random = createRandom(seed)
  const model: Model = new Map()
  let revisionMax = 0
  for (let step = 0; step < stepsCount; step += 1) {
    const what = `seed ${seed}, step ${step}`
    const change = anyChange(random, model)
    const holds = change.expect.every(({ key, revision }) => model.get(key)?.revision === revision)
    assertSame(await storage.commit(change), holds, `${what}: commit`)
    if (holds) revisionMax = await applyTo(model, change, storage, revisionMax, what)
    await compareReads(storage, model, random, what)
  }
}

/** Writes the change to the model too, with the revision that the store gave it. */
async function applyTo(
  model: Model,
  { put, remove }: Change,
  storage: Storage,
  revisionMax: number,
  what: string,
): Promise<number> {
  for (const key of remove) model.delete(key)
  const [first] = put
  if (first === undefined) return revisionMax
  const revision = (await storage.get([first.key]))[0]?.revision ?? 0
  assert(revision > revisionMax, `${what}: revision ${revision} after ${revisionMax}`)
  for (const { key, value } of put) model.set(key, { key, value: value.slice(), revision })
  return revision
}

async function compareReads(
  storage: Storage,
  model: Model,
  random: Random,
  what: string,
): Promise<void> {
  const keys = Array.from({ length: random(4) }, () => pick(random, alphabet))
  const expected = keys.map((key) => model.get(key))
  assertSame(await storage.get(keys), expected, `${what}: get`)
  const prefix = pick(random, ["", ...alphabet])
  const after = random(2) === 0 ? undefined : pick(random, alphabet)
  const limit = 1 + random(6)
  const all = [...model.values()]
    .filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const page = { entries: all.slice(0, limit), more: all.length > limit }
  assertSame(await storage.list({ prefix, after, limit }), page, `${what}: list`)
}

function anyChange(random: Random, model: Model): Change {
  const keys = shuffled(random, alphabet)
  const puts = random(4)
  const put = keys.slice(0, puts).map((key) => ({ key, value: anyValue(random) }))
  const remove = keys.slice(puts, puts + random(3))
  const expect = shuffled(random, alphabet)
    .slice(0, random(4))
    .map((key) => {
      // Mostly what is there, so that commits happen; now and then absence or an old revision.
      const revision = model.get(key)?.revision
      return { key, revision: random(8) > 0 ? revision : random(2) === 0 ? undefined : 1 }
    })
  return { expect, put, remove }
}

function anyValue(random: Random): Uint8Array {
  const length = random(5) === 0 ? 0 : random(3) === 0 ? random(3000) : random(40)
  return Uint8Array.from({ length }, () => random(256))
}

const pick = (random: Random, list: readonly string[]): string => list[random(list.length)] ?? ""

function shuffled(random: Random, list: readonly string[]): readonly string[] {
  const weighed = list.map((key) => ({ key, weight: random(1 << 20) }))
  return weighed.sort((a, b) => a.weight - b.weight).map(({ key }) => key)
}

/** Integers from 0 up to `below` by xorshift32: the same for the same seed, and good enough. */
function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
