import type { KmsErrorName } from "./errors.js"

/** One bound: how much, of what, whose it is, and the error of a call that goes beyond it. */
interface LimitRow<Value extends number> {
  readonly value: Value
  readonly of: string
  /** `AWS`: as AWS documents it. `Keywright`: ours, where AWS documents none. */
  readonly source: "AWS" | "Keywright"
  /** Absent where no call meets the bound: a default, a measure, something that is forgotten. */
  readonly beyond?: KmsErrorName
}

const member = <Value extends number>(value: Value, of: string) =>
  ({ value, of, source: "AWS", beyond: "ValidationException" }) as const satisfies LimitRow<Value>

const quota = <Value extends number>(value: Value, of: string) =>
  ({ value, of, source: "AWS", beyond: "LimitExceededException" }) as const

const measure = <Value extends number>(value: Value, of: string) =>
  ({ value, of, source: "AWS" }) as const

const ours = <Value extends number>(value: Value, of: string, beyond?: KmsErrorName) =>
  ({ value, of, source: "Keywright", ...(beyond !== undefined && { beyond }) }) as const

/**
 * Every bound that the engine enforces, in one place.
 *
 * Source of those of AWS: the KMS API reference (member constraints) and the "Quotas" chapter of
 * the KMS Developer Guide.
 */
