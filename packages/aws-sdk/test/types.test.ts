import type * as sdk from "@aws-sdk/client-kms"
import type {
  InputOf,
  KmsClient,
  OperationName,
  ReplyOf,
  SealedReplyOf,
  SealingName,
} from "@keywright/core"
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

/** An input in which everything is given that the SDK types as needed, at every depth. */
type Complete<Value> = Value extends Uint8Array | Date | string | number | boolean
  ? Value
  : Value extends readonly (infer Item)[]
    ? Complete<Item>[]
    : string extends keyof Value
      ? Value
      : {
          [Member in keyof Value]:
            | Complete<Exclude<Value[Member], undefined>>
            | (Record<never, never> extends Pick<Value, Member> ? undefined : never)
        }

/** The names for which the first type cannot be used where the second is expected. */
type Unfit<Verdicts extends Readonly<Record<OperationName, boolean>>> = {
  [Name in OperationName]: Verdicts[Name] extends true ? never : Name
}[OperationName]

type Fits<From, To> = [From] extends [never] ? false : [From] extends [To] ? true : false

/** An assertion for the compiler: nothing is left over. */
const none = <Names extends never>(): Names[] => []

describe("the types of the SDK and of the engine", () => {
  test("agree on every input: a complete one of the SDK is one of ours, and each of ours its", () => {
    type Taken = Unfit<{ [Name in OperationName]: Fits<Complete<SdkInput<Name>>, InputOf<Name>> }>
    type Given = Unfit<{ [Name in OperationName]: Fits<InputOf<Name>, SdkInput<Name>> }>
    expect([none<Taken>(), none<Given>()]).toEqual([[], []])
  })

  test("agree on every reply: each of ours is one of the SDK", () => {
    type Given = Unfit<{ [Name in OperationName]: Fits<ReplyOf<Name>, SdkReply<Name>> }>
    type Sealed = Exclude<
      SealingName,
      {
        [Name in SealingName]: Fits<SealedReplyOf<Name>, SdkReply<Name>> extends true ? Name : never
      }[SealingName]
    >
    expect([none<Given>(), none<Sealed>()]).toEqual([[], []])
  })

  test("differ in that what every reply has is no question, and what an input needs is asked", () => {
    const told = (reply: ReplyOf<"Encrypt">): Uint8Array => reply.CiphertextBlob
    const nested = ({ KeyMetadata }: ReplyOf<"DescribeKey">): string => KeyMetadata.Arn
    const listed = ({ Tags }: ReplyOf<"ListResourceTags">): string[] =>
      Tags.map((tag) => tag.TagKey)
    // @ts-expect-error It is there for symmetric encryption keys only.
    const depends = (reply: ReplyOf<"Decrypt">): string => reply.KeyMaterialId
    // @ts-expect-error An input without its key.
    const incomplete: InputOf<"Encrypt"> = { Plaintext: new Uint8Array(1) }
    // @ts-expect-error A member that is needed is not undefined either.
    const empty: InputOf<"DescribeKey"> = { KeyId: undefined }
    expect([told, nested, listed, depends, incomplete, empty]).toHaveLength(6)
  })

  test("a secret is in the reply, unless the call names a recipient", () => {
    const plain = async (client: KmsClient, CiphertextBlob: Uint8Array): Promise<Uint8Array> =>
      (await client.decrypt({ CiphertextBlob })).Plaintext
    const sealed = async (client: KmsClient, Recipient: sdk.RecipientInfo): Promise<Uint8Array> =>
      (await client.generateRandom({ NumberOfBytes: 1, Recipient })).CiphertextForRecipient
    const hidden = async (client: KmsClient, Recipient: sdk.RecipientInfo): Promise<Uint8Array> =>
      // @ts-expect-error Who calls for a recipient does not see it.
      (await client.generateRandom({ NumberOfBytes: 1, Recipient })).Plaintext
    const either = async (client: KmsClient, input: InputOf<"Decrypt">): Promise<Uint8Array> => {
      const { Plaintext, CiphertextForRecipient = new Uint8Array() } = await client.decrypt(input)
      return Plaintext ?? CiphertextForRecipient
    }
    expect([plain, sealed, hidden, either]).toHaveLength(4)
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
