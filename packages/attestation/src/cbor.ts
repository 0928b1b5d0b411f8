import { type DecodeOptions, decode, encode, Tokenizer } from "cborg"

/** Everything else (floats, simple values, tags) has no place in an attestation document. */
const allowedTypes = ["uint", "negint", "bytes", "string", "array", "map", "null", "break"]

export interface CborShape {
  /** Arrays and maps, at any depth: bounds the nesting as well. */
  readonly containersMax: number
  /** Whether the outermost map may have an indefinite length. None within it may. */
  readonly isOpenEnded: boolean
}

type DecodeTokenizer = NonNullable<DecodeOptions["tokenizer"]>

function boundedTokenizer(
  bytes: Uint8Array,
  options: DecodeOptions,
  { containersMax }: CborShape,
): DecodeTokenizer {
  const tokens = new Tokenizer(bytes, options)
  let containers = 0
  return {
    done: () => tokens.done(),
    pos: () => tokens.pos(),
    next: () => {
      const token = tokens.next()
      const { name } = token.type
      if (!allowedTypes.includes(name)) throw new TypeError("a type that is not expected")
      if (name === "array" || name === "map") {
        containers += 1
        const isIndefinite = token.value === Number.POSITIVE_INFINITY
        const isRefused = isIndefinite && (containers > 1 || name === "array")
        if (containers > containersMax || isRefused) throw new RangeError("too deep")
      }
      return token
    },
  }
}

/**
 * The one item that `bytes` are, with maps as `Map`; `undefined` when they are anything else.
 * Strict: the shortest form of every number and length, no name twice, nothing behind.
 */
export function decodeCbor(bytes: Uint8Array, shape: CborShape): unknown {
  const options: DecodeOptions = {
    strict: true,
    useMaps: true,
    rejectDuplicateMapKeys: true,
    allowIndefinite: shape.isOpenEnded,
  }
  try {
    return decode(bytes, { ...options, tokenizer: boundedTokenizer(bytes, options, shape) })
  } catch {
    return undefined
  }
}

export const encodeCbor = (value: unknown): Uint8Array => encode(value)

/** `value` if it is a byte string of such a length. */
export const bytesIn = (
  value: unknown,
  lengthBytesMin: number,
  lengthBytesMax: number,
): Uint8Array | undefined =>
  value instanceof Uint8Array && value.length >= lengthBytesMin && value.length <= lengthBytesMax
    ? value
    : undefined
