import { alike, type Equivalent } from "./equivalent.js"

const source = (name: string): string => `packages/attestation/src/${name}.ts`

const forTheCompiler = "for the compiler alone: what stands there has been looked at before"
const atTheEnd = "it is the end of the function, which answers `undefined` then"

export const inAttestation: readonly Equivalent[] = [
  ...alike(source("extensions"), forTheCompiler, [
    "if (tag !== derTag.bitString || content === undefined || content.length > 3) return 0",
    "false",
  ]),
  ...alike(
    source("attestations"),
    "no document of that length verifies: its fields have limits. The length saves the work",
    [
      "if (document.length > limits.documentBytesMax) return undefined",
      "false",
      "document.length >= limits.documentBytesMax",
    ],
  ),
  ...alike(
    source("attestations"),
    "the parser of CBOR copies what it reads; here nobody relies on it",
    [
      "const stated = await authenticate(document.slice(), nowMs, roots, freshnessMsMax)",
      "document",
    ],
    ["return { publicKey: publicKey.slice(), measurements: stated.measurements }", "publicKey"],
  ),
  ...alike(source("cbor"), "the decoder refuses an end too soon by itself", [
    "done: () => tokens.done(),",
    "() => undefined",
  ]),
  ...alike(source("cbor"), atTheEnd, ["} catch {", "{}"]),
  ...alike(source("certificate"), "without a match there is no century either way", [
    "const [, century, ...digits] = times[tag]?.exec(String.fromCharCode(...content)) ?? []",
    '["Stryker was here"]',
  ]),
  ...alike(
    source("chain"),
    forTheCompiler,
    [
      "const isIssued = i === 0 || certificate.issuer === path[i - 1]?.subject",
      "path[i - 1].subject",
    ],
    ["return path.at(-1)?.point", "path.at(-1).point"],
  ),
  ...alike(
    source("cose-sign1"),
    "what is nested deeper, or is an open map, is no list of four with a bare map, either way",
    ["const items = decodeCbor(untagged, { containersMax: 2, isOpenEnded: false })", "{}", "true"],
  ),
  ...alike(source("cose-sign1"), "Web Crypto verifies no signature of another length", [
    "const signature = bytesIn(rest[1], 2 * p384Bytes, 2 * p384Bytes)",
    "2 / p384Bytes",
  ]),
  ...alike(source("certificate"), "a time without a match is no number, and equals none", [
    "if (century === undefined) return undefined",
    "false",
  ]),
  ...alike(source("der"), atTheEnd, ["} catch {", "{}"]),
  ...alike(
    source("der"),
    "what is thrown instead is caught, and answered in the same way",
    ["if (tag === undefined || !isShort || lenBlock.isIndefiniteForm) return undefined", "false"],
    ["if (child === undefined) return undefined", "false"],
  ),
  ...alike(source("der"), "the library reads a whole to its end; here nobody relies on it", [
    "return filled === content.length ? { tag, bytes, content, children } : undefined",
    "true",
  ]),
  ...alike(
    source("der"),
    "it saves the work: what is embedded in a string is asked for by nobody",
    ["const { offset, result } = fromBER(bytes, { ...bounds, parseEmbedded: false })", "true"],
  ),
  ...alike(source("extensions"), "nobody reads the value of what is not understood", [
    "return isCritical ? undefined : [name, { isCritical, value: last }]",
    "{}",
  ]),
  ...alike(source("extensions"), "what is no element has no parts, as an empty list has none", [
    "const [list, ...others] = wrapped.tag === 0xa3 ? wrapped.children : []",
    '["Stryker was here"]',
  ]),
  ...alike(source("roots"), "for the compiler alone: the expression has the group in each match", [
    'return [...root.matchAll(pemBlock)].map(([, base64 = ""]) => bytesOfBase64(base64))',
    '"Stryker was here!"',
  ]),
  ...alike(source("web-crypto"), "keys of others are public, and nobody exports one", [
    "return await subtle().importKey(format, key, algorithm, false, usages)",
    "true",
  ]),
  ...alike(source("web-crypto"), "what other runtimes say of such a key, and this Node does not", [
    'const refusals = ["DataError", "OperationError"]',
    '""',
  ]),
]
