import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { XksOptions, XksRequest } from "../../src/ports/key-stores.js"

/*
 * An external key store proxy: a server with AES-256 keys of its own, which verifies every
 * signature and can be told to misbehave. Written from the proxy API specification, on
 * node:crypto alone, so that it shares nothing with what it tests.
 */

export interface ExternalKey {
  readonly bytes: Uint8Array
  keySpec: string
  keyUsage: string[]
  keyStatus: "ENABLED" | "DISABLED"
}

/** What a request was, as the proxy saw it. */
export interface SeenRequest {
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly text: string
  readonly body: Record<string, unknown>
}

type Answer = readonly [status: number, body: unknown]

/** What the proxy does instead of, or after, what it should. `undefined`: nothing else. */
export type Fault = (
  request: SeenRequest,
  answer: Answer,
  response: ServerResponse,
) => Answer | "silence" | "hang up" | undefined

export interface XksProxyServer {
  readonly endpoint: string
  uriPath: string
  readonly credential: { AccessKeyId: string; RawSecretAccessKey: string }
  readonly keys: Map<string, ExternalKey>
  readonly seen: SeenRequest[]
  health: string[]
  fault: Fault | undefined
  /** How much longer than AWS the engine waits: a busy machine must not look like a bad proxy. */
  patience: number
  nowMs: () => number
  /** How the engine reaches it. */
  readonly xks: XksOptions
  close(): Promise<void>
}

const signatureForm = new RegExp(
  "^AWS4-HMAC-SHA256 Credential=([A-Z2-7]+)/(\\d{8})/([a-z0-9-]+)/kms-xks-proxy/aws4_request, " +
    "SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$",
)

const hmac = (key: string | Uint8Array, text: string) =>
  createHmac("sha256", key).update(text).digest()
const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest()

const timeOf = (stamp: string): number =>
  Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"))

function isSigned(
  { path, headers, text }: SeenRequest,
  { AccessKeyId, RawSecretAccessKey }: XksProxyServer["credential"],
  nowMs: number,
): boolean {
  const [, accessKeyId, day, region, names = "", signature] =
    signatureForm.exec(headers.authorization ?? "") ?? []
  const stamp = String(headers["x-amz-date"])
  if (accessKeyId !== AccessKeyId || day === undefined || region === undefined) return false
  if (!stamp.startsWith(day) || Math.abs(timeOf(stamp) - nowMs) > 300_000) return false
  if (!names.split(";").includes("host") || !names.split(";").includes("x-amz-date")) return false
  const lines = names.split(";").map((name) => `${name}:${String(headers[name])}\n`)
  const canonical = `POST\n${path}\n\n${lines.join("")}\n${names}\n${sha256(text).toString("hex")}`
  const scope = `${day}/${region}/kms-xks-proxy/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical).toString("hex")}`
  const dayKey = hmac(`AWS4${RawSecretAccessKey}`, day)
  const key = hmac(hmac(hmac(dayKey, region), "kms-xks-proxy"), "aws4_request")
  return hmac(key, toSign).toString("hex") === signature
}

const refused = (status: number, errorName: string): Answer => [
  status,
  { errorName, errorMessage: "words of the proxy that no caller may see" },
]

const bytesOf = (value: unknown): Buffer => Buffer.from(String(value ?? ""), "base64")
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

/** The metadata is authenticated too, and neither part can run into the other. */
function aadOf(aad: Uint8Array, metadata: Uint8Array): Uint8Array {
  const lengths = Buffer.alloc(3)
  lengths.writeUInt16BE(aad.length, 0)
  lengths.writeUInt8(metadata.length, 2)
  return Buffer.concat([lengths.subarray(0, 2), aad, lengths.subarray(2), metadata])
}

const metadata = Buffer.from("key_version=1")

function encrypt(key: ExternalKey, body: SeenRequest["body"]): Answer {
  if (!key.keyUsage.includes("ENCRYPT")) return refused(400, "InvalidKeyUsageException")
  const aad = bytesOf(body["additionalAuthenticatedData"])
  const iv = randomBytes(12)
  const cipher = createCipheriv("aes-256-gcm", key.bytes, iv)
  cipher.setAAD(aadOf(aad, metadata))
  const ciphertext = Buffer.concat([cipher.update(bytesOf(body["plaintext"])), cipher.final()])
  const tag = cipher.getAuthTag()
  const integrity = sha256(Buffer.concat([aad, metadata, iv, ciphertext, tag]))
  const answer = {
    authenticationTag: textOf(tag),
    ciphertext: textOf(ciphertext),
    ciphertextDataIntegrityValue: textOf(integrity),
    ciphertextMetadata: textOf(metadata),
    initializationVector: textOf(iv),
  }
  return [200, answer]
}

