import { alike, type Equivalent } from "./equivalent.js"

const stored = "packages/core/src/formats/stored"
const strykersText = '"Stryker was here!"'

export const inStored: readonly Equivalent[] = [
  ...alike(
    `${stored}/default-policy.ts`,
    "a text that is not found again is made again",
    ['let known = { partition: "", account: "", text: "" }', "{}", strykersText],
    ["if (known.account !== account || known.partition !== partition) {", "true"],
  ),
  ...alike(
    `${stored}/key-records.ts`,
    "what is not read in one go is read by the schema, which has the same members and order",
    ["const materialInOrder = [", "[]"],
    ["const keyInOrder = [", "[]"],
  ),
  ...alike(
    `${stored}/record-format.ts`,
    "what is not put in order is read by the schema, which does it",
    ["for (const { name } of members) {", "{}"],
  ),
  ...alike(
    `${stored}/record-format.ts`,
    "values that mean the same are both `null`, or none of them is",
    [
      'if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return true',
      "false",
    ],
  ),
]
