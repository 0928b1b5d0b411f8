import { describe, expect, it } from "vitest"
import { readCaller } from "../../src/model/caller.js"
import { draftManagedKey, managedAliasNames } from "../../src/model/managed-keys.js"
import { callMetadata, healthMetadata, keyUseMetadata } from "../../src/model/xks-requests.js"
import { StaleStoreError } from "../../src/ports/anchor.js"
import { HsmError, isHsmError } from "../../src/ports/hsm.js"
import { isKmsError, KmsError } from "../../src/vocabulary/errors.js"
import {
  account,
  alice,
  app,
  keyArnOf,
  otherAccount,
  rootOf,
  unknownKeyId,
  userOf,
} from "../support/accounts.js"
import { dayMs } from "../support/clock.js"

const place = { partition: "aws", region: "us-east-1" }

describe("an external key store proxy", () => {
  const vpc = { sourceVpc: "vpc-1", sourceVpce: "vpce-1" }
  const headOf = (principal: string, context = {}) => ({
    requestId: "request",
    operation: "Encrypt",
    caller: readCaller({ principal, context }, account, "aws"),
  })
  const common = { kmsOperation: "Encrypt", kmsRequestId: "request" }
  const key = { account, keyId: unknownKeyId }
  const use = { ...common, awsPrincipalArn: alice, kmsKeyArn: keyArnOf(unknownKeyId) }

  it("is told who asks, and of a role not its session", () => {
    expect(healthMetadata(headOf(alice, vpc))).toEqual(common)
    expect(callMetadata(headOf(alice))).toEqual({ ...common, awsPrincipalArn: alice })
    expect(callMetadata(headOf(app))).toEqual({ ...common, awsPrincipalArn: app })
    expect(keyUseMetadata(headOf(app), place, key)).toEqual({ ...use, awsPrincipalArn: app })
    expect(keyUseMetadata(headOf(alice), place, key)).toEqual(use)
  })

  it("is told by which endpoint, of the account of the key alone", () => {
    const through = { awsSourceVpc: "vpc-1", awsSourceVpce: "vpce-1" }
    expect(callMetadata(headOf(alice, vpc))).toEqual({
      ...common,
      awsPrincipalArn: alice,
      ...through,
    })
    expect(keyUseMetadata(headOf(alice, vpc), place, key)).toEqual({ ...use, ...through })
    expect(keyUseMetadata(headOf(alice, { sourceVpce: "vpce-1" }), place, key)).toStrictEqual({
      ...use,
      awsSourceVpce: "vpce-1",
    })
    expect(keyUseMetadata(headOf(alice, { sourceVpc: "vpc-1" }), place, key)).toEqual(use)
    const stranger = userOf(otherAccount)
    expect(keyUseMetadata(headOf(stranger, vpc), place, key)).toEqual({
      ...use,
      awsPrincipalArn: stranger,
    })
  })

  it("is told through which service", () => {
    const viaService = "s3.us-east-1.amazonaws.com"
    expect(keyUseMetadata(headOf(alice, { viaService }), place, key)).toEqual({
      ...use,
      kmsViaService: viaService,
    })
  })
})

/** Source: AWS KMS Developer Guide, "AWS managed keys"; what is behind each alias. */
const services = `
acm ACM acm grants: ACM private keys
backup Backup backup grants: Backup data
codecommit CodeCommit codecommit grants: CodeCommit repositories
dms DMS dms grants: DMS replication instance volumes
dynamodb DynamoDB dynamodb grants: DynamoDB data
ebs EBS ec2 grants: EBS volumes
elasticfilesystem EFS elasticfilesystem grants: EFS filesystems
es Elasticsearch es grants: Elasticsearch data
fsx FSx fsx grants: FSx resources
glue Glue glue none: Glue data
kafka MSK kafka grants: MSK data
kinesis Kinesis kinesis none: Kinesis streams
kinesisvideo Kinesis_Video_Streams kinesisvideo grants: Kinesis Video Streams data
lambda Lambda lambda grants: Lambda functions
lightsail Lightsail lightsail grants: Lightsail resources
rds RDS rds grants: RDS database volumes
redshift Redshift redshift grants: Redshift clusters
s3 S3 s3 none: S3 objects
secretsmanager Secrets_Manager secretsmanager grants: Secrets Manager data
sns SNS sns none: SNS data
sqs SQS sqs none: SQS messages
ssm SSM ssm none: SSM parameters
workmail WorkMail workmail grants: WorkMail mailboxes
workspaces WorkSpaces workspaces grants: WorkSpaces volumes
xray X-Ray xray none: X-Ray data
`
  .trim()
  .split("\n")
  .map((line) => {
    const [head = "", protects] = line.split(": ")
    const [name = "", title = "", via, grants] = head.split(" ")
    return { name, title: title.replaceAll("_", " "), via, grants: grants === "grants", protects }
  })

