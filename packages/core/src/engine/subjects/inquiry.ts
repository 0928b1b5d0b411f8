import type { Decision } from "@keywright/policy"
import type { CallHead, KnownCaller } from "../../model/caller.js"
import type { LocatedAlias, LocatedKey, LocatedKeyStore, Role } from "../../operations/call.js"
import type { AnyRow } from "../../operations/row.js"
import type { Subject } from "../../operations/subjects.js"
import type { Attestation } from "../../ports/attestation.js"
import type { Identity } from "../../ports/identities.js"
import type { AccountId, Place } from "../../vocabulary/arns.js"
import type { Allocate } from "../../vocabulary/bytes.js"
import type { KmsError } from "../../vocabulary/errors.js"
import type { ReadSet } from "../records/read-set.js"

/** What was asked: one call, from the moment that its input was parsed. */
export interface Request extends CallHead {
  readonly row: AnyRow
  /** Its blobs are wiped when the call is over. */
  readonly input: Readonly<Record<string, unknown>>
  /** For more bytes that are wiped then. */
  readonly allocate: Allocate
}

/** What a subject turned out to be. A key may be absent; who may know that is decided later. */
export type Located =
  | { readonly kind: "key"; readonly key: LocatedKey }
  | {
      readonly kind: "missing key"
      /** What its own account is told. */
      readonly refusal: KmsError
      readonly account: AccountId
      /** As it would be if it were there: policies judge a key that has no key policy. */
      readonly arn: string
    }
  | { readonly kind: "alias"; readonly alias: LocatedAlias }
  | { readonly kind: "account" }
  /** Whether it is there is told only to those who may ask. */
  | { readonly kind: "key store"; readonly keyStore: LocatedKeyStore | undefined }

/** Something that the call is about, as it was found. */
export interface Found {
  readonly subject: Subject
  readonly located: Located
}

/** What was found: everything that one attempt of a call knows. Its steps fill it in. */
export interface Inquiry {
  readonly row: AnyRow
  readonly caller: KnownCaller
  /** Where names are looked up that name no account. */
  readonly account: AccountId
  readonly input: Request["input"]
  readonly place: Place
  readonly nowMs: number
  readonly reads: ReadSet
  readonly found: Found[]
  readonly keys: { [role in Role]?: LocatedKey }
  /** The keys, each once. */
  readonly keyList: LocatedKey[]
  alias: LocatedAlias | undefined
  /** Of a call that names one: without it, there is none. */
  keyStore: LocatedKeyStore | undefined
  /** What the directory knows of the caller. */
  identity: Identity | undefined
  attestation: Attestation | undefined
  /** Of the key of the call, where conditions can ask for it. */
  trailingDays: number | undefined
  readonly decisions: Decision[]
}

/** An inquiry that has found nothing yet. */
export const newInquiry = (
  { row, caller, input }: Pick<Request, "row" | "caller" | "input">,
  { place, nowMs, reads }: Pick<Inquiry, "place" | "nowMs" | "reads">,
): Inquiry => ({
  row,
  caller,
  account: caller.account,
  input,
  place,
  nowMs,
  reads,
  found: [],
  keys: {},
  keyList: [],
  alias: undefined,
  keyStore: undefined,
  identity: undefined,
  attestation: undefined,
  trailingDays: undefined,
  decisions: [],
})

/** Notes what a subject of the call turned out to be. */
export function noteFound(inquiry: Inquiry, subject: Subject, located: Located): void {
  inquiry.found.push({ subject, located })
  if (located.kind === "key store") inquiry.keyStore = located.keyStore
  if (located.kind === "alias") inquiry.alias = located.alias
  if (located.kind !== "key") return
  inquiry.keys["role" in subject ? subject.role : "key"] = located.key
  inquiry.keyList.push(located.key)
}
