import { createHash, timingSafeEqual } from "node:crypto"
import { DecryptCommand, type KMSClient } from "@aws-sdk/client-kms"

/** What the environment of the function says. */
export interface Environment {
  /** Set by Lambda. */
  readonly AWS_LAMBDA_FUNCTION_NAME?: string | undefined
  /** Base64, encrypted for this function: the encryption context names it. */
  readonly WEBHOOK_SECRET?: string | undefined
}

/** What the handler needs of a request through a function URL. */
export interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>
}

export type Handler = (request: Request) => Promise<{ readonly statusCode: number }>

/** Decrypts the secret as the console of Lambda encrypts it: bound to the name of the function. */
async function decryptSecret(kms: KMSClient, environment: Environment): Promise<string> {
  const { AWS_LAMBDA_FUNCTION_NAME = "", WEBHOOK_SECRET = "" } = environment
  const { Plaintext } = await kms.send(
    new DecryptCommand({
      CiphertextBlob: Buffer.from(WEBHOOK_SECRET, "base64"),
      EncryptionContext: { LambdaFunctionName: AWS_LAMBDA_FUNCTION_NAME },
    }),
  )
  return new TextDecoder().decode(Plaintext)
}

/** Compares without telling by its duration how much of a guess is right. */
function isSame(a: string, b: string): boolean {
  const digestOf = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(digestOf(a), digestOf(b))
}

/** Lets a webhook in that knows the secret. Lambda keeps the handler between invocations. */
export function createHandler(kms: KMSClient, environment: Environment): Handler {
  let secret: Promise<string> | undefined
  return async ({ headers }) => {
    // Decrypted once; a failure is not kept, so the next invocation tries again.
    secret ??= decryptSecret(kms, environment).catch((error: unknown) => {
      secret = undefined
      throw error
    })
    const known = isSame(headers["x-webhook-secret"] ?? "", await secret)
    return { statusCode: known ? 204 : 403 }
  }
}
