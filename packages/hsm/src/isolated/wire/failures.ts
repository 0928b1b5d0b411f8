import { HsmError, type HsmErrorCode, isHsmError } from "@keywright/core/hsm"
import type { Reader, Writer } from "./buffers.js"
import { type Codec, record, text, word } from "./codecs.js"

const codes = [
  "unavailable",
  "unknown-domain-key",
  "token-refused",
  "sealed-by-another",
  "malformed",
  "wrong-length",
  "unsupported",
] as const satisfies readonly HsmErrorCode[]

/** `argument`, `range`: a wrong call. `fault`: what nobody may read goes no further than this. */
const kinds = [...codes, "argument", "range", "fault"] as const
type Kind = (typeof kinds)[number]

/** Ours: the sentences of an HSM are shorter. */
const messageCharactersMax = 300

const wire = record<{ kind: Kind; message: string }>({ kind: word(kinds), message: text })

/** Whatever the other side wrote, it is one line of readable text. */
const readable = (message: string): string =>
  message.slice(0, messageCharactersMax).replaceAll(/[^\x20-\x7e]/g, "?")

function kindOf(error: unknown): Kind {
  if (isHsmError(error)) return codes.includes(error.code) ? error.code : "fault"
  if (error instanceof RangeError) return "range"
  return error instanceof TypeError ? "argument" : "fault"
}

/** Written is what an HSM says to its callers; of any other error only that there was one. */
export function writeFailure(to: Writer, error: unknown): void {
  const kind = kindOf(error)
  // A `TypeError` may be a mistake inside, which quotes what it met.
  const isTold = kind !== "fault" && kind !== "argument"
  wire.write(to, { kind, message: isTold ? readable((error as Error).message) : "" })
}

function errorOf({ kind, message }: { kind: Kind; message: string }): Error {
  if (kind === "range") return new RangeError(readable(message))
  if (kind === "argument") return new TypeError("the HSM does not take such an argument")
  if (kind === "fault") return new Error("the HSM behind the boundary failed")
  return new HsmError(kind, readable(message))
}

export const readFailure = (from: Reader): Error => errorOf((wire as Codec<never>).read(from))
