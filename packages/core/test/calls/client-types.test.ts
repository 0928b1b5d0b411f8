import { expect, it } from "vitest"
import type * as z from "zod/mini"
import type { InputOf, ReplyOf } from "../../src/client.js"
import type { Catalogue, OperationName } from "../../src/operations/catalogue.js"

/*
 * What is proved here is proved by the compiler: the printed types of inputs and replies are those
 * of the schemas that check them.
 */

/** What a schema admits, at every depth an object with plain members. */
type Plain<Value> = Value extends Uint8Array | Date | string | number | boolean | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? Plain<Item>[]
    : [Value[keyof Value]] extends [never]
      ? Record<never, never>
      : { [Member in keyof Value]: Plain<Value[Member]> }

type SchemaInput<Name extends OperationName> = Plain<z.output<ReturnType<Catalogue[Name]["input"]>>>
type SchemaReply<Name extends OperationName> = Plain<z.output<ReturnType<Catalogue[Name]["reply"]>>>

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** The operations whose types differ. */
type Unlike<Verdicts extends Readonly<Record<OperationName, boolean>>> = {
  [Name in OperationName]: Verdicts[Name] extends true ? never : Name
}[OperationName]

const none = <Names extends never>(): Names[] => []

it("the types of inputs and replies are those of their schemas", () => {
  type Inputs = Unlike<{
    [Name in OperationName]: Same<Plain<InputOf<Name>>, SchemaInput<Name>>
  }>
  type Replies = Unlike<{
    [Name in OperationName]: Same<Plain<ReplyOf<Name>>, SchemaReply<Name>>
  }>
  expect([none<Inputs>(), none<Replies>()]).toEqual([[], []])
})

it("a type that differs in one question mark is noticed", () => {
  type Open = Same<Plain<{ KeyId?: string | undefined }>, Plain<{ KeyId: string }>>
  const isSame: Open = false
  // @ts-expect-error A name that is left over is an error.
  none<"Encrypt">()
  expect(isSame).toBe(false)
})
