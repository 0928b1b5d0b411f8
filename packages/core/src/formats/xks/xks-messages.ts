import * as z from "zod/mini"
import { base64Of } from "../../vocabulary/base64.js"
import { equalBytes, noBytes } from "../../vocabulary/bytes.js"
import { base64 } from "../base64-shape.js"
import { isXksCiphertext, type XksCiphertext, xksIntegrityValue } from "./xks-ciphertext.js"

/*
 * What is said to an external key store proxy, and what it answers. Every parser answers
 * `undefined` for what the specification does not allow; members that it does not know are left
 * out.
 *
 * Source: External Key Store Proxy API Specification, version 1.
 */

/** Who asks for what, for the proxy's log and its own authorization. */
export interface XksRequestMetadata {
  readonly awsPrincipalArn?: string | undefined
  readonly awsSourceVpc?: string | undefined
  readonly awsSourceVpce?: string | undefined
  readonly kmsKeyArn?: string | undefined
  readonly kmsOperation: string
  readonly kmsRequestId: string
  readonly kmsViaService?: string | undefined
}

/** The state of an external key. */
export interface XksKeyMetadata {
  readonly keySpec: string
  readonly keyUsage: readonly string[]
  readonly keyStatus: "ENABLED" | "DISABLED"
}

export interface XksHealth {
  readonly ekmFleetDetails: readonly {
    readonly healthStatus: "ACTIVE" | "DEGRADED" | "UNAVAILABLE"
  }[]
}

/** The value of a JSON text that has the shape; `undefined` for every other text. */
function parseAs<Value>(shape: () => z.ZodMiniType<Value>, text: string): Value | undefined {
  try {
    return shape().safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

export const encodeEncrypt = (
  requestMetadata: XksRequestMetadata,
  plaintext: Uint8Array,
  aad: Uint8Array,
): string =>
  JSON.stringify({
    requestMetadata,
    additionalAuthenticatedData: base64Of(aad),
    plaintext: base64Of(plaintext),
    encryptionAlgorithm: "AES_GCM",
    ciphertextDataIntegrityValueAlgorithm: "SHA_256",
  })

const encryptAnswer = () =>
  z.object({
    ciphertext: base64(),
    ciphertextMetadata: z.optional(base64()),
    initializationVector: base64(),
    authenticationTag: base64(),
    ciphertextDataIntegrityValue: base64(),
  })

/** The ciphertext of a plaintext that long, undamaged by its integrity value. */
export function parseEncryptAnswer(
  text: string,
  plaintextBytes: number,
  aad: Uint8Array,
): XksCiphertext | undefined {
  const answer = parseAs(encryptAnswer, text)
  if (answer === undefined || answer.ciphertext.length !== plaintextBytes) return undefined
  const { ciphertextMetadata = noBytes, ciphertextDataIntegrityValue, ...rest } = answer
  const parts = { ...rest, ciphertextMetadata }
  const isIntact = equalBytes(xksIntegrityValue(aad, parts), ciphertextDataIntegrityValue)
  return isIntact && isXksCiphertext(parts) ? parts : undefined
}

export const encodeDecrypt = (
  requestMetadata: XksRequestMetadata,
  parts: XksCiphertext,
  aad: Uint8Array,
): string =>
  JSON.stringify({
    requestMetadata,
    additionalAuthenticatedData: base64Of(aad),
    ciphertext: base64Of(parts.ciphertext),
    ...(parts.ciphertextMetadata.length > 0 && {
      ciphertextMetadata: base64Of(parts.ciphertextMetadata),
    }),
    encryptionAlgorithm: "AES_GCM",
    initializationVector: base64Of(parts.initializationVector),
    authenticationTag: base64Of(parts.authenticationTag),
  })

/** The plaintext, which is as long as the ciphertext. */
export function parseDecryptAnswer(text: string, ciphertextBytes: number): Uint8Array | undefined {
  const answer = parseAs(() => z.object({ plaintext: base64() }), text)
  return answer?.plaintext.length === ciphertextBytes ? answer.plaintext : undefined
}

export const encodeMetadataOnly = (requestMetadata: XksRequestMetadata): string =>
  JSON.stringify({ requestMetadata })

export const parseKeyMetadata = (text: string): XksKeyMetadata | undefined =>
  parseAs(
    () =>
      z.object({
        keySpec: z.string(),
        keyUsage: z.array(z.string()).check(z.maxLength(10)),
        keyStatus: z.enum(["ENABLED", "DISABLED"]),
      }),
    text,
  )

export const parseHealth = (text: string): XksHealth | undefined =>
  parseAs(
    () =>
      z.object({
        xksProxyFleetSize: z.int().check(z.minimum(1)),
        xksProxyVendor: z.string(),
        xksProxyModel: z.string(),
        ekmVendor: z.string(),
        ekmFleetDetails: z
          .array(
            z.object({
              id: z.string(),
              model: z.string(),
              healthStatus: z.enum(["ACTIVE", "DEGRADED", "UNAVAILABLE"]),
            }),
          )
          .check(z.minLength(1), z.maxLength(10)),
      }),
    text,
  )

/** The name of the error that a proxy answers. Its message is for its own logs. */
export const parseErrorName = (text: string): string | undefined =>
  parseAs(() => z.object({ errorName: z.string() }), text)?.errorName
