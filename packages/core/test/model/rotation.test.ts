import { describe, expect, it } from "vitest"
import {
  canRotate,
  disableRotation,
  dueRotationMs,
  enableRotation,
  isCopiedFirst,
  nextRotationMs,
  pendingMaterial,
  requireRotationOnDemand,
  rotated,
  withMissedRotationDue,
  withNextMaterial,
  withRotationFinished,
} from "../../src/model/rotation.js"
import { keyStates } from "../../src/vocabulary/key-states.js"
import { dayMs } from "../support/clock.js"
import {
  atMs,
  keyRecord,
  materialOf,
  primaryOf,
  relation,
  replicaOf,
} from "../support/key-records.js"

const rotation = { periodDays: 90, nextMs: 1000 }
const periodMs = 90 * dayMs
const replicas = [{ region: "eu-west-1", since: 2 }]

describe("a key can rotate", () => {
  it.each([
    ["a symmetric key of AWS KMS", {}, true],
    ["imported material", { origin: "EXTERNAL" }, true],
    ["a key in a CloudHSM store", { origin: "AWS_CLOUDHSM" }, false],
    ["a key in an external store", { origin: "EXTERNAL_KEY_STORE" }, false],
    ["a key pair", { keySpec: "RSA_2048" }, false],
    ["an HMAC key", { keySpec: "HMAC_256" }, false],
  ] as const)("%s", (_sentence, more, can) => {
    expect(canRotate(keyRecord(more))).toBe(can)
  })
})

describe("automatic rotation", () => {
  it("begins to count when it is enabled, and is forgotten when it is disabled", () => {
    const enabled = enableRotation(keyRecord(), atMs, 90)
    expect(enabled.rotation).toEqual({ periodDays: 90, nextMs: atMs + periodMs })
    expect(enableRotation(enabled, 0, 100).rotation).toEqual({
      periodDays: 100,
      nextMs: 100 * dayMs,
    })
    expect(disableRotation(enabled)).toEqual(keyRecord())
    expect("rotation" in disableRotation(enabled)).toBe(false)
  })

  it.each(keyStates)("has a next moment only of an enabled key: %s", (state) => {
    const next = nextRotationMs(keyRecord({ rotation, state }))
    expect(next).toBe(state === "Enabled" ? 1000 : undefined)
  })

  it("is the primary's, and never that of a key with all its materials", () => {
    expect(nextRotationMs(keyRecord())).toBeUndefined()
    expect(nextRotationMs(primaryOf({}, { rotation }))).toBe(1000)
    expect(nextRotationMs(replicaOf({}, { rotation }))).toBeUndefined()
    const materials = Array.from({ length: 200 }, (_, at) => materialOf(`${at}`))
    expect(nextRotationMs(keyRecord({ rotation, materials }))).toBeUndefined()
    expect(nextRotationMs(keyRecord({ rotation, materials: materials.slice(1) }))).toBe(1000)
  })

  it.each([
    [999, undefined],
    [1000, 1000],
    [1001, 1000],
    [1000 + periodMs - 1, 1000],
    [1000 + periodMs, 1000 + periodMs],
    [1000 + 3 * periodMs + 5, 1000 + 3 * periodMs],
  ])("at %i ms is due since %s: of several that were missed the last", (nowMs, dueMs) => {
    expect(dueRotationMs(keyRecord({ rotation }), nowMs)).toBe(dueMs)
    expect(dueRotationMs(keyRecord({ rotation, state: "Disabled" }), nowMs)).toBeUndefined()
    expect(dueRotationMs(keyRecord(), nowMs)).toBeUndefined()
  })

  it("that a disabled key has missed is due when it is enabled", () => {
    const key = keyRecord({ rotation, state: "Disabled" })
    expect(withMissedRotationDue(key, 999)).toBe(key)
    expect(withMissedRotationDue(key, 1000)).toEqual({ ...key, rotation })
    expect(withMissedRotationDue(key, 5000).rotation).toEqual({ periodDays: 90, nextMs: 5000 })
    const unrotated = keyRecord()
    expect(withMissedRotationDue(unrotated, 5000)).toBe(unrotated)
    const replica = replicaOf({}, { rotation })
    expect(withMissedRotationDue(replica, 5000)).toBe(replica)
    expect(withMissedRotationDue(primaryOf({}, { rotation }), 5000).rotation?.nextMs).toBe(5000)
  })
})

