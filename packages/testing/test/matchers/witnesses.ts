import type { DecidedQuestion } from "@keywright/core"
import type { CallRecord } from "../../src/call-record.js"
import { createWitness, testify } from "../../src/matchers/witness.js"

export const account = "111122223333"
export const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
export const arnIn = (region: string, resource: string, of = account) =>
  `arn:aws:kms:${region}:${of}:${resource}`
export const arn = arnIn("us-east-1", `key/${id}`)
export const role = `arn:aws:iam::${account}:role/team/App`
export const session = `arn:aws:sts::${account}:assumed-role/App/blue`

export const call = (more: Partial<CallRecord> = {}): CallRecord => ({
  operation: "Encrypt",
  caller: session,
  account,
  region: "us-east-1",
  input: { KeyId: "alias/app", EncryptionContext: { a: "1" } },
  keyArns: [arn],
  keyMaterialIds: ["m1"],
  decisions: [],
  requestId: "r1",
  time: new Date(0),
  ...more,
})

/** A kit that has seen these calls, the aliases of whose keys are known. */
export function kitOf(
  calls: readonly CallRecord[],
  aliases: Readonly<Record<string, unknown>> = {},
) {
  const { witness, record, note } = createWitness(Number.POSITIVE_INFINITY)
  for (const [resource, names] of Object.entries(aliases)) {
    const request = { resource, context: { "kms:resourcealiases": names } }
    note({ request, decision: { effect: "allow" } } as never as DecidedQuestion)
  }
  for (const one of calls) record(one)
  return testify({ kit: true }, { of: "kit", witness })
}
