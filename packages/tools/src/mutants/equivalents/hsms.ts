import { alike, type Equivalent } from "./equivalent.js"

const hsms = (name: string): string => `packages/core/src/engine/hsms/${name}.ts`

/** Where keys are, and what keeps records. */
export const inHsms: readonly Equivalent[] = [
  ...alike(hsms("key-stores"), "a key in an external store has an external key", [
    'if (xksKeyId === undefined) throw new Error("a key in an external store has an external key")',
    "false",
  ]),
  ...alike(hsms("anchoring"), "the sentence of an error of ours is for people", [
    '"storage, or was not written for so long that its domain key was dropped. " +',
    '""',
  ]),
  ...alike(hsms("region-storage"), "one lane was found, at least", [
    "if (found.some(({ restoredMs }) => restoredMs !== found[0]?.restoredMs)) {",
    "found[0].restoredMs",
  ]),
]
