import {
  type KeySpec,
  keyAlgorithms,
  parsePairMaterial,
  parseRsaMaterial,
} from "@keywright/core/suite"
import { type Attribute, CKA, CKK, CKM, CKO, type Mechanism } from "./cryptoki.js"
import type { TokenSpec } from "./mechanisms.js"

/** The forms of keys in a token. */
export type KeyForm = "secret" | "rsa" | "ec"

export const formOf = (spec: KeySpec): KeyForm => {
  if (spec.startsWith("RSA_")) return "rsa"
  return spec.startsWith("ECC_") ? "ec" : "secret"
}

const attribute = (type: number, value: NonNullable<Attribute["value"]>): Attribute => ({
  type,
  value,
})

const forms: Readonly<Record<KeyForm, readonly Attribute[]>> = {
  secret: [attribute(CKA.class, CKO.secretKey), attribute(CKA.keyType, CKK.genericSecret)],
  rsa: [attribute(CKA.class, CKO.privateKey), attribute(CKA.keyType, CKK.rsa)],
  ec: [attribute(CKA.class, CKO.privateKey), attribute(CKA.keyType, CKK.ec)],
}

/** Lives as long as its session, and shows nothing of itself. */
const inSession = [
  attribute(CKA.token, false),
  attribute(CKA.private, true),
  attribute(CKA.sensitive, true),
]

/** What a key is unwrapped for. */
export type KeyWork = "sign" | "decrypt" | "derive" | "wrap"

const works: Readonly<Record<KeyWork, readonly Attribute[]>> = {
  sign: [attribute(CKA.sign, true), attribute(CKA.extractable, false)],
  decrypt: [attribute(CKA.decrypt, true), attribute(CKA.extractable, false)],
  derive: [attribute(CKA.derive, true), attribute(CKA.extractable, false)],
  // To be wrapped again, under another domain key.
  wrap: [attribute(CKA.extractable, true)],
}

/** A key that is unwrapped for one operation. */
export const usedKey = (form: KeyForm, work: KeyWork): Attribute[] => usedKeys[form][work]

/** Made once: each use of a key asks for one. */
const usedKeys = Object.fromEntries(
  (Object.keys(forms) as KeyForm[]).map((form) => [
    form,
    Object.fromEntries(
      (Object.keys(works) as KeyWork[]).map((work) => [
        work,
        [...forms[form], ...inSession, ...works[work]],
      ]),
    ),
  ]),
) as Record<KeyForm, Record<KeyWork, Attribute[]>>

/** A key that is made to be wrapped. */
const madeKey = [...inSession, attribute(CKA.extractable, true)]

export const generatedSecret = (lengthBytes: number): Attribute[] => [
  ...forms.secret,
  ...madeKey,
  attribute(CKA.valueLen, lengthBytes),
]

/** How a key pair is made: its mechanism, and what its halves are. */
export interface PairTemplate {
  readonly mechanism: Mechanism
  readonly publicKey: Attribute[]
  readonly privateKey: Attribute[]
}

const f4 = Uint8Array.of(1, 0, 1)

export function generatedPair(spec: Exclude<TokenSpec, "SYMMETRIC_DEFAULT">): PairTemplate {
  const { curve, privateKeyBytes } = keyAlgorithms[spec as keyof typeof keyAlgorithms]
  const numbers =
    curve === undefined
      ? [attribute(CKA.modulusBits, privateKeyBytes * 8), attribute(CKA.publicExponent, f4)]
      : [attribute(CKA.ecParams, curve)]
  return {
    mechanism: { mechanism: curve === undefined ? CKM.rsaKeyPairGen : CKM.ecKeyPairGen },
    publicKey: [attribute(CKA.token, false), attribute(CKA.verify, true), ...numbers],
    privateKey: madeKey,
  }
}

/** Key material from outside, as an object. The values are views into the material. */
export function takenKey(spec: TokenSpec, material: Uint8Array): Attribute[] {
  const form = formOf(spec)
  const head = [...forms[form], ...madeKey]
  if (form === "secret") return [...head, attribute(CKA.value, material)]
  if (form === "ec") {
    const pair = parsePairMaterial(spec as "ECC_NIST_P256", material)
    const { curve } = keyAlgorithms[spec as "ECC_NIST_P256"]
    if (pair === undefined || curve === undefined) throw new TypeError("no key of that spec")
    return [...head, attribute(CKA.ecParams, curve), attribute(CKA.value, pair.privateKey)]
  }
  const numbers = parseRsaMaterial(material)
  if (numbers === undefined) throw new TypeError("no key of that spec")
  return [
    ...head,
    attribute(CKA.modulus, numbers.n),
    attribute(CKA.publicExponent, numbers.e),
    attribute(CKA.privateExponent, numbers.d),
    attribute(CKA.prime1, numbers.p),
    attribute(CKA.prime2, numbers.q),
    attribute(CKA.exponent1, numbers.dp),
    attribute(CKA.exponent2, numbers.dq),
    attribute(CKA.coefficient, numbers.qi),
  ]
}

/** The secret that an agreement comes to, which is the answer and not a key. */
export const sharedSecret = (lengthBytes: number): Attribute[] => [
  ...forms.secret,
  attribute(CKA.token, false),
  attribute(CKA.sensitive, false),
  attribute(CKA.extractable, true),
  attribute(CKA.valueLen, lengthBytes),
]

/** Keys that stay in the token and never leave it. Their ids are bytes. */
interface StayingKey {
  readonly label: string
  readonly id: Uint8Array
}

const named = ({ label, id }: StayingKey): Attribute[] => [
  attribute(CKA.label, label),
  attribute(CKA.id, id),
]

const staying = [
  attribute(CKA.token, true),
  attribute(CKA.private, true),
  attribute(CKA.sensitive, true),
  attribute(CKA.extractable, false),
]

const aesKey = [
  attribute(CKA.class, CKO.secretKey),
  attribute(CKA.keyType, CKK.aes),
  attribute(CKA.valueLen, 32),
  attribute(CKA.wrap, true),
  attribute(CKA.unwrap, true),
  attribute(CKA.encrypt, false),
  attribute(CKA.decrypt, false),
]

/** An AES-256 key that wraps others and does nothing else. */
export const wrappingKey = (key: StayingKey): Attribute[] => [...aesKey, ...staying, ...named(key)]

/** The same, gone with its session: for trying what a token can do. */
export const trialWrappingKey: Attribute[] = [
  ...aesKey,
  ...inSession,
  attribute(CKA.extractable, false),
]

/** A key that wraps another one this once, for whoever knows its value. */
export const knownWrappingKey = (value: Uint8Array): Attribute[] => [
  attribute(CKA.class, CKO.secretKey),
  attribute(CKA.keyType, CKK.aes),
  attribute(CKA.token, false),
  attribute(CKA.value, value),
  attribute(CKA.wrap, true),
]

/** A key that others are derived from by HMAC-SHA-256. */
export const derivingKey = (key: StayingKey): Attribute[] => [
  ...forms.secret,
  ...staying,
  attribute(CKA.valueLen, 32),
  attribute(CKA.sign, true),
  ...named(key),
]

/** What finds keys that stay: all of a label, or the one of an id. */
export const stayingKeys = ({ label, id }: { label: string; id?: Uint8Array }): Attribute[] => [
  attribute(CKA.class, CKO.secretKey),
  attribute(CKA.token, true),
  attribute(CKA.label, label),
  ...(id === undefined ? [] : [attribute(CKA.id, id)]),
]
