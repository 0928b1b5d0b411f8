/** `aws`, `aws-cn`, `aws-us-gov` …: the namespace in which account ids and regions have meaning. */
export type Partition = string
/** Twelve digits. */
export type AccountId = string
/** For example `us-east-1`. */
export type Region = string

/** The six parts of an Amazon Resource Name, split but not judged. */
export interface Arn {
  readonly partition: Partition
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Splits an ARN, or answers `undefined` when it has not the six parts of one. */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith("arn:")) return undefined
  const afterPartition = text.indexOf(":", 4)
  const afterService = text.indexOf(":", afterPartition + 1)
  const afterRegion = text.indexOf(":", afterService + 1)
  const afterAccount = text.indexOf(":", afterRegion + 1)
  // From the first colon that is missing on, the search begins anew and finds one too early.
  const isWhole =
    4 < afterPartition && afterPartition + 1 < afterService && afterService < afterRegion
  if (!isWhole || afterAccount <= afterRegion || afterAccount + 1 === text.length) return undefined
  return {
    partition: text.slice(4, afterPartition),
    service: text.slice(afterPartition + 1, afterService),
    region: text.slice(afterService + 1, afterRegion),
    account: text.slice(afterRegion + 1, afterAccount),
    resource: text.slice(afterAccount + 1),
  }
}

/** Where an engine stands: the prefix of every ARN that it hands out. */
export interface Place {
  readonly partition: Partition
  readonly region: Region
}

const kmsArn = ({ partition, region }: Place, account: AccountId, resource: string): string =>
  `arn:${partition}:kms:${region}:${account}:${resource}`

export const keyArn = (place: Place, account: AccountId, keyId: string): string =>
  kmsArn(place, account, `key/${keyId}`)

/** Everything that an account has in a region. */
export const accountArn = (place: Place, account: AccountId): string => kmsArn(place, account, "*")

/** `aliasName` begins with `alias/`. */
export const aliasArn = (place: Place, account: AccountId, aliasName: string): string =>
  kmsArn(place, account, aliasName)

export const rootArn = (partition: Partition, account: AccountId): string =>
  `arn:${partition}:iam::${account}:root`

export const isAccountId = (text: string): boolean => /^[0-9]{12}$/.test(text)

export const isRegion = (text: string): boolean =>
  text.length <= 32 && /^(?:[a-z]+-){2,3}[0-9]+$/.test(text)

const singleRegionKeyId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const multiRegionKeyId = /^mrk-[0-9a-f]{32}$/

/** A UUID, or `mrk-` and 32 hexadecimal digits. */
export const isKeyId = (text: string): boolean =>
  singleRegionKeyId.test(text) || multiRegionKeyId.test(text)

export const isMultiRegionKeyId = (text: string): boolean => multiRegionKeyId.test(text)

/** A name that an alias can have, with `alias/`. */
export const isAliasName = (text: string): boolean => /^alias\/[a-zA-Z0-9/_-]{1,250}$/.test(text)

/** The account and region of the AWS documentation's examples: the defaults of presets. */
export const exampleAccount: AccountId = "111122223333"
export const exampleRegion: Region = "us-east-1"
