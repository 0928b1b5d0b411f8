import * as z from "zod/mini"
import {
  type AliasRecord,
  aliasPrefix,
  aliasRecordFormat,
  aliasRecordKey,
  type KeyRecord,
} from "../../formats/stored/key-records.js"
import { type Admission, admission } from "../../model/admission.js"
import type { Change } from "../../model/changes.js"
import { isDeleted, withAlias, withoutAlias } from "../../model/keys.js"
import { managedAliasNames } from "../../model/managed-keys.js"
import { aliasToKey, keyToAlias } from "../../model/ties.js"
import { aliasArn } from "../../vocabulary/arns.js"
import { invariant } from "../../vocabulary/errors.js"
import { keySpecRow } from "../../vocabulary/key-specs.js"
import { limits } from "../../vocabulary/limits.js"
import {
  aliasExists,
  aliasOfAlias,
  noSuchKey,
  tooManyAliases,
  unlikeTarget,
} from "../../vocabulary/refusals/keys.js"
import { type Call, keyOf, type LocatedAlias, type LocatedKey } from "../call.js"
import { followAll, requireAgreement } from "../follow.js"
import { listPage, pageOf } from "../paging.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { IdentifierSubject, Subject } from "../subjects.js"

const aliasNamed = (action: string): Subject => ({ by: "alias", member: "AliasName", action })

const target = (action: string, admitted: Admission): IdentifierSubject => ({
  by: "identifier",
  role: "key",
  member: "TargetKeyId",
  accepts: "key",
  aliasRefusal: aliasOfAlias,
  action,
  admission: admitted,
})

const currentTarget = (action: string): Subject => ({
  by: "alias target",
  role: "current",
  member: "AliasName",
  action,
  admission: admission.always,
})

function aliasOf(call: Call<unknown>): LocatedAlias {
  invariant(call.alias, "the call has located its alias")
  return call.alias
}

/** The key that an alias is to name; both belong to one account. */
function targetOf(call: Call<unknown>): LocatedKey {
  const key = keyOf(call)
  if (key.record.account === aliasOf(call).account) return key
  throw noSuchKey({ key: key.arn })
}

/** The key under one alias more, or the refusal. */
function aliased(key: KeyRecord, name: string): KeyRecord {
  const after = withAlias(key, name)
  if (after.aliases.length <= limits.aliasesPerKeyMax) return after
  throw tooManyAliases({ most: limits.aliasesPerKeyMax, usage: key.aliases.length })
}

/** Two keys can stand behind one alias, one after the other, when nothing that uses it breaks. */
function requireAlike(name: string, current: KeyRecord, next: KeyRecord): void {
  const traits = [
    ["key type", (key: KeyRecord) => keySpecRow(key.keySpec).kind],
    ["key usage", (key: KeyRecord) => key.keyUsage],
  ] as const
  for (const [trait, of] of traits) {
    if (of(current) === of(next)) continue
    throw unlikeTarget({ name, trait, current: of(current), next: of(next) })
  }
}

/** Gives a key a name, by which whoever uses it can call it. */
export const CreateAlias = row({
  input: () => z.object({ AliasName: shape.aliasName(), TargetKeyId: shape.keyIdentifier() }),
  reply: shape.nothing,
  subjects: [aliasNamed("kms:CreateAlias"), target("kms:CreateAlias", admission.label)],
  effect: "write",
  audit: ["AliasName", "TargetKeyId"],
  perform: (call) => {
    const { record: key } = targetOf(call)
    const { account, name, arn, target, record: before, deadTarget } = aliasOf(call)
    if (target !== undefined) throw aliasExists({ arn })
    const { keyId } = key
    const { nowMs } = call
    const after = { account, name, keyId, createdMs: nowMs, updatedMs: nowMs }
    const changes: Change[] = [
      { kind: "alias", before, after },
      { kind: "key", before: key, after: aliased(key, name) },
    ]
    // A host whose clock is behind may still save the dead key, which then must not list the name.
    if (deadTarget !== undefined) {
      changes.push({ kind: "key", before: deadTarget, after: withoutAlias(deadTarget, name) })
    }
    return { reply: {}, changes }
  },
})

/** Has an alias name another key of the same kind. */
export const UpdateAlias = row({
  input: () => z.object({ AliasName: shape.aliasName(), TargetKeyId: shape.keyIdentifier() }),
  reply: shape.nothing,
  subjects: [
    aliasNamed("kms:UpdateAlias"),
    currentTarget("kms:UpdateAlias"),
    target("kms:UpdateAlias", admission.label),
  ],
  effect: "write",
  audit: ["AliasName", "TargetKeyId"],
  perform: (call) => {
    const { record: next } = targetOf(call)
    const { record: current } = keyOf(call, "current")
    const { name, record: before } = aliasOf(call)
    invariant(before, "an alias with a target has a record")
    requireAlike(name, current, next)
    const after = { ...before, keyId: next.keyId, updatedMs: call.nowMs }
    const moves: readonly Change[] = [
      { kind: "key", before: current, after: withoutAlias(current, name) },
      { kind: "key", before: next, after: aliased(next, name) },
    ]
    const isMoved = current.keyId !== next.keyId
    return { reply: {}, changes: [{ kind: "alias", before, after }, ...(isMoved ? moves : [])] }
  },
})

