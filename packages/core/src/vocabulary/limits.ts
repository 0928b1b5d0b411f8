/**
 * Every bound the engine enforces, in one place. Source unless said otherwise: the AWS KMS API
 * reference (member constraints) and the "Quotas" chapter of the AWS KMS Developer Guide.
 */
export const limits = {
  aliasNameCharactersMax: 256,
  aliasesPerKeyMax: 50,
  aliasesPageDefault: 50,
  aliasesPageMax: 100,
  arnCharactersMax: 2048,
  /** The longest blob of any input. */
  attestationDocumentBytesMax: 262_144,
  ciphertextBytesMax: 6144,
  descriptionCharactersMax: 8192,
  grantTokenCharactersMax: 8192,
  grantConstraintPairsMax: 8,
  grantConstraintValueCharactersMax: 384,
  grantTokensMax: 10,
  grantsPageDefault: 50,
  grantsPageMax: 100,
  grantsPerKeyMax: 50_000,
  importTokenHoursMax: 24,
  importedMaterialDaysMax: 365,
  keyIdCharactersMax: 2048,
  keyMaterialDescriptionCharactersMax: 256,
  keyPolicyBytesMax: 32_768,
  keyStoresMax: 10,
  keyStoresPageDefault: 100,
  keyStoresPageMax: 1000,
  keysPageDefault: 100,
  keysPageMax: 1000,
  markerCharactersMax: 1024,
  onDemandRotationsPerKeyMax: 25,
  pageLimitMax: 1000,
  pendingWindowDaysDefault: 30,
  pendingWindowDaysMax: 30,
  pendingWindowDaysMin: 7,
  plaintextBytesMax: 4096,
  policyCharactersMax: 131_072,
  policyNameCharactersMax: 128,
  publicKeyBytesMax: 8192,
  randomBytesMax: 1024,
  rotationConflictMinutes: 20,
  rotationPeriodDaysDefault: 365,
  rotationPeriodDaysMax: 2560,
  rotationPeriodDaysMin: 90,
  tagKeyCharactersMax: 128,
  tagValueCharactersMax: 256,
  tagsPageDefault: 50,
  tagsPageMax: 50,
  tagsPerKeyMax: 50,
  xksTimeoutMs: 250,
  xksUriCharactersMax: 256,

  /** Ours: AWS documents no bound. Keys and values together. */
  encryptionContextCharactersMax: 16_384,
  /** Ours: times a call is decided again because another host changed what it had read. */
  commitAttemptsMax: 8,
  /** Ours: replicas of one key; a change of a primary writes an entry for each. */
  replicasPerKeyMax: 32,
  /** Ours: times that a message is made again because its key changed while it was under way. */
  deliveryAttemptsMax: 8,
  /** Ours: how long a host waits for another region to answer. */
  regionTimeoutMs: 5000,
  /** Ours: the longest answer of a proxy is about 8 KiB. */
  xksAnswerBytesMax: 65_536,
  /** Ours: requesters whose grants on one key are kept by one host. */
  cachedGranteesMax: 1000,
  /** Ours: keys whose last usage one host keeps in memory before it writes them. */
  notedUsagesMax: 1000,
  /** Ours: decoded records kept by one host. */
  cachedRecordsMax: 10_000,
} as const
