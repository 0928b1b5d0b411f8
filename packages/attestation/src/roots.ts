import { assertBytes } from "./bytes.js"
import { parseCertificate } from "./certificate.js"
import { limits } from "./limits.js"

/** A certificate in DER, or one or more in PEM. */
export type Root = string | Uint8Array

// Every JavaScript runtime has it; the language's own library of types does not.
declare const atob: (base64: string) => string

const pemBlock = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** No bytes, which are no certificate, when it is not base64. */
function bytesOfBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return new Uint8Array(0)
  }
}

function derOf(root: Root): readonly Uint8Array[] {
  if (typeof root === "string") {
    return [...root.matchAll(pemBlock)].map(([, base64 = ""]) => bytesOfBase64(base64))
  }
  assertBytes(root, "roots", limits.certificateBytesMax)
  return [root.slice()]
}

function isRoot(bytes: Uint8Array): boolean {
  const { extensions } = parseCertificate(bytes) ?? {}
  return extensions?.isCa === true && extensions.maySignCertificates
}

/** The roots in DER. Throws when there is none, or when one is no CA certificate on P-384. */
export function readRoots(roots: readonly Root[]): readonly Uint8Array[] {
  const all = roots.map(derOf)
  const isEmpty = all.length === 0 || all.some((certificates) => certificates.length === 0)
  if (isEmpty || !all.flat().every(isRoot)) {
    throw new TypeError("`roots` must be CA certificates with keys on P-384, in PEM or DER")
  }
  return all.flat()
}
