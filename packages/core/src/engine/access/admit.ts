import { refusalByState } from "../../model/admission.js"
import { algorithmsOf } from "../../model/keys.js"
import type { LocatedKey, LocatedKeyStore } from "../../operations/call.js"
import { ignoresCiphertext } from "../../operations/dry-run.js"
import type {
  CiphertextSubject,
  KeyStoreSubject,
  KeySubject,
  Use,
} from "../../operations/subjects.js"
import { keySpecRow } from "../../vocabulary/key-specs.js"
import { keyStoreTypeTable } from "../../vocabulary/key-stores.js"
import {
  incorrectKey,
  invalidCiphertext,
  wrongAlgorithm,
} from "../../vocabulary/refusals/cryptography.js"
import { noSuchStore, wrongConnectionState } from "../../vocabulary/refusals/key-stores.js"
import { notPrimary, wrongOrigin, wrongUsage } from "../../vocabulary/refusals/keys.js"

type Input = Readonly<Record<string, unknown>>

const chosenAlgorithm = ({ algorithm }: Use, input: Input): unknown =>
  algorithm && (input[algorithm.member] ?? algorithm.default)

/** A ciphertext of ours names its key; the key that the caller names must be that one. */
function admitCiphertext(subject: CiphertextSubject, key: LocatedKey, input: Input): void {
  const isOurs = subject.use && chosenAlgorithm(subject.use, input) === "SYMMETRIC_DEFAULT"
  if (!isOurs || ignoresCiphertext(input)) return
  if (key.ciphertext === undefined) throw invalidCiphertext()
  const { account, keyId } = key.ciphertext.header
  if (account === key.record.account && keyId === key.record.keyId) return
  throw incorrectKey()
}

/** What related keys share is changed by their primary alone. */
function requireRelation(relation: Use["relation"], { arn, record }: LocatedKey): void {
  const type = record.multiRegion?.type ?? "single-Region"
  const isRefused =
    (relation === "primary" && type !== "PRIMARY") ||
    (relation === "primary or single-Region" && type === "REPLICA")
  if (isRefused) throw notPrimary({ arn })
}

/** Whether the key is of the kind and origin, and for the usage, that the operation needs. */
function admitKind(
  { usage, kind, origins, relation }: Use,
  key: LocatedKey,
  operation: string,
): void {
  const { arn, record } = key
  requireRelation(relation, key)
  if (origins !== undefined && !origins.includes(record.origin)) {
    throw wrongOrigin({ arn, origin: record.origin })
  }
  if (usage !== undefined && record.keyUsage !== usage) {
    throw wrongUsage({ arn, usage: record.keyUsage, operation })
  }
  if (kind !== undefined && keySpecRow(record.keySpec).kind !== kind.only) {
    throw kind.otherwise()
  }
}

function admitAlgorithm(use: Use, { record }: LocatedKey, input: Input): void {
  if (use.algorithm === undefined) return
  const algorithm = chosenAlgorithm(use, input)
  const algorithms = algorithmsOf(record.keySpec, record.keyUsage)[use.algorithm.among] ?? []
  if ((algorithms as readonly unknown[]).includes(algorithm)) return
  throw wrongAlgorithm({ algorithm: String(algorithm), spec: record.keySpec })
}

/**
 * The refusal that the state of the key calls for. A key that hands its role over is updating
 * whatever else has become of it: were it deleted, there might be no primary for ever.
 */
function refusalOf(subject: KeySubject, { arn, record, state, store }: LocatedKey) {
  const unavailable = store && keyStoreTypeTable[store.type].notConnected(arn)
  const refusal = refusalByState(subject.admission, state, arn, unavailable)
  if (refusal !== undefined || record.multiRegion?.handingOver === undefined) return refusal
  return refusalByState(subject.admission, "Updating", arn)
}

/**
 * Whether a key that was found and may be touched is fit for the operation: the key of the
 * ciphertext, origin and usage, state, algorithm, in this order. Throws the refusal.
 */
export function admit(subject: KeySubject, key: LocatedKey, input: Input, operation: string): void {
  if (subject.by === "ciphertext") admitCiphertext(subject, key, input)
  if (subject.use) admitKind(subject.use, key, operation)
  const refusal = refusalOf(subject, key)
  if (refusal !== undefined) throw refusal
  if (subject.use) admitAlgorithm(subject.use, key, input)
}

/** Whether there is such a key store, and its connection state admits the operation. */
export function admitKeyStore(
  { member, connection }: KeyStoreSubject,
  located: LocatedKeyStore | undefined,
  input: Input,
): void {
  if (located === undefined) throw noSuchStore({ store: String(input[member]) })
  const { store } = located
  const verdict = connection[store.state]
  if (verdict === "refuse") throw wrongConnectionState(store)
  if (verdict === "admit") return
  const { updatedWhileConnected } = keyStoreTypeTable[store.type]
  const given = Object.keys(input).filter((name) => name !== member && input[name] !== undefined)
  if (!given.every((name) => updatedWhileConnected.includes(name)))
    throw wrongConnectionState(store)
}
