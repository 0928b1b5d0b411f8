import { runInNewContext } from "node:vm"
import { expect, test, vi } from "vitest"
import { type Agenda, createTestClock } from "../src/clock.js"
import { formatFixtures, parseFixtures } from "../src/fixtures/index.js"
import { createTestKms } from "../src/index.js"

const now = new Date("2030-01-01T00:00:00Z")
const day = 86_400_000
const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"

test("the clock stands still until it is moved", async () => {
  const { clock, client, close } = await createTestKms({ now })
  const [first, second] = [await client().createKey({}), await client().createKey({})]
  expect(first.KeyMetadata?.CreationDate).toEqual(now)
  expect(second.KeyMetadata?.CreationDate).toEqual(now)
  clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 })
  expect(clock.now()).toEqual(new Date("2030-01-02T02:03:04.005Z"))
  clock.set(new Date("2029-06-01T00:00:00Z"))
  const third = await client().createKey({})
  expect(third.KeyMetadata?.CreationDate).toEqual(new Date("2029-06-01T00:00:00Z"))
  await close()
})

test("what is no time is refused by name", async () => {
  const { clock, close } = await createTestKms({ now })
  expect(() => clock.advance({ days: -1 })).toThrow("`days` must be a number")
  expect(() => clock.advance({ weeks: 1 } as never)).toThrow("`weeks` is no unit")
  for (const wrong of [5000, undefined, null, "PT5S"]) {
    expect(() => clock.advance(wrong as never)).toThrow("`duration` must be an object")
  }
  expect(() => clock.set(new Date(Number.NaN))).toThrow("`moment` must be a Date")
  expect(() => clock.advance({ days: 1e12 })).toThrow(TypeError)
  expect(clock.now()).toEqual(now)
  await expect(createTestKms({ now: new Date(-1) })).rejects.toThrow("`now` must be a Date")
  await close()
})

test("a clock goes as far as the year 9999, and what is due later is refused", async () => {
  const last = new Date("9999-12-31T23:59:59.999Z")
  const { clock, client, close } = await createTestKms({ now: last })
  const over = "`moment` must be a Date, of 1970 to 9999"
  expect(() => clock.set(new Date(last.getTime() + 1))).toThrow(over)
  expect(() => clock.advance({ milliseconds: 1 })).toThrow(over)
  const { KeyMetadata } = await client().createKey({})
  await client().scheduleKeyDeletion({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 7 })
  await expect(clock.runUntil("KeyDeletion")).rejects.toThrow(over)
  clock.advance({ days: 0 })
  expect(clock.now()).toEqual(last)
  await close()
})

test("a Date from before a fake clock, or of another realm, is a Date", async () => {
  const foreign: Date = runInNewContext("new Date(1893456000000)")
  const before = new Date(foreign)
  vi.useFakeTimers({ toFake: ["Date"] })
  try {
    const fixtures = { keys: [{ id, created: before }] }
    const { clock, client, capture, close } = await createTestKms({ now: foreign, fixtures })
    clock.set(before)
    expect(clock.now().getTime()).toBe(before.getTime())
    const { KeyMetadata } = await client().describeKey({ KeyId: id })
    expect(KeyMetadata?.CreationDate?.getTime()).toBe(before.getTime())
    const text = formatFixtures({ keys: [{ created: foreign }] })
    expect(parseFixtures(text).keys?.[0]).toEqual({ created: "2030-01-01T00:00:00.000Z" })
    expect((await capture()).keys).toHaveLength(1)
    await close()
  } finally {
    vi.useRealTimers()
  }
})

test("running until a rotation rotates, and what was encrypted before still decrypts", async () => {
  const { clock, client, close } = await createTestKms({ now })
  const app = client()
  const { KeyMetadata } = await app.createKey({})
  const KeyId = KeyMetadata?.KeyId
  await app.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
  const { CiphertextBlob } = await app.encrypt({ KeyId, Plaintext: new Uint8Array(3) })
  for (const periods of [1, 2]) {
    const moment = await clock.runUntil("KeyRotation")
    expect(moment).toEqual(new Date(now.getTime() + periods * 90 * day))
  }
  const { Rotations } = await app.listKeyRotations({ KeyId })
  expect(Rotations).toHaveLength(2)
  expect((await app.decrypt({ CiphertextBlob })).Plaintext).toEqual(new Uint8Array(3))
  await close()
})

