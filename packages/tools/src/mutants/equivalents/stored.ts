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
]
