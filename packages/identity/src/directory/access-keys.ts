import {
  type AccessKeyRecord,
  accessKeyFormat,
  entityKey,
  lastUseFormat,
  userFormat,
} from "../records/records.js"
import { IdentityError, noSuchEntity } from "../vocabulary/identity-error.js"
import { newId, newSecret, type Random } from "../vocabulary/ids.js"
import { limits } from "../vocabulary/limits.js"
import { andThen, type Eventually } from "./eventually.js"
import type { Reader } from "./reader.js"
import type { IdentityStore } from "./store.js"
import type { ChangeAccount } from "./writer.js"

export type AccessKeyStatus = AccessKeyRecord["status"]

/** An access key without its secret. */
export interface AccessKeySummary {
  readonly accessKeyId: string
  readonly account: string
  readonly userName: string
  readonly status: AccessKeyStatus
  readonly createdMs: number
  /** To an hour; absent while it was never used. */
  readonly lastUsedMs?: number
}

export interface AccessKeys {
  /** A new access key. Its secret is told now, and never again. */
  create(
    account: string,
    userName: string,
  ): Promise<{ accessKeyId: string; secretAccessKey: string }>
  setStatus(accessKeyId: string, status: AccessKeyStatus): Promise<void>
  delete(accessKeyId: string): Promise<void>
  list(account: string, userName: string): Promise<readonly AccessKeySummary[]>
  /** With its secret, whatever its status. For whoever verifies signatures. */
  find(accessKeyId: string): Eventually<AccessKeyRecord | undefined>
  /** Writes down that a key was used, once an hour; a use that cannot be written is lost. */
  noteUse(accessKeyId: string): Promise<void>
}

interface Parts {
  readonly store: IdentityStore
  readonly reader: Reader
  readonly change: ChangeAccount
  readonly random: Random
  readonly clock: () => number
}

const keyOf = (accessKeyId: string): string => `${accessKeyFormat.prefix}${accessKeyId}`
const idForm = /^[A-Z0-9]{16,128}$/

const noSuchKey = (accessKeyId: string) =>
  new IdentityError("NoSuchEntity", `The Access Key with id ${accessKeyId} cannot be found.`)

export function createAccessKeys({ store, reader, change, random, clock }: Parts): AccessKeys {
  const find: AccessKeys["find"] = (accessKeyId) =>
    idForm.test(accessKeyId)
      ? andThen(
          reader.read([{ key: keyOf(accessKeyId), format: accessKeyFormat }]),
          ([found]) => found?.value,
        )
      : undefined

  const required = async (accessKeyId: string): Promise<AccessKeyRecord> => {
    const found = await find(accessKeyId)
    if (found === undefined) throw noSuchKey(accessKeyId)
    return found
  }

  const lastUseOf = (accessKeyId: string) =>
    andThen(
      reader.read([{ key: `${lastUseFormat.prefix}${accessKeyId}`, format: lastUseFormat }]),
      ([found]) => found?.value?.usedMs,
    )

  /** Those that are being written: requests that come together write once. */
  const noting = new Set<string>()

  const noteNow = async (accessKeyId: string): Promise<void> => {
    const nowMs = clock()
    const before = await lastUseOf(accessKeyId)
    if (before !== undefined && nowMs < before + limits.lastUseMs) return
    // Only for a key that there is: its record is expected as it was read.
    const key = keyOf(accessKeyId)
    const [entry] = await store.storage.get([key])
    if (entry === undefined) return
    const value = { accessKeyId, usedMs: nowMs }
    await store.storage.commit({
      expect: [{ key, revision: entry.revision }],
      put: [{ key: lastUseFormat.keyOf(value), value: lastUseFormat.encode(value) }],
      remove: [],
    })
  }

  return {
    find,

    create: async (account, userName) => {
      const accessKeyId = await newId(random, "access key")
      const secretAccessKey = await newSecret(random)
      await change(account, async (draft) => {
        const user = await draft.read(userFormat, entityKey("user", account, userName))
        if (user === undefined) throw noSuchEntity("user", userName)
        if (user.accessKeyIds.length >= limits.accessKeysPerUserMax) {
          throw new IdentityError(
            "LimitExceeded",
            `Cannot exceed quota for AccessKeysPerUser: ${limits.accessKeysPerUserMax}`,
          )
        }
        draft.put(userFormat, { ...user, accessKeyIds: [...user.accessKeyIds, accessKeyId] })
        draft.put(accessKeyFormat, {
          ...{ accessKeyId, secretAccessKey, account },
          ...{ userName: user.name, status: "Active", createdMs: clock() },
        })
      })
      return { accessKeyId, secretAccessKey }
    },

    setStatus: async (accessKeyId, status) => {
      if (status !== "Active" && status !== "Inactive") {
        throw new TypeError("`status` must be `Active` or `Inactive`")
      }
      const { account } = await required(accessKeyId)
      await change(account, async (draft) => {
        const key = await draft.read(accessKeyFormat, keyOf(accessKeyId))
        if (key === undefined) throw noSuchKey(accessKeyId)
        if (key.status !== status) draft.put(accessKeyFormat, { ...key, status })
      })
    },

    delete: async (accessKeyId) => {
      const { account, userName } = await required(accessKeyId)
      await change(account, async (draft) => {
        const user = await draft.read(userFormat, entityKey("user", account, userName))
        if (user === undefined) throw noSuchKey(accessKeyId)
        const accessKeyIds = user.accessKeyIds.filter((one) => one !== accessKeyId)
        draft.put(userFormat, { ...user, accessKeyIds })
        draft.remove(keyOf(accessKeyId))
        draft.remove(`${lastUseFormat.prefix}${accessKeyId}`)
      })
    },

    list: async (account, userName) => {
      const [user] = await reader.read([
        { key: entityKey("user", account, userName), format: userFormat },
      ])
      if (user?.value === undefined) throw noSuchEntity("user", userName)
      const summaries: AccessKeySummary[] = []
      for (const accessKeyId of user.value.accessKeyIds) {
        const { secretAccessKey: _, ...key } = await required(accessKeyId)
        const lastUsedMs = await lastUseOf(accessKeyId)
        summaries.push({ ...key, ...(lastUsedMs !== undefined && { lastUsedMs }) })
      }
      return summaries
    },

    noteUse: async (accessKeyId) => {
      if (noting.has(accessKeyId)) return
      noting.add(accessKeyId)
      try {
        await noteNow(accessKeyId)
      } finally {
        noting.delete(accessKeyId)
      }
    },
  }
}
