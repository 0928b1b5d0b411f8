/** The calls that are made through the AWS SDK client. */
export const sdkCallNames = [
  "DescribeKey",
  "GenerateDataKey, AES_256",
  "Decrypt, 32 bytes",
] as const
export type SdkCallName = (typeof sdkCallNames)[number]
