import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/core/src/envelope/${name}.ts`

const sentence = "the sentence of an error of ours is for people: programs go by its reason"

/** Errors whose sentences are said to a function that makes them. */
const sentences: readonly Equivalent[] = [
  ...alike(
    source("message/header"),
    sentence,
    ['throw malformed("its version is unknown")', '""'],
    [
      'if (type.some((byte, i) => bytes[1 + i] !== byte)) throw malformed("its type is unknown")',
      '""',
    ],
    [
      'if (suite?.messageVersion !== version) throw malformed("its algorithm suite is unknown")',
      '""',
    ],
    ['if (count === 0) throw malformed("it has no encrypted data key")', '""'],
    [
      "if (reserved.some((byte, i) => kind[1 + i] !== byte)) throw " +
        'malformed("a reserved field is not 0")',
      '""',
    ],
    ['if (text === undefined) throw malformed("a provider id is not UTF-8")', '""'],
    ['if (frameBytes === 0) throw malformed("its frames have no bytes")', '""'],
    [
      'if (contentType !== contentTypes.unframed) throw malformed("its content type is unknown")',
      '""',
    ],
    ['if (frameBytes !== 0) throw malformed("its frame length is not 0")', '""'],
  ),
  ...alike(
    source("message/read-body"),
    sentence,
    ['if (sequence !== expected) throw malformed("a frame is not the next one")', '""'],
    ['if (sequence !== expected) throw malformed("the final frame is not the next one")', '""'],
    [
      'if (contentBytes > frameBytes) throw malformed("the final frame is longer than a frame")',
      '""',
    ],
    ['throw malformed("there are too many frames")', '""'],
    [
      'if (contentBytes > unframedBytesLargest) throw malformed("it is too long for one part")',
      '""',
    ],
    [
      'if (signatureBytes > signatureBytesLargest) throw malformed("the signature is too long")',
      '""',
    ],
  ),
  ...alike(
    source("keys/ask-keys"),
    sentence,
    [`throw refused(\`the key source \${did} a data key of another length\`)`, "``"],
    [
      'throw cause instanceof EnvelopeError ? cause : refused("the key source failed", cause)',
      '""',
    ],
    ['throw refused("the key source answered something else than it was asked for")', '""'],
    ['if (dataKey === undefined) throw refused("no key source could unwrap the data key")', '""'],
  ),
  ...alike(
    source("keys/branch/branch-key-store"),
    sentence,
    ['throw refused("the KMS answered no wrapped key")', '""'],
    [
      'const item = await ask("the branch keys cannot be read", () ' +
        "=> table.get(branchKeyId, type))",
      '""',
    ],
    ['if (item === undefined) throw refused("there is no such branch key")', '""'],
    ['if (!isRight) throw refused("a branch key is not what it was asked for as")', '""'],
    ['throw refused("a branch key is under another KMS key")', '""'],
    ['const { Plaintext } = await ask("the branch key could not be unwrapped", () =>', '""'],
    [
      'if (Plaintext?.length !== branchKeyBytes) throw refused("the KMS answered no branch key")',
      '""',
    ],
    ['const isWritten = await ask("the branch key could not be made", async () => {', '""'],
    ['if (!isWritten) throw refused("there is a branch key of that id")', '""'],
    ['const isWritten = await ask("the branch key could not be rotated", async () => {', '""'],
    [
      'if (!isWritten) throw refused("the branch key was rotated by' +
        ' somebody else in the meantime")',
      '""',
    ],
  ),
]

export const inEnvelope: readonly Equivalent[] = [
  ...sentences,
  ...alike(source("message/header"), "it asks for what is there already", [
    "return end > bytes.length",
    "end >= bytes.length",
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
