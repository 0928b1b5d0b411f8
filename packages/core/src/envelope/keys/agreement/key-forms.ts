import { derOf, type PemOrDer } from "../raw/pem.js"
import type { Curve } from "./curves.js"

/** The point of a SubjectPublicKeyInfo. Throws `TypeError` that names the parameter. */
export function pointOf(curve: Curve, key: PemOrDer, name: string): Uint8Array {
  const point = curve.pointOfSpki(derOf(key, "PUBLIC KEY", name))
  if (point === undefined) throw new TypeError(`\`${name}\` is not a public key of that curve`)
  return point
}

/** The private scalar of a PKCS #8 structure. Throws `TypeError` that names the parameter. */
export function scalarOf(curve: Curve, key: PemOrDer, name: string): Uint8Array {
  const scalar = curve.scalarOfPkcs8(derOf(key, "PRIVATE KEY", name))
  if (scalar === undefined) throw new TypeError(`\`${name}\` is not a private key of that curve`)
  return scalar
}
