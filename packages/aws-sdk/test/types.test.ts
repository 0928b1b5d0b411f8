import type * as sdk from "@aws-sdk/client-kms"
import type { InputOf, KmsClient, OperationName, ReplyOf } from "@keywright/core"
import { describe, expect, test } from "vitest"
import { createEngine } from "./support/engine.js"

/*
 * What is proved here is proved by the compiler: this file compiles only as long as code for the
 * AWS SDK and code for this engine can be exchanged.
 */

/** The method of the SDK's aggregated client for an operation. */
type Method<Name extends OperationName> = sdk.KMS[Uncapitalize<Name>]

/** All of the ways to call a method of the SDK; the last two take a callback. */
interface Overloads<Input, Output> {
  (args: Input, options?: never): Promise<Output>
  (args: Input, callback: never): void
  (args: Input, options: never, callback: never): void
}

type Signature<Name extends OperationName> =
  Method<Name> extends Overloads<infer Input, infer Output> ? [Input, Output] : never

type SdkInput<Name extends OperationName> = Signature<Name>[0]
type SdkReply<Name extends OperationName> = Omit<Signature<Name>[1], "$metadata">

/** The names for which the first type cannot be used where the second is expected. */
type Unfit<Verdicts extends Readonly<Record<OperationName, boolean>>> = {
  [Name in OperationName]: Verdicts[Name] extends true ? never : Name
}[OperationName]

type Fits<From, To> = [From] extends [never] ? false : [From] extends [To] ? true : false

/** An assertion for the compiler: nothing is left over. */
const none = <Names extends never>(): Names[] => []

describe("the types of the SDK and of the engine", () => {
  test("agree on every input, both ways", () => {
    type Taken = Unfit<{ [Name in OperationName]: Fits<SdkInput<Name>, InputOf<Name>> }>
    type Given = Unfit<{ [Name in OperationName]: Fits<InputOf<Name>, SdkInput<Name>> }>
    expect([none<Taken>(), none<Given>()]).toEqual([[], []])
  })

  test("agree on every reply, both ways", () => {
    type Taken = Unfit<{ [Name in OperationName]: Fits<SdkReply<Name>, ReplyOf<Name>> }>
    type Given = Unfit<{ [Name in OperationName]: Fits<ReplyOf<Name>, SdkReply<Name>> }>
    expect([none<Taken>(), none<Given>()]).toEqual([[], []])
  })

  test("agree on every member, so that a misspelt one is noticed", () => {
    type SameKeys<A, B> = [Exclude<keyof A, keyof B>, Exclude<keyof B, keyof A>] extends [
      never,
      never,
    ]
      ? true
      : false
    type Inputs = Unfit<{ [Name in OperationName]: SameKeys<SdkInput<Name>, InputOf<Name>> }>
    type Replies = Unfit<{ [Name in OperationName]: SameKeys<SdkReply<Name>, ReplyOf<Name>> }>
    expect([none<Inputs>(), none<Replies>()]).toEqual([[], []])
  })

  test("notice what does not fit", () => {
    // @ts-expect-error A name that is left over is an error.
    none<"Encrypt">()
    type Wrong = Fits<{ KeyId: number }, InputOf<"DescribeKey">>
    const isWrong: Wrong = false
    expect(isWrong).toBe(false)
  })

  test("a function that wants two methods of the SDK's client takes ours", async () => {
    const roundTrip = async (kms: Pick<sdk.KMS, "encrypt" | "decrypt">, KeyId: string) => {
      const Plaintext = new Uint8Array([1, 2, 3])
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
      return (await kms.decrypt({ CiphertextBlob })).Plaintext
    }
    const engine = await createEngine()
    const client: KmsClient = engine.as(engine.administrator)
    const { KeyMetadata } = await client.createKey({})
    const opened = await roundTrip(client, KeyMetadata?.KeyId as string)
    expect(opened).toEqual(new Uint8Array([1, 2, 3]))
  })

  test("a function that wants every method that is built takes ours", async () => {
    const missing = (kms: Pick<sdk.KMS, Uncapitalize<OperationName>>) =>
      Object.entries(kms).filter(([, method]) => typeof method !== "function")
    const engine = await createEngine()
    const client: KmsClient = engine.as(engine.administrator)
    expect(Object.keys(client)).not.toEqual([])
    expect(missing(client)).toEqual([])
  })
})
