import type * as z from "zod"
import type { Catalogue, OperationName } from "./operations/catalogue.js"
import { catalogue } from "./operations/catalogue.js"

/** A shape as the AWS SDK types it: any member may be given as `undefined`. */
export type Shape<Value> = Value extends Uint8Array | Date | string | number | boolean | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? Shape<Item>[]
    : string extends keyof Value
      ? MapShape<Value>
      : { [Member in keyof Value]: Shape<Value[Member]> | undefined }

/** A map as it is; a shape without members, which zod types as a map to nothing, has none. */
type MapShape<Value> = [Value[keyof Value]] extends [never] ? Record<never, never> : Value

/** What a method takes: an input that may be empty may also be left out. */
type Arguments<Input> = Record<never, never> extends Input ? [input?: Input] : [input: Input]

export type InputOf<Name extends OperationName> = Shape<
  z.output<ReturnType<Catalogue[Name]["input"]>>
>

export type ReplyOf<Name extends OperationName> = Shape<
  z.output<ReturnType<Catalogue[Name]["reply"]>>
>

/** What the AWS SDK adds to every reply. */
export interface ReplyMetadata {
  readonly $metadata: { readonly requestId: string }
}

/** The methods that every operation of the catalogue has, in lower camel case. */
export type KmsClient = {
  readonly [Name in OperationName as Uncapitalize<Name>]: (
    ...parameters: Arguments<InputOf<Name>>
  ) => Promise<ReplyOf<Name> & ReplyMetadata>
}

/** Makes a client of one function that performs any operation. */
export function clientOf(
  call: (operation: OperationName, input: object) => Promise<object>,
): KmsClient {
  const methods = (Object.keys(catalogue) as OperationName[]).map((name) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    (input: object = {}) => call(name, input),
  ])
  return Object.freeze(Object.fromEntries(methods))
}
