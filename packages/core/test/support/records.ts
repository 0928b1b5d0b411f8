import { type Change, type Entry, getKeysMax, type Storage } from "@keywright/storage"
import { sealedStorage, sealerOf, withoutStamps } from "../../src/engine/hsms/sealed-storage.js"
import {
  domainRecordFormat,
  domainRecordKey,
  type KeyRecord,
  keyRecordFormat,
  keyRecordKey,
} from "../../src/formats/stored/key-records.js"
import { isHsmError } from "../../src/ports/hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "./accounts.js"
import { sealOf } from "./hosts.js"
import { sealOfRegion } from "./regions.js"

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** An HSM in the domain of a host under test, whichever seal that has. */
async function memberOf(name: string, sealedState: Uint8Array): Promise<RegionHsm> {
  const [, region = ""] = name.split(":")
  for (const seal of [sealOf(), sealOfRegion(region), sealOfRegion("a thief")]) {
    const hsm = createSoftwareHsm({ seal })
    try {
      await hsm.openDomain(name, sealedState)
      return hsm
    } catch (error) {
      if (!isHsmError(error)) throw error
    }
  }
  throw new Error(`no seal of the tests opens the domain ${name}`)
}

/**
 * The records of a store as its region reads and writes them, by an HSM of the same domain. The
 * domain itself is sealed by itself.
 */
export async function recordsIn(storage: Storage): Promise<Storage> {
  const [entry] = await storage.get([domainRecordKey])
  if (entry === undefined) throw new Error("the store has no domain")
  const { name, sealedState } = domainRecordFormat(domainRecordKey).decode(
    entry.value,
    domainRecordKey,
  )
  const hsm = await memberOf(name, sealedState)
  return sealedStorage(withoutStamps(storage), sealerOf(hsm))
}

const recordsFor = async (storage: Storage, key: string): Promise<Storage> =>
  key === domainRecordKey ? storage : recordsIn(storage)

/** A record as JSON; what is under the key must be one. */
export async function readRecord(storage: Storage, key: string): Promise<RecordText> {
  const [entry] = await (await recordsFor(storage, key)).get([key])
  if (entry === undefined) throw new Error(`nothing is stored under ${key}`)
  return JSON.parse(decoder.decode(entry.value))
}

export interface RecordText {
  v: number
  value: Record<string, unknown>
}

export const textBytes = (text: string): Uint8Array => encoder.encode(text)

/**
 * Writes a record past the engine, sealed as the engine would have sealed it: to set a scene, or
 * to see what stands behind the seal.
 */
export async function tamper(
  storage: Storage,
  key: string,
  value: Uint8Array | string | object | undefined,
): Promise<void> {
  const bytes =
    value === undefined || value instanceof Uint8Array
      ? value
      : textBytes(typeof value === "string" ? value : JSON.stringify(value))
  const change: Change =
    bytes === undefined
      ? { expect: [], put: [], remove: [key] }
      : { expect: [], put: [{ key, value: bytes }], remove: [] }
  await (await recordsFor(storage, key)).commit(change)
}

export interface Dump {
  readonly [key: string]: string
}

/**
 * Everything that a store holds, opened, by key; values as text of one character for each byte. But
 * for the digest and the uses of domain keys, which hosts write with whatever they do.
 */
export async function dumpOf(storage: Storage): Promise<Dump> {
  const [domain] = await storage.get([domainRecordKey])
  const all: Record<string, string> = {}
  let after: string | undefined
  for (;;) {
    const page = await storage.list({ prefix: "", after, limit: 1000 })
    after = page.entries.at(-1)?.key
    const sealed = page.entries.filter(
      ({ key }) => key !== domainRecordKey && !/^(?:digest|uses)\//.test(key),
    )
    const opened = domain === undefined ? sealed : await openedOf(storage, sealed)
    for (const { key, value } of domain === undefined ? opened : [domain, ...opened]) {
      all[key] = Array.from(value, (byte) => String.fromCharCode(byte)).join("")
    }
    if (!page.more) return all
  }
}

async function openedOf(storage: Storage, sealed: readonly Entry[]): Promise<readonly Entry[]> {
  const records = await recordsIn(storage)
  const opened: Entry[] = []
  for (let i = 0; i < sealed.length; i += getKeysMax) {
    const keys = sealed.slice(i, i + getKeysMax).map(({ key }) => key)
    for (const entry of await records.get(keys)) if (entry !== undefined) opened.push(entry)
  }
  return opened
}

/** Gives members of a key's record other values, as the engine would have written them. */
export async function rewriteKey(
  storage: Storage,
  keyId: string,
  members: Partial<KeyRecord>,
): Promise<void> {
  const key = keyRecordKey(account, keyId)
  const records = await recordsIn(storage)
  const [entry] = await records.get([key])
  if (entry === undefined) throw new Error(`nothing is stored under ${key}`)
  const value = keyRecordFormat.encode({ ...keyRecordFormat.decode(entry.value, key), ...members })
  await records.commit({ expect: [], put: [{ key, value }], remove: [] })
}
