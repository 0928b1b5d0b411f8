import {
  type RegionReply,
  type RegionRequest,
  replyFormat,
  requestFormat,
} from "../../formats/regions/region-bodies.js"
import {
  encodeMessageBody,
  encodeRegionMessage,
  messageIdBytes,
  parseRegionMessage,
  type SignedRegionMessage,
} from "../../formats/regions/region-message.js"
import { RegionError, type RegionLink } from "../../ports/region-link.js"
import type { Region } from "../../vocabulary/arns.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import type { BareHost } from "./bare-host.js"
import type { KnownRegions } from "./known-regions.js"

/** How this host reaches other regions. */
export interface Courier {
  connect(region: Region, link: RegionLink): void
  disconnect(region: Region): void
  linkedRegions(): readonly Region[]
  /** False from when a region did not answer until it is heard of again. */
  isUp(region: Region): boolean
  /** Asks a region; throws {@link RegionError} when there is no genuine answer in time. */
  ask(region: Region, request: RegionRequest): Promise<RegionReply>
  /** Understands what arrived, answers it by `answer`, and signs the reply. */
  receive(message: Uint8Array, answer: Responder): Promise<Uint8Array>
}

export type Responder = (from: Region, request: RegionRequest) => Promise<RegionReply>

const notGenuine = (): RegionError =>
  new RegionError("not-genuine", "the message is not genuine, or not for this region")

const unreachable = (region: Region, cause?: unknown): RegionError =>
  new RegionError("unreachable", `the region \`${region}\` did not answer`, { cause })

export function createCourier(host: BareHost, known: KnownRegions, timeoutMs: number): Courier {
  const { place, domain, entropy, timer } = host
  const links = new Map<Region, RegionLink>()
  const down = new Set<Region>()

  const sign = async (signedBytes: Uint8Array): Promise<Uint8Array> => {
    const token = await known.ownKey()
    const signature = await domain.use((hsm) => hsm.signForRegion(token, signedBytes))
    return encodeRegionMessage(signedBytes, signature)
  }

  /** A message to this region that the region in its envelope has signed. */
  const open = async (bytes: Uint8Array): Promise<SignedRegionMessage> => {
    const message = bytes instanceof Uint8Array ? parseRegionMessage(bytes) : undefined
    if (message?.to !== place.region) throw notGenuine()
    const peer = await known.find(message.from)
    if (peer === undefined) throw notGenuine()
    const { signedBytes, signature } = message
    const isGenuine = await domain.use((hsm) => hsm.verifyFromRegion(peer, signedBytes, signature))
    if (!isGenuine) throw notGenuine()
    return message
  }

  /** What the link answers, as long as one waits for it. */
  const deliver = async (region: Region, bytes: Uint8Array): Promise<Uint8Array> => {
    const link = links.get(region)
    if (link === undefined) throw unreachable(region)
    const running = timer(timeoutMs)
    try {
      const late = running.over.then(() => Promise.reject(unreachable(region)))
      const delivered = Promise.resolve(link.deliver(bytes))
      delivered.catch(() => undefined)
      return await Promise.race([delivered, late])
    } catch (error) {
      down.add(region)
      throw error instanceof RegionError ? error : unreachable(region, error)
    } finally {
      running.stop()
    }
  }

  return {
    connect: (region, link) => {
      links.set(region, link)
      down.delete(region)
    },
    disconnect: (region) => {
      links.delete(region)
      down.delete(region)
    },
    linkedRegions: () => [...links.keys()],
    isUp: (region) => links.has(region) && !down.has(region),

    ask: async (region, request) => {
      const id = entropy(new Uint8Array(messageIdBytes))
      const body = requestFormat.encode(request)
      const envelope = { kind: "request", from: place.region, to: region, id, body } as const
      const answered = await deliver(region, await sign(encodeMessageBody(envelope)))
      const message = await open(answered)
      const isAnswer =
        message.kind === "reply" && message.from === region && equalBytes(message.id, id)
      const reply = isAnswer ? replyFormat.parse(message.body) : undefined
      if (reply === undefined) throw notGenuine()
      down.delete(region)
      return reply
    },

    receive: async (bytes, answer) => {
      const message = await open(bytes)
      const request = message.kind === "request" ? requestFormat.parse(message.body) : undefined
      if (request === undefined) throw notGenuine()
      down.delete(message.from)
      const { from, id } = message
      const body = replyFormat.encode(await answer(from, request))
      const envelope = {
        kind: "reply",
        from: place.region,
        to: from,
        id: id.slice(),
        body,
      } as const
      return sign(encodeMessageBody(envelope))
    },
  }
}
