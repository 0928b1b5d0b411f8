import { describe, expect, it } from "vitest"
import { refusalByState } from "../../src/model/admission.js"
import { catalogue, type OperationName } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import type { KeySubject } from "../../src/operations/subjects.js"
import { isKmsError } from "../../src/vocabulary/errors.js"
import { type KeyState, keyStates } from "../../src/vocabulary/key-states.js"
import { keyArnOf } from "../support/accounts.js"
import { type AdmissionRow, admissionMatrix } from "../support/admission-matrix.js"
import { dayMs, startMs } from "../support/clock.js"
import { rewriteKey } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

const rowOf = (operation: string): AnyRow | undefined =>
  Object.hasOwn(catalogue, operation)
    ? (catalogue[operation as OperationName] as AnyRow)
    : undefined

const keySubjects = (operation: string): KeySubject[] =>
  rowOf(operation)?.subjects.filter((subject) => "role" in subject) ?? []

describe("the key state table", () => {
  it("answers for every key of every operation", () => {
    const built = Object.keys(catalogue).flatMap((operation) =>
      keySubjects(operation).map(({ role }) => `${operation}:${role}`),
    )
    const answered = new Set(admissionMatrix.map(({ operation, role }) => `${operation}:${role}`))
    expect(built.filter((one) => !answered.has(one))).toEqual([])
  })

  const built = admissionMatrix.filter(({ operation, role }) =>
    keySubjects(operation).some((subject) => subject.role === role),
  )

  it.each(built)("is what the catalogue says of $operation, as $role", (row) => {
    const subject = keySubjects(row.operation).find(({ role }) => role === row.role)
    for (const state of keyStates) {
      const refusal = subject && refusalByState(subject.admission, state, "ARN")
      const cell = row.cells[state]
      expect({ state, refusal: refusal && [refusal.name, refusal.message] }).toEqual({
        state,
        refusal: cell && [cell[0], cell[1]("ARN")],
      })
    }
  })
})

/** How to make a call about a key that has the alias `alias/subject`. */
type Maker = (key: string, world: World, blob: Uint8Array) => Promise<unknown>

const calls: Readonly<Record<string, Maker>> = {
  "CancelKeyDeletion:key": (KeyId, { root }) => root.cancelKeyDeletion({ KeyId }),
  "CreateAlias:key": (TargetKeyId, { root }) =>
    root.createAlias({ AliasName: "alias/new", TargetKeyId }),
  "Decrypt:key": (_, { root }, CiphertextBlob) => root.decrypt({ CiphertextBlob }),
  "DeleteAlias:current": (_, { root }) => root.deleteAlias({ AliasName: "alias/subject" }),
  "DescribeKey:key": (KeyId, { root }) => root.describeKey({ KeyId }),
  "DisableKey:key": (KeyId, { root }) => root.disableKey({ KeyId }),
  "EnableKey:key": (KeyId, { root }) => root.enableKey({ KeyId }),
  "Encrypt:key": (KeyId, { root }) => root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }),
  "GenerateDataKey:key": (KeyId, { root }) => root.generateDataKey({ KeyId, KeySpec: "AES_256" }),
  "GenerateDataKeyWithoutPlaintext:key": (KeyId, { root }) =>
    root.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 1 }),
  "GetKeyLastUsage:key": (KeyId, { root }) => root.getKeyLastUsage({ KeyId }),
  "GetKeyPolicy:key": (KeyId, { root }) => root.getKeyPolicy({ KeyId }),
  "ListKeyPolicies:key": (KeyId, { root }) => root.listKeyPolicies({ KeyId }),
  "ListResourceTags:key": (KeyId, { root }) => root.listResourceTags({ KeyId }),
  "PutKeyPolicy:key": async (KeyId, { root }) => {
    const { Policy = "" } = await root.getKeyPolicy({ KeyId })
    return root.putKeyPolicy({ KeyId, Policy })
  },
  "ReEncrypt:source": async (_, { root, newKey }, CiphertextBlob) =>
    root.reEncrypt({ CiphertextBlob, DestinationKeyId: await newKey() }),
  "ReEncrypt:destination": async (DestinationKeyId, { root, newKey }) => {
    const reply = await root.encrypt({ KeyId: await newKey(), Plaintext: Uint8Array.of(1) })
    return root.reEncrypt({ CiphertextBlob: blobIn(reply), DestinationKeyId })
  },
  "ScheduleKeyDeletion:key": (KeyId, { root }) => root.scheduleKeyDeletion({ KeyId }),
  "TagResource:key": (KeyId, { root }) =>
    root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] }),
  "UntagResource:key": (KeyId, { root }) => root.untagResource({ KeyId, TagKeys: ["a"] }),
  "UpdateAlias:current": async (_, { root, newKey }) =>
    root.updateAlias({ AliasName: "alias/subject", TargetKeyId: await newKey() }),
  "UpdateAlias:key": async (TargetKeyId, { root, newKey }) => {
    await root.createAlias({ AliasName: "alias/elsewhere", TargetKeyId: await newKey() })
    return root.updateAlias({ AliasName: "alias/elsewhere", TargetKeyId })
  },
  "UpdateKeyDescription:key": (KeyId, { root }) =>
    root.updateKeyDescription({ KeyId, Description: "words" }),
}

/** A key in a state that the operations of today may not lead to, with a ciphertext of it. */
async function keyIn(state: KeyState) {
  const world = await openWorld()
  const id = await world.newKey()
  await world.root.createAlias({ AliasName: "alias/subject", TargetKeyId: id })
  const blob = blobIn(await world.root.encrypt({ KeyId: id, Plaintext: Uint8Array.of(7) }))
  const deletionMs = state === "PendingDeletion" ? startMs + 7 * dayMs : undefined
  await rewriteKey(world.storage, id, { state, deletionMs })
  return { world, id, blob }
}

const cases = admissionMatrix
  .filter(({ operation, role }) => Object.hasOwn(calls, `${operation}:${role}`))
  .flatMap((row) => keyStates.map((state) => ({ ...row, state })))

describe("an operation and the state of its key", () => {
  it("is tried for every operation that this file can call", () => {
    expect(cases).toHaveLength(Object.keys(calls).length * keyStates.length)
  })

  it.each(cases)("$operation, as $role, of a key that is $state", async (one) => {
    const { operation, role, state, cells } = one as AdmissionRow & { state: KeyState }
    const { world, id, blob } = await keyIn(state)
    const call = calls[`${operation}:${role}`]?.(id, world, blob) ?? Promise.resolve()
    const cell = cells[state]
    if (cell === undefined) expect(isKmsError(await call)).toBe(false)
    else await expectRefusal(call, cell[0], cell[1](keyArnOf(id)))
  })
})
