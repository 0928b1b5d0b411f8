import * as z from "zod/mini"
import type { TagRecord } from "../../formats/stored/key-records.js"
import { admission } from "../../model/admission.js"
import { withoutTags, withTags } from "../../model/keys.js"
import { limits } from "../../vocabulary/limits.js"
import {
  duplicateTags,
  invalidTag,
  reservedTag,
  tooManyTags,
} from "../../vocabulary/refusals/keys.js"
import { keyOf } from "../call.js"
import { pageOf } from "../paging.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import { changeKey, managedKey } from "./managed-key.js"

export interface TagInput {
  readonly TagKey: string
  readonly TagValue: string
}

export const tagRecords = (tags: readonly TagInput[]): readonly TagRecord[] =>
  tags.map(({ TagKey: key, TagValue: value }) => ({ key, value }))

/** Source: AWS CloudFormation, AWS::KMS::Key Tag: letters, digits, white space and some marks. */
const tagText = /^[\p{L}\p{N}\p{Z}_.:/=+@-]*$/u

/** The tags after adding some, or the refusal. Source: KMS API reference, TagResource. */
export function acceptTags(
  present: readonly TagRecord[],
  added: readonly TagRecord[],
): readonly TagRecord[] {
  const names = new Set(added.map((tag) => tag.key))
  if (names.size !== added.length) throw duplicateTags()
  if (added.some((tag) => /^aws:/i.test(tag.key))) throw reservedTag()
  const isValid = ({ key, value }: TagRecord) => tagText.test(key) && tagText.test(value)
  if (!added.every(isValid)) throw invalidTag()
  const after = withTags(present, added)
  if (after.length > limits.tagsPerKeyMax) throw tooManyTags()
  return after
}

/** Adds tags to a key, or changes them. */
export const TagResource = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), Tags: shape.tags() }),
  reply: shape.nothing,
  subjects: [{ ...managedKey("kms:TagResource", admission.label), tags: "Tags" }],
  effect: "write",
  audit: ["KeyId", "Tags"],
  perform: (call) => {
    const tags = acceptTags(keyOf(call).record.tags, tagRecords(call.input.Tags))
    return { reply: {}, changes: changeKey(call, (key) => ({ ...key, tags })).changes }
  },
})

/** Takes tags away from a key. */
export const UntagResource = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), TagKeys: z.array(shape.tagKey()) }),
  reply: shape.nothing,
  subjects: [{ ...managedKey("kms:UntagResource", admission.label), tagKeys: "TagKeys" }],
  effect: "write",
  audit: ["KeyId", "TagKeys"],
  perform: (call) => {
    const tags = withoutTags(keyOf(call).record.tags, call.input.TagKeys)
    return { reply: {}, changes: changeKey(call, (key) => ({ ...key, tags })).changes }
  },
})

/** Lists the tags of a key. */
export const ListResourceTags = row({
  input: () => z.object({ KeyId: shape.keyIdentifier(), ...shape.pageInput() }),
  reply: () => z.object({ Tags: shape.tags(), ...shape.pageReply() }),
  subjects: [managedKey("kms:ListResourceTags", admission.always)],
  effect: "read",
  audit: ["KeyId", "Limit", "Marker"],
  perform: (call) => {
    const { keyId, tags } = keyOf(call).record
    const paging = {
      list: "ListResourceTags",
      of: keyId,
      nameOf: (tag: TagRecord) => tag.key,
      limitDefault: limits.tagsPageDefault,
      limitMax: limits.tagsPageMax,
    }
    const page = pageOf(call, paging, tags)
    const Tags = page.records.map(({ key, value }) => ({ TagKey: key, TagValue: value }))
    return { reply: { Tags, ...page.reply } }
  },
})
