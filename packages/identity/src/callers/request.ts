import type { RequestFacts } from "../sessions/request-facts.js"
import type { SignedRequest } from "../sigv4/index.js"
import type { VpcEndpoint } from "./vpc-endpoint.js"

/** What a TLS connection agreed on, in the words of OpenSSL. */
export interface TlsFacts {
  /** `TLSv1.2`, `TLSv1.3`. */
  readonly version: string
  /** `TLS_AES_128_GCM_SHA256`, `ECDHE-RSA-AES128-GCM-SHA256` … */
  readonly cipher: string
  /** Of the key exchange: `X25519MLKEM768`, `X25519`; absent where the runtime does not tell. */
  readonly group?: string | undefined
  /** The client's certificate, which TLS has verified. Absent where there was none. */
  readonly peer?: PeerCertificate | undefined
}

/** A certificate whose chain the host's TLS has verified. */
export interface PeerCertificate {
  /** Subject alternative names. */
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string
}

/** What the host knows of the way on which a request came. */
export interface Connection {
  readonly remoteAddress?: string | undefined
  /** Absent for a connection without TLS. */
  readonly tls?: TlsFacts | undefined
  /** The VPC endpoint where it came in: the host has attached it. */
  readonly vpcEndpoint?: VpcEndpoint | undefined
}

/** A request as it reached the host. Everything in it is hostile, but for `connection`. */
export interface RawRequest extends SignedRequest {
  readonly connection?: Connection | undefined
}

/** What tells of the way of a request. */
type Told = Pick<RawRequest, "headers" | "connection">

/** The one value of a header; `undefined` where there is none, or more than one. */
export function headerOf({ headers }: Told, lowerCaseName: string): string | undefined {
  const found = Object.entries(headers)
    .filter(([name, value]) => value !== undefined && name.toLowerCase() === lowerCaseName)
    .flatMap(([, value]) => value as string | readonly string[])
  return found.length === 1 ? found[0] : undefined
}

const isPostQuantum = (group: string): boolean => /mlkem|kyber/i.test(group)

/**
 * What conditions can ask of the way, by the `connection` of a request: `createIdentify` asks it,
 * and `awsSdkStsHandler(sts, { facts: factsOf })`. A request without `connection` came without TLS.
 * Of TLS AWS has only `aws:SecureTransport`; the other keys are ours.
 */
export function factsOf(request: Told): RequestFacts {
  const { remoteAddress, tls, vpcEndpoint } = request.connection ?? {}
  const isInside = vpcEndpoint !== undefined
  return {
    userAgent: headerOf(request, "user-agent"),
    secureTransport: tls !== undefined,
    ...(tls !== undefined && {
      tls: { version: tls.version, cipher: tls.cipher, group: tls.group },
    }),
    ...(isInside
      ? {
          sourceVpce: vpcEndpoint.id,
          sourceVpc: vpcEndpoint.vpc,
          vpcSourceIp: remoteAddress,
        }
      : { sourceIp: remoteAddress }),
    conditionKeys: {
      ...(tls !== undefined && {
        "keywright:TlsVersion": tls.version.replace(/^TLSv/, ""),
        "keywright:TlsCipher": tls.cipher,
      }),
      ...(tls?.group !== undefined && {
        "keywright:TlsGroup": tls.group,
        "keywright:TlsPostQuantum": isPostQuantum(tls.group),
      }),
    },
  }
}

/** Why a request cannot have come through the VPC endpoint that it is said to have come through. */
export const besideEndpoint = (request: RawRequest): string | undefined => {
  const { vpcEndpoint, remoteAddress } = request.connection ?? {}
  const host = headerOf(request, "host") ?? headerOf(request, ":authority")
  return vpcEndpoint?.problemOf(remoteAddress, host)
}

/** What TLS must have agreed on. */
export interface TransportFloor {
  /** Whether the key exchange must resist a quantum computer. Default: false. */
  readonly postQuantum?: boolean | undefined
}

/**
 * Why a connection is below the floor; `undefined` where it is not: TLS 1.2 or newer, with keys
 * that are agreed on anew.
 *
 * Source: AWS KMS Developer Guide, "Infrastructure security in AWS KMS": "Clients must support …
 * TLS 1.2 … cipher suites with perfect forward secrecy".
 */
export function belowFloor(
  { connection }: RawRequest,
  { postQuantum = false }: TransportFloor,
): string | undefined {
  const tls = connection?.tls
  if (tls === undefined) return "The request must come over TLS."
  const isNewest = tls.version === "TLSv1.3"
  if (!isNewest && tls.version !== "TLSv1.2") return "The connection must use TLS 1.2 or newer."
  if (!isNewest && !/^(?:ECDHE|DHE|TLS_ECDHE|TLS_DHE)[-_]/.test(tls.cipher)) {
    return "The connection must use a cipher suite with forward secrecy."
  }
  if (postQuantum && (tls.group === undefined || !isPostQuantum(tls.group))) {
    return "The connection must use a post-quantum key exchange."
  }
  return undefined
}