/** Takes a name away from its key. The key stays as it is. */
export const DeleteAlias = row({
  input: () => z.object({ AliasName: shape.aliasName() }),
  reply: shape.nothing,
  subjects: [aliasNamed("kms:DeleteAlias"), currentTarget("kms:DeleteAlias")],
  effect: "write",
  audit: ["AliasName"],
  perform: (call) => {
    const { record: key } = keyOf(call, "current")
    const { name, record: before } = aliasOf(call)
    return {
      reply: {},
      changes: [
        { kind: "alias", before },
        { kind: "key", before: key, after: withoutAlias(key, name) },
      ],
    }
  },
})

/** An alias in a list. A predefined one has no key before that is needed. */
type ListedAlias = AliasRecord | PredefinedAlias

interface PredefinedAlias extends Pick<AliasRecord, "account" | "name"> {
  readonly keyId?: undefined
  readonly createdMs?: undefined
  readonly updatedMs?: undefined
}

/** The aliases on one page: those of one key, or those of the account whose key still is. */
async function aliasPage(call: Call<ListInput>) {
  const { account } = call.caller
  const paging = {
    list: "ListAliases",
    limitDefault: limits.aliasesPageDefault,
    limitMax: limits.aliasesPageMax,
  }
  if (call.keys.key !== undefined) {
    const { record } = call.keys.key
    const nameOf = (name: string) => name
    const page = pageOf(call, { ...paging, of: record.keyId, nameOf }, record.aliases)
    const keys = page.records.map((name) => aliasRecordKey(account, name))
    const aliases = await call.records.readMany(aliasRecordFormat, keys)
    const records: AliasRecord[] = []
    for (const [i, name] of page.records.entries()) {
      const alias = aliases[i]
      // One that is gone by now was there beside the others, and a new one may be beside it.
      await requireAgreement(call.records, keyToAlias(name), record, alias)
      if (alias !== undefined) records.push(alias)
    }
    return { ...page, records }
  }
  const page = await listPage(call, {
    ...paging,
    format: aliasRecordFormat,
    prefix: aliasPrefix(account),
    nameOf: ({ name }: ListedAlias) => name.slice("alias/".length),
    standIns: managedAliasNames.map((name): ListedAlias => ({ account, name })),
  })
  const stored = page.records.filter((alias) => alias.keyId !== undefined)
  const followed = await followAll(call.records, aliasToKey, stored)
  const alive = followed.filter(({ to: key }) => !isDeleted(key, call.nowMs))
  const byName = new Map(alive.map(({ from }) => [from.name, from]))
  const records = page.records
    .map((alias): ListedAlias | undefined =>
      alias.keyId === undefined ? alias : byName.get(alias.name),
    )
    .filter((alias) => alias !== undefined)
  return { ...page, records }
}

const listInput = () => z.object({ KeyId: z.optional(shape.keyIdentifier()), ...shape.pageInput() })
type ListInput = z.output<ReturnType<typeof listInput>>

/** Lists the aliases of the account, or of one key. */
export const ListAliases = row({
  input: listInput,
  reply: () =>
    z.object({
      Aliases: z.array(
        z.object({
          AliasName: z.string(),
          AliasArn: z.string(),
          TargetKeyId: z.optional(z.string()),
          CreationDate: z.optional(z.date()),
          LastUpdatedDate: z.optional(z.date()),
        }),
      ),
      ...shape.pageReply(),
    }),
  subjects: [
    { by: "account", action: "kms:ListAliases" },
    { by: "own key", member: "KeyId", whenGiven: "KeyId" },
  ],
  effect: "read",
  audit: ["KeyId", "Limit", "Marker"],
  perform: async (call) => {
    const { records, reply } = await aliasPage(call)
    const Aliases = records.map(({ account, name, keyId, createdMs, updatedMs }: ListedAlias) => ({
      AliasName: name,
      AliasArn: aliasArn(call.place, account, name),
      ...(keyId !== undefined && { TargetKeyId: keyId }),
      ...(createdMs !== undefined && { CreationDate: new Date(createdMs) }),
      ...(updatedMs !== undefined && { LastUpdatedDate: new Date(updatedMs) }),
    }))
    return { reply: { Aliases, ...reply } }
  },
})