describe("a rotation", () => {
  const key = keyRecord({
    rotation,
    materials: [materialOf("zero", { state: "NON_CURRENT" }), materialOf("one")],
  })
  const two = materialOf("two", { state: "PENDING_ROTATION", createdMs: 7 })

  it("makes the material current, and keeps those before to decrypt", () => {
    const after = rotated(key, two, "AUTOMATIC", 2000)
    expect(after.materials).toEqual([
      materialOf("zero", { state: "NON_CURRENT" }),
      materialOf("one", { state: "NON_CURRENT" }),
      { ...two, state: "CURRENT", rotationType: "AUTOMATIC", rotatedMs: 2000 },
    ])
    expect(after.rotation).toEqual({ periodDays: 90, nextMs: 2000 + periodMs })
  })

  it("on demand leaves the schedule alone, and takes a material that waited", () => {
    const waiting = { ...key, materials: [...key.materials, two] }
    const after = rotated(waiting, two, "ON_DEMAND", 2000)
    expect(after.materials.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "zero NON_CURRENT",
      "one NON_CURRENT",
      "two CURRENT",
    ])
    expect(after.rotation).toEqual(rotation)
    const unscheduled = rotated(keyRecord(), two, "AUTOMATIC", 2000)
    expect("rotation" in unscheduled).toBe(false)
  })

  it("of a primary with replicas copies its material first, unless that was imported", () => {
    expect(isCopiedFirst(primaryOf({ replicas }))).toBe(true)
    expect(isCopiedFirst(primaryOf({ replicas }, { origin: "EXTERNAL" }))).toBe(false)
    expect(isCopiedFirst(primaryOf())).toBe(false)
    expect(isCopiedFirst(replicaOf({ replicas }))).toBe(false)
    expect(isCopiedFirst(keyRecord())).toBe(false)
  })

  it("that copies ends when its material is there", () => {
    const primary = primaryOf({ replicas }, { rotation })
    const copying = withNextMaterial(primary, two, "AUTOMATIC", 2000)
    expect(copying.materials).toEqual([materialOf("one"), { ...two, state: "PENDING_ROTATION" }])
    expect(copying.multiRegion).toEqual(
      relation({ replicas, rotating: { type: "AUTOMATIC", atMs: 2000 } }),
    )
    const done = withRotationFinished(copying)
    expect(done).toEqual(rotated(primary, two, "AUTOMATIC", 2000))
    expect("rotating" in (done.multiRegion ?? {})).toBe(false)
    expect(withRotationFinished(primary)).toBe(primary)
    const single = keyRecord()
    expect(withRotationFinished(single)).toBe(single)
    const lost = { ...copying, materials: [materialOf("one")] }
    expect(withRotationFinished(lost)).toEqual(primary)
  })

  it("that is due again ends the one before", () => {
    const primary = primaryOf({ replicas })
    const copying = withNextMaterial(primary, two, "AUTOMATIC", 2000)
    const again = withNextMaterial(copying, materialOf("three"), "ON_DEMAND", 3000)
    expect(again.materials.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "one NON_CURRENT",
      "two CURRENT",
      "three PENDING_ROTATION",
    ])
    expect(again.multiRegion?.rotating).toEqual({ type: "ON_DEMAND", atMs: 3000 })
    expect(() => withNextMaterial(keyRecord(), two, "AUTOMATIC", 1)).toThrow("multi-Region")
  })
})

describe("a rotation on demand", () => {
  const onDemand = (count: number, rotationType: "ON_DEMAND" | "AUTOMATIC" = "ON_DEMAND") =>
    Array.from({ length: count }, (_, at) => materialOf(`${at}`, { rotationType }))
  const minuteMs = 60_000
  const asked = (more: object, nowMs = 0) => {
    try {
      requireRotationOnDemand(keyRecord(more), "arn", nowMs)
      return "OK"
    } catch (error) {
      return (error as Error).name
    }
  }

  it("is refused after 25 of them, and at 200 materials", () => {
    expect(asked({ materials: onDemand(24) })).toBe("OK")
    expect(asked({ materials: onDemand(25) })).toBe("LimitExceededException")
    expect(asked({ materials: onDemand(199, "AUTOMATIC") })).toBe("OK")
    expect(asked({ materials: onDemand(200, "AUTOMATIC") })).toBe("LimitExceededException")
  })

  it("is refused twenty minutes before an automatic one", () => {
    const nextMs = 100 * minuteMs
    const at = (minutes: number, more = 0) =>
      asked({ rotation: { periodDays: 90, nextMs } }, nextMs - minutes * minuteMs - more)
    expect(at(20, 1)).toBe("OK")
    expect(at(20)).toBe("ConflictException")
    expect(at(0)).toBe("ConflictException")
    expect(asked({}, nextMs)).toBe("OK")
  })

  it("of imported material needs some that waits, and is there", () => {
    const waiting = materialOf("two", { state: "PENDING_ROTATION" })
    const found = pendingMaterial(keyRecord({ materials: [materialOf("one"), waiting] }), "arn")
    expect(found).toEqual(waiting)
    for (const materials of [
      [materialOf("one")],
      [
        materialOf("one"),
        { ...materialOf("two", { state: "PENDING_ROTATION" }), token: undefined },
      ],
      [materialOf("one"), materialOf("two", { state: "PENDING_MULTI_REGION_IMPORT_AND_ROTATION" })],
    ]) {
      expect(() => pendingMaterial(keyRecord({ materials }), "arn")).toThrow("arn")
    }
  })
})