export const limitTable = {
  aliasNameCharactersMax: member(256, "characters of an alias name"),
  aliasesPageDefault: measure(50, "aliases on a page when no limit is given"),
  aliasesPageMax: measure(100, "aliases on a page"),
  aliasesPerKeyMax: quota(50, "aliases of a key"),
  arnCharactersMax: measure(2048, "characters of an ARN in a reply"),
  attestationDocumentBytesMax: member(262_144, "bytes of an attestation document"),
  ciphertextBytesMax: member(6144, "bytes of a ciphertext, signature, MAC or import token"),
  descriptionCharactersMax: member(8192, "characters of a description"),
  grantConstraintPairsMax: member(8, "pairs of an encryption context constraint"),
  grantConstraintValueCharactersMax: member(384, "characters of a value in such a constraint"),
  grantTokenCharactersMax: member(8192, "characters of a grant token"),
  grantTokensMax: member(10, "grant tokens of a request"),
  grantsPageDefault: measure(50, "grants on a page when no limit is given"),
  grantsPageMax: measure(100, "grants on a page"),
  grantsPerKeyMax: quota(50_000, "grants on a key"),
  importTokenHoursMax: {
    ...measure(24, "hours for which an import token is valid"),
    beyond: "ExpiredImportTokenException",
  },
  importedMaterialDaysMax: member(365, "days until imported key material expires"),
  keyIdCharactersMax: member(2048, "characters of a key identifier"),
  keyMaterialDescriptionCharactersMax: member(256, "characters of a key material description"),
  keyPolicyBytesMax: quota(32_768, "bytes of a key policy"),
  keyStoresMax: quota(10, "custom key stores of an account"),
  keyStoresPageDefault: measure(100, "custom key stores on a page when no limit is given"),
  keyStoresPageMax: measure(1000, "custom key stores on a page"),
  keysPageDefault: measure(100, "keys, rotations or policies on a page when no limit is given"),
  keysPageMax: measure(1000, "keys, rotations or policies on a page"),
  keysPerAccountMax: quota(100_000, "customer managed keys of an account, in any state"),
  markerCharactersMax: member(1024, "characters of a marker"),
  onDemandRotationsPerKeyMax: quota(25, "on-demand rotations of a key"),
  pageLimitMax: member(1000, "the member Limit"),
  pendingWindowDaysDefault: measure(30, "days until deletion when none are given"),
  pendingWindowDaysMax: member(30, "days until deletion, at most"),
  pendingWindowDaysMin: member(7, "days until deletion, at least"),
  plaintextBytesMax: member(4096, "bytes of a plaintext or message"),
  policyCharactersMax: member(131_072, "characters of the member Policy"),
  policyNameCharactersMax: member(128, "characters of a policy name"),
  publicKeyBytesMax: member(8192, "bytes of a public key"),
  randomBytesMax: member(1024, "random bytes at once, and bytes of a data key"),
  rotationConflictMinutes: {
    ...measure(20, "minutes before an automatic rotation without one on demand"),
    beyond: "ConflictException",
  },
  rotationPeriodDaysDefault: measure(365, "days between rotations when none are given"),
  rotationPeriodDaysMax: member(2560, "days between rotations, at most"),
  rotationPeriodDaysMin: member(90, "days between rotations, at least"),
  tagKeyCharactersMax: member(128, "characters of a tag key"),
  tagValueCharactersMax: member(256, "characters of a tag value"),
  tagsPageDefault: measure(50, "tags on a page when no limit is given"),
  tagsPageMax: measure(50, "tags on a page"),
  tagsPerKeyMax: { ...measure(50, "tags of a key"), beyond: "TagException" },
  xksTimeoutMs: {
    ...measure(250, "milliseconds for an answer of an external key store proxy"),
    beyond: "KMSInvalidStateException",
  },
  xksUriCharactersMax: measure(256, "characters of the endpoint and path of a proxy"),

  backOffMsMax: ours(50, "milliseconds that a write waits after it has met another host's"),
  cachedGrantsBytesMax: ours(32 * 1024 * 1024, "bytes of grants that a host remembers"),
  cachedRecordsBytesMax: ours(
    32 * 1024 * 1024,
    "bytes of decoded records that a host remembers, unless it is told another",
  ),
  compiledPoliciesBytesMax: ours(2 ** 26, "bytes of compiled policies that a host remembers"),
  commitAttemptsMax: ours(
    8,
    "times that a call is decided again at once because what it had read has changed",
  ),
  deliveryAttemptsMax: ours(8, "times that a message to a region is made again for that reason"),
  domainKeyIdleHours: ours(
    25,
    "hours for which a domain key is kept when nothing is under it but import tokens",
  ),
  domainKeySealsDue: ours(2 ** 46, "records under a domain key from which on it is rotated"),
  domainKeySealsMax: ours(2 ** 48, "records under a domain key, each under a key of its own"),
  domainKeyWrapsDue: ours(2 ** 30, "tokens under a domain key from which on it is rotated"),
  domainKeyWrapsMax: ours(2 ** 32, "tokens under a domain key: NIST SP 800-38D, section 8.3"),
  encryptionContextCharactersMax: ours(
    16_384,
    "characters of an encryption context, keys and values together",
    "ValidationException",
  ),
  clockAheadMsMax: ours(
    5000,
    "milliseconds that the clock of another host may be ahead where they count requests together",
  ),
  laneAttemptsMax: ours(
    64,
    "times that a commit which met other hosts in the digest or the domain is tried again at once",
  ),
  materialsPerKeyMax: ours(
    200,
    "key materials of a key, from which on it rotates no more",
    "LimitExceededException",
  ),
  notedUsagesMax: ours(20_000, "keys whose last usage a host remembers"),
  openedRecordsBytesMax: ours(2 ** 23, "bytes of short records that a host remembers opened"),
  regionNewsMs: ours(1000, "milliseconds that a call waits for what is due in another region"),
  policyBundlesBytesMax: ours(
    32 * 1024 * 1024,
    "bytes of what a host remembers of which policies decide on which key",
  ),
  regionTimeoutMs: ours(5000, "milliseconds for an answer of another region"),
  replicasPerKeyMax: ours(32, "replicas of a key", "LimitExceededException"),
  requestBucketsMax: ours(10_000, "accounts and groups whose request rates a host remembers"),
  requestRateIdleMs: ours(
    86_400_000,
    "milliseconds after which a request rate that nobody has used is forgotten",
  ),
  restMs: ours(
    10_000,
    "milliseconds without trying again what could not be written, but by a sweep",
  ),
  restsMax: ours(1000, "keys whose due rotation could not be written that a host remembers"),
  sideWorkMs: ours(250, "milliseconds that a call waits for a rotation that is due"),
  sweptItemsMax: ours(
    10_000,
    "keys and grants that one sweep clears up, unless it is told another",
  ),
  usageLagMs: ours(3_600_000, "milliseconds by which a written last usage may lag"),
  usagesTogether: ours(1000, "last usages from which on a host writes them without a sweep"),
  storageTimeoutMs: ours(
    90_000,
    "milliseconds in which a storage answers: afterwards, or after twice as long, it has failed",
    "KMSInternalException",
  ),
  writeTimeoutMs: ours(
    30_000,
    "milliseconds for which a call that writes is decided again",
    "ThrottlingException",
  ),
  writesTogetherMax: ours(64, "writes of a host that one commit carries"),
  shownCharactersMax: ours(300, "characters of a value in the message of a ValidationException"),
  xksAnswerBytesMax: ours(65_536, "bytes of an answer of a proxy"),
} as const satisfies Readonly<Record<string, LimitRow<number>>>

export type LimitName = keyof typeof limitTable

/** The same, the numbers alone. */
export const limits = Object.freeze(
  Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value])),
) as { readonly [Name in LimitName]: (typeof limitTable)[Name]["value"] }
