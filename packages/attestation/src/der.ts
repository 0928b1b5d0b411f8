import { type BaseBlock, Constructed, fromBER } from "asn1js"

/** One element of DER. */
export interface DerElement {
  readonly tag: number
  /** The whole element: tag, length and content. */
  readonly bytes: Uint8Array
  readonly content: Uint8Array
  /** Empty for a primitive one. */
  readonly children: readonly DerElement[]
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const

const isConstructed = (tag: number): boolean => (tag & 0x20) !== 0

/** Bytes that DER takes to write a length. */
const lengthOfLength = (length: number): number =>
  length < 0x80 ? 1 : 1 + Math.ceil(length.toString(16).length / 2)

/** The element if it and all within are DER, not merely BER. */
function strictElement(block: BaseBlock): DerElement | undefined {
  const { lenBlock, valueBeforeDecodeView: bytes } = block
  const [tag] = bytes
  const isShort = lenBlock.blockLength === lengthOfLength(lenBlock.length)
  if (tag === undefined || !isShort || lenBlock.isIndefiniteForm) return undefined
  const content = bytes.subarray(1 + lenBlock.blockLength)
  // A tag of more than one byte leaves more.
  if (content.length !== lenBlock.length) return undefined
  if (!isConstructed(tag)) return { tag, bytes, content, children: [] }
  if (!(block instanceof Constructed)) return undefined
  const children: DerElement[] = []
  for (const part of block.valueBlock.value) {
    const child = strictElement(part as BaseBlock)
    if (child === undefined) return undefined
    children.push(child)
  }
  const filled = children.reduce((length, child) => length + child.bytes.length, 0)
  return filled === content.length ? { tag, bytes, content, children } : undefined
}

/**
 * The one element that `bytes` are. Strict DER: the shortest definite lengths, one-byte tags,
 * strings in one piece, nothing behind. `undefined` for anything else.
 */
export function parseDer(bytes: Uint8Array): DerElement | undefined {
  const bounds = { maxDepth: 12, maxNodes: 256, maxContentLength: bytes.length }
  try {
    const { offset, result } = fromBER(bytes, { ...bounds, parseEmbedded: false })
    return offset === bytes.length ? strictElement(result as BaseBlock) : undefined
  } catch {
    // Some malformed values (times, among them) are not reported but thrown.
    return undefined
  }
}

/** The parts of a SEQUENCE; none for anything else. */
export const partsOf = (element: DerElement | undefined): readonly DerElement[] =>
  element?.tag === derTag.sequence ? element.children : []

type Tuple<
  Item,
  Count extends number,
  Items extends readonly Item[] = readonly [],
> = Items["length"] extends Count ? Items : Tuple<Item, Count, readonly [...Items, Item]>

/** The parts of a SEQUENCE that has so many; `undefined` for anything else. */
export function exactParts<Count extends number>(
  element: DerElement | undefined,
  count: Count,
): Tuple<DerElement, Count> | undefined {
  const parts: readonly DerElement[] = partsOf(element)
  return parts.length === count ? (parts as Tuple<DerElement, Count>) : undefined
}

/** The bytes of a non-negative INTEGER without leading zeros; `undefined` for anything else. */
export function unsignedOf(element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== derTag.integer) return undefined
  const [first, second] = element.content
  if (first === undefined || first >= 0x80) return undefined
  if (first !== 0) return element.content
  return second === undefined || second >= 0x80 ? element.content.subarray(1) : undefined
}

/** The bytes of a BIT STRING of whole bytes; `undefined` for anything else. */
export const wholeBitsOf = (element: DerElement | undefined): Uint8Array | undefined =>
  element?.tag === derTag.bitString && element.content[0] === 0
    ? element.content.subarray(1)
    : undefined
