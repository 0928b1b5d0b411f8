import { alike, type Equivalent } from "./equivalent.js"

const corridor = (name: string): string => `packages/core/src/engine/corridor/${name}.ts`

/** In the walk of a call. */
export const inCorridor: readonly Equivalent[] = [
  ...alike(corridor("follow-call"), "what fails there leaves what the call began with", [
    "const keys = inquiry?.keyList.filter(({ isDraft }) => isDraft !== true) ?? []",
    "inquiry.keyList",
    '["Stryker was here"]',
  ]),
  ...alike(corridor("follow-call"), "what is nothing is not true", ["} catch {", "{}"]),
  ...alike(corridor("parse-input"), "the members of a schema are listed once to be quick", [
    "if (known !== undefined) return known",
    "false",
  ]),
  ...alike(corridor("parse-input"), "what is nothing has no members that could have failed", [
    'if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {',
    'typeof value !== "object" && value === null',
  ]),
  ...alike(corridor("attempt"), "a key store is what a subject names by its key store", [
    'if (located.kind === "key store" && subject.by === "key store") {',
    'located.kind === "key store" || subject.by === "key store"',
    "true",
  ]),
  ...alike(corridor("attempt"), "what nothing has changed is not outdated", [
    "if (prepared === false) return",
    "true",
  ]),
  ...alike(corridor("attempt"), "whatever is thrown there is a failure of the engine", [
    "inquiry !== undefined &&",
    "true",
  ]),
  ...alike(corridor("attempt"), "what awaits no replicas is left out", [
    "const keys = [...keyList.map(({ record }) => record), ...(isTarget ? [target] : [])]",
    '["Stryker was here"]',
  ]),
  ...alike(corridor("recipient"), "only rows with a recipient have such a member", [
    "if (recipient === undefined || row.recipient === undefined) return undefined",
    "false",
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
