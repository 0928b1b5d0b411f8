import { alike, type Equivalent } from "./equivalent.js"

const corridor = (name: string): string => `packages/core/src/engine/corridor/${name}.ts`

/** In the walk of a call. */
export const inCorridor: readonly Equivalent[] = [
  ...alike(corridor("follow-call"), "what fails there leaves what the call began with", [
    "const keys = inquiry?.keyList.filter(({ isDraft }) => isDraft !== true) ?? []",
    "inquiry.keyList",
  ]),
  ...alike(corridor("attempt"), "behind the last step there is none", [
    "for (let i = from; i < steps.length && !walk.isOutdated; i += 1) {",
    "i <= steps.length",
  ]),
  ...alike(corridor("inquire"), "behind the last of them there is none", [
    "for (let i = from; i < inquiries.length; i += 1) {",
    "i <= inquiries.length",
  ]),
]