test("running until a deletion passes the rotations on the way, in any region", async () => {
  const kit = await createTestKms({ now, regions: ["us-east-1", "eu-west-1"] })
  const { clock, client, close } = kit
  const [east, west] = [client(), client(undefined, "eu-west-1")]
  const kept = await east.createKey({})
  await east.enableKeyRotation({ KeyId: kept.KeyMetadata?.KeyId, RotationPeriodInDays: 90 })
  const gone = await west.createKey({})
  const KeyId = gone.KeyMetadata?.KeyId
  clock.advance({ days: 85 })
  await west.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  expect(await clock.runUntil("KeyDeletion")).toEqual(new Date(now.getTime() + 92 * day))
  await expect(west.describeKey({ KeyId })).rejects.toMatchObject({ name: "NotFoundException" })
  const { Rotations } = await east.listKeyRotations({ KeyId: kept.KeyMetadata?.KeyId })
  expect(Rotations).toHaveLength(1)
  await close()
})

test("running until what never comes is an error", async () => {
  const { clock, client, close } = await createTestKms({ now })
  await client().createKey({})
  await expect(clock.runUntil("KeyRotation")).rejects.toThrow("no KeyRotation is to come")
  await expect(clock.runUntil("Christmas" as never)).rejects.toThrow("`event` must be one of")
  expect(clock.now()).toEqual(now)
  await close()
})

test("running until an event looks anew when its moment has passed without it", async () => {
  const [firstMs, secondMs, stepMs] = [day, 3 * day, day / 4]
  // Something else is due again and again, and the first deletion is taken back on the way.
  const agendaWith = (deletionsMs: readonly number[]): Agenda => ({
    nextDueMs: async (afterMs) => afterMs + stepMs,
    comingMs: async (_event, afterMs) => [firstMs, ...deletionsMs].find((atMs) => atMs > afterMs),
    sweep: async () => ({
      KeyRotation: 0,
      KeyMaterialExpiration: 0,
      KeyDeletion: Number(deletionsMs.includes(clock.now().getTime())),
    }),
  })
  let clock = createTestClock(0, agendaWith([secondMs]))
  expect(await clock.runUntil("KeyDeletion")).toEqual(new Date(secondMs))
  clock = createTestClock(0, agendaWith([]))
  await expect(clock.runUntil("KeyDeletion")).rejects.toThrow("no KeyDeletion is to come")
  expect(clock.now()).toEqual(new Date(firstMs))
})

test("a deletion that is not to come is told before any key is rotated for it", async () => {
  const regions = ["us-east-1", "eu-west-1"]
  const keys = [{ id, rotation: { periodDays: 90 }, region: "eu-west-1" }]
  const { clock, client, close } = await createTestKms({ now, regions, fixtures: { keys } })
  // A primary that waits for replicas of which none is to be deleted.
  const { KeyMetadata } = await client().createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId
  await client().replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  await client().scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  for (const event of ["KeyDeletion", "KeyMaterialExpiration"] as const) {
    await expect(clock.runUntil(event)).rejects.toThrow(`no ${event} is to come`)
  }
  expect(clock.now()).toEqual(now)
  const west = client(undefined, "eu-west-1")
  await west.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 9 })
  expect(await clock.runUntil("KeyDeletion")).toEqual(new Date(now.getTime() + 9 * day))
  expect(await clock.runUntil("KeyDeletion")).toEqual(new Date(now.getTime() + 16 * day))
  await expect(clock.runUntil("KeyDeletion")).rejects.toThrow("no KeyDeletion is to come")
  expect((await west.listKeyRotations({ KeyId: id })).Rotations).toEqual([])
  await close()
})

test("a rotation is to come of a key that is enabled, and of no other", async () => {
  const material = { material: "22".repeat(32), expires: "2030-01-20" }
  const external = { origin: "EXTERNAL", materials: [material] } as const
  const rotation = { periodDays: 90 }
  const state = { state: "PendingDeletion", deletion: "2030-01-10" } as const
  const keys = [{ id, state: "Disabled", rotation } as const, { ...external, ...state }]
  const { clock, client, close } = await createTestKms({ now, fixtures: { keys } })
  await expect(clock.runUntil("KeyRotation")).rejects.toThrow("no KeyRotation is to come")
  const expiry = clock.runUntil("KeyMaterialExpiration")
  await expect(expiry).rejects.toThrow("no KeyMaterialExpiration is to come")
  expect(clock.now()).toEqual(now)
  await client().enableKey({ KeyId: id })
  expect(await clock.runUntil("KeyRotation")).toEqual(new Date(now.getTime() + 90 * day))
  await close()
})
