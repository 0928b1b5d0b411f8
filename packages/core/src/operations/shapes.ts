import * as z from "zod/mini"
import { type EncryptionContext, isEncodableContext } from "../formats/opaque/encryption-context.js"
import { textMap } from "../formats/text-map.js"
import {
  encapsulationAlgorithms,
  encryptionAlgorithms,
  keyAgreementAlgorithms,
  macAlgorithms,
  messageTypes,
  signingAlgorithms,
} from "../vocabulary/algorithms.js"
import {
  customerMasterKeySpecs,
  dataKeyPairSpecs,
  keySpecs,
  keyUsages,
  origins,
} from "../vocabulary/key-specs.js"
import { keyStates } from "../vocabulary/key-states.js"
import { limits } from "../vocabulary/limits.js"
import { dryRun } from "./dry-run.js"

/*
 * The shapes of the AWS KMS model, as functions so that nothing is built before it is used.
 * Bounds that the service enforces beyond the model are in the checks of the operations.
 *
 * Codecs read these schemas: a `custom` is a blob, a `date` a timestamp.
 */

/** A pattern that the AWS model gives without anchors, and means of the whole text. */
const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)

/** Real bytes: `isView` sees through proxies and objects that only inherit. */
const isBytes = (value: unknown): boolean =>
  ArrayBuffer.isView(value) && value instanceof Uint8Array

/** A blob, of at least `min` and at most `max` bytes. */
const blob = (min: number, max: number) =>
  z.custom<Uint8Array>(isBytes).check(({ value, issues }) => {
    if (!isBytes(value)) return
    const bounds = { origin: "array" as const, input: value, inclusive: true }
    if (value.length < min) issues.push({ ...bounds, code: "too_small", minimum: min })
    if (value.length > max) issues.push({ ...bounds, code: "too_big", maximum: max })
  })

/** The reply of an operation that answers nothing. */
export const nothing = () => z.object({})

export const plaintext = () => blob(1, limits.plaintextBytesMax)
export const ciphertext = () => blob(1, limits.ciphertextBytesMax)

/** A blob that is only ever an answer. */
export const anyBlob = () => blob(0, Number.MAX_SAFE_INTEGER)

export const keyIdentifier = () =>
  z.string().check(z.minLength(1), z.maxLength(limits.keyIdCharactersMax), z.regex(/^\p{ASCII}+$/u))

export const aliasName = () =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(limits.aliasNameCharactersMax),
      z.regex(/^[a-zA-Z0-9:/_-]+$/),
    )

/** A refusal that no bound of a shape expresses, in the words of a constraint. */
const unless = (holds: boolean, input: unknown, constraint: string) =>
  holds ? [] : [{ code: "custom" as const, input, params: { constraint } }]

function charactersOf(context: EncryptionContext): number {
  let characters = 0
  for (const key in context) characters += key.length + (context[key] as string).length
  return characters
}

const contextCharactersMax = limits.encryptionContextCharactersMax

const isFitContext = (context: EncryptionContext): boolean =>
  isEncodableContext(context) && charactersOf(context) <= contextCharactersMax

/**
 * A map of text to text. Text that is not well formed is refused, because UTF-8 has no bytes for
 * it: two different encryption contexts must never look alike.
 */
export const encryptionContext = () =>
  textMap({
    isFit: isFitContext,
    check: ({ value, issues }) => {
      const isWellFormed = isEncodableContext(value)
      issues.push(...unless(isWellFormed, value, "Member must be well-formed Unicode"))
      const bound = `Member must have length less than or equal to ${contextCharactersMax}`
      issues.push(...unless(charactersOf(value) <= contextCharactersMax, value, bound))
    },
    otherwise: "Member must be well-formed Unicode, within its length",
  })

export const grantTokens = () =>
  z
    .array(z.string().check(z.minLength(1), z.maxLength(limits.grantTokenCharactersMax)))
    .check(z.maxLength(limits.grantTokensMax))

/**
 * The last members of every operation that uses a key. A grant counts from the moment at which it
 * was made, so its token adds nothing, and one that opens no grant takes nothing away.
 */
export const underGrants = () => ({ GrantTokens: z.optional(grantTokens()), ...dryRun() })

/** The members of an operation that uses the key which they name. */
export const onKey = <Members extends Readonly<Record<string, z.ZodMiniType>>>(
  members: Members,
) => ({
  KeyId: keyIdentifier(),
  ...members,
  ...underGrants(),
})

export const description = () => z.string().check(z.maxLength(limits.descriptionCharactersMax))

export const policyName = () =>
  z
    .string()
    .check(z.minLength(1), z.maxLength(limits.policyNameCharactersMax), z.regex(whole("[\\w]+")))

export const policyText = () =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(limits.policyCharactersMax),
      z.regex(whole("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+")),
    )

const wellFormed: z.core.CheckFn<string> = ({ value, issues }) => {
  issues.push(...unless(value.isWellFormed(), value, "Member must be well-formed Unicode"))
}

/** Text that is shown to people. */
export const text = (min: number, max: number) =>
  z.string().check(z.minLength(min), z.maxLength(max), wellFormed)

/** Text whose refusal must not show it. */
export const secretText = (min: number, max: number, pattern = /^/) =>
  z.string().check(({ value, issues }) => {
    const bound = "Member must have length"
    const tooShort = `${bound} greater than or equal to ${min}`
    issues.push(...unless(value.length >= min, value, tooShort))
    issues.push(...unless(value.length <= max, value, `${bound} less than or equal to ${max}`))
    const form = `Member must satisfy regular expression pattern: ${pattern.source}`
    issues.push(...unless(pattern.test(value), value, form))
    issues.push(...unless(value.isWellFormed(), value, "Member must be well-formed Unicode"))
  })

