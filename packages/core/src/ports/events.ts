import type { Eventually } from "../vocabulary/eventually.js"

/** An event in the envelope of Amazon EventBridge. */
interface Envelope<DetailType extends string, Detail, Source = "aws.kms", Resources = [string]> {
  readonly version: "0"
  readonly id: string
  readonly "detail-type": DetailType
  readonly source: Source
  readonly account: string
  /** ISO 8601, in UTC and whole seconds. */
  readonly time: string
  readonly region: string
  /** The ARN of the key. */
  readonly resources: Readonly<Resources>
  readonly detail: Detail
}

/**
 * What happened to a key without anybody calling for it at that moment, or as the end of what was
 * called for long before.
 *
 * Source: AWS KMS Developer Guide, "Monitor KMS keys with Amazon EventBridge".
 */
export type KeyEvent =
  | Envelope<
      "KMS CMK Rotation",
      {
        readonly "key-id": string
        readonly "key-origin": string
        readonly "rotation-type": "AUTOMATIC" | "ON_DEMAND"
        readonly "previous-key-material-id": string
        readonly "current-key-material-id": string
      }
    >
  | Envelope<
      "KMS Imported Key Material Expiration",
      { readonly "key-id": string; readonly "key-material-id": string }
    >
  | Envelope<"KMS CMK Deletion", { readonly "key-id": string }>

/** What a host writes later than it would like to. */
export type LateWrite = "anchor" | "last usages" | "rotation" | "news of a region"

/** What becomes of the keys of the domain. */
export type DomainKeyChange =
  /** It was used so often that the next sweep rotates it. */
  | "rotation due"
  | "rotated"
  /** Nothing was under it any more. */
  | "retired"

type OfHost<DetailType extends string, Detail> = Envelope<DetailType, Detail, "keywright", []>

/** What a host has to say of itself: there are no such events at AWS. */
export type HostEvent =
  | OfHost<
      "Keywright Write Late",
      {
        readonly write: LateWrite
        /** How many writes of that kind wait. */
        readonly waiting: number
      }
    >
  | OfHost<
      "Keywright Domain Key",
      {
        readonly change: DomainKeyChange
        /** 16 hexadecimal digits each. */
        readonly "domain-key-ids": readonly string[]
      }
    >
  | OfHost<
      "Keywright Record Refused",
      {
        /** The storage key. */
        readonly record: string
        /** For people. */
        readonly reason: string
      }
    >
  | OfHost<
      "Keywright Store Restored",
      {
        /** When the store was restored on purpose, which this host sees for the first time. */
        readonly restored: string
      }
    >

export type KmsEvent = KeyEvent | HostEvent

/**
 * Where events go: at most once, after the change that they tell of was written, from the host
 * that wrote it. The engine does not wait for the sink, and a sink that fails has lost the event
 * and breaks nothing. What must not be lost goes to the audit sink.
 */
export type EventSink = (event: KmsEvent) => Eventually<void>
