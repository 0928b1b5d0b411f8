import * as z from "zod/mini"
import { isAccountId, isMultiRegionKeyId, isRegion } from "../../vocabulary/arns.js"
import { base64 } from "../base64-shape.js"
import type { TagRecord } from "./key-records.js"
import { type GoneReplica, goneShape } from "./multi-region-record.js"
import { type RecordFormat, recordFormat } from "./record-format.js"

/*
 * What a region keeps about other regions. `outbox/<region>/<account>/<key id>` says that a region
 * has to be told how a key stands; what it is told is read when it is told, so that ten changes are
 * one message, and a message that was lost is made again.
 */

/** The replication key of this region's domain. Its public key is the HSM's to say. */
export interface ReplicationKeyRecord {
  readonly token: Uint8Array
}

/** A region that this one knows: its replication key, as the HSM has endorsed it. */
export interface KnownRegionRecord {
  readonly region: string
  readonly endorsement: Uint8Array
}

interface KeyName {
  readonly account: string
  readonly keyId: string
}

/** A multi-Region key, and another region that is told about it. */
export interface KeyElsewhere extends KeyName {
  readonly region: string
}

export interface OutboxRecord extends KeyElsewhere {
  /** There is no such replica any more. */
  readonly gone?: GoneReplica | undefined
}

/** What ReplicateKey gives a new replica of its own, until the replica is made. */
export interface ReplicaDraftRecord extends KeyElsewhere {
  readonly createdMs: number
  readonly description: string
  readonly policy: string
  readonly tags: readonly TagRecord[]
}

/** A one-time key, offered for the materials of a key and not yet used. */
export interface OfferRecord extends KeyName {
  /** The region that may use it. */
  readonly source: string
  readonly offer: Uint8Array
  readonly offerToken: Uint8Array
}

/**
 * A replica that was deleted here, until its primary knows: no message that is older brings it
 * back. Those that are older still are known by asking the primary.
 */
export interface TombstoneRecord extends KeyName {
  readonly version: number
}

const account = () => z.string().check(z.refine(isAccountId))
const keyId = () => z.string().check(z.refine(isMultiRegionKeyId))
const region = () => z.string().check(z.refine(isRegion))
const keyName = () => ({ account: account(), keyId: keyId() })

export const outboxPrefix = "outbox/"
const elsewhere = (prefix: string, { region, account, keyId }: KeyElsewhere): string =>
  `${prefix}${region}/${account}/${keyId}`

export const replicationKeyKey = "replication"
export const knownRegionPrefix = "region/"
export const knownRegionKey = (name: string): string => `${knownRegionPrefix}${name}`
export const outboxKey = (key: KeyElsewhere): string => elsewhere(outboxPrefix, key)
export const replicaDraftKey = (key: KeyElsewhere): string => elsewhere("draft/", key)
export const offerPrefix = "offer/"
export const offerKey = ({ account, keyId }: KeyName): string => `${offerPrefix}${account}/${keyId}`
export const tombstoneKey = ({ account, keyId }: KeyName): string => `gone/${account}/${keyId}`

export const replicationKeyFormat: RecordFormat<ReplicationKeyRecord> = recordFormat(
  "replication key",
  () => replicationKeyKey,
  () => z.strictObject({ token: base64() }),
)

export const knownRegionFormat: RecordFormat<KnownRegionRecord> = recordFormat(
  "known region",
  (known) => knownRegionKey(known.region),
  () => z.strictObject({ region: region(), endorsement: base64() }),
)

export const outboxFormat: RecordFormat<OutboxRecord> = recordFormat("outbox", outboxKey, () =>
  z.strictObject({ ...keyName(), region: region(), gone: z.optional(goneShape()) }),
)

/** What a replica has of its own from the start. */
export const draftMembers = () => ({
  createdMs: z.int().check(z.minimum(0)),
  description: z.string(),
  policy: z.string(),
  tags: z.readonly(z.array(z.strictObject({ key: z.string(), value: z.string() }))),
})

export const replicaDraftFormat: RecordFormat<ReplicaDraftRecord> = recordFormat(
  "replica draft",
  replicaDraftKey,
  () => z.strictObject({ ...keyName(), region: region(), ...draftMembers() }),
)

export const offerFormat: RecordFormat<OfferRecord> = recordFormat("offer", offerKey, () =>
  z.strictObject({ ...keyName(), source: region(), offer: base64(), offerToken: base64() }),
)

export const tombstoneFormat: RecordFormat<TombstoneRecord> = recordFormat(
  "tombstone",
  tombstoneKey,
  () => z.strictObject({ ...keyName(), version: z.int().check(z.minimum(0)) }),
)
