import type { Eventually } from "../../vocabulary/eventually.js"
import type { EnvelopeHeader } from "../message/envelope-header.js"
import { type ParsedHeader, parseWholeHeader } from "../message/header.js"
import { type BodyShape, readWholeBody } from "../message/read-body.js"
import type { Settings } from "../settings.js"
import { abandon, allOpened } from "../streams/in-flight.js"
import type { Expectation } from "./expected-context.js"
import { type Opening, startOpening } from "./start-opening.js"

/** All of a message, verified. */
export interface WholePlaintext {
  /** What its frames held. */
  readonly parts: readonly Uint8Array[]
  readonly header: EnvelopeHeader
}

/** How much is opened before it is waited for. */
const inFlightBytesMax = 1_048_576

/** What is there already need not be limited again. */
export const shapeOf = ({ suite, frameBytes }: ParsedHeader, message: Uint8Array): BodyShape => ({
  frameBytes,
  isSigned: suite.signature !== undefined,
  contentBytesMax: message.length,
})

/** Opens the parts in their order into `parts`, and holds the signature against all of them. */
async function openParts(
  { verifier, openPart }: Opening,
  parsed: ParsedHeader,
  message: Uint8Array,
  parts: Uint8Array[],
): Promise<void> {
  let opened: Eventually<Uint8Array>[] = []
  let [hashed, waitedFor] = [0, 0]
  async function wait(end: number): Promise<void> {
    const pending = opened
    opened = []
    waitedFor = end
    for (const plaintext of await allOpened(pending)) parts.push(plaintext)
  }
  try {
    for (const { read, end } of readWholeBody(
      message,
      parsed.lengthBytes,
      shapeOf(parsed, message),
    )) {
      if (read.kind === "footer") {
        await wait(end)
        verifier?.finish(read.signature)
        continue
      }
      opened.push(openPart(read))
      verifier?.update(message.subarray(hashed, end))
      hashed = end
      if (end - waitedFor >= inFlightBytesMax) await wait(end)
    }
    await wait(message.length)
  } catch (error) {
    abandon(opened)
    throw error
  }
}

/** All of the plaintext of a message that is all there. */
export async function decryptBytes(
  settings: Settings,
  message: Uint8Array,
  expectation: Expectation,
): Promise<WholePlaintext> {
  const parsed = parseWholeHeader(message, settings)
  const opening = await startOpening(settings, parsed, expectation)
  const parts: Uint8Array[] = []
  try {
    await openParts(opening, parsed, message, parts)
    return { parts, header: opening.header }
  } catch (error) {
    abandon(parts)
    throw error
  } finally {
    opening.close()
  }
}
