/**
 * The key policy of a key created without one: the account decides by its own IAM policies. JSON
 * text.
 *
 * Source: AWS KMS Developer Guide, "Default key policy".
 */
export const defaultKeyPolicy = (account: string, partition: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  })
