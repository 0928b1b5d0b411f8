/** What differs between the AWS managed keys of the services. */
interface ManagedService {
  /** The service as the key policy speaks of it. */
  readonly title: string
  /** What the key protects, as its description says. */
  readonly protects: string
  /** The first label of `kms:ViaService`. */
  readonly via: string
  /** Whether the service works with grants. */
  readonly grants: boolean
}

const service = (
  title: string,
  protects: string,
  via: string,
  { grants }: { readonly grants: boolean } = { grants: true },
): ManagedService => ({ title, protects, via, grants })

const withoutGrants = { grants: false } as const

/**
 * The services that have an AWS managed key in an account, by the last part of
 * `alias/aws/<service>`.
 *
 * Source: AWS KMS Developer Guide, "kms:ViaService", and the encryption pages of the services. A
 * service that AWS launches today brings no new one (since 2021 they use AWS owned keys).
 */
export const managedServices = {
  acm: service("ACM", "ACM private keys", "acm"),
  backup: service("Backup", "Backup data", "backup"),
  codecommit: service("CodeCommit", "CodeCommit repositories", "codecommit"),
  dms: service("DMS", "DMS replication instance volumes", "dms"),
  dynamodb: service("DynamoDB", "DynamoDB data", "dynamodb"),
  ebs: service("EBS", "EBS volumes", "ec2"),
  elasticfilesystem: service("EFS", "EFS filesystems", "elasticfilesystem"),
  es: service("Elasticsearch", "Elasticsearch data", "es"),
  fsx: service("FSx", "FSx resources", "fsx"),
  glue: service("Glue", "Glue data", "glue", withoutGrants),
  kafka: service("MSK", "MSK data", "kafka"),
  kinesis: service("Kinesis", "Kinesis streams", "kinesis", withoutGrants),
  kinesisvideo: service("Kinesis Video Streams", "Kinesis Video Streams data", "kinesisvideo"),
  lambda: service("Lambda", "Lambda functions", "lambda"),
  lightsail: service("Lightsail", "Lightsail resources", "lightsail"),
  rds: service("RDS", "RDS database volumes", "rds"),
  redshift: service("Redshift", "Redshift clusters", "redshift"),
  s3: service("S3", "S3 objects", "s3", withoutGrants),
  secretsmanager: service("Secrets Manager", "Secrets Manager data", "secretsmanager"),
  sns: service("SNS", "SNS data", "sns", withoutGrants),
  sqs: service("SQS", "SQS messages", "sqs", withoutGrants),
  ssm: service("SSM", "SSM parameters", "ssm", withoutGrants),
  workmail: service("WorkMail", "WorkMail mailboxes", "workmail"),
  workspaces: service("WorkSpaces", "WorkSpaces volumes", "workspaces"),
  xray: service("X-Ray", "X-Ray data", "xray", withoutGrants),
} as const satisfies Readonly<Record<string, ManagedService>>

export type ManagedServiceName = keyof typeof managedServices
