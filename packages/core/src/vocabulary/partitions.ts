import type { Partition, Region } from "./arns.js"

/**
 * The partitions and the regions of each; a region that nobody lists is one of `aws`.
 *
 * Source: the list of partitions in AWS SDK v3 clients (@aws-sdk/util-endpoints).
 */
const regionsOf: Readonly<Record<Partition, RegExp>> = {
  "aws-cn": /^cn-/,
  "aws-us-gov": /^us-gov-/,
  "aws-iso": /^us-iso-/,
  "aws-iso-b": /^us-isob-/,
  "aws-iso-e": /^eu-isoe-/,
  "aws-iso-f": /^us-isof-/,
  "aws-eusc": /^eusc-/,
}

/** The partition that a region belongs to by its name. */
export const partitionOf = (region: Region): Partition =>
  Object.keys(regionsOf).find((partition) => regionsOf[partition]?.test(region)) ?? "aws"
