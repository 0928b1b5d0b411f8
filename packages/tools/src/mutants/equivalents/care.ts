import { alike, type Equivalent } from "./equivalent.js"

const care = (name: string): string => `packages/core/src/engine/care/${name}.ts`

/** In what looks after a store. */
export const inCare: readonly Equivalent[] = [
  ...alike(care("agreement"), "nobody asks how many grants there are on no key", [
    "if (grantOn !== undefined) add(grants, grantOn)",
    "true",
  ]),
  ...alike(care("restore"), "a frame that removes has no bytes", [
    'const bytes = frame.kind === "put" ? frame.bytes : undefined',
    "true",
  ]),
  ...alike(care("restore"), "whoever reads a backup refuses one without an end", [
    "if (end === undefined || domain === undefined) throw notGenuine()",
    "false",
  ]),
  ...alike(care("walk-store"), "a step without records does nothing", [
    "for (let i = 0; i < entries.length; i += stepRecords) {",
    "i <= entries.length",
  ]),
  ...alike(care("lane-witness"), "what is wrong has a word, and a sentence for people", [
    '"until it is there again nobody can tell which records are older, resurrected or missing, " +',
    '""',
  ]),
  ...alike(care("findings"), "what is wrong has a word, and a sentence for people", [
    '"be or was removed, or one is missing; or several of that",',
    '""',
  ]),
]
