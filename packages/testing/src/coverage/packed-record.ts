import { mapDocuments, type PoliciesOf } from "./policies.js"
import type { Given } from "./policies-in-place.js"
import type { PolicyRecord, RecordedQuestion } from "./recorder.js"

/** A record on its way from a worker: each document once, and by number where it is asked. */
export interface PackedRecord {
  readonly given: Given
  readonly documents: readonly string[]
  readonly questions: readonly (Omit<RecordedQuestion, "policies"> & {
    readonly policies: PoliciesOf<number>
  })[]
}

/** Where vitest carries it: what is noted of a test file. */
export interface MetaWithPolicies {
  keywrightPolicies?: PackedRecord
}

export function packRecord({ questions, given }: PolicyRecord): PackedRecord {
  const numbers = new Map<string, number>()
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  const packed = questions.map(({ policies, ...question }) => ({
    ...question,
    policies: mapDocuments(policies, numberOf),
  }))
  return { documents: [...numbers.keys()], questions: packed, given }
}

export function unpackRecord({ documents, questions, given }: PackedRecord): PolicyRecord {
  const unpacked = questions.map(({ policies, ...question }) => ({
    ...question,
    policies: mapDocuments(policies, (number) => documents[number] ?? ""),
  }))
  return { questions: unpacked, given }
}
