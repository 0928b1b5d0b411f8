/** The calls that are measured. */
export const callNames = [
  "GenerateDataKey, AES_256",
  "Encrypt, 4 KiB",
  "Decrypt, 32 bytes",
  "GenerateMac, 32 bytes",
] as const
export type CallName = (typeof callNames)[number]

export const isCallName = (text: string): text is CallName =>
  (callNames as readonly string[]).includes(text)
