import { describe, expect, it } from "vitest"
import type { MemberValue } from "../../src/model/condition-keys.js"
import { catalogue, type OperationName } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import type { Subject } from "../../src/operations/subjects.js"
import { account, alice, keyArnOf } from "../support/accounts.js"
import { keyRecord } from "../support/key-records.js"

/* What the rows of the operations say of their members, beside what the reference prints. */

const rows = Object.entries(catalogue) as readonly (readonly [OperationName, AnyRow])[]

const subjectsOf = ({ subjects, elsewhere }: AnyRow): readonly Subject[] =>
  elsewhere === undefined ? subjects : [...subjects, elsewhere]

/** `KeySpec or CustomerMasterKeySpec, else SYMMETRIC_DEFAULT`. */
const sourceText = ({ member, twin, default: preset, words }: MemberValue): string =>
  [
    member,
    twin === undefined ? "" : ` or ${twin}`,
    preset === undefined ? "" : `, else ${preset}`,
    words === undefined ? "" : ` as ${JSON.stringify(words)}`,
  ].join("")

/** Source: AWS KMS Developer Guide, "AWS KMS condition keys". */
const conditionKeys: { readonly [operation in OperationName]?: Readonly<Record<string, string>> } =
  {
    CreateGrant: {
      "kms:granteeprincipal": "GranteePrincipal",
      "kms:granteeserviceprincipal": "GranteeServicePrincipal",
      "kms:retiringprincipal": "RetiringPrincipal",
      "kms:retiringserviceprincipal": "RetiringServicePrincipal",
      "kms:grantoperations": "Operations",
    },
    CreateKey: {
      "kms:bypasspolicylockoutsafetycheck": "BypassPolicyLockoutSafetyCheck",
      "kms:keyorigin": "Origin, else AWS_KMS",
      "kms:keyspec": "KeySpec or CustomerMasterKeySpec, else SYMMETRIC_DEFAULT",
      "kms:customermasterkeyspec": "KeySpec or CustomerMasterKeySpec, else SYMMETRIC_DEFAULT",
      "kms:keyusage": "KeyUsage, else ENCRYPT_DECRYPT",
      "kms:customermasterkeyusage": "KeyUsage, else ENCRYPT_DECRYPT",
      "kms:multiregion": "MultiRegion, else false",
      "kms:multiregionkeytype": 'MultiRegion as {"true":"PRIMARY"}',
    },
    Decrypt: { "kms:encryptionalgorithm": "EncryptionAlgorithm, else SYMMETRIC_DEFAULT" },
    DeriveSharedSecret: { "kms:keyagreementalgorithm": "KeyAgreementAlgorithm" },
    EnableKeyRotation: { "kms:rotationperiodindays": "RotationPeriodInDays, else 365" },
    Encrypt: { "kms:encryptionalgorithm": "EncryptionAlgorithm, else SYMMETRIC_DEFAULT" },
    GenerateDataKey: { "kms:encryptionalgorithm": "EncryptionAlgorithm, else SYMMETRIC_DEFAULT" },
    GenerateDataKeyPair: {
      "kms:encryptionalgorithm": "EncryptionAlgorithm, else SYMMETRIC_DEFAULT",
      "kms:datakeypairspec": "KeyPairSpec",
    },
    GenerateDataKeyPairWithoutPlaintext: {
      "kms:encryptionalgorithm": "EncryptionAlgorithm, else SYMMETRIC_DEFAULT",
      "kms:datakeypairspec": "KeyPairSpec",
    },
    GenerateDataKeyWithoutPlaintext: {
      "kms:encryptionalgorithm": "EncryptionAlgorithm, else SYMMETRIC_DEFAULT",
    },
    GenerateMac: { "kms:macalgorithm": "MacAlgorithm" },
    GetParametersForImport: {
      "kms:wrappingalgorithm": "WrappingAlgorithm",
      "kms:wrappingkeyspec": "WrappingKeySpec",
    },
    ImportKeyMaterial: { "kms:expirationmodel": "ExpirationModel", "kms:validto": "ValidTo" },
    PutKeyPolicy: { "kms:bypasspolicylockoutsafetycheck": "BypassPolicyLockoutSafetyCheck" },
    ReEncrypt: {
      "source kms:encryptionalgorithm": "SourceEncryptionAlgorithm, else SYMMETRIC_DEFAULT",
      "destination kms:encryptionalgorithm":
        "DestinationEncryptionAlgorithm, else SYMMETRIC_DEFAULT",
    },
    ReplicateKey: {
      "kms:replicaregion": "ReplicaRegion",
      "kms:bypasspolicylockoutsafetycheck": "BypassPolicyLockoutSafetyCheck",
    },
    ScheduleKeyDeletion: {
      "kms:schedulekeydeletionpendingwindowindays": "PendingWindowInDays, else 30",
    },
    Sign: {
      "kms:signingalgorithm": "SigningAlgorithm",
      "kms:messagetype": "MessageType, else RAW",
    },
    UpdatePrimaryRegion: { "kms:primaryregion": "PrimaryRegion" },
    Verify: {
      "kms:signingalgorithm": "SigningAlgorithm",
      "kms:messagetype": "MessageType, else RAW",
    },
    VerifyMac: { "kms:macalgorithm": "MacAlgorithm" },
  }