export const tagKey = () =>
  z.string().check(z.minLength(1), z.maxLength(limits.tagKeyCharactersMax), wellFormed)
const tag = () =>
  z.object({
    TagKey: tagKey(),
    TagValue: z.string().check(z.maxLength(limits.tagValueCharactersMax), wellFormed),
  })
export const tags = () => z.array(tag())

const pageLimit = () => z.int().check(z.minimum(1), z.maximum(limits.pageLimitMax))
const marker = () =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(limits.markerCharactersMax),
      z.regex(whole("[\\u0020-\\u00FF]*")),
    )

/** The two members by which every list operation is told where to go on. */
export const pageInput = () => ({ Limit: z.optional(pageLimit()), Marker: z.optional(marker()) })
export const pageReply = () => ({
  NextMarker: z.optional(z.string()),
  Truncated: z.boolean(),
})

export const regionName = () =>
  z.string().check(z.minLength(1), z.maxLength(32), z.regex(/^([a-z]+-){2,3}\d+$/))

export const keySpec = () => z.enum(keySpecs)
export const customerMasterKeySpec = () => z.enum(customerMasterKeySpecs)
export const keyUsage = () => z.enum(keyUsages)
export const origin = () => z.enum(origins)
export const expirationModel = () =>
  z.enum(["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"])
export const keyMaterialId = () => z.string().check(z.length(64), z.regex(/^[a-f0-9]+$/))
export const keyState = () => z.enum(keyStates)
export const encryptionAlgorithm = () => z.enum(encryptionAlgorithms)
export const signingAlgorithm = () => z.enum(signingAlgorithms)
export const macAlgorithm = () => z.enum(macAlgorithms)
export const keyAgreementAlgorithm = () => z.enum(keyAgreementAlgorithms)
export const encapsulationAlgorithm = () => z.enum(encapsulationAlgorithms)
export const messageType = () => z.enum(messageTypes)
export const dataKeyPairSpec = () => z.enum(dataKeyPairSpecs)
/** An IAM principal, or an account. */
export const principalId = () =>
  z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[\w+=,.@:/-]+$/))
export const serviceName = () =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(128),
      z.regex(/^([A-Za-z0-9-]+)\.([A-Za-z0-9-]+)(\.[A-Za-z0-9-]+)+$/),
    )
/** `GrantConstraints`, in requests and in lists. */
export const grantConstraints = () =>
  z.object({
    EncryptionContextSubset: z.optional(encryptionContext()),
    EncryptionContextEquals: z.optional(encryptionContext()),
    SourceArn: z.optional(
      z
        .string()
        .check(
          z.minLength(20),
          z.maxLength(512),
          z.regex(/^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$/),
        ),
    ),
  })

export const grantId = () => z.string().check(z.minLength(1), z.maxLength(128))
export const publicKey = () => blob(1, limits.publicKeyBytesMax)

/** The algorithms of a key, where replies list them. */
export const algorithmLists = () => ({
  EncryptionAlgorithms: z.optional(z.array(encryptionAlgorithm())),
  SigningAlgorithms: z.optional(z.array(signingAlgorithm())),
  KeyAgreementAlgorithms: z.optional(z.array(keyAgreementAlgorithm())),
  EncapsulationAlgorithms: z.optional(z.array(encapsulationAlgorithm())),
})
export const numberOfBytes = () => z.int().check(z.minimum(1), z.maximum(limits.randomBytesMax))
export const customKeyStoreId = () => z.string().check(z.minLength(1), z.maxLength(64))

export const recipient = () =>
  z.object({
    KeyEncryptionAlgorithm: z.optional(z.enum(["RSAES_OAEP_SHA_256"])),
    AttestationDocument: z.optional(blob(1, limits.attestationDocumentBytesMax)),
  })

export const dryRunModifiers = () => z.array(z.enum(["IGNORE_CIPHERTEXT"]))

const regionalKey = () => z.object({ Arn: z.string(), Region: z.string() })

export const keyMetadata = () =>
  z.object({
    AWSAccountId: z.string(),
    KeyId: z.string(),
    Arn: z.string(),
    CreationDate: z.date(),
    Enabled: z.boolean(),
    Description: z.string(),
    KeyUsage: keyUsage(),
    KeyState: keyState(),
    DeletionDate: z.optional(z.date()),
    ValidTo: z.optional(z.date()),
    Origin: origin(),
    CustomKeyStoreId: z.optional(z.string()),
    CloudHsmClusterId: z.optional(z.string()),
    ExpirationModel: z.optional(expirationModel()),
    KeyManager: z.enum(["AWS", "CUSTOMER"]),
    CustomerMasterKeySpec: z.optional(customerMasterKeySpec()),
    KeySpec: keySpec(),
    ...algorithmLists(),
    MultiRegion: z.boolean(),
    MultiRegionConfiguration: z.optional(
      z.object({
        MultiRegionKeyType: z.enum(["PRIMARY", "REPLICA"]),
        PrimaryKey: regionalKey(),
        ReplicaKeys: z.array(regionalKey()),
      }),
    ),
    PendingDeletionWindowInDays: z.optional(z.int()),
    MacAlgorithms: z.optional(z.array(macAlgorithm())),
    XksKeyConfiguration: z.optional(z.object({ Id: z.string() })),
    CurrentKeyMaterialId: z.optional(z.string()),
  })
