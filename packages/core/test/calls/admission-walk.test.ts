import { createMemoryStorage, type MemoryStorage } from "@keywright/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { InputOf } from "../../src/client.js"
import type { KmsClient } from "../../src/client-interface.js"
import { catalogue } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { isKmsError } from "../../src/vocabulary/errors.js"
import { type KeyState, keyStates } from "../../src/vocabulary/key-states.js"
import { account, keyArnOf, roleOf } from "../support/accounts.js"
import { type AdmissionRow, admissionMatrix } from "../support/admission-matrix.js"
import { createClock, dayMs, startMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { importMaterial, wrappedMaterial } from "../support/importing.js"
import { rewriteKey } from "../support/records.js"
import { newKey } from "../support/world.js"
import { connectSilentRegion, hostOptions } from "../support/writes.js"

/*
 * Every operation about a key, on keys of every kind, in every state. What an enabled key of a
 * kind can do is learnt by trying; in every other state it must end as the key state table says.
 */

const kinds = {
  symmetric: {},
  "multi-Region": { MultiRegion: true },
  imported: { Origin: "EXTERNAL" },
  HMAC: { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" },
  signing: { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" },
  agreement: { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" },
  encapsulation: { KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" },
} as const satisfies Readonly<Record<string, InputOf<"CreateKey">>>

type Kind = keyof typeof kinds

const AliasName = "alias/subject"
const Message = Uint8Array.of(1)
const mac = { Message, MacAlgorithm: "HMAC_SHA_256" } as const
const signature = { Message, SigningAlgorithm: "ECDSA_SHA_256" } as const
const encapsulation = { EncapsulationAlgorithm: "ML_KEM" } as const
const agreement = { KeyAgreementAlgorithm: "ECDH" } as const
const pairSpec = { KeyPairSpec: "ECC_NIST_P256" } as const

/** A key, another of its kind, and what was made with it while it was enabled. */
interface Subject {
  readonly storage: MemoryStorage
  readonly KeyId: string
  readonly other: string
  readonly inputs: Readonly<Record<string, object>>
}

/** What the key of this kind makes, by the members of the calls that take it. */
async function productsOf(root: KmsClient, kind: Kind, KeyId: string, other: string) {
  const maybe = <Value>(call: Promise<Value>) => call.catch(() => undefined)
  const sealed = await maybe(root.encrypt({ KeyId, Plaintext: Message }))
  const elsewhere = await maybe(root.encrypt({ KeyId: other, Plaintext: Message }))
  const signed = await maybe(root.sign({ KeyId, ...signature }))
  const authenticated = await maybe(root.generateMac({ KeyId, ...mac }))
  const encapsulated = await maybe(root.encapsulate({ KeyId, ...encapsulation }))
  const peer = await maybe(root.getPublicKey({ KeyId: other }))
  const again = { seed: 1, ImportType: "EXISTING_KEY_MATERIAL" } as const
  const imported = kind === "imported" ? await wrappedMaterial(root, KeyId, again) : undefined
  return { sealed, elsewhere, signed, authenticated, encapsulated, peer, imported }
}

/** What every operation about the key is called with, besides the key. */
function inputsOf(
  KeyId: string,
  other: string,
  made: Awaited<ReturnType<typeof productsOf>>,
  { GrantId, GrantToken, Policy, ...grant }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, object>> {
  const blob = { CiphertextBlob: made.sealed?.CiphertextBlob ?? new Uint8Array(100) }
  const foreignBlob = { CiphertextBlob: made.elsewhere?.CiphertextBlob ?? new Uint8Array(100) }
  return {
    CancelKeyDeletion: {},
    CreateAlias: { AliasName: "alias/new", TargetKeyId: KeyId },
    CreateGrant: grant,
    Decapsulate: {
      ...encapsulation,
      SharedSecretCiphertextBlob: made.encapsulated?.SharedSecretCiphertextBlob ?? Message,
    },
    Decrypt: blob,
    "DeleteAlias:current": { AliasName },
    DeleteImportedKeyMaterial: {},
    DeriveSharedSecret: { ...agreement, PublicKey: made.peer?.PublicKey ?? Message },
    DescribeKey: {},
    DisableKey: {},
    DisableKeyRotation: {},
    EnableKey: {},
    EnableKeyRotation: {},
    Encapsulate: encapsulation,
    Encrypt: { Plaintext: Message },
    GenerateDataKey: { KeySpec: "AES_256" },
    GenerateDataKeyPair: pairSpec,
    GenerateDataKeyPairWithoutPlaintext: pairSpec,
    GenerateDataKeyWithoutPlaintext: { KeySpec: "AES_256" },
    GenerateMac: mac,
    GetKeyLastUsage: {},
    GetKeyPolicy: {},
    GetKeyRotationStatus: {},
    GetParametersForImport: {
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_2048",
    },
    GetPublicKey: {},
    ImportKeyMaterial: made.imported ?? {
      ImportToken: Message,
      EncryptedKeyMaterial: Message,
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    },
    ListAliases: {},
    ListGrants: {},
    ListKeyPolicies: {},
    ListKeyRotations: {},
    ListResourceTags: {},
    PutKeyPolicy: { Policy },
    "ReEncrypt:source": { ...blob, SourceKeyId: KeyId, DestinationKeyId: other },
    "ReEncrypt:destination": { ...foreignBlob, SourceKeyId: other, DestinationKeyId: KeyId },
    ReplicateKey: { ReplicaRegion: "eu-west-1" },
    RetireGrant: { GrantToken },
    RevokeGrant: { GrantId },
    RotateKeyOnDemand: {},
    ScheduleKeyDeletion: {},
    Sign: signature,
    TagResource: { Tags: [{ TagKey: "a", TagValue: "b" }] },
    UntagResource: { TagKeys: ["a"] },
    "UpdateAlias:current": { AliasName, TargetKeyId: other },
    UpdateAlias: { AliasName: "alias/elsewhere", TargetKeyId: KeyId },
    UpdateKeyDescription: { Description: "words" },
    UpdatePrimaryRegion: { PrimaryRegion: "eu-west-1" },
    Verify: { ...signature, Signature: made.signed?.Signature ?? Message },
    VerifyMac: { ...mac, Mac: made.authenticated?.Mac ?? Message },
  }
}

async function subjectOf(kind: Kind): Promise<Subject> {
  const storage = createMemoryStorage()
  const kms = await openHost({ storage, clock, ...hostOptions() })
  await connectSilentRegion(kms)
  const root = kms.as(kms.administrator)
  const [KeyId, other] = [await newKey(root, kinds[kind]), await newKey(root, kinds[kind])]
  if (kind === "imported") {
    for (const id of [KeyId, other]) await importMaterial(root, id, { seed: 1 })
  }
  await root.createAlias({ AliasName, TargetKeyId: KeyId })
  await root.createAlias({ AliasName: "alias/elsewhere", TargetKeyId: other })
  const grant = { GranteePrincipal: roleOf(account), Operations: ["DescribeKey" as const] }
  const { GrantId, GrantToken } = await root.createGrant({ KeyId, ...grant })
  const { Policy } = await root.getKeyPolicy({ KeyId })
  const made = await productsOf(root, kind, KeyId, other)
  const own = { ...grant, GrantId, GrantToken, Policy }
  return { storage, KeyId, other, inputs: inputsOf(KeyId, other, made, own) }
}

const clock = createClock()

const nameOf = ({ operation, role }: AdmissionRow): string =>
  role === "key" ? operation : `${operation}:${role}`

/** The names of these operations take the key from another member, or from none. */
const withoutKeyId = /^(?:CreateAlias|DeleteAlias|ReEncrypt|RetireGrant|UpdateAlias)/

/** How a call ends on a key in that state: `undefined` when it succeeds. */
async function endingOf(subject: Subject, row: AdmissionRow, state: KeyState) {
  const storage = subject.storage.fork()
  const deletionMs = state === "PendingDeletion" ? startMs + 7 * dayMs : undefined
  await rewriteKey(storage, subject.KeyId, { state, deletionMs })
  const kms = await openHost({ storage, clock, ...hostOptions() })
  const name = nameOf(row)
  const base = withoutKeyId.test(name) ? {} : { KeyId: subject.KeyId }
  const input = { ...base, ...subject.inputs[name] }
  try {
    await kms.call({ principal: kms.administrator }, row.operation, input)
    return undefined
  } catch (error) {
    if (isKmsError(error)) return { name: error.name, message: error.message }
    throw error
  }
}

describe("the walk", () => {
  it("goes through every operation about a key", () => {
    const about = Object.entries(catalogue as Readonly<Record<string, AnyRow>>)
      .filter(([, { subjects }]) => subjects.some((one) => "role" in one || one.by === "own key"))
      .map(([name]) => name)
    const walked = new Set(admissionMatrix.map(({ operation }) => operation))
    expect([...walked].toSorted()).toEqual(about.toSorted())
  })
})

/** What some kind of key could do while it was enabled, or could not as the table says. */
const learnt = new Set<string>()

afterAll(() => {
  const rest = admissionMatrix.map(nameOf).filter((name) => !learnt.has(name))
  // Its other region does not answer.
  expect(rest).toEqual(["UpdatePrimaryRegion"])
})

describe.each(Object.keys(kinds) as Kind[])("on a %s key", (kind) => {
  let subject: Subject
  beforeAll(async () => {
    subject = await subjectOf(kind)
    for (const row of admissionMatrix) expect(subject.inputs[nameOf(row)]).toBeDefined()
  })

  it.each(admissionMatrix.map((row) => [nameOf(row), row] as const))(
    "%s ends in every state as the key state table says",
    async (_, row) => {
      const arn = keyArnOf(subject.KeyId)
      const wanted = ({ cells }: AdmissionRow, state: KeyState) => {
        const cell = cells[state]
        return cell && { name: cell[0], message: cell[1](arn) }
      }
      const enabled = await endingOf(subject, row, "Enabled")
      const meant = wanted(row, "Enabled")
      const isOfKind = JSON.stringify(enabled) === JSON.stringify(meant)
      if (isOfKind) learnt.add(nameOf(row))
      for (const state of keyStates) {
        const ending = await endingOf(subject, row, state)
        const cell = wanted(row, state)
        // Another region that does not answer is no bug of ours.
        if (row.operation !== "UpdatePrimaryRegion") {
          expect([state, ending?.name]).not.toEqual([state, "KMSInternalException"])
        }
        if (isOfKind) expect([state, ending]).toEqual([state, cell])
        // What a kind of key cannot do, it can do in no state.
        if (!isOfKind && cell !== undefined) expect(ending).toBeDefined()
      }
    },
  )
})
