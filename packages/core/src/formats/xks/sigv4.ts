import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { hexOf, utf8 } from "../../vocabulary/bytes.js"

/** Who signs. */
export interface SigningCredential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A request without query, and where and when it is signed. */
export interface UnsignedRequest {
  readonly method: string
  readonly host: string
  /** Absolute, of characters that a path holds as they are: letters, digits and `/-_.~`. */
  readonly path: string
  readonly body: string
  readonly region: string
  readonly service: string
  readonly timeMs: number
}

const algorithm = "AWS4-HMAC-SHA256"
const signedHeaders = "host;x-amz-date"

/** `20150830T123600Z`. */
const timestamp = (timeMs: number): string =>
  new Date(timeMs).toISOString().replace(/[-:]|\.[0-9]{3}/g, "")

const hash = (text: string): string => hexOf(sha256(utf8(text)))

/** A key that signs on one day, in one region, for one service. */
function signingKey(secretAccessKey: string, scope: readonly string[]): Uint8Array {
  let key = utf8(`AWS4${secretAccessKey}`)
  for (const part of scope) {
    const next = hmac(sha256, key, utf8(part))
    key.fill(0)
    key = next
  }
  return key
}

/**
 * The two headers that sign a request with its body, its host and its time.
 *
 * Source: AWS Signature Version 4, "Create a signed AWS API request".
 */
export function signRequest(
  request: UnsignedRequest,
  { accessKeyId, secretAccessKey }: SigningCredential,
): Readonly<Record<"authorization" | "x-amz-date", string>> {
  const { method, host, path, body, region, service, timeMs } = request
  const time = timestamp(timeMs)
  const headers = `host:${host}\nx-amz-date:${time}\n`
  const canonical = [method, path, "", headers, signedHeaders, hash(body)].join("\n")
  const scope = [time.slice(0, 8), region, service, "aws4_request"]
  const toSign = [algorithm, time, scope.join("/"), hash(canonical)].join("\n")
  const key = signingKey(secretAccessKey, scope)
  const signature = hexOf(hmac(sha256, key, utf8(toSign)))
  key.fill(0)
  const parts = [
    `Credential=${accessKeyId}/${scope.join("/")}`,
    `SignedHeaders=${signedHeaders}`,
    `Signature=${signature}`,
  ]
  return { authorization: `${algorithm} ${parts.join(", ")}`, "x-amz-date": time }
}
