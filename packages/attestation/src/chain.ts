import { equalBytes, hexOf } from "./bytes.js"
import { type Certificate, parseCertificate } from "./certificate.js"
import { verifyEs384 } from "./es384.js"

/** Whether it may stand where it stands: `casBelow` CA certificates follow it. */
function isFitCa({ extensions }: Certificate, casBelow: number): boolean {
  const { isCa, maySignCertificates, pathLengthMax } = extensions
  return isCa && maySignCertificates && (pathLengthMax === undefined || casBelow <= pathLengthMax)
}

const isFitLeaf = ({ extensions }: Certificate): boolean => !extensions.isCa && extensions.maySign

const isValidAt = ({ notBeforeMs, notAfterMs }: Certificate, nowMs: number): boolean =>
  notBeforeMs <= nowMs && nowMs <= notAfterMs

/** Everything about a path but the signatures, the leaf last. */
const isFitPath = (path: readonly Certificate[], nowMs: number): boolean =>
  path.every((certificate, i) => {
    const isLeaf = i === path.length - 1
    const isIssued = i === 0 || certificate.issuer === path[i - 1]?.subject
    const isFit = isLeaf ? isFitLeaf(certificate) : isFitCa(certificate, path.length - 2 - i)
    return isIssued && isFit && isValidAt(certificate, nowMs)
  })

/** One after the other from the root down, so that a forgery costs one verification. */
async function isSignedPath(path: readonly Certificate[]): Promise<boolean> {
  for (const [i, { signature, signed }] of path.entries()) {
    const issuer = path[i - 1]
    if (issuer !== undefined && !(await verifyEs384(issuer.point, signature, signed))) return false
  }
  return true
}

/**
 * The public key of `leaf` (an uncompressed point on P-384) if the bundle, the root first, leads
 * from one of `roots` to it and every certificate is valid at that time; otherwise `undefined`.
 * The root is trusted because it is the one configured, byte for byte. Revocation is not asked
 * for, as AWS says: the certificates of the Nitro PKI below the root live for days or hours.
 *
 * Source: RFC 5280, section 6.1; "Nitro Enclaves Attestation Process", section 3.2.3.
 */
export async function verifyChain(
  bundle: readonly Uint8Array[],
  leaf: Uint8Array,
  roots: readonly Uint8Array[],
  nowMs: number,
): Promise<Uint8Array | undefined> {
  const [first] = bundle
  if (first === undefined || !roots.some((root) => equalBytes(root, first))) return undefined
  const all = [...bundle, leaf]
  if (new Set(all.map(hexOf)).size !== all.length) return undefined
  const path: Certificate[] = []
  for (const bytes of all) {
    const certificate = parseCertificate(bytes)
    if (certificate === undefined) return undefined
    path.push(certificate)
  }
  if (!isFitPath(path, nowMs) || !(await isSignedPath(path))) return undefined
  return path.at(-1)?.point
}
