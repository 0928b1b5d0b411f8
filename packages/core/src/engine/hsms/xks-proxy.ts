import { signRequest } from "../../formats/xks/sigv4.js"
import {
  encodeXksCiphertext,
  parseXksCiphertext,
  xksAad,
} from "../../formats/xks/xks-ciphertext.js"
import {
  encodeDecrypt,
  encodeEncrypt,
  encodeMetadataOnly,
  parseDecryptAnswer,
  parseEncryptAnswer,
  parseErrorName,
  parseHealth,
  parseKeyMetadata,
} from "../../formats/xks/xks-messages.js"
import type { CallHead } from "../../model/caller.js"
import { XksError, type XksFailure, xksErrorNames } from "../../model/xks-failures.js"
import { callMetadata, healthMetadata, keyUseMetadata } from "../../model/xks-requests.js"
import type { ProxyTarget, XksProxy } from "../../operations/backings.js"
import type { Clock } from "../../ports/clock.js"
import type { XksOptions, XksResponse, XksTimeout } from "../../ports/key-stores.js"
import type { Place } from "../../vocabulary/arns.js"
import { concatBytes, textOf } from "../../vocabulary/bytes.js"
import { limits } from "../../vocabulary/limits.js"

/** What speaking to proxies takes. */
export interface XksParts {
  readonly place: Place
  readonly clock: Clock
  readonly xks: XksOptions
}

/** Reads an answer up to a length that no honest answer has. */
async function readBody({ body }: XksResponse): Promise<string> {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  let lengthBytes = 0
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true }
    if (value !== undefined) chunks.push(value)
    lengthBytes += value?.length ?? 0
    if (lengthBytes > limits.xksAnswerBytesMax) {
      reader?.cancel().catch(() => undefined)
      throw new XksError("unreadable")
    }
    if (done) break
  }
  try {
    return textOf(concatBytes(...chunks))
  } catch {
    throw new XksError("unreadable")
  }
}

/** How the platforms call what goes wrong with TLS. */
const tlsCode =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|EPROTO|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

/** Why no answer came. */
function networkFailure(error: unknown, timeout: XksTimeout): XksFailure {
  if (timeout.aborted) return "timeout"
  const cause = error instanceof Error ? error.cause : undefined
  const isTls = [error, cause].some((one) => tlsCode.test(String(codeOf(one))))
  return isTls ? "tls" : "unreachable"
}

/** Rejects when time is up. */
const expiry = (timeout: XksTimeout): Promise<never> =>
  new Promise((_, reject) => {
    const expire = () => reject(new XksError("timeout"))
    if (timeout.aborted) expire()
    else timeout.addEventListener("abort", expire)
  })

/** Sends one signed request and answers the text of a success; throws {@link XksError}. */
async function post(
  { place, clock, xks }: XksParts,
  { uriEndpoint, uriPath, accessKeyId, secretAccessKey }: ProxyTarget,
  operation: string,
  body: string,
): Promise<string> {
  const path = `${uriPath}${operation}`
  const signature = signRequest(
    {
      method: "POST",
      host: uriEndpoint.slice("https://".length).toLowerCase(),
      path,
      body,
      region: place.region,
      service: "kms-xks-proxy",
      timeMs: clock(),
    },
    { accessKeyId, secretAccessKey },
  )
  const headers = { ...signature, "content-type": "application/json" }
  const timeout = xks.timeout(limits.xksTimeoutMs)
  const exchange = async () => {
    // The host made both: a fetch takes the signal of its own platform, whatever type that has.
    const signal = timeout as never
    const request = { method: "POST", headers, body, redirect: "error", signal } as const
    const response = await xks.fetch(`${uriEndpoint}${path}`, request)
    return { status: response.status, text: await readBody(response) }
  }
  let answer: Awaited<ReturnType<typeof exchange>>
  try {
    answer = await Promise.race([exchange(), expiry(timeout)])
  } catch (error) {
    if (error instanceof XksError) throw error
    throw new XksError(networkFailure(error, timeout), { cause: error })
  }
  if (answer.status === 200) return answer.text
  const name = parseErrorName(answer.text)
  const isKnown = name !== undefined && Object.hasOwn(xksErrorNames, name)
  throw new XksError((isKnown && xksErrorNames[name]) || "unreadable")
}

/** The answer, understood. */
function readable<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new XksError("unreadable")
  return value
}

/** A client of one proxy, for one call of the engine. */
export function createXksProxy(parts: XksParts, target: ProxyTarget, call: CallHead): XksProxy {
  return {
    health: async () => {
      const text = await post(parts, target, "/health", encodeMetadataOnly(healthMetadata(call)))
      const { ekmFleetDetails } = readable(parseHealth(text))
      if (ekmFleetDetails.every(({ healthStatus }) => healthStatus === "UNAVAILABLE")) {
        throw new XksError("managerUnavailable")
      }
    },

    keyMetadata: async (xksKeyId) => {
      const body = encodeMetadataOnly(callMetadata(call))
      return readable(
        parseKeyMetadata(await post(parts, target, `/keys/${xksKeyId}/metadata`, body)),
      )
    },

    encrypt: async ({ xksKeyId, key, messageAad }, plaintext) => {
      const aad = xksAad(messageAad)
      const body = encodeEncrypt(keyUseMetadata(call, parts.place, key), plaintext, aad)
      const text = await post(parts, target, `/keys/${xksKeyId}/encrypt`, body)
      return encodeXksCiphertext(readable(parseEncryptAnswer(text, plaintext.length, aad)))
    },

    decrypt: async ({ xksKeyId, key, messageAad }, bytes) => {
      const ciphertext = parseXksCiphertext(bytes)
      if (ciphertext === undefined) return undefined
      const metadata = keyUseMetadata(call, parts.place, key)
      const body = encodeDecrypt(metadata, ciphertext, xksAad(messageAad))
      const text = await post(parts, target, `/keys/${xksKeyId}/decrypt`, body)
      return readable(parseDecryptAnswer(text, ciphertext.ciphertext.length))
    },
  }
}
