import { noBytes } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import { partBytes } from "../message/body.js"
import type { EnvelopeHeader } from "../message/envelope-header.js"
import { type ParsedHeader, parseHeader } from "../message/header.js"
import { readFrames } from "../message/read-body.js"
import { cut } from "../message/refusals.js"
import type { Settings } from "../settings.js"
import { plainBytes } from "../streams/plain-bytes.js"
import type { Expectation } from "./expected-context.js"
import { type FrameLayout, signedLayout, unsignedLayout } from "./frame-layout.js"
import type { RangeSource } from "./range-source.js"
import { type Opening, startOpening } from "./start-opening.js"

/** A framed message that is read in parts. */
export interface OpenMessage {
  /** The header, once it is verified. */
  header(): Promise<EnvelopeHeader>
  /** How long the plaintext is: the end of the message is opened for that. */
  size(): Promise<number>
  /**
   * The plaintext from `from` to before `to`, or to its end, every byte verified; only the frames
   * that hold it are read.
   */
  read(from: number, to: number): Promise<Uint8Array>
  /** Wipes the keys. What is asked later is refused. */
  close(): void
}

/** Longer than most headers and shorter than most frames. */
const probeBytes = 1024

/** A source that is held to what it was asked for. */
const exactly = (source: RangeSource) => async (from: number, to: number) => {
  if (to > source.sizeBytes) throw cut()
  const bytes = plainBytes(await source.read(from, to), "the answer of `read`")
  if (bytes.length !== to - from) throw cut()
  return bytes
}

async function readHeader(source: RangeSource, settings: Settings): Promise<ParsedHeader> {
  const read = exactly(source)
  const parsing = parseHeader(settings)
  let bytes = await read(0, Math.min(probeBytes, source.sizeBytes))
  let step = parsing.next()
  while (!step.done) {
    if (step.value > source.sizeBytes) throw cut()
    if (step.value > bytes.length) {
      bytes = await read(0, Math.min(Math.max(step.value, 2 * bytes.length), source.sizeBytes))
    }
    step = parsing.next(bytes)
  }
  return step.value
}

/** What is known of a message once its header was verified. */
interface Known extends FrameLayout {
  readonly opening: Opening
  readonly frameBytes: number
  readonly plaintextBytes: number
  /** Plaintext of so many frames from that one on. */
  open(first: number, count: number): Promise<readonly Uint8Array[]>
}

/** The plaintext of frames that are all there; the final one is the last, or is not among them. */
async function openFrames(
  opening: Opening,
  bytes: Uint8Array,
  reading: ReturnType<typeof readFrames>,
  hasFinal: boolean,
): Promise<readonly Uint8Array[]> {
  const plaintexts: Uint8Array[] = []
  let offset = 0
  let step = reading.next()
  while (!step.done && (offset < bytes.length || typeof step.value !== "number")) {
    if (typeof step.value === "number") {
      const start = offset
      offset += step.value
      if (offset > bytes.length) throw cut()
      step = reading.next(bytes.subarray(start, offset))
    } else if (step.value.kind !== "footer") {
      plaintexts.push(await opening.openPart(step.value))
      step = reading.next(noBytes)
    }
  }
  if (offset !== bytes.length || hasFinal !== (step.done === true)) throw cut()
  return plaintexts
}

async function learn(
  source: RangeSource,
  settings: Settings,
  expectation: Expectation,
  isEarly: boolean,
): Promise<Known> {
  const parsed = await readHeader(source, settings)
  const { frameBytes, suite } = parsed
  if (suite.signature !== undefined && !isEarly) {
    throw new EnvelopeError("unsupported", "no part of a signed message shows that it is genuine")
  }
  if (frameBytes === undefined) {
    throw new EnvelopeError("unsupported", "the message has no frames to choose from")
  }
  const opening = await startOpening(settings, parsed, expectation)
  try {
    return await locate(source, settings, parsed, frameBytes, opening)
  } catch (error) {
    opening.close()
    throw error
  }
}

/** Where the frames are of a message whose header was verified. */
async function locate(
  source: RangeSource,
  { heldBytesMax }: Settings,
  { lengthBytes, suite }: ParsedHeader,
  frameBytes: number,
  opening: Opening,
): Promise<Known> {
  const isSigned = suite.signature !== undefined
  const read = exactly(source)
  const readBody = (from: number, to: number) => read(lengthBytes + from, lengthBytes + to)
  const bodyBytes = source.sizeBytes - lengthBytes
  const layout = isSigned
    ? await signedLayout(bodyBytes, frameBytes, readBody)
    : unsignedLayout(bodyBytes, frameBytes)
  const { wholeFrames, finalBytes } = layout
  const frameLength = partBytes("frame", frameBytes)
  const finalEnd = wholeFrames * frameLength + partBytes("finalFrame", finalBytes)
  const shape = { frameBytes, isSigned, contentBytesMax: heldBytesMax }
  async function open(first: number, count: number): Promise<readonly Uint8Array[]> {
    const isToEnd = first + count > wholeFrames
    const end = isToEnd ? finalEnd : (first + count) * frameLength
    const bytes = await readBody(first * frameLength, end)
    return openFrames(opening, bytes, readFrames(frameBytes, shape, first + 1), isToEnd)
  }

  const plaintextBytes = wholeFrames * frameBytes + finalBytes
  return { ...layout, opening, frameBytes, plaintextBytes, open }
}

function checkRange(from: number, to: number): void {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to) return
  throw new RangeError("a range goes from a whole number, 0 or more, to one that is no less")
}

/** A message that nothing is read of before it is asked for. */
export function openMessage(
  source: RangeSource,
  settings: Settings,
  expectation: Expectation,
  isEarly: boolean,
): OpenMessage {
  let learning: Promise<Known> | undefined
  let isClosed = false
  const known = (): Promise<Known> => {
    if (isClosed) throw new TypeError("the message was closed")
    // A source that failed is asked again by the next call.
    learning ??= learn(source, settings, expectation, isEarly).catch((error: unknown) => {
      learning = undefined
      throw error
    })
    return learning
  }
  return Object.freeze<OpenMessage>({
    header: async () => (await known()).opening.header,
    async size() {
      const { wholeFrames, plaintextBytes, open } = await known()
      await open(wholeFrames, 1)
      return plaintextBytes
    },
    async read(from, to) {
      checkRange(from, to)
      const { frameBytes, plaintextBytes, wholeFrames, open } = await known()
      const end = Math.min(to, plaintextBytes)
      const start = Math.min(from, end)
      if (from === to) return new Uint8Array(0)
      const first = Math.min(Math.floor(start / frameBytes), wholeFrames)
      // Who reads beyond the end is shown that it is the end.
      const last = to > plaintextBytes ? wholeFrames : Math.floor((end - 1) / frameBytes)
      const plaintexts = await open(first, last - first + 1)
      const plaintext = new Uint8Array(end - start)
      let offset = first * frameBytes - start
      for (const part of plaintexts) {
        const wanted = part.subarray(Math.max(0, -offset), Math.max(0, plaintext.length - offset))
        plaintext.set(wanted, Math.max(0, offset))
        offset += part.length
      }
      return plaintext
    },
    close() {
      isClosed = true
      learning?.then(({ opening }) => opening.close()).catch(() => undefined)
    },
  })
}
