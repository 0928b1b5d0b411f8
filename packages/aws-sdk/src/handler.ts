import { type Kms, type OptionNames, requireKnownOptions } from "@keywright/core"
import type { Identify as IdentifyRaw } from "@keywright/identity"
import { type Callers, readCallers } from "./callers.js"
import { createCodecs, type FindCodecs } from "./codecs.js"
import { type DirectProtocolClass, directProtocol } from "./direct-protocol.js"
import { type HttpRequest, type HttpResponse, inProcess, type RequestHandler } from "./http.js"
import { failure, perform, readRequest, readWireRequest, wireOf } from "./protocol.js"
import { createRegionFinder, readRegions } from "./regions.js"
import { createServiceHandler } from "./request-handler.js"
import { createRequestIds } from "./request-ids.js"
import { type AuthScheme, unsigned } from "./unsigned.js"
import { createVerify } from "./verifying.js"

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
   * Default: they sign where `verify` is on, and where `callers` is a function, which may verify.
   */
  readonly signs?: boolean | undefined
  /**
   * Verifies the signature of every request: in its header or its query, with the secret that
   * `callers` has for the access key. Without `callers` only the handler's own credentials call.
   * Default: false, the access key is believed.
   */
  readonly verify?: boolean | undefined
  /**
   * Says who makes a request, having verified it: `createIdentify` of `@keywright/identity`. It
   * takes the place of `callers`, and is asked about unsigned requests, too. Default: none.
   */
  readonly identify?: IdentifyRaw | undefined
  /**
   * Which region a request means whose host is none of AWS's, such as `localhost`. Default: none,
   * such a request fails with an `EndpointError`.
   */
  readonly regionOf?: ((request: HttpRequest) => string | undefined) | undefined
  /**
   * Told of what is no refusal but a mistake of the host; the request is then answered with a 500
   * that tells nothing of it. For hosts that serve others. Default: it is thrown where the call was
   * made.
   */
  readonly onMistake?: ((error: unknown) => void) | undefined
  /**
   * By which the age of signatures is told, in milliseconds since 1970. Default: the clock of the
   * machine, by which clients sign.
   */
  readonly clock?: (() => number) | undefined
}

const optionNames: OptionNames<AwsSdkHandlerOptions> = {
  callers: true,
  signs: true,
  verify: true,
  identify: true,
  regionOf: true,
  onMistake: true,
  clock: true,
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

/**
 * Lets the unmodified AWS SDK v3 talk to an engine in the same process.
 *
 * `kms` is one engine or a partition of them, one per region. The region is taken from the host
 * name that the client resolves, the caller from the access key id that it signs with. Unless
 * `verify` is on, the signature is not verified: whoever holds the handler may call as anyone in
 * `callers`, and request times are not checked. Replies carry no `Date`: a client corrects its
 * clock by that header, and the clock of an engine may be years away.
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
 * It answers in the form in which it is asked: AWS JSON 1.1, Smithy RPC v2 CBOR, presigned URLs.
 *
 * Source: AWS JSON 1.1 and Smithy RPC v2 CBOR protocols (Smithy 2.0 documentation), AWS KMS API
 * 2014-11-01.
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
  /** The client orders its middleware once for each kind of command, and not for each call. */
  readonly cacheMiddleware: true
}

/**
 * The same as {@link awsSdkHandler}, and faster: inputs and replies are handed over as they are,
 * without JSON between the client and the engine. What a call answers and how it fails is the same.
 * Clients too old to have a `protocol` write JSON as ever; one that has a `protocol` and no
 * `protocolSettings` cannot use it.
 *
 * It turns on the client's own `cacheMiddleware`: middleware is added before the first call, to the
 * client and not to single commands, and a client holds the first input of each kind of command.
 * Write `cacheMiddleware: false` behind it where that does not suit.
 *
 * Throws `TypeError` where `verify` is on: a signature is made of what goes over the wire, and here
 * nothing does.
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
  if (options.verify === true || options.identify !== undefined) {
    throw new TypeError(
      "`verify` and `identify` need `awsSdkHandler`: what is handed over is not signed",
    )
  }
  const findCodecs = createCodecs()
  return {
    ...configOf(kms, options, findCodecs),
    protocol: directProtocol(findCodecs),
    cacheMiddleware: true,
  }
}

/** Not secret and known to no AWS account. */
const ownKey = Object.freeze({
  accessKeyId: "AKIAKEYWRIGHTEXAMPLE",
  secretAccessKey: "keywright/in-process/calls/need/no/secret",
})

/** How callers are told from their requests; throws `TypeError` for options that make no sense. */
function readSigning({ callers, signs, verify = false, identify, clock }: AwsSdkHandlerOptions) {
  if (verify && signs === false) throw new TypeError("`verify` needs clients that sign")
  if (identify !== undefined && (callers !== undefined || verify)) {
    throw new TypeError("`identify` takes the place of `callers` and `verify`")
  }
  return {
    signs: signs ?? (verify || identify !== undefined || typeof callers === "function"),
    verify: verify ? createVerify(clock) : undefined,
  }
}

function configOf(
  kms: Kms | readonly Kms[],
  options: AwsSdkHandlerOptions,
  findCodecs: FindCodecs,
): AwsSdkConfig {
  requireKnownOptions(options, optionNames)
  const regions = readRegions(kms)
  const [first] = regions.values() as Iterable<Kms> as [Kms]
  const { signs, verify } = readSigning(options)
  const { callers, identify, regionOf, onMistake } = options
  const callerOf = readCallers({ callers, kms: first, ownKey, verify, identify })
  const isVerified = verify !== undefined || identify !== undefined
  const read = isVerified ? readWireRequest : readRequest
  const findRegion = createRegionFinder(regions, regionOf)
  const newRequestId = createRequestIds()

  const answer = async (incoming: HttpRequest): Promise<HttpResponse> => {
    const wire = wireOf(incoming)
    try {
      const engine = findRegion(incoming)
      const asked = await read(wire, incoming, findCodecs)
      const caller = await callerOf(asked.request, engine)
      return await perform(engine, caller, asked)
    } catch (thrown) {
      return failure(wire, thrown, newRequestId, onMistake)
    }
  }

  return {
    requestHandler: {
      ...createServiceHandler(answer),
      [inProcess]: { regions: [...regions.keys()] },
    },
    credentials: { ...ownKey },
    region: first.region,
    ...(!signs && { httpAuthSchemes: [unsigned] }),
  }
}
