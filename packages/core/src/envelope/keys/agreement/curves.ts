import { p256, p384, p521 } from "@noble/curves/nist.js"
import { parsePkcs8 } from "../../../formats/keys/pkcs8.js"
import { encodeSpki, parseSpki } from "../../../formats/keys/spki.js"
import { EnvelopeError } from "../../envelope-error.js"

const spki = { P256: "ECC_NIST_P256", P384: "ECC_NIST_P384", P521: "ECC_NIST_P521" } as const
const libraries = { P256: p256, P384: p384, P521: p521 } as const

/** The curves on which data keys are agreed on. */
export type EcdhCurve = keyof typeof spki

/** Points are compressed; `undefined` stands for what is no point of the curve. */
export interface Curve {
  /** As AWS KMS names its key spec. */
  readonly keySpec: (typeof spki)[EcdhCurve]
  /** As the key derivation names it. Source: framework/key-agreement-schemas.md. */
  readonly name: string
  readonly pointBytes: number
  pointOfSpki(der: Uint8Array): Uint8Array | undefined
  spkiOfPoint(point: Uint8Array): Uint8Array
  /** The private scalar of a PKCS #8 structure; `undefined` when it is not one of this curve. */
  scalarOfPkcs8(der: Uint8Array): Uint8Array | undefined
  pointOfScalar(scalar: Uint8Array): Uint8Array
  /** A private scalar that comes of these bytes, of which there are `seedBytes`. */
  scalarOf(seed: Uint8Array): Uint8Array
  readonly seedBytes: number
  /** The x coordinate that both parties reach. Throws for a point that is not on the curve. */
  agree(scalar: Uint8Array, point: Uint8Array): Uint8Array
}

function curveOf(id: EcdhCurve): Curve {
  const { Point, getPublicKey, getSharedSecret, utils, lengths } = libraries[id]
  const keySpec = spki[id]
  /** A point in another form; `undefined` for bytes that are none, or the point at infinity. */
  function recode(bytes: Uint8Array, isCompressed: boolean): Uint8Array | undefined {
    try {
      const point = Point.fromBytes(bytes)
      point.assertValidity()
      return point.toBytes(isCompressed)
    } catch {
      return undefined
    }
  }
  return Object.freeze<Curve>({
    keySpec,
    name: id.toLowerCase(),
    pointBytes: lengths.publicKey as number,
    seedBytes: lengths.seed as number,
    pointOfSpki(der) {
      const point = parseSpki(keySpec, der)
      return point && recode(point, true)
    },
    spkiOfPoint(point) {
      const whole = recode(point, false)
      if (whole === undefined) throw new EnvelopeError("keys", "a public key is not on its curve")
      return encodeSpki(keySpec, whole)
    },
    scalarOfPkcs8(der) {
      const scalar = parsePkcs8(keySpec, der)?.privateKey
      return scalar !== undefined && utils.isValidSecretKey(scalar) ? scalar : undefined
    },
    pointOfScalar: (scalar) => getPublicKey(scalar, true),
    scalarOf: (seed) => utils.randomSecretKey(seed),
    agree: (scalar, point) => getSharedSecret(scalar, point, true).subarray(1),
  })
}

/** The curve of that name. Throws `TypeError` for another one. */
export function curveNamed(name: EcdhCurve): Curve {
  if (!Object.hasOwn(spki, name)) throw new TypeError("`curve` must be P256, P384 or P521")
  return curveOf(name)
}
