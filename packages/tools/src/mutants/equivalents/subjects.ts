import { alike, type Equivalent } from "./equivalent.js"

const prefetch = "packages/core/src/engine/subjects/prefetch.ts"
const findKey = "packages/core/src/engine/subjects/find-key.ts"
const findStore = "packages/core/src/engine/subjects/find-store.ts"
const locate = "packages/core/src/engine/subjects/locate.ts"
const readLater = "what was not read ahead is read when it is asked for"

export const inSubjects: readonly Equivalent[] = [
  ...alike(
    prefetch,
    readLater,
    [
      "export function prefetch(subjects: readonly Subject[], inquiry: Inquiry)" +
        ": Eventually<void> {",
      "{}",
    ],
    [
      "if (subjects.length < 2) return",
      "true",
      "false",
      "subjects.length <= 2",
      "subjects.length >= 2",
    ],
    [
      'if (typeof text === "string") return likelyReads(inquiry, text)',
      "true",
      "false",
      'typeof text !== "string"',
      '""',
    ],
    ['const blob = "blob" in subject ? inquiry.input[subject.blob] : undefined', '""'],
    ['if ("keyId" in identifier) return [wantedKey(identifier.keyId)]', "[]", '""'],
  ),
  ...alike(
    findKey,
    readLater,
    ["const both = known && [", "false", "[]"],
    [
      "return andThen(both && reads.prefetch(both), () => " +
        "reads.read(aliasRecordFormat, aliasKey))",
      "true",
      "false",
    ],
  ),
  ...alike(findKey, "only a name that may be taken is asked for it: one whose key is not there", [
    "const deadTarget = target === undefined ? key : undefined",
    "true",
  ]),
  ...alike(
    findKey,
    "it saves making the text anew",
    ["if (known?.place === place) return known.arn", "false"],
    ["keyArns.note(record, number, { place, arn })", "{}"],
  ),
  ...alike(findStore, readLater, ["await reads.prefetch([", "[]"]),
  ...alike(
    findStore,
    "for the compiler alone: a key in a store has an entry of its own, and leads to its account's",
    [
      "if (entryKey === undefined || storesKey === undefined) return undefined",
      "false",
      "entryKey === undefined && storesKey === undefined",
    ],
    [
      "return record?.stores.find(({ id }) => id === key.keyStore?.id)",
      "record.stores",
      "key.keyStore.id",
    ],
  ),
  ...alike(locate, "for the compiler alone: what is no alias has the id of a key", [
    'if (!("keyId" in identifier)) throw invalidKeyId({ keyId: KeyId })',
    "false",
    "{}",
  ]),
  ...alike(locate, "of a key that is missing nobody asks for more", [
    'located.kind === "key" ? { ...located, key: { ...located.key, ...more } } : located',
    "true",
  ]),
  ...alike(
    "packages/core/src/engine/subjects/inquiry.ts",
    "a key store is the last that a call is about",
    ['if (located.kind === "key store") inquiry.keyStore = located.keyStore', "true"],
  ),
]
