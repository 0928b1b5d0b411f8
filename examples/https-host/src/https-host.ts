import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer, type ServerOptions } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { createSecureContext, type TLSSocket } from "node:tls"
import type { HttpRequest } from "@keywright/aws-sdk"
import type { VpcEndpoint } from "@keywright/identity"
import type { Services } from "./services.js"

/** Post-quantum first, where this Node has it. */
function groups(): string {
  const all = "X25519MLKEM768:X25519:P-256"
  try {
    createSecureContext({ ecdhCurve: all })
    return all
  } catch {
    return "X25519:P-256"
  }
}

/** What a listener knows of all that comes in there. */
type Listener = Pick<HostOptions, "endpoint" | "group">

/** What the connection is known to be, for policies and for the floor. */
function connectionOf({ socket }: IncomingMessage, { endpoint, group }: Listener) {
  const secure = socket as TLSSocket
  const { remoteAddress } = secure
  const tls = { version: secure.getProtocol() ?? "", cipher: secure.getCipher().name, group }
  return { remoteAddress, tls, vpcEndpoint: endpoint }
}

/** A header that is there twice is joined, which makes it malformed where one value is expected. */
const headersOf = (incoming: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values = []]) => [name, values.join(",")]),
  )

const requestOf = (incoming: IncomingMessage, listener: Listener): HttpRequest => {
  const headers = headersOf(incoming)
  return {
    method: incoming.method ?? "",
    protocol: "https:",
    hostname: (headers["host"] ?? "").replace(/:\d+$/, ""),
    path: incoming.url ?? "/",
    headers,
    body: incoming,
    connection: connectionOf(incoming, listener),
  }
}

/** Clients of AWS STS send forms, and presigned URLs that name its version. */
const isForSts = ({ headers, path }: HttpRequest): boolean =>
  headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true ||
  /[?&]Version=2011-06-15(?:&|$)/.test(path)

export interface HostOptions extends Pick<ServerOptions, "key" | "cert"> {
  readonly port?: number
  readonly onMistake: (error: unknown) => void
  /** A VPC endpoint of AWS KMS has a listener of its own: what comes in there came through it. */
  readonly endpoint?: VpcEndpoint
  /**
   * The one group that it agrees on, over TLS 1.3, such as `X25519MLKEM768`. Node tells no server
   * which of several it was; where there is one alone, policies can ask for it.
   */
  readonly group?: string
}

/** Serves both over TLS 1.2 and 1.3, with forward secrecy; one port, as behind one endpoint. */
export async function serve(services: Services, options: HostOptions) {
  const { port = 0, key, cert, onMistake, endpoint, group } = options
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (incoming.method === "GET" && incoming.url === "/health") {
      outgoing.writeHead(200, { "content-type": "text/plain" }).end("ok\n")
      return
    }
    const request = requestOf(incoming, options)
    const service = endpoint === undefined && isForSts(request) ? services.sts : services.kms
    const { response } = await service.handle(request)
    outgoing.writeHead(response.statusCode, response.headers).end(response.body)
  }

  const server = createServer({
    key,
    cert,
    minVersion: group === undefined ? "TLSv1.2" : "TLSv1.3",
    ciphers: "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20",
    ecdhCurve: group ?? groups(),
    honorCipherOrder: true,
    maxHeaderSize: 32_768,
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    handshakeTimeout: 10_000,
    connectionsCheckingInterval: 5000,
  })
  server.maxConnections = 1000
  // Those that have not agreed on TLS are none of HTTP's connections.
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("request", (incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      onMistake(error)
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(500).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))

  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    /** Answers what has come, and takes nothing more. Nobody who dawdles keeps it from ending. */
    close: async (graceMs = 10_000) => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      const end = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, graceMs)
      await closed
      clearTimeout(end)
    },
  }
}
