import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import process from "node:process"
import { KMS } from "@aws-sdk/client-kms"
import { awsSdkProtocol } from "@keywright/aws-sdk"
import { createTestKms, type TestKms } from "@keywright/testing"
import { type SdkCallName, sdkCallNames } from "./sdk-call-names.js"
import { type Act, serveSlices } from "./slices.js"

/*
 * One contestant of the benchmark of calls through the AWS SDK client, in a process of its own:
 * `sdk-contestant.js kit|protocol|canned|loopback <call>`. The client is the same; what answers
 * differs, and whether it writes JSON. With canned replies and a server it signs as ever.
 */

const EncryptionContext = { tenant: "42", purpose: "orders" }

type Config = ReturnType<TestKms["sdk"]>

async function acts(kit: TestKms): Promise<Readonly<Record<SdkCallName, (client: KMS) => Act>>> {
  const { KeyMetadata } = await kit.client().createKey({})
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await kit.client().encrypt({
    KeyId,
    Plaintext: new Uint8Array(32).fill(7),
    EncryptionContext,
  })
  return {
    DescribeKey: (client) => () => client.describeKey({ KeyId }),
    "GenerateDataKey, AES_256": (client) => () =>
      client.generateDataKey({ KeyId, KeySpec: "AES_256", EncryptionContext }),
    "Decrypt, 32 bytes": (client) => () => client.decrypt({ CiphertextBlob, EncryptionContext }),
  }
}

type Response = Awaited<ReturnType<Config["requestHandler"]["handle"]>>["response"]

/** Answers everything with the first reply that the kit gave. */
function withCannedReplies(config: Config): Config {
  let canned: Response | undefined
  const handle: Config["requestHandler"]["handle"] = async (request, options) => {
    canned ??= (await config.requestHandler.handle(request, options)).response
    const { statusCode, headers, body } = canned
    return { response: { statusCode, headers: { ...headers }, body: body.slice() } }
  }
  const { httpAuthSchemes: _unsigned, ...signed } = config
  return { ...signed, requestHandler: { ...config.requestHandler, handle } }
}

/** A server that reads nothing and answers one reply: the floor of every stand-in that is one. */
async function openLoopback(reply: Response): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    request.on("end", () => {
      response.writeHead(reply.statusCode, reply.headers)
      response.end(reply.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The reply of the kit to the one call that is made. */
async function replyTo(config: Config, act: (client: KMS) => Act): Promise<Response> {
  const seen: Response[] = []
  const handle: Config["requestHandler"]["handle"] = async (request, options) => {
    const { response } = await config.requestHandler.handle(request, options)
    seen.push({ ...response, headers: { ...response.headers }, body: response.body.slice() })
    return { response }
  }
  await act(new KMS({ ...config, requestHandler: { ...config.requestHandler, handle } }))()
  const [reply] = seen
  if (reply === undefined) throw new Error("the kit gave no reply")
  return reply
}

const [, , side, call] = process.argv
if (!sdkCallNames.includes(call as SdkCallName)) throw new Error(`there is no call ${call}`)

/** A kit with what the call needs, and a client of it. */
async function open(): Promise<Act> {
  const kit = await createTestKms()
  const act = (await acts(kit))[call as SdkCallName]
  const config = kit.sdk()
  if (side === "kit") return act(new KMS({ ...config }))
  if (side === "protocol") return act(new KMS({ ...awsSdkProtocol(kit.kms) }))
  if (side === "canned") return act(new KMS({ ...withCannedReplies(config) }))
  const { credentials, region } = config
  const endpoint = await openLoopback(await replyTo(config, act))
  return act(new KMS({ credentials, region, endpoint }))
}

/** A client resolves its endpoint and its credentials at its first call. */
async function openAndCall(): Promise<Act> {
  const act = await open()
  await act()
  return act
}

const first = await openAndCall()
/** A kit remembers its calls, so each slice has its own; the server stands for all of them. */
serveSlices(side === "loopback" ? async () => first : openAndCall)
