/** Random bytes that nobody can foretell. */
export type Random = (lengthBytes: number) => Promise<Uint8Array>

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** Letters out of an alphabet whose length divides 256, so that none is likelier. */
async function randomText(random: Random, alphabet: string, length: number): Promise<string> {
  const bytes = await random(length)
  const text = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("")
  bytes.fill(0)
  return text
}

/** Source: IAM User Guide, "IAM identifiers": what unique ids begin with. */
const prefixes = {
  user: "AIDA",
  group: "AGPA",
  role: "AROA",
  policy: "ANPA",
  "access key": "AKIA",
  "session key": "ASIA",
} as const

/** A unique id, as long as those of AWS. */
export async function newId(random: Random, kind: keyof typeof prefixes): Promise<string> {
  const length = kind.endsWith("key") ? 16 : 17
  return prefixes[kind] + (await randomText(random, base32, length))
}

/** 40 characters, 240 bits. */
export const newSecret = (random: Random): Promise<string> => randomText(random, base64, 40)
