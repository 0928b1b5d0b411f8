import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { Admission } from "../../model/admission.js"
import { type Call, keyOf } from "../call.js"
import type { IdentifierSubject } from "../subjects.js"

/** A key that is managed, not used: named by id or ARN. */
export const managedKey = (action: string, admitted: Admission): IdentifierSubject => ({
  by: "identifier",
  role: "key",
  member: "KeyId",
  accepts: "key",
  action,
  admission: admitted,
})

/** Proposes the key as a transition leaves it. */
export function changeKey(call: Call<unknown>, transition: (key: KeyRecord) => KeyRecord) {
  const { record: before } = keyOf(call)
  const after = transition(before)
  return { after, changes: [{ kind: "key", before, after }] } as const
}
