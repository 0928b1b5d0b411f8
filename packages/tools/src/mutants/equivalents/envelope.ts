import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/core/src/envelope/${name}.ts`

export const inEnvelope: readonly Equivalent[] = [
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
