/** The key policy of alias/orders, as it would be deployed. */
export const keyPolicy = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Administration",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111122223333:root" },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "ShopUsesKeyForOrders",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111122223333:role/Shop" },
      Action: ["kms:Encrypt", "kms:Decrypt"],
      Resource: "*",
      Condition: { StringEquals: { "kms:EncryptionContext:purpose": "orders" } },
    },
    {
      Sid: "OpenInOurNetworkOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    },
  ],
}
