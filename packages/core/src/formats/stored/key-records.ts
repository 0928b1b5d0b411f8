import * as z from "zod/mini"
import { isAccountId, isKeyId, isMultiRegionKeyId } from "../../vocabulary/arns.js"
import type { Origin } from "../../vocabulary/key-specs.js"
import {
  type KeySpec,
  type KeyUsage,
  keySpecRow,
  keySpecs,
  keyUsages,
  origins,
} from "../../vocabulary/key-specs.js"
import { type KeyState, keyMaterialStates, keyStates } from "../../vocabulary/key-states.js"
import { base64 } from "../base64-shape.js"
import { createDefaultPolicies, isPartitionName, partitionOfDefault } from "./default-policy.js"
import {
  isMaterialId,
  type MultiRegionRecord,
  materialMembers,
  multiRegionShape,
  rotationShape,
  type SharedMaterial,
} from "./multi-region-record.js"
import {
  bytes,
  count,
  either,
  listOf,
  needed,
  objectOf,
  oneOf,
  optional,
  positive,
  type Read,
  text,
  textThat,
} from "./quick-record.js"
import {
  inOrder,
  ms,
  type RecordFormat,
  recordFormat,
  stored,
  storedFormat,
} from "./record-format.js"

/**
 * One key material of a KMS key, as storage sees it: wrapped. Exactly one is current, unless none
 * was imported yet; those that are not pending belong to the key for good.
 */
export interface KeyMaterialRecord extends SharedMaterial {
  /** Absent while imported material is gone: deleted or expired. */
  readonly token?: Uint8Array | undefined
  /** When imported material expires, if it does. */
  readonly expiresMs?: number | undefined
}

export interface TagRecord {
  readonly key: string
  readonly value: string
}

/** Everything that storage keeps of a KMS key. One key is one record, so one revision guards it. */
export interface KeyRecord {
  readonly account: string
  readonly keyId: string
  readonly createdMs: number
  readonly description: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
  readonly keyManager: "CUSTOMER" | "AWS"
  /** Present exactly when the key is a multi-Region key, as its id says too. */
  readonly multiRegion?: MultiRegionRecord | undefined
  readonly state: KeyState
  /** The custom key store that it is in, and the key that it stands for in an external one. */
  readonly keyStore?: { readonly id: string; readonly xksKeyId?: string | undefined } | undefined
  /** When the key ceases to exist; present exactly in state `PendingDeletion`. */
  readonly deletionMs?: number | undefined
  /** The waiting period to come; present exactly in state `PendingReplicaDeletion`. */
  readonly pendingWindowDays?: number | undefined
  /**
   * In that state: when the waiting period begins if no replica goes any later, which is when the
   * last one went, or when the deletion was scheduled.
   */
  readonly pendingFromMs?: number | undefined
  /** Automatic rotation, where it is enabled: how often, and when next. */
  readonly rotation?: { readonly periodDays: number; readonly nextMs: number } | undefined
  /** The key policy, as it was put. */
  readonly policy: string
  /** Sorted by key. */
  readonly tags: readonly TagRecord[]
  /** The names of its aliases, with `alias/`, sorted. */
  readonly aliases: readonly string[]
  /** How many grants there are on it; every change of a grant changes the key's revision too. */
  readonly grantsCount: number
  /** The last change of its grants: `+` or `-`, and the id of the grant that came or went. */
  readonly grantsRevision?: string | undefined
  /** Oldest first. Empty while no material was imported. */
  readonly materials: readonly KeyMaterialRecord[]
}

export interface AliasRecord {
  readonly account: string
  /** With `alias/`. */
  readonly name: string
  readonly keyId: string
  readonly createdMs: number
  readonly updatedMs: number
}

/** The domain of a region: its name is authenticated by the seal. */
export interface DomainRecord {
  readonly name: string
  readonly sealedState: Uint8Array
}

/** Storage keys. Everything of an account stands under one prefix for each kind. */
export const keysPrefix = "key/"
export const aliasPrefix = (account: string): string => `alias/${account}/`
export const keyRecordKey = (account: string, keyId: string): string =>
  `${keysPrefix}${account}/${keyId}`
/** `name` with `alias/`, which the storage key does not repeat. */
export const aliasRecordKey = (account: string, name: string): string =>
  aliasPrefix(account) + name.slice("alias/".length)
/** The domain of the region. */
export const domainRecordKey = "domain"

const account = () => z.string().check(z.refine(isAccountId))
const keyId = () => z.string().check(z.refine(isKeyId))

/** What is written of a key material, in this order. */
const materialInOrder = [
  needed("id", textThat(isMaterialId)),
  needed("state", oneOf(keyMaterialStates)),
  needed("createdMs", count),
  optional("description", text),
  optional("rotationType", oneOf(["AUTOMATIC", "ON_DEMAND"])),
  optional("rotatedMs", count),
  optional("token", bytes),
  optional("expiresMs", count),
]

