/*
 * What the methods of a client have in common. A type that a caller's declarations may have to name
 * is an interface that the package exports; the others are taken apart there.
 */

/** What the AWS SDK adds to every reply. */
export interface ReplyMetadata {
  readonly $metadata: { readonly requestId: string }
}

type Hidden<Reply, Secret> = Extract<keyof Reply, Secret | "KeyMaterialId">

/** The reply where the call names a `Recipient`: the secret is in it for that one alone. */
export type SealedReply<Reply, Secret> = Omit<
  Reply,
  Hidden<Reply, Secret> | "CiphertextForRecipient"
> & { [Member in Hidden<Reply, Secret>]?: undefined } & {
  /** The secret, encrypted for the enclave (CMS). */
  CiphertextForRecipient: Uint8Array
}

/** An input that may be empty may also be left out. */
type Arguments<Input> = Record<never, never> extends Input ? [input?: Input] : [input: Input]

/** The method of an operation that answers in pages. */
export interface ListMethod<Input, Reply, Item> {
  (...parameters: Arguments<Input>): Promise<Reply & ReplyMetadata>
  /**
   * Every item of the list, one after the other: `for await (const key of listKeys.all())`. The
   * next page is asked for when the items of the last one are used up; `Limit` is the length of a
   * page, and a `Marker` where to begin.
   */
  readonly all: (...parameters: Arguments<Input>) => AsyncGenerator<Item, void, undefined>
}
