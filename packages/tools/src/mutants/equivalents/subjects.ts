import { alike, type Equivalent } from "./equivalent.js"

const prefetch = "packages/core/src/engine/subjects/prefetch.ts"
const findKey = "packages/core/src/engine/subjects/find-key.ts"
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
  ...alike(findKey, readLater, ["const both = known && [", "false"]),
]
