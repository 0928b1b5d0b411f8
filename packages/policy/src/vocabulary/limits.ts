/** KMS key policy, bytes of UTF-8. Source: AWS KMS quotas, "Key policy document size". */
export const keyPolicyBytesMax = 32_768
/** No document is read past this size. Source: the Smithy model's bound on a KMS policy. */
export const documentCharactersMax = 131_072
/** A policy nests six deep; the rest is an attack. */
export const jsonDepthMax = 32
/** IAM: managed policies and permissions boundaries, characters without white space. */
export const managedPolicyCharactersMax = 6_144
/** STS: the plain text of inline session policies. */
export const sessionPolicyCharactersMax = 2_048
/** Organizations: one SCP or RCP, as stored. */
export const organizationPolicyCharactersMax = 5_120
/** EC2: one VPC endpoint policy. */
export const vpcEndpointPolicyCharactersMax = 20_480
