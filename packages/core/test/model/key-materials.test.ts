import { describe, expect, it } from "vitest"
import type { KeyMaterialRecord, KeyRecord } from "../../src/formats/stored/key-records.js"
import {
  asOf,
  awaitsDeletion,
  currentMaterial,
  findCurrentMaterial,
  isPermanent,
  isPresent,
  lacksMaterial,
  materialById,
  settled,
  stateWithoutMaterial,
  withMaterial,
  withoutMaterial,
} from "../../src/model/key-materials.js"
import { keyMaterialStates, keyStates } from "../../src/vocabulary/key-states.js"
import { keyRecord, materialOf, primaryOf, replicaOf } from "../support/key-records.js"

const gone = (id: string, more: Partial<KeyMaterialRecord> = {}): KeyMaterialRecord => {
  const { token: _, ...rest } = materialOf(id, more)
  return rest
}
const imported = (...materials: KeyMaterialRecord[]): KeyRecord =>
  keyRecord({ origin: "EXTERNAL", materials })

describe("the materials of a key", () => {
  it("are there while their bytes are", () => {
    expect(isPresent(materialOf("one"))).toBe(true)
    expect(isPresent(gone("one"))).toBe(false)
    expect(isPresent(undefined)).toBe(false)
  })

  it("have one that is current: the last that is called so", () => {
    const key = imported(
      materialOf("a", { state: "NON_CURRENT" }),
      materialOf("b"),
      materialOf("c"),
    )
    expect(findCurrentMaterial(key)?.id).toBe("c")
    expect(currentMaterial(key).id).toBe("c")
    expect(findCurrentMaterial(imported())).toBeUndefined()
    expect(() => currentMaterial(imported(gone("a")))).toThrow("key material")
  })

  it.each(keyMaterialStates)("are found by their id to decrypt: %s", (state) => {
    const isUsed = state === "CURRENT" || state === "NON_CURRENT"
    expect(isPermanent(materialOf("a", { state }))).toBe(isUsed)
    const found = materialOf("b", { state })
    const materials = [materialOf("a"), found]
    expect(materialById(keyRecord({ materials }), "b")).toBe(isUsed ? found : undefined)
    // A related key may have encrypted under it before this one heard that it may.
    expect(materialById(primaryOf({}, { materials }), "b")).toBe(found)
    expect(materialById(keyRecord({ materials: [gone("b", { state })] }), "b")).toBeUndefined()
    expect(materialById(keyRecord({ materials }), "c")).toBeUndefined()
  })

  it("are all needed but those that were never used", () => {
    const next = gone("next", { state: "PENDING_ROTATION" })
    expect(lacksMaterial(imported(materialOf("a")))).toBe(false)
    expect(lacksMaterial(imported(materialOf("a"), next))).toBe(false)
    expect(lacksMaterial(imported())).toBe(true)
    expect(lacksMaterial(imported(gone("a")))).toBe(true)
    expect(lacksMaterial(imported(gone("a", { state: "NON_CURRENT" }), materialOf("b")))).toBe(true)
    expect(lacksMaterial(imported(materialOf("a", { state: "PENDING_ROTATION" })))).toBe(true)
  })
})

describe("the state of a key", () => {
  it("without material is the owner's or the primary's to mend", () => {
    expect(stateWithoutMaterial(keyRecord())).toBe("PendingImport")
    expect(stateWithoutMaterial(primaryOf())).toBe("PendingImport")
    expect(stateWithoutMaterial(replicaOf())).toBe("Creating")
    expect(stateWithoutMaterial(replicaOf({}, { origin: "EXTERNAL" }))).toBe("PendingImport")
  })

  it.each(keyStates)("follows its material: %s", (state) => {
    const waits = state === "PendingDeletion" || state === "PendingReplicaDeletion"
    expect(awaitsDeletion(keyRecord({ state }))).toBe(waits)
    const lacking = settled(keyRecord({ state, materials: [] })).state
    expect(lacking).toBe(waits ? state : "PendingImport")
    const waited = state === "PendingImport" || state === "Creating"
    expect(settled(keyRecord({ state })).state).toBe(waited ? "Enabled" : state)
    const handingOver = { state: "Enabled", since: 1 } as const
    const handed = settled(primaryOf({ handingOver }, { state })).state
    expect(handed).toBe(waited ? "Updating" : state)
  })
})

describe("material that goes", () => {
  it("leaves its name when something may be under it, and goes whole when nothing is", () => {
    const old = materialOf("old", { state: "NON_CURRENT", expiresMs: 5 })
    const next = materialOf("next", { state: "PENDING_ROTATION" })
    const key = imported(old, materialOf("now"), next)
    const withoutOld = withoutMaterial(key, "old")
    expect(withoutOld.materials).toEqual([
      gone("old", { state: "NON_CURRENT" }),
      materialOf("now"),
      next,
    ])
    expect("expiresMs" in (withoutOld.materials[0] ?? {})).toBe(false)
    expect(withoutOld.state).toBe("PendingImport")
    const withoutNext = withoutMaterial(key, "next")
    expect(withoutNext.materials).toEqual([old, materialOf("now")])
    expect(withoutNext.state).toBe("Enabled")
    expect(withoutMaterial(key, "other")).toEqual(key)
  })

  it("leaves its name with a replica in any case", () => {
    const next = materialOf("next", { state: "PENDING_ROTATION" })
    const replica = replicaOf({}, { materials: [materialOf("now"), next] })
    expect(withoutMaterial(replica, "next").materials).toEqual([
      materialOf("now"),
      gone("next", { state: "PENDING_ROTATION" }),
    ])
  })

  it("is missed from the moment on at which it expires", () => {
    const key = imported(
      materialOf("a", { state: "NON_CURRENT", expiresMs: 10 }),
      materialOf("b", { expiresMs: 20 }),
    )
    expect(asOf(key, 9)).toBe(key)
    expect(asOf(key, 10)).toEqual(withoutMaterial(key, "a"))
    expect(asOf(key, 20)).toEqual(withoutMaterial(withoutMaterial(key, "a"), "b"))
    const lasting = imported(materialOf("a"))
    expect(asOf(lasting, 1e15)).toBe(lasting)
  })
})

describe("material that comes", () => {
  it("takes the place of its former self, or is the newest", () => {
    const key = keyRecord({ state: "PendingImport", materials: [gone("a"), materialOf("b")] })
    const back = withMaterial(key, materialOf("a", { createdMs: 9 }))
    expect(back.materials).toEqual([materialOf("a", { createdMs: 9 }), materialOf("b")])
    expect(back.state).toBe("Enabled")
    const more = withMaterial(keyRecord(), materialOf("c", { state: "PENDING_ROTATION" }))
    expect(more.materials.map(({ id }) => id)).toEqual(["one", "c"])
    expect(withMaterial(key, materialOf("c")).state).toBe("PendingImport")
  })
})