/** What is written of most keys: of those that are not in several regions, or in a key store. */
const keyInOrder = [
  needed("account", textThat(isAccountId)),
  needed(
    "keyId",
    textThat((id) => !id.startsWith("mrk-") && isKeyId(id)),
  ),
  needed("createdMs", count),
  needed("description", text),
  needed("keySpec", oneOf(keySpecs)),
  needed("keyUsage", oneOf(keyUsages)),
  needed("origin", oneOf(origins)),
  needed("keyManager", oneOf(["CUSTOMER", "AWS"])),
  needed("state", oneOf(keyStates)),
  optional("deletionMs", count),
  optional("rotation", objectOf([needed("periodDays", positive), needed("nextMs", count)])),
  needed("policy", either(text, objectOf([needed("default", textThat(isPartitionName))]))),
  needed("tags", listOf(objectOf([needed("key", text), needed("value", text)]))),
  needed("aliases", listOf(text)),
  needed("grantsCount", count),
  optional(
    "grantsRevision",
    textThat((text) => grantsRevision.test(text)),
  ),
  needed("materials", listOf(objectOf(materialInOrder))),
]
const usualKey: Read = objectOf(keyInOrder)

/** A key as it is written: of a default policy, the name. */
interface WrittenKey extends Omit<KeyRecord, "policy"> {
  policy: string | { readonly default: string }
}

const isShort = ({ policy, account }: WrittenKey): boolean =>
  partitionOfDefault(policy, account) === undefined

function asWritten(key: KeyRecord): WrittenKey {
  const partition = partitionOfDefault(key.policy, key.account)
  return {
    ...inOrder(key, keyInOrder),
    policy: partition === undefined ? key.policy : { default: partition },
    materials: key.materials.map((one) => inOrder(one, materialInOrder)),
  }
}

const defaultPolicyOf = createDefaultPolicies()

/** The same object, made whole: a copy would cost as much as reading it did. */
function made(key: WrittenKey): KeyRecord {
  const { policy, account } = key
  if (typeof policy !== "string") key.policy = defaultPolicyOf(policy.default, account)
  return key as KeyRecord
}

const hasUsage = ({ keySpec, keyUsage }: Pick<KeyRecord, "keySpec" | "keyUsage">): boolean =>
  keySpecRow(keySpec).usages[keyUsage] !== undefined
const hasDeletionDate = ({ state, deletionMs }: Pick<KeyRecord, "state" | "deletionMs">) =>
  (state === "PendingDeletion") === (deletionMs !== undefined)

const grantsRevision = /^[+-][0-9a-f]{64}$/

const keyShape = () =>
  z
    .strictObject({
      account: account(),
      keyId: keyId(),
      createdMs: ms(),
      description: z.string(),
      keySpec: z.enum(keySpecs),
      keyUsage: z.enum(keyUsages),
      origin: z.enum(origins),
      keyManager: z.enum(["CUSTOMER", "AWS"]),
      multiRegion: z.optional(multiRegionShape()),
      state: z.enum(keyStates),
      keyStore: z.optional(z.strictObject({ id: z.string(), xksKeyId: z.optional(z.string()) })),
      deletionMs: z.optional(ms()),
      pendingWindowDays: z.optional(z.int().check(z.minimum(1))),
      pendingFromMs: z.optional(ms()),
      rotation: z.optional(rotationShape()),
      policy: z.union([
        z.string(),
        z.strictObject({ default: z.string().check(z.refine(isPartitionName)) }),
      ]),
      tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
      aliases: z.array(z.string()),
      grantsCount: z.int().check(z.minimum(0)),
      grantsRevision: z.optional(z.string().check(z.regex(grantsRevision))),
      materials: z.array(
        z.strictObject({
          ...materialMembers(),
          token: z.optional(base64()),
          expiresMs: z.optional(ms()),
        }),
      ),
    })
    .check(
      z.refine(hasUsage, { path: ["keyUsage"] }),
      z.refine(hasDeletionDate, { path: ["deletionMs"] }),
      z.refine((key) => isMultiRegionKeyId(key.keyId) === (key.multiRegion !== undefined), {
        path: ["multiRegion"],
      }),
      z.refine(isShort, { path: ["policy"] }),
    )

export const keyRecordFormat: RecordFormat<KeyRecord> = recordFormat(
  "key",
  ({ account, keyId }) => keyRecordKey(account, keyId),
  () =>
    z.pipe(
      keyShape(),
      z.transform((key) => made(key)),
    ),
  {
    asWritten,
    quick: (cursor) => {
      const key = usualKey(cursor) as WrittenKey | undefined
      const isKey = key !== undefined && hasUsage(key) && hasDeletionDate(key) && isShort(key)
      return isKey ? made(key) : undefined
    },
  },
)

export const aliasRecordFormat: RecordFormat<AliasRecord> = recordFormat(
  "alias",
  ({ account, name }) => aliasRecordKey(account, name),
  () =>
    z.strictObject({
      account: account(),
      name: z.string(),
      keyId: keyId(),
      createdMs: ms(),
      updatedMs: ms(),
    }),
)

const storedDomain = stored(() => z.strictObject({ name: z.string(), sealedState: base64() }))

/** The name says which domain it is; where it stands follows from that. */
export const domainRecordFormat = (key: string): RecordFormat<DomainRecord> =>
  storedFormat("domain", () => key, storedDomain)
