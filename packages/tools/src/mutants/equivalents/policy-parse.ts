import { alike, type Equivalent } from "./equivalent.js"

/* How policies are read. */

const parsed = (name: string): string => `packages/policy/src/parse/${name}.ts`
const readJson = parsed("read-json")
const forTheCompiler = "for the compiler alone: what stands there is never absent"
const behindTheEnd = "behind the end there is no character, as none of those that are looked for"
const failedAlready = "what has failed has failed: what is read after it is heard of by nobody"

export const inPolicyTexts: readonly Equivalent[] = [
  ...alike(parsed("report"), "the sentence of a problem is for people: programs go by its code", [
    'accept === "strings" ? "a string" : "a string, number or boolean"',
    "true",
    "false",
    '""',
  ]),
  ...alike(parsed("document-rules"), "what is neither forbidden nor everyone's is required", [
    'principal: "required",',
    '""',
  ]),
  ...alike(
    parsed("document-rules"),
    "it may have an Id and a principal: no sentence says its title",
    ['title: "key policy",', '""'],
    ['title: "VPC endpoint policy",', '""'],
  ),
  ...alike(parsed("parse-conditions"), "what is not of strings is of scalars", [
    'const values = readTexts(member.value, keyPath, report, "scalars")',
    '""',
  ]),
  ...alike(parsed("parse-document"), "nothing but a string has such a value", [
    'const value = node.type === "string" ? node.value : undefined',
    "true",
  ]),
  ...alike(parsed("parse-document"), "a document of another version is broken, and says nothing", [
    'return "2008-10-17"',
    '""',
  ]),
  ...alike(parsed("parse-principal"), "nothing but a string has such a value", [
    'if (member.value.type === "string" && member.value.value === "*") isEveryone = true',
    "true",
  ]),
  ...alike(
    parsed("parse-statement"),
    "a statement without an effect is left out; until then it is no Allow",
    ['effect: effect ?? "Deny",', '""'],
  ),
  ...alike(parsed("parse-statement"), "a wildcard is no colon", [
    "const isBefore = (found: number, place: number): boolean => found >= 0 && found < place",
    "found <= place",
  ]),
  ...alike(parsed("parse-statement"), forTheCompiler, [
    '!list.isNegated && list.values.length === 1 && list.values[0]?.value === "*"',
    "list.values[0].value",
  ]),
  ...alike(parsed("place"), behindTheEnd, [
    "for (let at = 0; at < text.length; at += 1) {",
    "at <= text.length",
  ]),
  ...alike(
    readJson,
    behindTheEnd,
    ["while (at < text.length) {", "at <= text.length"],
    [
      "while (at < text.length && isPlain(text.charCodeAt(at))) at += 1",
      "true",
      "at <= text.length",
    ],
    [
      "while (at < text.length && isDigit(text.charCodeAt(at))) at += 1",
      "true",
      "at <= text.length",
    ],
    ["for (let at = start; at < text.length; at += 1) {", "at <= text.length"],
  ),
  ...alike(
    readJson,
    failedAlready,
    ["if (node !== undefined) {", "true"],
    ['return value === undefined ? undefined : { type: "string", at, value }', "false"],
    ["if (name === undefined) return undefined", "false"],
    ["if (value === undefined) return undefined", "false"],
  ),
  ...alike(
    readJson,
    "there is a failure where there is no value",
    ["if (node === undefined || cursor.failure !== undefined) {", "false"],
    [
      'return { ok: false, failure: cursor.failure ?? { message: "no value", at: cursor.at } }',
      "{}",
      '""',
    ],
  ),
  ...alike(readJson, "what has no escape is read alike by the reader of those that have", [
    "if (code === backslash) return readEscaped(cursor, start, at)",
    "true",
  ]),
]
