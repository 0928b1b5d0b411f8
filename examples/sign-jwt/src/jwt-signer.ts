import { createHash, createPublicKey } from "node:crypto"
import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms"
import { p256 } from "@noble/curves/nist.js"
import { base64url, calculateJwkThumbprint, type JWK, type JWTPayload } from "jose"

const same = (signature: Uint8Array): Uint8Array => signature

/** KMS encodes an ECDSA signature in DER; RFC 7518, section 3.4, wants R and S side by side. */
const sideBySide = (der: Uint8Array): Uint8Array =>
  p256.Signature.fromBytes(der, "der").toBytes("compact")

/** What RFC 7518 and KMS call the same thing, and what becomes of the signature. */
const algorithms = {
  ES256: { SigningAlgorithm: "ECDSA_SHA_256", encode: sideBySide },
  RS256: { SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256", encode: same },
  PS256: { SigningAlgorithm: "RSASSA_PSS_SHA_256", encode: same },
} as const

export type Algorithm = keyof typeof algorithms

/** Signs JSON Web Tokens with a private key that never leaves KMS. */
export interface JwtSigner {
  /** The public key as a JWK Set publishes it. */
  readonly jwk: JWK
  sign(payload: JWTPayload): Promise<string>
}

export async function createJwtSigner(
  kms: KMSClient,
  KeyId: string,
  alg: Algorithm,
): Promise<JwtSigner> {
  const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  const spki = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" })
  const publicJwk = spki.export({ format: "jwk" }) as JWK
  const kid = await calculateJwkThumbprint(publicJwk)
  const { SigningAlgorithm, encode } = algorithms[alg]

  return {
    jwk: { ...publicJwk, kid, alg, use: "sig" },
    sign: async (payload) => {
      const parts = [{ alg, kid, typ: "JWT" }, payload]
      const input = parts.map((part) => base64url.encode(JSON.stringify(part))).join(".")
      // A digest, because KMS takes no message of more than 4,096 bytes.
      const Message = createHash("sha256").update(input).digest()
      const request = { KeyId, Message, MessageType: "DIGEST", SigningAlgorithm } as const
      const { Signature = new Uint8Array() } = await kms.send(new SignCommand(request))
      return `${input}.${base64url.encode(encode(Signature))}`
    },
  }
}
