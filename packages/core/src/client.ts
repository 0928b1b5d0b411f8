import type * as z from "zod"
import type { Catalogue, OperationName } from "./operations/catalogue.js"
import { catalogue } from "./operations/catalogue.js"

/** What a schema admits, with arrays as the AWS SDK types them. */
export type Shape<Value> = Value extends Uint8Array | Date | string | number | boolean | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? Shape<Item>[]
    : string extends keyof Value
      ? MapShape<Value>
      : { [Member in keyof Value]: Shape<Value[Member]> }

/** A map as it is; a shape without members, which zod types as a map to nothing, has none. */
type MapShape<Value> = [Value[keyof Value]] extends [never] ? Record<never, never> : Value

export type InputOf<Name extends OperationName> = Shape<
  z.output<ReturnType<Catalogue[Name]["input"]>>
>

/** A member that is not optional is in every reply, unless the call names a `Recipient`. */
export type ReplyOf<Name extends OperationName> = Shape<
  z.output<ReturnType<Catalogue[Name]["reply"]>>
>

type SecretOf<Name extends OperationName> = NonNullable<Catalogue[Name]["recipient"]>

/** The operations that answer an attested recipient what nobody else can read. */
export type SealingName = {
  [Name in OperationName]: [SecretOf<Name>] extends [never] ? never : Name
}[OperationName]

type LeftOut<Name extends SealingName> = Extract<
  keyof ReplyOf<Name>,
  SecretOf<Name> | "KeyMaterialId"
>

/** The reply where the call names a `Recipient`: the secret is in it for that one alone. */
export type SealedReplyOf<Name extends SealingName> = Omit<
  ReplyOf<Name>,
  LeftOut<Name> | "CiphertextForRecipient"
> & { [Member in LeftOut<Name>]?: undefined } & { CiphertextForRecipient: Uint8Array }

/** What the AWS SDK adds to every reply. */
export interface ReplyMetadata {
  readonly $metadata: { readonly requestId: string }
}

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

type ItemOf<Name extends ListName> =
  ReplyOf<Name> extends {
    readonly [Member in (typeof listed)[Name]]: readonly (infer Item)[]
  }
    ? Item
    : never

/** An input that may be empty may also be left out. */
type Arguments<Input> = Record<never, never> extends Input ? [input?: Input] : [input: Input]

/** What a method for a list has besides. */
type AllOf<Name extends OperationName> = Name extends ListName
  ? {
      /**
       * Every item of the list, one after the other: `for await (const key of listKeys.all())`.
       * The next page is asked for when the items of the last one are used up; `Limit` is the
       * length of a page, and a `Marker` where to begin.
       */
      readonly all: (
        ...parameters: Arguments<InputOf<Name>>
      ) => AsyncGenerator<ItemOf<Name>, void, undefined>
    }
  : unknown

type Answered<Reply> = Promise<Reply & ReplyMetadata>

/** Overloads stand side by side, as they do in the AWS SDK: those of methods compare both ways. */
type Method<Input, Reply> = WithoutInput<Input, Reply> & ((input: Input) => Answered<Reply>)

type WithoutInput<Input, Reply> =
  Record<never, never> extends Input ? () => Answered<Reply> : unknown

/** What it answers depends on whether the call names a `Recipient`. */
type SealingMethod<Name extends SealingName> = Method<
  InputOf<Name> & { readonly Recipient?: undefined },
  ReplyOf<Name>
> &
  Method<InputOf<Name> & { readonly Recipient: object }, SealedReplyOf<Name>> &
  ((input: InputOf<Name>) => Answered<ReplyOf<Name> | SealedReplyOf<Name>>)

/** The methods that every operation of the catalogue has, in lower camel case. */
export type KmsClient = {
  readonly [Name in OperationName as Uncapitalize<Name>]: (Name extends SealingName
    ? SealingMethod<Name>
    : Method<InputOf<Name>, ReplyOf<Name>>) &
    AllOf<Name>
}

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
