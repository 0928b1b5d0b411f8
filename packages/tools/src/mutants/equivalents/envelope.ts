import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/core/src/envelope/${name}.ts`

export const inEnvelope: readonly Equivalent[] = [
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