/** An operation on two keys has the same condition key for each. */
function keysIn(row: AnyRow): Readonly<Record<string, string>> {
  const found = subjectsOf(row).flatMap((subject) => {
    const { conditionKeys: keys = {} } = "conditionKeys" in subject ? subject : {}
    const role = "role" in subject && subject.role !== "key" ? `${subject.role} ` : ""
    return Object.entries(keys).map(([key, source]) => [role + key, sourceText(source)] as const)
  })
  return Object.fromEntries(found)
}

const membersOf = (row: AnyRow): readonly string[] => Object.keys(row.input().shape)

interface Speaking extends Partial<Record<string, unknown>> {
  readonly use?: { readonly algorithm?: MemberValue }
  readonly conditionKeys?: Readonly<Record<string, MemberValue>>
}

/** The members of the input that a subject speaks of. */
function namedBy(subject: Subject): readonly unknown[] {
  const speaking = subject as unknown as Speaking
  const { use, conditionKeys: keys = {} } = speaking
  const sources = Object.values(keys).flatMap((one) => [one.member, one.twin])
  const own = ["member", "blob", "whenGiven", "tags", "tagKeys", "region", "encryptionContext"]
  const named = [...own.map((name) => speaking[name]), use?.algorithm?.member, ...sources]
  return named.filter((name) => name !== undefined)
}

/** GenerateDataKey and its kin take no algorithm: their keys have but one. */
const unsaid = (name: OperationName) =>
  name.startsWith("GenerateDataKey") ? ["EncryptionAlgorithm"] : []

/** What a row speaks of that it does not have. */
function missingIn(name: OperationName, row: AnyRow): readonly unknown[] {
  const members = [...membersOf(row), ...unsaid(name)]
  const spoken = [...subjectsOf(row).flatMap(namedBy), ...row.audit]
  const { recipient } = row
  const isInReply = recipient === undefined || Object.hasOwn(row.reply().shape, recipient)
  const isSealed = members.includes("Recipient") === (recipient !== undefined)
  return [
    ...spoken.filter((member) => !members.includes(member as string)),
    ...(isInReply && isSealed ? [] : [recipient]),
  ]
}

describe("the rows of the operations", () => {
  it("fill the condition keys of their permissions from their members", () => {
    const found = rows.map(([name, row]) => [name, keysIn(row)])
    expect(found).toEqual(rows.map(([name]) => [name, conditionKeys[name] ?? {}]))
  })

  it("speak of no member that their input or reply does not have", () => {
    const found = rows.map(([name, row]) => [name, missingIn(name, row)])
    expect(found).toEqual(rows.map(([name]) => [name, []]))
  })
})

const withSome = (trait: (row: AnyRow) => unknown): readonly string[] =>
  rows.filter(([, row]) => trait(row)).map(([name]) => name)

const subjectWith =
  (trait: (subject: Subject & Partial<Record<string, unknown>>) => unknown) =>
  (row: AnyRow): boolean =>
    subjectsOf(row).some((subject) => trait(subject as Subject & Partial<Record<string, unknown>>))

describe("of the operations", () => {
  it("those answer a secret that may be sealed for an enclave", () => {
    const secrets = rows.flatMap(([name, { recipient }]) =>
      recipient === undefined ? [] : [`${name} ${recipient}`],
    )
    expect(secrets).toEqual([
      "Decrypt Plaintext",
      "DeriveSharedSecret SharedSecret",
      "GenerateDataKey Plaintext",
      "GenerateDataKeyPair PrivateKeyPlaintext",
      "GenerateRandom Plaintext",
    ])
  })

  it("those depend on replicas, on the last usage, or on a token of the HSM", () => {
    expect(withSome(({ asksReplicas }) => asksReplicas)).toEqual([
      "DescribeKey",
      "ReplicateKey",
      "ScheduleKeyDeletion",
    ])
    expect(withSome(subjectWith(({ asksLastUsage }) => asksLastUsage))).toEqual([
      "DisableKey",
      "ScheduleKeyDeletion",
    ])
    expect(withSome(({ tokenRefusal }) => tokenRefusal)).toEqual(["ImportKeyMaterial"])
    expect(catalogue.ImportKeyMaterial.tokenRefusal).toBe("InvalidImportTokenException")
  })

  it("those are about the tags of a request, another region, or a key that is yet to be", () => {
    expect(withSome(subjectWith(({ tags }) => tags))).toEqual([
      "CreateKey",
      "ReplicateKey",
      "TagResource",
    ])
    expect(withSome(subjectWith(({ tagKeys }) => tagKeys))).toEqual(["UntagResource"])
    expect(withSome(subjectWith(({ region }) => region))).toEqual(["ReplicateKey"])
    expect(withSome(subjectWith(({ isNewKey }) => isNewKey))).toEqual(["CreateKey", "ReplicateKey"])
    expect(withSome(({ elsewhere }) => elsewhere)).toEqual(["UpdatePrimaryRegion"])
  })

  it("those work with the HSM of a key store, or with the store itself", () => {
    const ofStore = (hsm: string) => withSome(subjectWith((subject) => subject["hsm"] === hsm))
    expect(ofStore("of the store")).toEqual(["CreateKey", "GenerateRandom"])
    expect(ofStore("of the region")).toEqual([
      "ConnectCustomKeyStore",
      "DeleteCustomKeyStore",
      "DisconnectCustomKeyStore",
      "UpdateCustomKeyStore",
    ])
  })
})

