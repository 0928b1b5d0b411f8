import { createTurns, type Kms } from "@keywright/core"
import { unlessAborted } from "./abort.js"
import { readAuthorization } from "./authorization.js"
import { type Callers, readCallers } from "./callers.js"
import { type DirectProtocolClass, directProtocol } from "./direct-protocol.js"
import type { HttpRequest, HttpResponse, RequestHandler } from "./http.js"
import { createCodecs, type FindCodecs, failure, perform, readRequest } from "./protocol.js"
import { createRegionFinder, readRegions } from "./regions.js"
import { type AuthScheme, unsigned } from "./unsigned.js"

export interface AwsSdkHandlerOptions {
  /**
   * Who each access key id stands for: an object of callers or principal ARNs by access key id,
   * or a function. Any other access key id is refused with `UnrecognizedClientException`.
   * Default: every access key id is the administrator of the engine's account.
   */
  readonly callers?: Callers | undefined
  /**
   * Whether clients sign as they do for AWS, which is a third of what a call costs. Where they do
   * not, their requests name their access key all the same; clients of before 2024 always sign.
   * Default: they sign where `callers` is a function, which may verify it.
   */
  readonly signs?: boolean | undefined
}

/** What to spread into the configuration of an AWS SDK v3 client. */
export interface AwsSdkConfig {
  readonly requestHandler: RequestHandler
  /** Names the access key of the client and signs nothing. Absent where clients sign. */
  readonly httpAuthSchemes?: AuthScheme[]
  /** Not secret and known to no AWS account: the SDK needs something to sign with. */
  readonly credentials: { accessKeyId: string; secretAccessKey: string }
  /** The region of the engine, or of the first one of a partition. */
  readonly region: string
}

/** Names requests that never reach an engine, which names all others. */
function createRequestIds(): () => string {
  let count = 0
  return () => {
    count += 1
    return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`
  }
}

/**
 * Lets the unmodified AWS SDK v3 talk to an engine in the same process.
 *
 * `kms` is one engine or a partition of them, one per region. The region is taken from the host
 * name that the client resolves, the caller from the access key id that it signs with. The
 * signature is not verified, because nobody's secret is known here: whoever holds the handler
 * may call as anyone in `callers`. Request times are not checked, and replies carry no `Date`:
 * a client corrects its clock by that header, and the clock of an engine may be years away.
 *
 * Throws `TypeError` for options that make no sense. Calls fail with the exceptions of the
 * client's own package; one to a host that is no region of `kms` fails with an `EndpointError`.
 *
 * ```ts
 * import { KMSClient } from "@aws-sdk/client-kms"
 * import { awsSdkHandler } from "@keywright/aws-sdk"
 * import { createMemoryKms } from "@keywright/core/memory"
 *
 * const client = new KMSClient({ ...awsSdkHandler(await createMemoryKms()) })
 * ```
 *
 * Source: AWS JSON 1.1 protocol (Smithy 2.0 documentation), AWS KMS API 2014-11-01.
 */
export function awsSdkHandler(
  kms: Kms | readonly Kms[],
  options: AwsSdkHandlerOptions = {},
): AwsSdkConfig {
  return configOf(kms, options, createCodecs())
}

/** What {@link awsSdkProtocol} adds. */
export interface AwsSdkProtocolConfig extends AwsSdkConfig {
  readonly protocol: DirectProtocolClass
}

/**
 * The same as {@link awsSdkHandler}, and faster: inputs and replies are handed over as they are,
 * without JSON between the client and the engine. What a call answers and how it fails is the same.
 * Clients too old to have a `protocol` write JSON as ever; one that has a `protocol` and no
 * `protocolSettings` cannot use it.
 *
 * ```ts
 * import { KMSClient } from "@aws-sdk/client-kms"
 * import { awsSdkProtocol } from "@keywright/aws-sdk"
 * import { createMemoryKms } from "@keywright/core/memory"
 *
 * const client = new KMSClient({ ...awsSdkProtocol(await createMemoryKms()) })
 * ```
 */
export function awsSdkProtocol(
  kms: Kms | readonly Kms[],
  options: AwsSdkHandlerOptions = {},
): AwsSdkProtocolConfig {
  const findCodecs = createCodecs()
  return { ...configOf(kms, options, findCodecs), protocol: directProtocol(findCodecs) }
}

function configOf(
  kms: Kms | readonly Kms[],
  { callers, signs = typeof callers === "function" }: AwsSdkHandlerOptions,
  findCodecs: FindCodecs,
): AwsSdkConfig {
  const regions = readRegions(kms)
  const [first] = regions.values() as Iterable<Kms> as [Kms]
  const identify = readCallers(callers, first)
  const findRegion = createRegionFinder(regions)
  const newRequestId = createRequestIds()
  const turn = createTurns()

  const answer = async (incoming: HttpRequest): Promise<HttpResponse> => {
    const engine = findRegion(incoming.hostname)
    try {
      const read = await readRequest(incoming, findCodecs)
      const { accessKeyId } = readAuthorization(incoming, engine.region)
      const caller = await identify(accessKeyId, read.request, engine)
      return await perform(engine, caller, read)
    } catch (thrown) {
      return failure(thrown, newRequestId)
    }
  }

  return {
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" },
      handle: async (request, { abortSignal } = {}) => {
        const response = await unlessAborted(abortSignal, () => answer(request))
        // As a reply from the network: the timers of the caller's process run beside its calls.
        await turn()
        return { response }
      },
      destroy: () => {},
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
    credentials: {
      accessKeyId: "AKIAKEYWRIGHTEXAMPLE",
      secretAccessKey: "keywright/in-process/calls/need/no/secret",
    },
    region: first.region,
    ...(!signs && { httpAuthSchemes: [unsigned] }),
  }
}
