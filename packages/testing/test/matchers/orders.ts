import { createTestKms, type TestKmsOptions } from "../../src/index.js"

const account = "111122223333"
const roleOf = (name: string) => `arn:aws:iam::${account}:role/${name}`
export const orders = roleOf("Orders")
export const nobody = roleOf("Nobody")
export const office = { principal: orders, context: { sourceIp: "203.0.113.7" } }
export const elsewhere = { principal: orders, context: { sourceIp: "198.51.100.7" } }

const policy = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Admin",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Use",
      Effect: "Allow",
      Principal: { AWS: orders },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"],
      Resource: "*",
    },
    {
      Sid: "Office",
      Effect: "Deny",
      Principal: { AWS: orders },
      Action: ["kms:Encrypt", "kms:Decrypt"],
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    },
    {
      Sid: "NoTest",
      Effect: "Deny",
      Principal: "*",
      Action: ["kms:Encrypt", "kms:Decrypt"],
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": "203.0.0.0/8" } },
    },
  ],
}

/** A kit with one key, which Orders may use from the office. */
export async function openOrders(options: TestKmsOptions = {}) {
  const kit = await createTestKms(options)
  const root = kit.client({
    principal: kit.kms.administrator,
    context: { sourceIp: "203.0.113.1" },
  })
  const { KeyMetadata } = await root.createKey({ Policy: JSON.stringify(policy) })
  const { KeyId = "", Arn = "" } = KeyMetadata ?? {}
  await root.createAlias({ AliasName: "alias/orders", TargetKeyId: KeyId })
  return { kit, root, KeyId, Arn }
}

export const plain = { KeyId: "alias/orders", Plaintext: Uint8Array.of(1, 2, 3) }