function decrypt(key: ExternalKey, body: SeenRequest["body"]): Answer {
  if (!key.keyUsage.includes("DECRYPT")) return refused(400, "InvalidKeyUsageException")
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytesOf(body["initializationVector"]))
  const aad = bytesOf(body["additionalAuthenticatedData"])
  decipher.setAAD(aadOf(aad, bytesOf(body["ciphertextMetadata"])))
  decipher.setAuthTag(bytesOf(body["authenticationTag"]))
  try {
    const start = decipher.update(bytesOf(body["ciphertext"]))
    return [200, { plaintext: textOf(Buffer.concat([start, decipher.final()])) }]
  } catch {
    return refused(400, "InvalidCiphertextException")
  }
}

function answerTo(server: XksProxyServer, request: SeenRequest): Answer {
  if (!request.path.startsWith(`${server.uriPath}/`)) return refused(404, "InvalidUriPathException")
  if (!isSigned(request, server.credential, server.nowMs())) {
    return refused(401, "AuthenticationFailedException")
  }
  const [kind, id = "", operation] = request.path.slice(server.uriPath.length + 1).split("/")
  if (kind === "health") {
    const fleet = server.health.map((healthStatus, i) => ({ id: `${i}`, model: "M", healthStatus }))
    const names = { xksProxyVendor: "Example", xksProxyModel: "X 1", ekmVendor: "Example" }
    return [200, { xksProxyFleetSize: 1, ...names, ekmFleetDetails: fleet }]
  }
  const key = server.keys.get(id)
  if (key === undefined) return refused(404, "KeyNotFoundException")
  const { keySpec, keyUsage, keyStatus } = key
  if (operation === "metadata") return [200, { keySpec, keyUsage, keyStatus }]
  if (keyStatus !== "ENABLED") return refused(400, "InvalidStateException")
  return operation === "encrypt" ? encrypt(key, request.body) : decrypt(key, request.body)
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const headers = { ...incoming.headers, host: String(incoming.headers["x-forwarded-host"]) }
  return { path: incoming.url ?? "", headers, text, body: JSON.parse(text) }
}

/** A proxy on loopback, under a name of its own, that is reached with the `fetch` of Node. */
export async function openXksProxy(host = "xks.example.com"): Promise<XksProxyServer> {
  const endpoint = `https://${host}`
  const http = createServer(async (incoming, response) => {
    const request = await readRequest(incoming)
    server.seen.push(request)
    const answer = answerTo(server, request)
    const instead = server.fault?.(request, answer, response) ?? answer
    if (instead === "silence") return
    if (instead === "hang up") return void incoming.socket.destroy()
    const [status, body] = instead
    response.writeHead(status, { "content-type": "application/json" })
    response.end(typeof body === "string" ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const { port } = http.address() as AddressInfo
  // Stands for what ends TLS in front of a proxy, and hands on the host that was asked for.
  const reach = (url: string, { headers, ...request }: XksRequest) => {
    const { host: asked, pathname } = new URL(url)
    const forwarded = { ...headers, "x-forwarded-host": asked }
    return fetch(`http://127.0.0.1:${port}${pathname}`, { ...request, headers: forwarded })
  }
  const server: XksProxyServer = {
    endpoint,
    uriPath: "/example/kms/xks/v1",
    credential: {
      AccessKeyId: "ABCDEFGHIJKLMNOPQRST",
      RawSecretAccessKey: "secret/of+the/proxy0123456789012345678901234567",
    },
    keys: new Map(),
    seen: [],
    health: ["ACTIVE"],
    fault: undefined,
    patience: 20,
    nowMs: () => Date.now(),
    xks: { fetch: reach, timeout: (ms) => AbortSignal.timeout(ms * server.patience) },
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}

/** A new key at the proxy. */
export function addKey(server: XksProxyServer, id: string): ExternalKey {
  const key: ExternalKey = {
    bytes: randomBytes(32),
    keySpec: "AES_256",
    keyUsage: ["ENCRYPT", "DECRYPT", "WRAP"],
    keyStatus: "ENABLED",
  }
  server.keys.set(id, key)
  return key
}