describe("what a condition can ask for beside members", () => {
  const derived = (name: OperationName, input: object, keys: object = {}) =>
    subjectsOf(catalogue[name] as unknown as AnyRow).flatMap((subject) =>
      "derive" in subject && subject.derive !== undefined
        ? [subject.derive(input as never, keys as never)]
        : [],
    )
  const pairs = { a: "b" }
  const SourceArn = "arn:aws:s3:::b"

  interface Constraints {
    readonly EncryptionContextEquals?: Readonly<Record<string, string>>
    readonly EncryptionContextSubset?: Readonly<Record<string, string>>
    readonly SourceArn?: string
  }

  const constrained: readonly (readonly [Constraints, string | undefined, object | undefined])[] = [
    [{}, undefined, undefined],
    [{ EncryptionContextEquals: pairs }, "EncryptionContextEquals", pairs],
    [{ EncryptionContextSubset: pairs }, "EncryptionContextSubset", pairs],
    [{ SourceArn }, undefined, undefined],
  ]

  it.each(constrained)(
    "is what a grant is constrained by: %j",
    (Constraints, type, encryptionContext) => {
      expect(derived("CreateGrant", { Constraints })).toEqual([
        {
          encryptionContext,
          conditionKeys: {
            "kms:grantconstrainttype": type,
            "kms:grantconstraintsourcearn": Constraints.SourceArn,
          },
        },
      ])
      const constraints = {
        encryptionContextEquals: Constraints.EncryptionContextEquals,
        encryptionContextSubset: Constraints.EncryptionContextSubset,
      }
      expect(derived("RetireGrant", {}, { key: { grant: { constraints } } })).toEqual([
        { encryptionContext, conditionKeys: { "kms:grantconstrainttype": type } },
      ])
    },
  )

  it("is nothing of a grant that has no constraints", () => {
    const nothing = {
      "kms:grantconstrainttype": undefined,
      "kms:grantconstraintsourcearn": undefined,
    }
    expect(derived("CreateGrant", {})).toEqual([{ conditionKeys: nothing }])
    expect(derived("RetireGrant", {})).toEqual([
      { conditionKeys: { "kms:grantconstrainttype": undefined } },
    ])
  })

  it("is the kind of a key whose replica is to be made", () => {
    const record = keyRecord({
      keySpec: "HMAC_256",
      keyUsage: "GENERATE_VERIFY_MAC",
      origin: "EXTERNAL",
    })
    expect(derived("ReplicateKey", {}, { key: { record } })).toEqual([
      {
        conditionKeys: {
          "kms:keyorigin": "EXTERNAL",
          "kms:keyspec": "HMAC_256",
          "kms:customermasterkeyspec": "HMAC_256",
          "kms:keyusage": "GENERATE_VERIFY_MAC",
          "kms:customermasterkeyusage": "GENERATE_VERIFY_MAC",
          "kms:multiregion": true,
          "kms:multiregionkeytype": "REPLICA",
        },
      },
    ])
  })

  it("is the resource of a permission that names no key that is there", () => {
    const place = { partition: "aws", region: "us-east-1" }
    const resources = (name: OperationName, input: object, keys: object = {}) =>
      subjectsOf(catalogue[name] as unknown as AnyRow).flatMap((subject) =>
        "resource" in subject && subject.resource !== undefined
          ? [subject.resource({ input: input as never, place, account, keys: keys as never })]
          : [],
      )
    expect(resources("CreateKey", {})).toEqual([keyArnOf("*")])
    expect(resources("ReplicateKey", {})).toEqual([undefined])
    const record = keyRecord()
    expect(resources("ReplicateKey", {}, { key: { record } })).toEqual([keyArnOf(record.keyId)])
    expect(resources("ListRetirableGrants", { RetiringPrincipal: alice })).toEqual([alice])
    expect(resources("ListRetirableGrants", {})).toEqual([undefined])
  })
})
