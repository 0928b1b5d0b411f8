import type { EncryptionContext } from "../../formats/opaque/encryption-context.js"
import type { Facts } from "../../model/condition-keys.js"
import type { Call } from "../../operations/call.js"
import { type TagInput, tagRecords } from "../../operations/keys/tags.js"
import type { Subject } from "../../operations/subjects.js"
import { accountArn, type Place, type Region } from "../../vocabulary/arns.js"
import type { Inquiry, Located } from "../subjects/inquiry.js"

/** A subject that needs a permission of its own. */
export type AskedSubject = Exclude<Subject, { readonly by: "own key" | "key store" }>

/** What an action is done to, as policies know it. */
export interface Resource {
  readonly arn: string
  /** The account that owns it. */
  readonly account: string
  /** It is no key, but all that an account has in a region: messages name it `*`. */
  readonly isWholeAccount?: boolean
}

/** Where an action happens: here, or in the region that a member names. */
const placeOf = ({ region }: AskedSubject, { input, place }: Inquiry): Place =>
  region === undefined ? place : { ...place, region: input[region] as Region }

/**
 * What was located, as policies know it. An operation without a key is about the whole account, so
 * that `*` and an ARN of the account cover it, and that of a key does not.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS permissions": "you can set the Resource element to * or
 * to an account-specific variation".
 */
export function resourceOf(subject: AskedSubject, located: Located, inquiry: Inquiry): Resource {
  if (located.kind === "key") {
    return { arn: located.key.arn, account: located.key.record.account }
  }
  if (located.kind === "alias") return { arn: located.alias.arn, account: located.alias.account }
  if (located.kind === "missing key") return { arn: located.arn, account: located.account }
  const { account } = inquiry.caller
  const asked = { ...inquiry, account, place: placeOf(subject, inquiry) }
  const arn = subject.by === "account" ? subject.resource?.(asked) : undefined
  if (arn !== undefined) return { arn, account }
  return { arn: accountArn(asked.place, account), account, isWholeAccount: true }
}

/** Whether the two keys of the call are one; `undefined` where there are no two. */
const isSameKey = ({ source, destination }: Call<unknown>["keys"]): boolean | undefined =>
  source && destination && source.arn === destination.arn

/** What conditions can ask of one permission. */
export function factsOf(
  subject: AskedSubject,
  located: Located,
  resourceAccount: string,
  inquiry: Inquiry,
): Facts {
  const { caller, identity, input, nowMs, keys, attestation, trailingDays } = inquiry
  const key = located.kind === "key" ? located.key : undefined
  const member = (name: string | undefined) => (name === undefined ? undefined : input[name])
  const tags = member(subject.tags) as readonly TagInput[] | undefined
  const derived = subject.derive?.(input, keys)
  return {
    caller,
    identity,
    place: placeOf(subject, inquiry),
    nowMs,
    resourceAccount,
    isAlias: located.kind === "alias",
    key: key?.record,
    requestAlias: key?.aliasName,
    encryptionContext:
      derived?.encryptionContext ??
      (member("encryptionContext" in subject ? subject.encryptionContext : undefined) as
        | EncryptionContext
        | undefined),
    isSameKey: isSameKey(keys),
    trailingDays,
    requestTags: tags && tagRecords(tags),
    tagKeys:
      (member(subject.tagKeys) as readonly string[] | undefined) ?? tags?.map((tag) => tag.TagKey),
    measurements: attestation?.measurements,
    action: subject.action,
    derivedKeys: derived?.conditionKeys,
    inputKeys: subject.conditionKeys,
    input,
  }
}
