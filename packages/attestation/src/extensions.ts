import { hexOf } from "./bytes.js"
import { type DerElement, derTag, parseDer, partsOf, unsignedOf } from "./der.js"

/** The extensions that path validation asks for (RFC 5280, section 4.2.1). */
export interface Extensions {
  readonly isCa: boolean
  /** CA certificates that may follow; `undefined`: any number. */
  readonly pathLengthMax: number | undefined
  readonly maySignCertificates: boolean
  readonly maySign: boolean
}

interface Extension {
  readonly isCritical: boolean
  readonly value: DerElement
}

const objectIdentifiers = { basicConstraints: "551d13", keyUsage: "551d0f" } as const
const understood: readonly string[] = Object.values(objectIdentifiers)

const [trueHex, emptyHex] = ["0101ff", "3000"]

/** `SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }`. */
function parseExtension(element: DerElement): readonly [string, Extension] | undefined {
  const parts = partsOf(element)
  const [id, middle] = parts
  const last = parts.at(-1)
  const isCritical = parts.length === 3 && middle !== undefined && hexOf(middle.bytes) === trueHex
  if (id?.tag !== derTag.objectIdentifier || last?.tag !== derTag.octetString) return undefined
  if (parts.length !== (isCritical ? 3 : 2)) return undefined
  const name = hexOf(id.content)
  if (!understood.includes(name))
    return isCritical ? undefined : [name, { isCritical, value: last }]
  const value = parseDer(last.content)
  return value && [name, { isCritical, value }]
}

type Constraints = Pick<Extensions, "isCa" | "pathLengthMax">

/** `SEQUENCE { cA DEFAULT FALSE, pathLenConstraint OPTIONAL }`; critical if it is a CA's. */
function parseBasicConstraints(extension: Extension | undefined): Constraints | undefined {
  if (extension === undefined || hexOf(extension.value.bytes) === emptyHex) {
    return { isCa: false, pathLengthMax: undefined }
  }
  const [isCa, pathLength, ...others] = partsOf(extension.value)
  if (!extension.isCritical || !isCa || hexOf(isCa.bytes) !== trueHex) return undefined
  if (pathLength === undefined) return { isCa: true, pathLengthMax: undefined }
  const number = unsignedOf(pathLength)
  if (number === undefined || number.length > 1 || others.length > 0) return undefined
  return { isCa: true, pathLengthMax: number[0] ?? 0 }
}

const usageBits = { digitalSignature: 0x80, keyCertSign: 0x04 } as const

/** The first eight of nine named bits, which have the two that matter; none without them. */
function parseKeyUsage(extension: Extension | undefined): number {
  const { tag, content } = extension?.value ?? {}
  if (tag !== derTag.bitString || content === undefined || content.length > 3) return 0
  return content[1] ?? 0
}

/**
 * Reads `[3] { SEQUENCE OF Extension }`; `undefined` when it is malformed, when an extension
 * stands there twice, or when a critical one is not understood. Without a key usage, the key may
 * do nothing.
 */
export function parseExtensions(wrapped: DerElement): Extensions | undefined {
  const [list, ...others] = wrapped.tag === 0xa3 ? wrapped.children : []
  const elements = partsOf(list)
  const found = elements.flatMap((element) => {
    const extension = parseExtension(element)
    return extension === undefined ? [] : [extension]
  })
  const byName = new Map(found)
  if (others.length > 0 || byName.size === 0 || byName.size !== elements.length) return undefined
  const constraints = parseBasicConstraints(byName.get(objectIdentifiers.basicConstraints))
  const usage = parseKeyUsage(byName.get(objectIdentifiers.keyUsage))
  if (constraints === undefined) return undefined
  return {
    ...constraints,
    maySignCertificates: (usage & usageBits.keyCertSign) !== 0,
    maySign: (usage & usageBits.digitalSignature) !== 0,
  }
}
