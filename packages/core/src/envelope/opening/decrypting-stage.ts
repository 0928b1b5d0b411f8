import { noBytes } from "../../vocabulary/bytes.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { EnvelopeError } from "../envelope-error.js"
import { type HeaderLimits, type ParsedHeader, parseHeader } from "../message/header.js"
import { type Footer, type Part, readBody } from "../message/read-body.js"
import { cut, goesOn } from "../message/refusals.js"
import { createByteQueue } from "../streams/byte-queue.js"
import { abandon, allOpened } from "../streams/in-flight.js"
import { joinSmall } from "../streams/join-small.js"
import type { Stage } from "../streams/stage.js"
import { createOutlet, type Outlet, type SignedPlaintext } from "./outlet.js"
import type { Opening } from "./start-opening.js"

export interface DecryptingOptions extends HeaderLimits {
  /** The most bytes that are held: of a part, or of plaintext that waits for the signature. */
  readonly heldBytesMax: number
  readonly signed: SignedPlaintext
  readonly start: (parsed: ParsedHeader) => Promise<Opening>
}

/** A message whose header was verified, while its body comes. */
interface OpenBody {
  readonly opening: Opening
  readonly outlet: Outlet
  readonly reading: Generator<number | Part | Footer, void, Uint8Array>
  step: IteratorResult<number | Part | Footer, void>
  hasFinal: boolean
  signature: Uint8Array | undefined
}

function openBody(options: DecryptingOptions, header: ParsedHeader, opening: Opening): OpenBody {
  const { signed, heldBytesMax } = options
  const isSigned = header.suite.signature !== undefined
  const { frameBytes } = header
  const reading = readBody({ frameBytes, isSigned, contentBytesMax: heldBytesMax })
  return {
    opening,
    outlet: createOutlet(isSigned, signed, heldBytesMax),
    reading,
    step: reading.next(),
    hasFinal: false,
    signature: undefined,
  }
}

/** Goes as far as the bytes reach. Parts that are opening are added to `opened`. */
function readParts(
  body: OpenBody,
  take: (length: number) => Uint8Array | undefined,
  opened: Eventually<Uint8Array>[],
): void {
  const { opening, reading } = body
  while (!body.step.done) {
    const { value } = body.step
    if (typeof value === "number") {
      const bytes = take(value)
      if (bytes === undefined) return
      // What stands behind the final part is the signature itself.
      if (!body.hasFinal) opening.verifier?.update(bytes)
      body.step = reading.next(bytes)
      continue
    }
    if (value.kind === "footer") body.signature = value.signature
    else {
      opened.push(opening.openPart(value))
      body.hasFinal = value.kind !== "frame"
    }
    body.step = reading.next(noBytes)
  }
}

/** A message in, verified plaintext out. */
export function createDecryptingStage(options: DecryptingOptions): Stage {
  const queue = createByteQueue()
  const parsing = parseHeader(options)
  let parsed = parsing.next()
  let body: OpenBody | undefined
  let isClosed = false

  /** The header when all of it is there. */
  function readHeader(): ParsedHeader | undefined {
    while (!parsed.done) {
      const bytes = queue.peek(parsed.value)
      if (bytes === undefined) return undefined
      parsed = parsing.next(bytes)
    }
    return parsed.value
  }

  async function start(header: ParsedHeader): Promise<OpenBody> {
    if (options.signed === "refused" && header.suite.signature !== undefined) {
      throw new EnvelopeError("unsupported", "signed messages are refused here")
    }
    const opening = await options.start(header)
    if (isClosed) opening.close()
    const headerBytes = queue.take(header.lengthBytes)
    if (headerBytes !== undefined) opening.verifier?.update(headerBytes)
    body = openBody(options, header, opening)
    return body
  }

  function advance(open: OpenBody): Eventually<readonly Uint8Array[]> {
    const opened: Eventually<Uint8Array>[] = []
    try {
      readParts(open, queue.take, opened)
    } catch (error) {
      abandon(opened)
      throw error
    }
    return andThen(allOpened(opened), (plaintexts) => {
      try {
        if (open.step.done && queue.length() > 0) throw goesOn()
        if (open.signature !== undefined) open.opening.verifier?.finish(open.signature)
      } catch (error) {
        abandon(plaintexts)
        throw error
      }
      open.signature = undefined
      const leaving = open.outlet.pass(plaintexts, open.hasFinal && plaintexts.length > 0)
      return joinSmall(leaving)
    })
  }

  function wanted(): number {
    const need = body === undefined ? parsed.value : body.step.value
    return typeof need === "number" ? need : 0
  }

  return {
    push(chunk) {
      queue.push(chunk)
      const header = body === undefined ? readHeader() : undefined
      const leaving =
        header !== undefined ? start(header).then(advance) : body === undefined ? [] : advance(body)
      return andThen(leaving, (plaintexts) => {
        queue.keep(wanted())
        return plaintexts
      })
    },
    end() {
      if (!body?.step.done) throw cut()
      return body.outlet.finish()
    },
    close() {
      isClosed = true
      body?.opening.close()
      body?.outlet.close()
    },
  }
}
