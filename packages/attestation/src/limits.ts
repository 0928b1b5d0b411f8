/**
 * What a document and an answer may measure. Source unless said otherwise: "Nitro Enclaves
 * Attestation Process" (AWS Nitro Enclaves NSM API), section 2.2.
 */
export const limits = {
  certificateBytesMax: 1024,
  moduleIdCharactersMax: 1024,
  pcrIndexMax: 31,
  publicKeyBytesMax: 1024,
  userDataBytesMax: 1024,

  /** AWS KMS API reference, RecipientInfo. */
  documentBytesMax: 262_144,
  /** Ours, in both directions: AWS KMS names no figure. */
  freshnessMsMax: 300_000,
  /** Ours: the bundles of AWS hold four certificates. */
  cabundleMax: 8,
  /** Ours: no answer of AWS KMS for an enclave is longer. */
  contentBytesMax: 65_536,
  /** Ours: what RSAES-OAEP with SHA-256 is considered safe with. */
  modulusBitsMin: 2048,
} as const
