import type { Storage } from "@keywright/storage"
import { expect } from "vitest"
import {
  type KeyRecord,
  keyRecordFormat,
  keysPrefix,
} from "../../src/formats/stored/key-records.js"
import type { TestPartition } from "./partition.js"
import { recordsIn } from "./records.js"
import type { TestRegion } from "./regions.js"

async function entriesUnder(storage: Storage, prefix: string) {
  const records = await recordsIn(storage)
  const { entries, more } = await records.list({ prefix, limit: 1000 })
  if (more) throw new Error("there is more than one page")
  return entries
}

/** The multi-Region keys that a region has stored, by id. */
export async function keysIn({ storage }: TestRegion): Promise<Map<string, KeyRecord>> {
  const entries = await entriesUnder(storage, keysPrefix)
  const records = entries.map(({ key, value }) => keyRecordFormat.decode(value, key))
  return new Map(records.filter((key) => key.multiRegion).map((key) => [key.keyId, key]))
}

/** What one key says of all related keys. */
const viewOf = ({ multiRegion, materials, rotation }: KeyRecord) => ({
  version: multiRegion?.version,
  primaryRegion: multiRegion?.primaryRegion,
  replicas: multiRegion?.replicas.map(({ region, since }) => ({ region, since })),
  materials: materials.map(({ id, state, rotatedMs }) => ({ id, state, rotatedMs })),
  rotation,
})

/** Of related keys, at no moment may two be the primary. */
export async function expectOnePrimary(partition: TestPartition): Promise<void> {
  const primaries = new Set<string>()
  for (const region of partition.regions) {
    for (const [id, { multiRegion }] of await keysIn(region)) {
      if (multiRegion?.type !== "PRIMARY") continue
      expect(primaries).not.toContain(id)
      primaries.add(id)
    }
  }
}

/** With nothing left to say, all regions must say the same of every key, and have its materials. */
export async function expectAgreement(partition: TestPartition): Promise<void> {
  await expectOnePrimary(partition)
  const all = new Map<string, Map<string, KeyRecord>>()
  for (const region of partition.regions) {
    all.set(region.name, await keysIn(region))
    for (const prefix of ["outbox/", "draft/", "offer/"]) {
      expect((await entriesUnder(region.storage, prefix)).map(({ key }) => key)).toEqual([])
    }
  }
  for (const keys of all.values()) {
    for (const [id, key] of keys) {
      const { primaryRegion = "", type, since } = key.multiRegion ?? {}
      const primary = all.get(primaryRegion)?.get(id)
      if (primary === undefined) throw new Error(`${id} has lost its primary key`)
      expect(viewOf(key)).toEqual(viewOf(primary))
      expect(key.state).not.toMatch(/^(?:Creating|Updating)$/)
      for (const { token } of key.materials) expect(token).toBeDefined()
      if (type === "REPLICA") {
        expect(primary.multiRegion?.replicas.map((one) => one.since)).toContain(since)
      }
    }
  }
  for (const [region, keys] of all) {
    for (const [id, { multiRegion }] of keys) {
      if (multiRegion?.type !== "PRIMARY") continue
      const holders = [...all].filter(([name, held]) => name !== region && held.has(id))
      const named = multiRegion.replicas.map((one) => one.region)
      expect(holders.map(([name]) => name).toSorted()).toEqual(named)
    }
  }
}
