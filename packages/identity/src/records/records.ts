import * as z from "zod"
import { accountForm, type EntityKind, nameForm } from "../vocabulary/arns.js"
import { bytesOfText, textOfBytes } from "../vocabulary/text.js"
import {
  accessKey,
  groupShape,
  organizationShape,
  policyShape,
  roleShape,
  userShape,
} from "./shapes.js"

/*
 * How the store keeps accounts: JSON under a version, which is sealed before the storage sees it.
 */

const version = 1

/** One kind of record. */
export interface RecordFormat<Value> {
  readonly prefix: string
  keyOf(value: Value): string
  encode(value: Value): Uint8Array
  /** Throws for bytes that are no such record, or one that belongs elsewhere. */
  decode(bytes: Uint8Array, key: string): Value
}

function recordFormat<Value>(
  prefix: string,
  shape: () => z.ZodType<Value>,
  restOf: (value: Value) => string,
): RecordFormat<Value> {
  let schema: z.ZodType<{ v: number; value: Value }> | undefined
  const keyOf = (value: Value): string => prefix + restOf(value)
  return {
    prefix,
    keyOf,
    encode: (value) => bytesOfText(JSON.stringify({ v: version, value })),
    decode: (bytes, key) => {
      schema ??= z.strictObject({ v: z.literal(version), value: shape() })
      try {
        const { value } = schema.parse(JSON.parse(textOfBytes(bytes)))
        if (keyOf(value) === key) return value
      } catch {
        // What was wrong may be what nobody should read: the key says which record it is.
      }
      throw new Error(`the record \`${key}\` is none that this store has written`)
    },
  }
}

const entity = () => ({
  account: z.string().regex(accountForm),
  name: z.string().regex(nameForm),
  /** The unique id: a new one for a name that is used again. */
  id: z.string().regex(/^[A-Z0-9]{16,128}$/),
  createdMs: z.int().min(0),
})

const kept = () => ({
  ...entity(),
  /** Of the access keys, which have records of their own. */
  accessKeyIds: z.array(z.string()),
  /** For each device of the user the step of the last code that was taken. */
  mfaSteps: z.record(z.string(), z.int()),
})

/** Names that differ only in letter case are one name: none is there twice. */
export const entityKey = (kind: EntityKind, account: string, name: string): string =>
  `${kind}/${account}/${name.toLowerCase()}`

const entityFormat = <Value extends { readonly account: string; readonly name: string }>(
  kind: EntityKind,
  shape: () => z.ZodType<Value>,
): RecordFormat<Value> =>
  recordFormat(`${kind}/`, shape, ({ account, name }) =>
    entityKey(kind, account, name).slice(kind.length + 1),
  )

const userRecord = () => userShape().extend(kept())
const groupRecord = () => groupShape().extend(entity())
const roleRecord = () => roleShape().extend(entity())
const policyRecord = () => policyShape().extend(entity())

export type UserRecord = z.output<ReturnType<typeof userRecord>>
export type GroupRecord = z.output<ReturnType<typeof groupRecord>>
export type RoleRecord = z.output<ReturnType<typeof roleRecord>>
export type PolicyRecord = z.output<ReturnType<typeof policyRecord>>

export const userFormat = entityFormat<UserRecord>("user", userRecord)
export const groupFormat = entityFormat<GroupRecord>("group", groupRecord)
export const roleFormat = entityFormat<RoleRecord>("role", roleRecord)
export const policyFormat = entityFormat<PolicyRecord>("policy", policyRecord)

const accessKeyRecord = () =>
  accessKey().extend({
    account: z.string().regex(accountForm),
    userName: z.string().regex(nameForm),
    createdMs: z.int().min(0),
  })
export type AccessKeyRecord = z.output<ReturnType<typeof accessKeyRecord>>
export const accessKeyFormat = recordFormat<AccessKeyRecord>(
  "access-key/",
  accessKeyRecord,
  ({ accessKeyId }) => accessKeyId,
)

/** Apart from the key itself: a use changes nothing of it. */
const lastUseRecord = () => z.strictObject({ accessKeyId: z.string(), usedMs: z.int().min(0) })
export type LastUseRecord = z.output<ReturnType<typeof lastUseRecord>>
export const lastUseFormat = recordFormat<LastUseRecord>(
  "last-use/",
  lastUseRecord,
  ({ accessKeyId }) => accessKeyId,
)

/** Every change of an account changes this: who writes one meets who writes it, too. */
const accountRecord = () =>
  z.strictObject({ account: z.string().regex(accountForm), changes: z.int().min(1) })
export type AccountRecord = z.output<ReturnType<typeof accountRecord>>
export const accountFormat = recordFormat<AccountRecord>(
  "account/",
  accountRecord,
  ({ account }) => account,
)

export type OrganizationRecord = z.output<ReturnType<typeof organizationShape>>
export const organizationFormat = recordFormat<OrganizationRecord>(
  "organization",
  organizationShape,
  () => "",
)
export const organizationKey = "organization"
