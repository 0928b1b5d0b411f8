import type { Change, Storage } from "@keywright/storage"
import { laneKey, laneKeys } from "../../formats/stored/lane-record.js"
import { stamped, unstamped } from "../../formats/stored/write-stamp.js"
import { outdatedIn } from "../../model/lanes.js"
import { StaleStoreError } from "../../ports/anchor.js"
import type { Entropy } from "../../ports/entropy.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import type { Anchoring, AnchoringParts } from "./anchoring.js"
import { type DigestedStorage, digestedStorage } from "./digested-storage.js"
import { type Domain, type DomainAddress, openDomain } from "./domain.js"
import { countedHsm, createDomainKeyUses, type DomainKeyUses } from "./domain-key-uses.js"
import { createLanes, type Lanes } from "./lanes.js"
import { type DomainUse, openedOrNot } from "./record-batches.js"
import { sealedStorage, sealerOf } from "./sealed-storage.js"

/**
 * Where a sealed copy of the domain record stands. The domain is sealed by itself, and the digest
 * counts what the HSM has sealed, so the copy is what stands for it there.
 */
export const domainCopyKey = "domain-copy"

/** The domain of a region, and its storage behind it. */
export interface RegionStorage {
  /** The storage of the host as it is, with its records sealed. */
  readonly bareStorage: Storage
  /** The same, with a digest of the records. */
  readonly digested: DigestedStorage
  readonly lanes: Lanes
  /** Absent where the host has no anchor. */
  readonly anchoring: Anchoring | undefined
  /** The HSM, of which nothing is counted. */
  readonly opener: DomainUse
  /** The HSM, with every use of a domain key counted. */
  readonly domain: Domain<RegionHsm>
  readonly domainKeyUses: DomainKeyUses
  /** What the engine reads and writes: opened, sealed, and in the digest. */
  readonly storage: Storage
}

interface RegionStorageParts {
  readonly storage: Storage
  readonly hsm: RegionHsm
  readonly entropy: Entropy
  readonly at: DomainAddress
  /** Told once when a domain key comes to be due. */
  readonly due: (domainKeyId: string) => void
  /** Where the host has an anchor: all about it that the storage does not know. */
  readonly anchor: Omit<AnchoringParts, "storage" | "lanes" | "opener"> | undefined
  /** Told when the storage was restored on purpose since this host saw it last. */
  readonly restored: (restoredMs: number) => void
}

/** A storage on which the domain record is written: a copy of it goes with the commit, sealed. */
const withCopy = (storage: DigestedStorage, opener: DomainUse, domainKey: string): Storage => ({
  ...storage,
  commit: async (change: Change) => {
    const domain = change.put.find(({ key }) => key === domainKey)
    if (domain === undefined) return storage.commit(change)
    const copy = { key: domainCopyKey, value: domain.value }
    return storage.commitSealed({ ...change, put: [domain, copy] }, async (_, stamp) => {
      const plain = { place: domainCopyKey, bytes: stamped(domain.value, stamp) }
      const [value] = await opener.use((hsm) => hsm.sealRecords([plain]))
      return [domain, { key: domainCopyKey, value: value as Uint8Array }]
    })
  },
})

const lostDigest = () =>
  new Error("the storage has lost the digest of its records: restore a backup")

/** Throws unless lanes and domain are those of one store, and of one time. */
async function checkStore(
  storage: Storage,
  { opener, lanes, at }: { opener: DomainUse; lanes: Lanes; at: DomainAddress },
): Promise<void> {
  const sight = lanes.sight()
  const names = [at.key, domainCopyKey, ...laneKeys]
  const [domain, copy, ...entries] = await storage.get(names)
  if (copy === undefined) throw lostDigest()
  const placed = { place: domainCopyKey, bytes: copy.value }
  const [whole] = await openedOrNot(opener, [placed])
  const bytes = whole && unstamped(whole, domainCopyKey).bytes
  const isNewest = bytes !== undefined && domain !== undefined && equalBytes(bytes, domain.value)
  if (!isNewest) {
    throw new Error("the domain in the storage is not its newest one: restore a backup")
  }
  const opened = await Promise.all(entries.map((entry, lane) => lanes.open(lane, entry, sight)))
  const found = opened.filter((one) => one !== undefined)
  if (found.length === 0) throw lostDigest()
  const [old] = outdatedIn(found)
  if (old !== undefined) {
    const name = laneKey(old.lane)
    throw new StaleStoreError(
      `the storage holds records of different ages: \`${name}\` has had ${old.counter} commits, ` +
        `as \`${old.seenBy}\` says, and has fewer. Put the newest copy of all of it back, or ` +
        "restore a backup",
    )
  }
  if (found.some(({ restoredMs }) => restoredMs !== found[0]?.restoredMs)) {
    throw new Error("the storage holds records of before and after a restore: restore it again")
  }
}

/** Whether nobody has written since the storage was restored. */
function isJustRestored(lanes: Lanes): boolean {
  const [only, ...others] = lanes.known()
  return only?.counter === 1 && only.restoredMs > 0 && others.length === 0
}

/** Opens the domain of a region, or makes it, and puts its storage behind it. */
export async function openRegionStorage(parts: RegionStorageParts): Promise<RegionStorage> {
  const { storage: bareStorage, hsm, entropy, at, due } = parts
  // Until its domain is open, the HSM is asked itself.
  let opened: DomainUse = { use: (work) => work(hsm) }
  const opener: DomainUse = { use: (work) => opened.use(work) }
  const lanes = createLanes(opener)
  const kept = parts.anchor && { parts: parts.anchor, ...(await import("./anchoring.js")) }
  const anchoring = kept?.createAnchoring({ ...kept.parts, storage: bareStorage, lanes, opener })
  const written = anchoring?.follow
  const digested = digestedStorage({ storage: bareStorage, opener, lanes, entropy, written })
  if (kept !== undefined && (await bareStorage.get([at.key]))[0] === undefined) {
    await kept.requireNoAnchor(kept.parts.anchor)
  }
  const plain = await openDomain(withCopy(digested, opener, at.key), hsm, at)
  opened = plain
  await checkStore(bareStorage, { opener, lanes, at })
  const isNewToAnchor = (await anchoring?.begin()) === true
  if (isNewToAnchor || isJustRestored(lanes)) parts.restored(lanes.restoredMs())
  const uncounted = sealedStorage(digested, { ...plain, count: () => undefined })
  const domainKeyUses = createDomainKeyUses({ storage: uncounted, domain: plain, due })
  const domain = plain.through(countedHsm(hsm, domainKeyUses))
  // A lane of the digest is sealed with them.
  const count = (seals: number) => domainKeyUses.take("seals", seals + 1)
  const storage = sealedStorage(digested, { ...plain, count })
  return { bareStorage, digested, lanes, anchoring, opener, domain, domainKeyUses, storage }
}

/**
 * The records of a region for whoever works beside its hosts with an HSM of its domain: read,
 * sealed, and put into the digest as they do it. It remembers nothing of a storage, which may go
 * back.
 */
export function recordsBeside(storage: Storage, hsm: RegionHsm, entropy: Entropy): Storage {
  const opener = sealerOf(hsm)
  const open = (): Storage => {
    const lanes = createLanes(opener)
    return sealedStorage(digestedStorage({ storage, opener, lanes, entropy }), opener)
  }
  return { ...open(), commit: (change) => open().commit(change) }
}
