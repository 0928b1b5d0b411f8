import type { Storage } from "@keywright/storage"
import { answeringStorage } from "./engine/host/answering-storage.js"
import { guardRegionHsm, guardStorage } from "./engine/host/guard-ports.js"
import { openedOrNot } from "./engine/hsms/record-batches.js"
import { openRegionStorage } from "./engine/hsms/region-storage.js"
import { domainRecordKey } from "./formats/stored/key-records.js"
import type { KmsOptions } from "./kms-options.js"
import type { PlacedBytes } from "./ports/record-hsm.js"
import { systemEntropy } from "./software-hsm/suite/noble-suite.js"
import { pooledEntropy } from "./software-hsm/suite/pooled-entropy.js"
import { createTurns, systemClock, systemTimer } from "./system.js"

/** What a sealed storage is made of. Storage and HSM are its own, and not those of an engine. */
export interface SealedStorageOptions
  extends Pick<KmsOptions, "storage" | "hsm" | "create" | "clock" | "timer" | "entropy"> {
  /** What the storage is for: `identity`, say. Sealed for one name, nothing opens under another. */
  readonly name: string
  /** Where it is kept outside of the storage how that stood last. Default: nowhere. */
  readonly anchor?: KmsOptions["anchor"]
}

/** A storage with the integrity that the engine gives its own records. */
export interface SealedStorage {
  /**
   * What is put is encrypted and authenticated by the HSM, and bound to its key; what was edited,
   * moved or comes from elsewhere is refused by name when it is read. A commit names at most 98
   * keys.
   */
  readonly storage: Storage
  /** Seals what is kept elsewhere, a token, say. `place` is authenticated with it. */
  sealElsewhere(place: string, bytes: Uint8Array): Promise<Uint8Array>
  /** The same bytes; `undefined` for what was not sealed here for that place. */
  openElsewhere(place: string, sealed: Uint8Array): Promise<Uint8Array | undefined>
  generateRandom(lengthBytes: number): Promise<Uint8Array>
  /** Seals under a new domain key from now on. What the former ones have sealed still opens. */
  rotateDomainKey(): Promise<void>
  /** Wipes the HSM and closes the storage. */
  close(): Promise<void>
}

const nameForm = /^[a-z][a-z0-9-]{0,63}$/

/** Keys of records are printable: no record stands in such a place. */
const elsewhere = (place: string): string => `\u0000${place}`

/**
 * Opens a storage of the host's own with the integrity of the engine's: for what belongs beside
 * keys, such as accounts and their secrets.
 *
 * Throws `TypeError` for options that make no sense, and `HsmError` with code `sealed-by-another`
 * when the HSM's seal is not the one of the storage; nothing is changed then.
 *
 * ```ts
 * const { storage } = await openSealedStorage({ name: "identity", storage: disk, hsm })
 * ```
 */
export async function openSealedStorage(options: SealedStorageOptions): Promise<SealedStorage> {
  const { name, anchor, create } = options
  if (typeof name !== "string" || !nameForm.test(name)) {
    throw new TypeError("`name` must be lower-case letters, digits and hyphens")
  }
  const { clock = systemClock, timer = systemTimer } = options
  const hsm = guardRegionHsm(options.hsm)
  const region = await openRegionStorage({
    storage: guardStorage(answeringStorage(options.storage, { timer, turn: createTurns() })),
    hsm,
    entropy: options.entropy ?? pooledEntropy(systemEntropy),
    // No region has such a name.
    at: { name: `beside:${name}`, key: domainRecordKey, recordsPrefix: "", create },
    due: () => undefined,
    anchor: anchor && { anchor, lagMs: 0, clock, timer, late: () => undefined },
    restored: () => undefined,
  })
  const { domain, domainKeyUses, opener } = region

  const placed = (place: string, bytes: Uint8Array): readonly PlacedBytes[] => [
    { place: elsewhere(place), bytes },
  ]
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await region.anchoring?.close().catch(() => undefined)
    await domain.close()
    await region.storage.close()
  }
  return Object.freeze<SealedStorage>({
    storage: region.storage,
    sealElsewhere: async (place, bytes) => {
      await domainKeyUses.take("seals", 1)
      const [sealed] = await domain.use((hsm) => hsm.sealRecords(placed(place, bytes)))
      return sealed as Uint8Array
    },
    openElsewhere: async (place, sealed) => {
      const [bytes] = await openedOrNot(opener, placed(place, sealed))
      return bytes
    },
    generateRandom: async (lengthBytes) => domain.use((hsm) => hsm.generateRandom(lengthBytes)),
    rotateDomainKey: () => domain.rotateDomainKey(),
    close: () => {
      closed ??= close()
      return closed
    },
  })
}
