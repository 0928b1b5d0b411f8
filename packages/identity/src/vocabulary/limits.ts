/*
 * Source: IAM User Guide, "IAM and AWS STS quotas", unless a line says another. Sizes of policies
 * are characters other than white space.
 */
export const limits = Object.freeze({
  accessKeysPerUserMax: 2,
  groupsPerUserMax: 10,
  managedPoliciesMax: 20,
  tagsMax: 50,
  tagKeyLengthMax: 128,
  tagValueLengthMax: 256,
  userPoliciesSizeMax: 2048,
  groupPoliciesSizeMax: 5120,
  rolePoliciesSizeMax: 10_240,
  managedPolicySizeMax: 6144,
  trustPolicySizeMax: 8192,
  /** Source: AWS Organizations User Guide, "Quotas for AWS Organizations". */
  organizationPolicySizeMax: 10_240,
  organizationDepthMax: 5,
  /** Source: IAM API reference, CreateRole. */
  roleSessionSecondsMin: 3600,
  roleSessionSecondsMax: 43_200,
  /** Ours: a text that fills a store is parsed whole. */
  yamlLengthMax: 4 * 2 ** 20,
  /** Ours: so many records are remembered, decoded. */
  rememberedRecordsMax: 5000,
  /** Ours: tries against other hosts that write the same account. */
  attemptsMax: 20,
  /** Ours: as many as a commit carries beside the account. */
  batchMax: 80,
  /** Source: AWS STS API reference, AssumeRole: also of the session policy. */
  sessionPolicyLengthMax: 2048,
  sessionPolicyArnsMax: 10,
  sessionSecondsMin: 900,
  sessionSecondsUsual: 3600,
  /** Source: IAM User Guide, "Role chaining". */
  chainedSecondsMax: 3600,
  /** Source: AWS STS API reference, GetSessionToken and GetFederationToken. */
  userSessionSecondsMax: 129_600,
  userSessionSecondsUsual: 43_200,
  /** Ours: AWS does not tell what its packed form may have. */
  packedBytesMax: 4096,
  /** Ours: a packed session and everything else in it, in Base64; headers have 16 KB at Node. */
  sessionTokenLengthMax: 12_288,
  /** Ours: so many tokens are remembered, opened. */
  rememberedTokensMax: 4000,
  /** Ours: how exact the last use of an access key is. */
  lastUseMs: 3_600_000,
})
