import { alike, type Equivalent } from "./equivalent.js"

const formats = "packages/core/src/formats"

/** A function whose last statement catches answers `undefined` there, whether it says so or not. */
const caughtAtTheEnd = ["region-bodies", "region-message", "region-transfer"].flatMap((name) =>
  alike(
    `${formats}/regions/${name}.ts`,
    "it is the end of the function, which answers `undefined` then",
    ["} catch {", "{}"],
  ),
)

const keys = `${formats}/keys`
const opaque = `${formats}/opaque`
const strykersArray = '["Stryker was here"]'
const strykersText = '"Stryker was here!"'

const inKeys: readonly Equivalent[] = [
  ...alike(`${keys}/der.ts`, "`undefined` is less than nothing: the question is for the compiler", [
    "if (first === 0 && second !== undefined && second < 0x80) return undefined",
    "true",
  ]),
  ...[
    ["der", "const [only, ...others] = decodeDerElements(bytes) ?? []"],
    ["pkcs8", "const [version, scalar, ...options] = decodeDerSequence(inner) ?? []"],
    ["pkcs8", "const [version, identifier, key, ...options] = decodeDerSequence(der) ?? []"],
    [
      "rsa-keys",
      "const [version, ...numbers] = (decodeDerSequence(der) ?? []).map(decodeDerInteger)",
    ],
    ["sm2-ciphertext", "const [x, y, check, masked, ...others] = decodeDerSequence(der) ?? []"],
  ].flatMap(([name = "", line = ""]) =>
    alike(`${keys}/${name}.ts`, "a text has no tag, and is refused as what is missing", [
      line,
      strykersArray,
    ]),
  ),
  ...alike(`${keys}/pkcs8.ts`, "a member that is `undefined` is read as one that is missing", [
    "if (point === undefined) return { publicKey: undefined }",
    "{}",
  ]),
]

const inOpaque: readonly Equivalent[] = [
  ...["domain-state", "grant-token", "import-token", "marker"].flatMap((name) =>
    alike(`${opaque}/${name}.ts`, "it is the end of the function, which answers `undefined` then", [
      "} catch {",
      "{}",
    ]),
  ),
  ...alike(
    `${formats}/fields.ts`,
    "what is not taken for ASCII is encoded first, which is right for all text",
    ["else if (!writeAscii(whole, offset, field)) {", "true"],
    ["if (unit > 0x7f) return false", "true", "unit >= 0x7f"],
    ["function writeAscii(target: Uint8Array, offset: number, text: string): boolean {", "{}"],
  ),
  ...alike(`${formats}/fields.ts`, "a length that is cut ends behind the bytes, too", [
    "if (bytes.length - offset < 4) return undefined",
    "false",
  ]),
  ...alike(
    `${formats}/fields.ts`,
    "what is not known to be ASCII is sorted by its bytes, which is right for all",
    ["export function isAscii(text: string): boolean {", "{}"],
    [
      "for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false",
      "i <= text.length",
      "true",
      "text.charCodeAt(i) >= 0x7f",
    ],
    ["return true", "false"],
  ),
  ...alike(
    `${opaque}/encryption-context.ts`,
    "each of the two sorts sorts any number of keys, none of which is there twice",
    [
      "if (keys.length > fewKeys) return keys.sort()",
      "true",
      "false",
      "keys.length >= fewKeys",
      "keys.length <= fewKeys",
    ],
    [
      "for (; place > 0 && (keys[place - 1] as string) > key; place -= 1) {",
      "true",
      "place >= 0",
      "keys[place - 1] as string >= key",
    ],
    ["if (keys.length < 2) return keys", "false"],
    ["if (keys.every(isAscii)) return sort(keys)", "false"],
  ),
  ...alike(
    `${opaque}/grant-token.ts`,
    "for the compiler alone: there are four fields, or none",
    ["if (fields?.[3]?.length !== nonceBytesLength) return undefined", "fields?.[3].length"],
    [
      'const [account = "", keyId = "", grantId = ""] = fields.slice(0, 3).map(textOf)',
      strykersText,
    ],
  ),
  ...alike(`${opaque}/import-token.ts`, "for the compiler alone: the fields were counted before", [
    'const [partition = "", account = "", keyId = "", spec, algorithm, validTo] = texts',
    strykersText,
  ]),
  ...alike(`${opaque}/marker.ts`, "no fields are no texts, which is caught below", [
    "if (fields === undefined) return undefined",
    "false",
  ]),
  ...alike(`${opaque}/backup-file.ts`, "one piece is copied that need not be", [
    "const all = parts.length === 1 ? rest : concatBytes(...parts)",
    "false",
  ]),
  ...alike(`${opaque}/sealed-record.ts`, "memory is allocated that need not be", [
    "lengthBytes <= scratchBytes ? scratch.subarray(0, lengthBytes) : allocateBytes(lengthBytes)",
    "false",
    "lengthBytes < scratchBytes",
  ]),
  ...alike(
    `${opaque}/sealed-state.ts`,
    "what is above 18 needs more than 256 MiB for the smallest blocks",
    ["costLog2 <= 20 &&", "costLog2 < 20", "true"],
  ),
  ...alike(
    `${opaque}/grant-token.ts`,
    "no token of ours is as long, whose fields have lengths of their own: it saves the work",
    [
      "if (text.length > limits.grantTokenCharactersMax) return undefined",
      "false",
      "text.length >= limits.grantTokenCharactersMax",
    ],
  ),
  ...alike(`${opaque}/sealed-record.ts`, "it saves to split a record that begins as expected", [
    "export const messageBehind = (",
    "() => undefined",
  ]),
  ...alike(`${opaque}/sealed-record.ts`, "memory is allocated that need not be", [
    "function createScratch(): Allocate {",
    "{}",
  ]),
]

export const inFormats: readonly Equivalent[] = [
  ...caughtAtTheEnd,
  ...inKeys,
  ...inOpaque,
  ...alike(
    `${formats}/regions/region-transfer.ts`,
    "for the compiler alone: the fields were counted before",
    ['const [from = "", to = "", ...rest] = texts', '"Stryker was here!"'],
  ),
  ...alike(
    `${formats}/stored/write-stamp.ts`,
    "the bit of a sixteenth lane is the flag of a restored store, which is taken off",
    ["stamp.lane < lanesCount &&", "stamp.lane <= lanesCount"],
  ),
]