/** As the key behind the alias of a service must be. */
function expectManaged({ name, title, via, grants, protects }: (typeof services)[number]): void {
  const { policy, ...key } = draftManagedKey(place, account, `alias/aws/${name}`, 5) ?? {}
  expect(key).toEqual({
    account,
    keyId: "00000000-0000-0000-0000-000000000000",
    createdMs: 5,
    description: `Default key that protects my ${protects} when no other key is defined`,
    keySpec: "SYMMETRIC_DEFAULT",
    keyUsage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    keyManager: "AWS",
    state: "Enabled",
    tags: [],
    aliases: [`alias/aws/${name}`],
    grantsCount: 0,
    materials: [],
    rotation: { periodDays: 365, nextMs: 5 + 365 * dayMs },
  })
  const use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
  expect(JSON.parse(policy ?? "")).toEqual({
    Version: "2012-10-17",
    Id: `auto-${name}-1`,
    Statement: [
      {
        Sid:
          `Allow access through ${title} for all principals in the account that are authorized ` +
          `to use ${title}`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...use, ...(grants ? ["kms:CreateGrant"] : []), "kms:DescribeKey"],
        Resource: "*",
        Condition: {
          StringEquals: {
            "kms:CallerAccount": account,
            "kms:ViaService": `${via}.us-east-1.amazonaws.com`,
          },
        },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: rootOf(account) },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        Resource: "*",
      },
    ],
  })
}

describe("an AWS managed key", () => {
  it("stands behind the alias of each service", () => {
    expect(managedAliasNames).toEqual(services.map(({ name }) => `alias/aws/${name}`))
    for (const alias of [
      "alias/aws/",
      "alias/aws/none",
      "alias/aws/constructor",
      "alias/ebs",
      "aws/ebs",
    ]) {
      expect(draftManagedKey(place, account, alias, 0), alias).toBeUndefined()
    }
  })

  it("of each service may be used through it, and looked at", () => {
    for (const service of services) expectManaged(service)
  })

  it("is used through the name that a service has in China", () => {
    const china = { partition: "aws-cn", region: "cn-north-1" }
    expect(draftManagedKey(china, account, "alias/aws/s3", 0)?.policy).toContain(
      '"s3.cn-north-1.amazonaws.com.cn"',
    )
  })
})

describe("an error", () => {
  it("has a name by which it is told apart", () => {
    expect(new StaleStoreError("x").name).toBe("StaleStoreError")
    const error = new HsmError("malformed", "x", { cause: 1 })
    expect([error.name, error.code, error.cause]).toEqual(["HsmError", "malformed", 1])
    expect(isHsmError(error)).toBe(true)
    expect(isHsmError(Object.assign(new Error("x"), { name: "HsmError", code: "malformed" }))).toBe(
      true,
    )
    expect(isHsmError(Object.assign(new Error("x"), { name: "HsmError" }))).toBe(false)
    expect(isHsmError(Object.assign(new Error("x"), { code: "malformed" }))).toBe(false)
    expect(isHsmError({ name: "HsmError", code: "malformed" })).toBe(false)
  })

  it("of a refused call says who is at fault, and whether to try again", () => {
    expect(new KmsError("DisabledException", "no")).toMatchObject({
      name: "DisabledException",
      message: "no",
      fault: "client",
      retryable: false,
    })
    expect(new KmsError("ThrottlingException")).toMatchObject({
      message: "",
      fault: "client",
      retryable: true,
    })
    expect(new KmsError("KMSInternalException")).toMatchObject({ fault: "server", retryable: true })
    expect(isKmsError(new KmsError("DisabledException"))).toBe(true)
    const alike = Object.assign(new Error("x"), { name: "DisabledException", retryable: false })
    expect(isKmsError(alike)).toBe(true)
    expect(isKmsError(Object.assign(new Error("x"), { name: "DisabledException" }))).toBe(false)
    expect(isKmsError(Object.assign(new Error("x"), { name: "toString", retryable: false }))).toBe(
      false,
    )
    expect(isKmsError({ name: "DisabledException", retryable: false })).toBe(false)
  })
})
