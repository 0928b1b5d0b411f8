import { alike, type Equivalent } from "./equivalent.js"

const stored = "packages/core/src/formats/stored"
/** Nothing stands under such a name, and no such text is one of some. */
const unread = ['""', "[]"]
const strykersText = '"Stryker was here!"'

export const inStored: readonly Equivalent[] = [
  ...alike(
    "packages/core/src/formats/xks/xks-messages.ts",
    "it is the end of the function, which answers `undefined` then",
    ["} catch {", "{}"],
  ),
  ...alike(
    `${stored}/default-policy.ts`,
    "a text that is not found again is made again",
    ['let known = { partition: "", account: "", text: "" }', "{}", strykersText],
    ["if (known.account !== account || known.partition !== partition) {", "true"],
  ),
  ...alike(
    `${stored}/record-format.ts`,
    "what is not read in one go is read by the schema: it is quicker, and no other record",
    ["if (record === undefined) return undefined", "true"],
  ),
  ...alike(
    `${stored}/key-records.ts`,
    "what is not read in one go is read by the schema, which has the same members and order",
    ["const materialInOrder = [", "[]"],
    ["const keyInOrder = [", "[]"],
    ["quick: (cursor) => {", "{}"],
    ['textThat((id) => !id.startsWith("mrk-") && isKeyId(id)),', "false", "() => undefined"],
    ['needed("id", textThat(isMaterialId)),', ...unread],
    ['needed("state", oneOf(keyMaterialStates)),', ...unread],
    ['needed("createdMs", count),', ...unread],
    ['optional("description", text),', ...unread],
    ['optional("rotationType", oneOf(["AUTOMATIC", "ON_DEMAND"])),', ...unread],
    ['optional("rotatedMs", count),', ...unread],
    ['optional("token", bytes),', ...unread],
    ['optional("expiresMs", count),', ...unread],
    ['needed("account", textThat(isAccountId)),', ...unread],
    ['"keyId",', ...unread],
    ['needed("createdMs", count),', ...unread],
    ['needed("description", text),', ...unread],
    ['needed("keySpec", oneOf(keySpecs)),', ...unread],
    ['needed("keyUsage", oneOf(keyUsages)),', ...unread],
    ['needed("origin", oneOf(origins)),', ...unread],
    ['needed("keyManager", oneOf(["CUSTOMER", "AWS"])),', ...unread],
    ['needed("state", oneOf(keyStates)),', ...unread],
    ['optional("deletionMs", count),', ...unread],
    [
      'optional("rotation", objectOf([needed("periodDays", positive), needed("nextMs", count)])),',
      ...unread,
    ],
    [
      'needed("policy", either(text, objectOf([needed("default", textThat(isPartitionName))]))),',
      ...unread,
    ],
    ['needed("tags", listOf(objectOf([needed("key", text), needed("value", text)]))),', ...unread],
    ['needed("aliases", listOf(text)),', ...unread],
    ['needed("grantsCount", count),', ...unread],
    ['"grantsRevision",', ...unread],
    ['needed("materials", listOf(objectOf(materialInOrder))),', ...unread],
  ),
  ...alike(
    `${stored}/quick-record.ts`,
    "what is not read in one go is read by the schema: here numbers, or bytes",
    ["if (!(digit >= 0 && digit <= 9)) break", "digit < 9"],
    ["value = value * 10 + digit", "value * 10 - digit"],
    ["const end = all.indexOf('\"', start + 1)", '""'],
  ),
  ...alike(
    `${stored}/record-format.ts`,
    "what is not read in one go is read by the schema: here, everything",
    ["return v === version && keyOf(value) === key ? value : undefined", "false"],
    ["const record = quickRecord && readAll(text, quickRecord)", "false"],
    ["function readQuickly(text: string, key: string): Value | undefined {", "{}"],
    [
      'const quickRecord = short && objectOf([needed("v", count), needed("value", short.quick)])',
      "[]",
      '""',
      "false",
    ],
    ["if (readQuickly(text, keyOf(record)) !== undefined) return utf8(text)", "false"],
  ),
  ...alike(
    `${stored}/record-format.ts`,
    "what is not put in order is read by the schema, which does it",
    ["for (const { name } of members) {", "{}"],
    ["missing -= 1", "missing += 1"],
  ),
  ...alike(
    `${stored}/record-format.ts`,
    "values that mean the same are both `null`, or none of them is",
    [
      'if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return true',
      "false",
    ],
    ["return names.length === others.length", "true"],
  ),
  ...alike(
    `${stored}/quick-record.ts`,
    "it is the end of the function, which answers `undefined` then",
    ["} catch {", "{}"],
  ),
  ...alike(`${stored}/quick-record.ts`, "a part of a text is copied that need not be, or is not", [
    "if (all.length > sharedTextMax) return JSON.parse(all.slice(start, at + 1))",
    "true",
    "false",
    "all.length >= sharedTextMax",
    "all.length <= sharedTextMax",
  ]),
  ...alike(`${stored}/lane-record.ts`, "for the compiler alone: the fields were counted before", [
    "if (sums?.length !== sumsBytes || weights?.length !== weightsBytes) return undefined",
    "sums.length",
    "weights.length",
  ]),
  ...alike(`${stored}/lane-record.ts`, "for the compiler alone: the fields were counted before", [
    "if (names?.length !== namesBytes) return undefined",
    "names.length",
  ]),
  ...alike(`${stored}/lane-record.ts`, "a text is no bytes, and is refused as what is missing", [
    "decodeFields(bytes.subarray(prefix.length), 8) ?? []",
    '["Stryker was here"]',
  ]),
  ...alike(`${stored}/record-format.ts`, "what holds no bytes is copied that need not be", [
    "if (plain === member) continue",
    "false",
  ]),
  ...alike(`${stored}/record-format.ts`, "for the compiler alone: a failure has a first issue", [
    'const place = result.error.issues[0]?.path.join(".") ?? ""',
    strykersText,
    "result.error.issues[0].path",
  ]),
  ...alike(`${stored}/grant-records.ts`, "a record says where it does not parse, and no more", [
    'const pairs = () => z.optional(textMap({ otherwise: "not a map of text" }))',
    '""',
  ]),
  ...alike(`${stored}/quick-record.ts`, "no Base64 ends before it begins", [
    "if (all.charCodeAt(start) !== quote || end < 0) return undefined",
    "false",
    "end <= 0",
  ]),
  ...alike(`${stored}/grant-records.ts`, "for the compiler alone: a grant has one of them", [
    'grant.granteeServicePrincipal ?? grant.granteePrincipal ?? ""',
    strykersText,
  ]),
]
