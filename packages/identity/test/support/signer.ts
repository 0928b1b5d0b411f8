import { createHash, createHmac } from "node:crypto"
import { SignatureV4 } from "@smithy/signature-v4"
import type { SignedRequest } from "../../src/index.js"

/** The hash that the signer asks for, on node:crypto. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest())
  }
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface Plain {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const hostname = "kms.eu-central-1.amazonaws.com"

const signerOf = (credentials: Credentials, region = "eu-central-1") =>
  new SignatureV4({ credentials, region, service: "kms", sha256: Sha256 as never })

const requestOf = ({ method, path, query, headers, body }: Plain) => ({
  method,
  protocol: "https:",
  hostname,
  path,
  query: query as Record<string, string | string[]>,
  headers: { ...headers, host: hostname },
  body,
  clone() {
    return { ...this }
  },
})

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** As it goes over the wire. */
function onTheWire(request: {
  method: string
  path: string
  query?: Record<string, unknown> | undefined
  headers: Record<string, string>
  body?: unknown
}): SignedRequest {
  const pairs = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (one) => `${encoded(name)}=${encoded(String(one ?? ""))}`,
    ),
  )
  return {
    method: request.method,
    target: pairs.length === 0 ? request.path : `${request.path}?${pairs.join("&")}`,
    headers: request.headers,
    body: (request.body as Uint8Array | undefined) ?? new Uint8Array(),
  }
}

/** Signs a request in its header, as the AWS SDK v3 does. */
export async function signed(
  plain: Plain,
  credentials: Credentials,
  nowMs: number,
  region?: string,
): Promise<SignedRequest> {
  const signer = signerOf(credentials, region)
  const request = await signer.sign(requestOf(plain) as never, { signingDate: new Date(nowMs) })
  return onTheWire(request as never)
}

/** Signs a request in its query. */
export async function presigned(
  plain: Plain,
  credentials: Credentials,
  nowMs: number,
  expiresIn = 900,
): Promise<SignedRequest> {
  const signer = signerOf(credentials)
  const options = { signingDate: new Date(nowMs), expiresIn }
  const request = await signer.presign(requestOf(plain) as never, options)
  return onTheWire({ ...(request as object), body: plain.body } as never)
}
