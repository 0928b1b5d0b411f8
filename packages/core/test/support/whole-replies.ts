import { afterEach, expect } from "vitest"
import * as z from "zod/mini"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { findRow } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { anyBlob } from "../../src/operations/shapes.js"

/*
 * Every reply in these tests is looked at: it has the members that its schema says every reply has,
 * and none that the schema does not know.
 */

/** As much of a schema as is read here. */
interface Schema {
  readonly _zod: { readonly def: Definition }
}

interface Definition {
  readonly type: string
  readonly innerType?: Schema
  readonly element?: Schema
  readonly shape?: Readonly<Record<string, Schema>>
}

/** Answers with the members of all operations alike go by one name. */
const shared: Readonly<Record<string, string>> = {
  Grants: "Grants",
  KeyMetadata: "KeyMetadata",
  ReplicaKeyMetadata: "KeyMetadata",
}

type Visit = (path: string, value: unknown) => void

/** Visits every member of a value that may be absent. */
function visitOptional({ _zod: { def } }: Schema, value: unknown, path: string, visit: Visit) {
  if (def.type === "optional" && def.innerType) {
    visit(path, value)
    if (value !== undefined) visitOptional(def.innerType, value, path, visit)
  } else if (def.type === "array" && def.element) {
    for (const item of value as unknown[]) visitOptional(def.element, item, path, visit)
  } else if (def.type === "object") {
    for (const [name, member] of Object.entries(def.shape ?? {})) {
      const own = shared[name] ?? `${path}.${name}`
      visitOptional(member, (value as Record<string, unknown>)[name], own, visit)
    }
  }
}

/** What was not in some reply, by its path: `ListAliases.Aliases.TargetKeyId`. */
export const seenAbsent = new Set<string>()

/** What the reply must be: for a recipient, the secret is not in it, but sealed. */
function schemaFor({ reply, recipient }: AnyRow, input: unknown) {
  const { shape } = reply()
  const isSealed = recipient !== undefined && Object(input).Recipient !== undefined
  if (!isSealed) return z.strictObject(shape)
  const { [recipient]: _secret, KeyMaterialId: _id, ...rest } = shape
  return z.strictObject({ ...rest, CiphertextForRecipient: anyBlob() })
}

/** Every member that may be absent, by its path. */
export function optionalMembersOf(schema: Schema, path: string): string[] {
  const { type, innerType, element, shape = {} } = schema._zod.def
  const inner = innerType ?? element
  const below = inner === undefined ? [] : optionalMembersOf(inner, path)
  const members = Object.entries(shape).flatMap(([name, member]) =>
    optionalMembersOf(member, shared[name] ?? `${path}.${name}`),
  )
  return [...(type === "optional" ? [path] : []), ...below, ...members]
}

const strange = new Set<string>()

/** Looks at a reply. What its schema does not say fails the test that is running. */
function checkReply(operation: string, input: unknown, reply: object): void {
  const row = findRow(operation)
  if (row === undefined) return
  const schema = schemaFor(row, input)
  const { error } = schema.safeParse(reply)
  for (const { path, message } of error?.issues ?? []) {
    strange.add(`${operation} ${path.join(".")}: ${message}`)
  }
  if (error !== undefined) return
  visitOptional(schema, reply, operation, (path, value) => {
    if (value === undefined) seenAbsent.add(path)
  })
}

type Ask = (input?: object) => Promise<object>

function watchedClient(client: KmsClient): KmsClient {
  const methods = Object.entries(client as unknown as Record<string, Ask>).map(([name, ask]) => {
    const operation = name.charAt(0).toUpperCase() + name.slice(1)
    const watched: Ask = (input) =>
      ask(input).then((answered) => {
        const { $metadata: _, ...reply } = answered as { $metadata?: object }
        checkReply(operation, input, reply)
        return answered
      })
    return [name, Object.assign(watched, ask)]
  })
  return Object.freeze(Object.fromEntries(methods))
}

/** The same engine, whose replies are looked at. */
export const watched = (kms: Kms): Kms =>
  Object.freeze({
    ...kms,
    as: (...caller: Parameters<Kms["as"]>) => watchedClient(kms.as(...caller)),
    call: async (...asked: Parameters<Kms["call"]>) => {
      const answer = await kms.call(...asked)
      checkReply(asked[1], asked[2], answer.reply)
      return answer
    },
  })

afterEach(() => {
  const found = [...strange]
  strange.clear()
  expect(found, "replies that are not what their schema says").toEqual([])
})
