import { constants, createDecipheriv, type KeyObject, privateDecrypt } from "node:crypto"
import { concat } from "./der.js"

/** One element of BER: an indefinite length ends where its end-of-contents stands. */
interface Element {
  readonly tag: number
  readonly isIndefinite: boolean
  readonly content: Uint8Array
  readonly end: number
}

const at = (bytes: Uint8Array, i: number): number => {
  const byte = bytes[i]
  if (byte === undefined) throw new RangeError("the message ends too early")
  return byte
}

function read(bytes: Uint8Array, start: number): Element {
  const tag = at(bytes, start)
  const first = at(bytes, start + 1)
  if (first === 0x80) {
    let end = start + 2
    while (at(bytes, end) !== 0 || at(bytes, end + 1) !== 0) end = read(bytes, end).end
    return { tag, isIndefinite: true, content: bytes.subarray(start + 2, end), end: end + 2 }
  }
  const digits = first < 0x80 ? 0 : first - 0x80
  let length = digits === 0 ? first : 0
  for (let i = 0; i < digits; i += 1) length = 256 * length + at(bytes, start + 2 + i)
  const from = start + 2 + digits
  if (from + length > bytes.length) throw new RangeError("the message ends too early")
  const content = bytes.subarray(from, from + length)
  return { tag, isIndefinite: false, content, end: from + length }
}

function partsOf({ content }: Element): readonly Element[] {
  const parts: Element[] = []
  for (let i = 0; i < content.length; i = parts.at(-1)?.end ?? i) parts.push(read(content, i))
  return parts
}

export interface OpenedAnswer {
  readonly content: Uint8Array
  readonly contentKey: Uint8Array
  readonly initializationVector: Uint8Array
  readonly recipientIdentifier: Uint8Array
  readonly encryptedKey: Uint8Array
  /** The tags, and whether the lengths are indefinite, as a reader comes upon them. */
  readonly outline: string
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const show = ({ tag, isIndefinite }: Element): string =>
  `${tag.toString(16).padStart(2, "0")}${isIndefinite ? "~" : ""}`

function outlineOf(element: Element): string {
  if ((element.tag & 0x20) === 0) return show(element)
  return `${show(element)}(${partsOf(element).map(outlineOf).join(" ")})`
}

function expectOid(element: Element | undefined, expected: string): void {
  const found = element === undefined ? "nothing" : hexOf(element.content)
  if (element?.tag !== 0x06 || found !== expected) throw new TypeError(`${found}: not ${expected}`)
}

/** What the algorithm of the recipient must be, to the byte: RSAES-OAEP, SHA-256 twice. */
const oaepSha256 =
  "06092a864886f70d010107302fa00f300d06096086480165030402010500" +
  "a11c301a06092a864886f70d010108300d06096086480165030402010500"

/** Opens CMS EnvelopedData the way that a client in an enclave does, without any library. */
export function openAnswer(answer: Uint8Array, privateKey: KeyObject): OpenedAnswer {
  const outer = read(answer, 0)
  if (outer.end !== answer.length) throw new RangeError("something follows the message")
  const [contentType, wrapped] = partsOf(outer)
  expectOid(contentType, "2a864886f70d010703")
  const [enveloped] = partsOf(wrapped as Element)
  const [version, recipients, info] = partsOf(enveloped as Element)
  const [recipient, ...others] = partsOf(recipients as Element)
  if (hexOf((version as Element).content) !== "02" || others.length > 0) throw new TypeError("form")
  const [recipientVersion, name, algorithm, wrappedKey] = partsOf(recipient as Element)
  if (hexOf((recipientVersion as Element).content) !== "02") throw new TypeError("version")
  if (hexOf((algorithm as Element).content) !== oaepSha256) throw new TypeError("algorithm")
  const [dataType, cipher, sealed] = partsOf(info as Element)
  expectOid(dataType, "2a864886f70d010701")
  const [cipherType, vector] = partsOf(cipher as Element)
  expectOid(cipherType, "60864801650304012a")
  const encrypted = concat(...partsOf(sealed as Element).map(({ content }) => content))
  const { content: encryptedKey } = wrappedKey as Element
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }
  const contentKey = new Uint8Array(privateDecrypt({ key: privateKey, ...padding }, encryptedKey))
  const { content: initializationVector } = vector as Element
  const decipher = createDecipheriv("aes-256-cbc", contentKey, initializationVector)
  return {
    content: concat(decipher.update(encrypted), decipher.final()),
    contentKey,
    initializationVector,
    recipientIdentifier: (name as Element).content,
    encryptedKey,
    outline: outlineOf(outer),
  }
}
