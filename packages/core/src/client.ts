import type { Calls, KmsClient } from "./client-interface.js"
import type { OperationName } from "./operations/catalogue.js"
import { catalogue } from "./operations/catalogue.js"

export type InputOf<Name extends OperationName> = Calls[Name]["input"]

/** A member that is not optional is in every reply, unless the call names a `Recipient`. */
export type ReplyOf<Name extends OperationName> = Calls[Name]["reply"]

/** The operations that answer an attested recipient what nobody else can read. */
export type SealingName = {
  [Name in OperationName]: Calls[Name] extends { readonly sealed: object } ? Name : never
}[OperationName]

/** The reply where the call names a `Recipient`: the secret is in it for that one alone. */
export type SealedReplyOf<Name extends SealingName> = Calls[Name]["sealed"]

/** The operations that answer in pages, and the member of the reply with the items. */
const listed = {
  DescribeCustomKeyStores: "CustomKeyStores",
  ListAliases: "Aliases",
  ListGrants: "Grants",
  ListKeyPolicies: "PolicyNames",
  ListKeyRotations: "Rotations",
  ListKeys: "Keys",
  ListResourceTags: "Tags",
  ListRetirableGrants: "Grants",
} as const satisfies Partial<Record<OperationName, string>>

type ListName = keyof typeof listed

type Ask = (input: object) => Promise<object>

interface Page {
  readonly NextMarker?: string
  readonly [member: string]: unknown
}

async function* itemsOf(ask: Ask, member: string, input: object) {
  // What the caller does to the input meanwhile changes no page.
  const same = { ...input }
  let page = (await ask(input)) as Page
  while (true) {
    yield* (page[member] ?? []) as readonly unknown[]
    if (page.NextMarker === undefined) return
    page = (await ask({ ...same, Marker: page.NextMarker })) as Page
  }
}

/** A method, with `all` where its operation answers in pages. */
function methodOf(name: OperationName, ask: Ask) {
  const method = (input: object = {}) => ask(input)
  if (!Object.hasOwn(listed, name)) return method
  const all = (input: object = {}) => itemsOf(ask, listed[name as ListName], input)
  return Object.assign(method, { all })
}

/** Makes a client of one function that performs any operation. */
export function clientOf(
  call: (operation: OperationName, input: object) => Promise<object>,
): KmsClient {
  const methods = (Object.keys(catalogue) as OperationName[]).map((name) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    methodOf(name, (input) => call(name, input)),
  ])
  return Object.freeze(Object.fromEntries(methods))
}
