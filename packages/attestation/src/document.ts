import { hexOf } from "./bytes.js"
import { bytesIn, decodeCbor } from "./cbor.js"
import { limits } from "./limits.js"

/** What an attestation document states. True only if its signature and certificates are. */
export interface NitroDocument {
  /** When it was made, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly timestampMs: number
  /** Condition key values by name, lower-case hex. */
  readonly measurements: Readonly<Record<string, string>>
  /** The certificate whose key signed the document, in DER. */
  readonly certificate: Uint8Array
  /** The certificates above it, in DER, the root first. */
  readonly cabundle: readonly Uint8Array[]
  readonly publicKey: Uint8Array | undefined
}

interface RegisterKind {
  readonly field: string
  /** What the names of the condition keys begin with. */
  readonly prefix: string
  /** Names that a register has besides. */
  readonly aliases: Readonly<Record<number, string>>
}

/** A document holds registers of one kind: those of an enclave, or those of an instance's TPM. */
const registerKinds: readonly RegisterKind[] = [
  { field: "pcrs", prefix: "PCR", aliases: { 0: "ImageSha384" } },
  { field: "nitrotpm_pcrs", prefix: "NitroTPMPCR", aliases: {} },
]

const fields = new Set<unknown>([
  "module_id",
  "digest",
  "timestamp",
  ...registerKinds.map(({ field }) => field),
  "certificate",
  "cabundle",
  "public_key",
  "user_data",
  "nonce",
])

const registerBytes = [32, 48, 64]
const sha384Bytes = 48

function parseRegisters(
  registers: unknown,
  { prefix, aliases }: RegisterKind,
): Readonly<Record<string, string>> | undefined {
  if (!(registers instanceof Map) || registers.size === 0) return undefined
  const measurements: Record<string, string> = {}
  for (const [index, value] of registers as Map<unknown, unknown>) {
    if (typeof index !== "number" || index < 0 || index > limits.pcrIndexMax) return undefined
    if (!(value instanceof Uint8Array) || !registerBytes.includes(value.length)) return undefined
    measurements[`${prefix}${index}`] = hexOf(value)
    const alias = aliases[index]
    if (alias !== undefined && value.length === sha384Bytes) measurements[alias] = hexOf(value)
  }
  return measurements
}

function parseMeasurements(
  content: ReadonlyMap<unknown, unknown>,
): Readonly<Record<string, string>> | undefined {
  const [kind, ...others] = registerKinds.filter(({ field }) => content.has(field))
  if (kind === undefined || others.length > 0) return undefined
  return parseRegisters(content.get(kind.field), kind)
}

function parseBundle(bundle: unknown): readonly Uint8Array[] | undefined {
  if (!Array.isArray(bundle) || bundle.length > limits.cabundleMax) return undefined
  const certificates = bundle.flatMap(
    (entry) => bytesIn(entry, 1, limits.certificateBytesMax) ?? [],
  )
  return certificates.length === bundle.length && bundle.length > 0 ? certificates : undefined
}

const isText = (value: unknown): boolean =>
  typeof value === "string" && value.length > 0 && value.length <= limits.moduleIdCharactersMax

/** Left out and null are the same to the hypervisor. */
const isOptionalBytes = (value: unknown, min: number, max: number): boolean =>
  value === undefined || value === null || bytesIn(value, min, max) !== undefined

/** Three containers of its own, one for the registers, one for the certificates. */
const shape = { containersMax: 3, isOpenEnded: true }

/**
 * Reads the payload of an attestation document; `undefined` when a field is missing, unknown or
 * not of its form. The map itself may have an indefinite length, as that of newer hypervisors
 * has; what lies within may not.
 *
 * Source: "Nitro Enclaves Attestation Process" (AWS Nitro Enclaves NSM API), section 2.2 and
 * 3.2.2; "Validate a NitroTPM Attestation Document" (Amazon EC2 User Guide).
 */
export function parseNitroDocument(payload: Uint8Array): NitroDocument | undefined {
  const content = decodeCbor(payload, shape)
  if (!(content instanceof Map)) return undefined
  if (![...content.keys()].every((name) => fields.has(name))) return undefined
  const timestampMs: unknown = content.get("timestamp")
  const isStated =
    isText(content.get("module_id")) &&
    content.get("digest") === "SHA384" &&
    isOptionalBytes(content.get("public_key"), 1, limits.publicKeyBytesMax) &&
    isOptionalBytes(content.get("user_data"), 0, limits.userDataBytesMax) &&
    isOptionalBytes(content.get("nonce"), 0, limits.userDataBytesMax)
  if (!isStated || typeof timestampMs !== "number" || timestampMs <= 0) return undefined
  const measurements = parseMeasurements(content)
  const certificate = bytesIn(content.get("certificate"), 1, limits.certificateBytesMax)
  const cabundle = parseBundle(content.get("cabundle"))
  if (!measurements || !certificate || !cabundle) return undefined
  const publicKey = bytesIn(content.get("public_key"), 1, limits.publicKeyBytesMax)
  return { timestampMs, measurements, certificate, cabundle, publicKey }
}
