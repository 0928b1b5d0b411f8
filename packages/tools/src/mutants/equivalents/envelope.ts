import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/core/src/envelope/${name}.ts`

export const inEnvelope: readonly Equivalent[] = [
  ...alike(
    source("message/header"),
    "it asks for what is there already, and holds the limit against what follows",
    ["return end > bytes.length", "end >= bytes.length", "true"],
    ["if (lacks(2)) bytes = yield 2", "true"],
    ["if (lacks(2)) bytes = yield offset + 2", "true"],
    ["if (lacks(messageIdBytes)) bytes = yield offset + messageIdBytes", "true"],
    ["if (lacks(kindBytes)) bytes = yield offset + kindBytes", "true"],
  ),
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
  ...alike(source("message/encryption-context"), "what is not remembered is encoded again", [
    "if (isSorted) encodings.note(context, new Uint8Array(bytes))",
    "false",
  ]),
  ...alike(source("keys/raw/pem"), "neither text is PEM", [
    'const text = typeof value === "string" ? value.trim() : ""',
    '"Stryker was here!"',
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
  ...alike(source("message/signatures"), "the library takes nothing for a point either", [
    "if (bytes === undefined) return undefined",
    "false",
  ]),
  ...alike(source("create-envelope"), "a copy of the only part is the same plaintext", [
    "plaintext: only !== undefined && parts.length === 1 ? only : concatBytes(...parts),",
    "false",
    "true",
  ]),
  ...alike(source("fields/sealed"), "what returns nothing is as false", ["} catch {", "{}"]),
  ...alike(source("fields/work-at-once"), "tickets that go down differ as well", [
    "count += 1",
    "count -= 1",
  ]),
  ...alike(source("opening/expected-context"), "the pairs are the same", [
    "if (unstored.length === 0) return { all: stored, unstored: nothing }",
    "false",
  ]),
  ...alike(source("sealing/encryption-terms"), "the pairs are the same", [
    "if (requiredContext.length === 0) return { stored: context, unstored: nothing }",
    "false",
  ]),
  ...alike(source("opening/decrypt-bytes"), "only a body that is verified has a footer", [
    "verifier?.finish(read.signature)",
    "verifier.finish",
  ]),
  ...alike(source("opening/decrypt-bytes"), "how much is opened at once is not promised", [
    "let [hashed, waitedFor] = [0, 0]",
    "[]",
  ]),
  ...alike(
    source("opening/decrypting-stage"),
    "only a body that is verified has a footer",
    [
      "if (open.signature !== undefined) open.opening.verifier?.finish(open.signature)",
      "open.opening.verifier.finish",
    ],
    ["if (headerBytes !== undefined) opening.verifier?.update(headerBytes)", "true"],
  ),
  ...alike(
    source("opening/decrypting-stage"),
    "how much room is made beforehand is not promised",
    [
      "const need = body === undefined ? parsed.value : body.step.value",
      "true",
      "body !== undefined",
    ],
    ['return typeof need === "number" ? need : 0', "true", "false", 'typeof need !== "number"'],
  ),
  ...alike(
    source("streams/stage-pair"),
    "who ended the stream has told both ends, and what comes later is heard by nobody",
    ["if (isOver) return", "false"],
  ),
  ...alike(source("streams/run-stage"), "who waits for what is there gets the same", [
    "for (const part of leaving instanceof Promise ? await leaving : leaving) {",
    "true",
  ]),
  ...alike(source("streams/stage-pair"), "who waits for what is there gets the same", [
    "await release(leaving instanceof Promise ? await leaving : leaving)",
    "true",
  ]),
  ...alike(source("streams/in-flight"), "who waits for what is there gets the same", [
    "return values.some((value) => value instanceof Promise)",
    "true",
  ]),
  ...alike(source("streams/in-flight"), "of one cipher all are there at once, or none", [
    "return values.some((value) => value instanceof Promise)",
    "values.every((value) => value instanceof Promise)",
  ]),
  ...alike(source("opening/open-message"), "it reads what is there already", [
    "if (step.value > bytes.length) {",
    "step.value >= bytes.length",
  ]),
  ...alike(
    source("streams/byte-queue"),
    "how much room is made, and what is copied into it, is not promised",
    ["if (room.length < length) {", "room.length <= length", "true"],
    ["if (kept === 0) return chunk.subarray(0, length)", "false"],
    ["if (kept < length) collect(length, 2 * length)", "kept <= length", "2 / length"],
    ["if (chunk.length > 0) collect(kept + chunk.length, 0)", "chunk.length >= 0", "true"],
    [
      "if (chunk.length > 0) collect(kept + chunk.length, Math.max(wanted, 2 * room.length))",
      "chunk.length >= 0",
      "true",
      "Math.min(wanted, 2 * room.length)",
      "2 / room.length",
    ],
  ),
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
