import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/core/src/envelope/${name}.ts`

export const inEnvelope: readonly Equivalent[] = [
  ...alike(source("message/header"), "it asks for what is there already", [
    "return end > bytes.length",
    "end >= bytes.length",
    "true",
  ]),
  ...alike(
    source("message/body"),
    "a frame that is not the final one has its number there, or no such place",
    ["if (isFinal) writeUint32(head, 0, finalMark)", "true"],
    ["if (isFinal) writeUint32(head, start + 4 + ivBytes, contentBytes)", "true"],
  ),
  ...alike(
    source("message/encryption-context"),
    "bytes that are cut end beyond their end, too",
    [
      "if (bytes.length < 2 || bytes.length > contextBytesMax) throw malformed()",
      "false",
      "bytes.length <= 2",
    ],
    ["if (bytes.length - offset < 2) throw malformed()", "false"],
  ),
  ...alike(source("keys/branch/storage-table"), "bytes that are cut end beyond their end, too", [
    "const end = value.length < 3 ? 0 : 3 + readUint16(value, 1)",
    "false",
  ]),
  ...alike(source("keys/branch/storage-table"), "who replaces nothing replaces no entry", [
    "if (entry === undefined || replaces === undefined) return entry === undefined",
    "false",
  ]),
  ...alike(
    source("keys/branch/branch-key-store"),
    "that it is the ARN of a key was looked at before",
    ["if (arn === undefined || own === undefined || !isSameMultiRegion(own, arn)) {", "false"],
    ['const kmsArn = attributes["kms-arn"] ?? ""', '"Stryker was here!"'],
  ),
  ...alike(source("keys/branch/branch-key-store"), "no cause reads as one that is undefined", [
    'new EnvelopeError("keys", message, cause === undefined ? undefined : { cause })',
    "false",
  ]),
  ...alike(source("keys/ask-keys"), "no cause reads as one that is undefined", [
    'new EnvelopeError("keys", message, cause === undefined ? undefined : { cause })',
    "false",
  ]),
  ...alike(source("keys/ask-keys"), "the same pairs have the same bytes", [
    "context === asked ||",
    "false",
  ]),
  ...alike(source("keys/once-cache"), "any other number tells that it was cleared", [
    "generation += 1",
    "generation -= 1",
  ]),
  ...alike(source("keys/cache/cached-keys"), "entries are told apart by either", [
    `if (bytes.length > identityBytesMax) return \`\${suite.id} hash \${hashOf(cipher, bytes)}\``,
    "bytes.length >= identityBytesMax",
    "false",
    "true",
  ]),
  ...alike(source("cipher/noble-cipher"), "what returns nothing returns undefined", [
    "} catch {",
    "{}",
  ]),
  ...alike(source("sealing/encrypting-stage"), "both are there from the same moment", [
    "if (sealing !== undefined && frames !== undefined) return use(sealing, frames)",
    "sealing !== undefined || frames !== undefined",
    "true",
  ]),
  ...alike(source("opening/decrypt-bytes"), "how much is opened at once is not promised", [
    "if (end - waitedFor >= inFlightBytesMax) await wait(end)",
    "end - waitedFor > inFlightBytesMax",
    "false",
    "true",
  ]),
  ...alike(source("sealing/encrypt-bytes"), "how much is sealed at once is not promised", [
    "if (sealed.length * frameBytes >= inFlightBytesMax) await write()",
    "sealed.length * frameBytes > inFlightBytesMax",
    "sealed.length / frameBytes",
    "false",
    "true",
  ]),
  ...alike(
    source("keys/agreement/kms-ecdh-keys"),
    "what is thrown instead is the cause of the same refusal",
    [
      "const point = isRight && PublicKey !== undefined ? curve.pointOfSpki(PublicKey) : undefined",
      "isRight && true",
      "true",
    ],
  ),
]
