import { hexOf } from "./bytes.js"
import { type DerElement, derTag, exactParts, parseDer, unsignedOf, wholeBitsOf } from "./der.js"
import { p384Bytes } from "./es384.js"
import { type Extensions, parseExtensions } from "./extensions.js"

/** What path validation asks of a certificate. */
export interface Certificate {
  readonly extensions: Extensions
  /** Names as they are written, in lower-case hex: they are compared and not read. */
  readonly issuer: string
  readonly subject: string
  /** Milliseconds since 1970-01-01T00:00:00Z, both included. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** An uncompressed point on P-384. */
  readonly point: Uint8Array
  /** What the issuer signed, and the signature (r and s). */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

const ecdsaWithSha384 = "300a06082a8648ce3d040303"
const ecPublicKeyOnP384 = "301006072a8648ce3d020106052b81040022"
const version3 = "a003020102"

/** Century, and the rest of a time: RFC 5280, section 4.1.2.5. */
const times: Readonly<Record<number, RegExp>> = {
  [derTag.utcTime]: /^()(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  [derTag.generalizedTime]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
}

function parseTime({ tag, content }: DerElement): number | undefined {
  const [, century, ...digits] = times[tag]?.exec(String.fromCharCode(...content)) ?? []
  if (century === undefined) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.map(Number)
  const hundreds = century === "" ? (year >= 50 ? 19 : 20) : Number(century)
  const timeMs = Date.UTC(100 * hundreds + year, month - 1, day, hour, minute, second)
  const written = [month, day, hour, minute, second]
  const read = new Date(timeMs)
  const exact = [
    read.getUTCMonth() + 1,
    read.getUTCDate(),
    read.getUTCHours(),
    read.getUTCMinutes(),
    read.getUTCSeconds(),
  ]
  return written.every((part, i) => part === exact[i]) ? timeMs : undefined
}

/** r and s in a SEQUENCE as 96 bytes. */
function parseSignature(element: DerElement): Uint8Array | undefined {
  const bits = wholeBitsOf(element)
  const [r, s] = (exactParts(bits && parseDer(bits), 2) ?? []).map(unsignedOf)
  if (!r || !s || r.length > p384Bytes || s.length > p384Bytes) return undefined
  const signature = new Uint8Array(2 * p384Bytes)
  signature.set(r, p384Bytes - r.length)
  signature.set(s, 2 * p384Bytes - s.length)
  return signature
}

function parsePoint(element: DerElement): Uint8Array | undefined {
  const [algorithm, bits] = exactParts(element, 2) ?? []
  const point = wholeBitsOf(bits)
  const isOnP384 = algorithm && hexOf(algorithm.bytes) === ecPublicKeyOnP384
  return isOnP384 && point?.length === 1 + 2 * p384Bytes && point[0] === 0x04 ? point : undefined
}

type SignedFields = Omit<Certificate, "signed" | "signature">

function parseSignedFields(element: DerElement): SignedFields | undefined {
  const parts = exactParts(element, 8)
  if (parts === undefined) return undefined
  const [version, serial, algorithm, issuer, validity, subject, spki, wrapped] = parts
  const isUsual =
    hexOf(version.bytes) === version3 &&
    serial.tag === derTag.integer &&
    hexOf(algorithm.bytes) === ecdsaWithSha384 &&
    issuer.tag === derTag.sequence &&
    subject.tag === derTag.sequence
  const [notBeforeMs, notAfterMs] = (exactParts(validity, 2) ?? []).map(parseTime)
  const point = parsePoint(spki)
  const extensions = parseExtensions(wrapped)
  if (!isUsual || notBeforeMs === undefined || notAfterMs === undefined) return undefined
  if (!point || !extensions) return undefined
  const names = { issuer: hexOf(issuer.bytes), subject: hexOf(subject.bytes) }
  return { ...names, notBeforeMs, notAfterMs, point, extensions }
}

/**
 * Reads an X.509 certificate, version 3, with a key on P-384 and a signature by ECDSA with
 * SHA-384: the only kind that the Nitro PKI issues. `undefined` for everything else, a critical
 * extension that is not understood among it. The signature is not verified here.
 *
 * Source: RFC 5280, section 4; RFC 5480; RFC 5758, section 3.2.
 */
export function parseCertificate(bytes: Uint8Array): Certificate | undefined {
  const parts = exactParts(parseDer(bytes), 3)
  if (parts === undefined) return undefined
  const [signed, algorithm, bits] = parts
  if (hexOf(algorithm.bytes) !== ecdsaWithSha384) return undefined
  const fields = parseSignedFields(signed)
  const signature = parseSignature(bits)
  return fields && signature && { ...fields, signed: signed.bytes, signature }
}
