import {
  type BaseBlock,
  Constructed,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  Set as SetOf,
} from "asn1js"
import { subtle, type WebKey } from "./web-crypto.js"

const objectIdentifier = {
  data: "1.2.840.113549.1.7.1",
  envelopedData: "1.2.840.113549.1.7.3",
  rsaesOaep: "1.2.840.113549.1.1.7",
  mgf1: "1.2.840.113549.1.1.8",
  sha256: "2.16.840.1.101.3.4.2.1",
  aes256Cbc: "2.16.840.1.101.3.4.1.42",
} as const

const oid = (name: keyof typeof objectIdentifier): BaseBlock =>
  new ObjectIdentifier({ value: objectIdentifier[name] })

const sequence = (...value: BaseBlock[]): BaseBlock => new Sequence({ value })
const octets = (valueHex: Uint8Array): BaseBlock => new OctetString({ valueHex })
const version2 = (): BaseBlock => new Integer({ value: 2 })
const contextTag = (tagNumber: number) => ({ tagClass: 3, tagNumber })
const tagged = (tagNumber: number, ...value: BaseBlock[]): BaseBlock =>
  new Constructed({ idBlock: contextTag(tagNumber), value })

const indefinite = { isIndefiniteForm: true } as const
const openSequence = (...value: BaseBlock[]): BaseBlock =>
  new Sequence({ value, lenBlock: indefinite })
const openTagged = (...value: BaseBlock[]): BaseBlock =>
  new Constructed({ idBlock: contextTag(0), value, lenBlock: indefinite })

/** RSAES-OAEP-params with SHA-256 in both places (RFC 4055, section 4.1). */
function oaepSha256(): BaseBlock {
  const sha256 = () => sequence(oid("sha256"), new Null())
  const parameters = sequence(tagged(0, sha256()), tagged(1, sequence(oid("mgf1"), sha256())))
  return sequence(oid("rsaesOaep"), parameters)
}

interface Parts {
  readonly subjectKeyIdentifier: Uint8Array
  readonly encryptedKey: Uint8Array
  readonly initializationVector: Uint8Array
  readonly encryptedContent: Uint8Array
}

/**
 * ContentInfo with EnvelopedData for one recipient. Lengths are indefinite where those of AWS KMS
 * are: the parser of the Nitro Enclaves SDK reads that form and no other.
 */
function encode({ subjectKeyIdentifier, encryptedKey, ...content }: Parts): Uint8Array {
  const recipientIdentifier = new Primitive({
    idBlock: contextTag(0),
    valueHex: subjectKeyIdentifier,
  })
  const recipient = sequence(version2(), recipientIdentifier, oaepSha256(), octets(encryptedKey))
  const encryptedContentInfo = openSequence(
    oid("data"),
    sequence(oid("aes256Cbc"), octets(content.initializationVector)),
    openTagged(octets(content.encryptedContent)),
  )
  const envelopedData = openSequence(
    version2(),
    new SetOf({ value: [recipient] }),
    encryptedContentInfo,
  )
  return new Uint8Array(openSequence(oid("envelopedData"), openTagged(envelopedData)).toBER())
}

/** A raw AES key is nothing but random bytes. */
async function randomBlock(): Promise<Uint8Array> {
  const key = await subtle().generateKey({ name: "AES-CBC", length: 128 }, true, ["encrypt"])
  return new Uint8Array(await subtle().exportKey("raw", key))
}

/**
 * CMS EnvelopedData in BER: `content` by AES-256-CBC under a key made for it, and that key by
 * RSAES-OAEP with SHA-256 under `recipientKey`, whose SubjectPublicKeyInfo is `spki`. The content
 * key never leaves Web Crypto in the clear.
 *
 * Source: RFC 5652, section 6; RFC 7093, section 2, method 4, for the recipient's name.
 */
export async function envelop(
  recipientKey: WebKey,
  spki: Uint8Array,
  content: Uint8Array,
): Promise<Uint8Array> {
  const usages = ["encrypt"]
  const contentKey = await subtle().generateKey({ name: "AES-CBC", length: 256 }, true, usages)
  const initializationVector = await randomBlock()
  const cipher = { name: "AES-CBC", iv: initializationVector }
  const [encryptedContent, encryptedKey, subjectKeyIdentifier] = await Promise.all([
    subtle().encrypt(cipher, contentKey, content),
    subtle().wrapKey("raw", contentKey, recipientKey, { name: "RSA-OAEP" }),
    subtle().digest("SHA-256", spki),
  ])
  return encode({
    subjectKeyIdentifier: new Uint8Array(subjectKeyIdentifier),
    encryptedKey: new Uint8Array(encryptedKey),
    initializationVector,
    encryptedContent: new Uint8Array(encryptedContent),
  })
}
