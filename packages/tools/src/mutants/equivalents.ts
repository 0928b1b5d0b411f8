import { inAccess } from "./equivalents/access.js"
import { inAttestation } from "./equivalents/attestation.js"
import { inAwsSdk } from "./equivalents/aws-sdk.js"
import { inCare } from "./equivalents/care.js"
import { inCorridor } from "./equivalents/corridor.js"
import { inDue } from "./equivalents/due.js"
import { inEnvelope } from "./equivalents/envelope.js"
import type { Equivalent } from "./equivalents/equivalent.js"
import { inFormats } from "./equivalents/formats.js"
import { inFront } from "./equivalents/front.js"
import { inHost } from "./equivalents/host.js"
import { inHsms } from "./equivalents/hsms.js"
import { inIdentity } from "./equivalents/identity.js"
import { inKeywright } from "./equivalents/keywright.js"
import { inKit } from "./equivalents/kit.js"
import { inPolicy } from "./equivalents/policy.js"
import { inRules } from "./equivalents/rules.js"
import { inSoftwareHsm } from "./equivalents/software-hsm.js"
import { inStored } from "./equivalents/stored.js"
import { inSubjects } from "./equivalents/subjects.js"
import { inSuites } from "./equivalents/suites.js"

/*
 * Mistakes that no test need notice, each with its reason: they change nothing that anybody was
 * promised. Those of single lines stand in `equivalents/`, by where the lines are.
 */

/** A mistake, as it was tried: what stood there, and what stood there instead. */
export interface Mutant extends Pick<Equivalent, "file" | "line" | "replacement"> {
  /** The line above, where a call may begin. */
  readonly lineAbove: string
  readonly original: string
}

interface Kind {
  readonly why: string
  readonly is: (mutant: Mutant) => boolean
}

/** Errors that are not of AWS have a code, by which programs go; their sentences are for people. */
const sentence = /^(?:"[^"]* [^"]*"|'[^']* [^']*'|`(?:[^`\\]|\\.)* (?:[^`\\]|\\.)*`)$/s

/** Where they are said, and to what. */
const ownErrors: readonly (readonly [folder: string, said: RegExp])[] = [
  ["packages/", /\b(?:invariant|\w*Error)\(/],
  ["packages/core/src/formats/stored/", /\brefused\(/],
  // What is wrong with a record has a word beside its sentence.
  ["packages/core/src/engine/care/", /\bfinding\(/],
  ["packages/core/src/envelope/", /\b(?:malformed|refused|ask)\(/],
  ["packages/storage/src/conformance/", /\bassert\w*\(/],
  ["packages/policy/src/parse/", /\b(?:report|fail)\(|\bconst message =/],
]

const isOwnError = (file: string, line: string): boolean =>
  ownErrors.some(([folder, said]) => file.startsWith(folder) && said.test(line))

const kinds: readonly Kind[] = [
  {
    why: "the sentence of an error of ours is for people: programs go by its code",
    is: ({ file, lineAbove, line, original }) =>
      sentence.test(original) && (isOwnError(file, line) || isOwnError(file, lineAbove)),
  },
]

const equivalents: readonly Equivalent[] = [
  ...inAccess,
  ...inAttestation,
  ...inAwsSdk,
  ...inFormats,
  ...inIdentity,
  ...inKeywright,
  ...inKit,
  ...inSuites,
  ...inPolicy,
  ...inRules,
  ...inSubjects,
  ...inStored,
  ...inEnvelope,
  ...inSoftwareHsm,
  ...inHost,
  ...inCare,
  ...inCorridor,
  ...inHsms,
  ...inDue,
  ...inFront,
]

/** Why nobody need notice a mistake; `undefined` when somebody must. */
export const reasonOf = (mutant: Mutant): string | undefined =>
  kinds.find(({ is }) => is(mutant))?.why ??
  equivalents.find(
    ({ file, line, replacement }) =>
      file === mutant.file && line === mutant.line && replacement === mutant.replacement,
  )?.why
