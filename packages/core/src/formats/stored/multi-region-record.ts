import * as z from "zod/mini"
import { isRegion } from "../../vocabulary/arns.js"
import {
  type KeySpec,
  type KeyUsage,
  keySpecs,
  keyUsages,
  type Origin,
  origins,
} from "../../vocabulary/key-specs.js"
import {
  type KeyMaterialState,
  type KeyState,
  keyMaterialStates,
  keyStates,
} from "../../vocabulary/key-states.js"

/** A replica, as its primary knows it. */
export interface ReplicaRecord {
  readonly region: string
  /** The version of the shared properties that named it first: one made later has another. */
  readonly since: number
  /** Of imported keys: the materials that the replica said it has, and which report said so. */
  readonly reported?: { readonly number: number; readonly materials: readonly string[] } | undefined
}

export type RotationType = "AUTOMATIC" | "ON_DEMAND"

/** What a multi-Region key knows of its related keys in other regions. */
export interface MultiRegionRecord {
  /** Of related keys at most one is the primary. */
  readonly type: "PRIMARY" | "REPLICA"
  readonly primaryRegion: string
  /** Sorted by region; on a replica as the primary last told it. */
  readonly replicas: readonly ReplicaRecord[]
  /** Counts the changes of what related keys share. A replica follows newer versions only. */
  readonly version: number
  /** As in {@link ReplicaRecord}, of this key itself; 0 on a key that was never a replica. */
  readonly since: number
  /** How many reports this replica has made. */
  readonly reports: number
  /** A rotation whose new material is being copied, and when it counts as rotated. */
  readonly rotating?: { readonly type: RotationType; readonly atMs: number } | undefined
  /**
   * The primary region is changing to `primaryRegion`: the state to come back to, and since when
   * the replica there has been one.
   */
  readonly handingOver?: { readonly state: KeyState; readonly since: number } | undefined
  /** This key has said that it does not become the primary by this version or an older one. */
  readonly rejectedVersion?: number | undefined
}

/** A replica that is gone: which one it was, and its deletion date. */
export interface GoneReplica {
  readonly since: number
  readonly deletedMs: number
}

/** What a replica tells its primary. */
export interface ReplicaReport {
  readonly since: number
  readonly number: number
  /** The ids of the imported materials that it has. */
  readonly materials: readonly string[]
}

/** A key material as related keys share it: everything but its bytes and their expiry. */
export interface SharedMaterial {
  readonly id: string
  readonly state: KeyMaterialState
  readonly createdMs: number
  readonly description?: string | undefined
  readonly rotationType?: RotationType | undefined
  readonly rotatedMs?: number | undefined
}

/**
 * What related multi-Region keys share.
 *
 * Source: AWS KMS Developer Guide, "Shared properties of multi-Region keys".
 */
export interface SharedProperties {
  readonly version: number
  readonly primaryRegion: string
  readonly replicas: readonly { readonly region: string; readonly since: number }[]
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
  readonly rotation?: { readonly periodDays: number; readonly nextMs: number } | undefined
  /** Oldest first. */
  readonly materials: readonly SharedMaterial[]
}

const ms = () => z.int().check(z.minimum(0))
const count = () => z.int().check(z.minimum(0))
const region = () => z.string().check(z.refine(isRegion))
const materialIdForm = /^[0-9a-f]{64}$/
export const isMaterialId = (text: string): boolean => materialIdForm.test(text)
export const materialId = () => z.string().check(z.refine(isMaterialId))
const rotationType = () => z.enum(["AUTOMATIC", "ON_DEMAND"])

export const rotationShape = () =>
  z.strictObject({ periodDays: z.int().check(z.minimum(1)), nextMs: ms() })

/** The members that every material has, shared or stored. */
export const materialMembers = () => ({
  id: materialId(),
  state: z.enum(keyMaterialStates),
  createdMs: ms(),
  description: z.optional(z.string()),
  rotationType: z.optional(rotationType()),
  rotatedMs: z.optional(ms()),
})

export const multiRegionShape = () =>
  z.strictObject({
    type: z.enum(["PRIMARY", "REPLICA"]),
    primaryRegion: region(),
    replicas: z.array(
      z.strictObject({
        region: region(),
        since: count(),
        reported: z.optional(z.strictObject({ number: count(), materials: z.array(materialId()) })),
      }),
    ),
    version: count(),
    since: count(),
    reports: count(),
    rotating: z.optional(z.strictObject({ type: rotationType(), atMs: ms() })),
    handingOver: z.optional(z.strictObject({ state: z.enum(keyStates), since: count() })),
    rejectedVersion: z.optional(count()),
  })

export const goneShape = () => z.strictObject({ since: count(), deletedMs: ms() })

export const reportShape = (): z.ZodMiniType<ReplicaReport> =>
  z.strictObject({ since: count(), number: count(), materials: z.array(materialId()) })

export const sharedShape = (): z.ZodMiniType<SharedProperties> =>
  z.strictObject({
    version: count(),
    primaryRegion: region(),
    replicas: z.array(z.strictObject({ region: region(), since: count() })),
    keySpec: z.enum(keySpecs),
    keyUsage: z.enum(keyUsages),
    origin: z.enum(origins),
    rotation: z.optional(rotationShape()),
    materials: z.array(z.strictObject(materialMembers())),
  })
