import { createHash } from "node:crypto"
import {
  encapsulationAlgorithms,
  encryptionAlgorithms,
  type KeySpec,
  keyAgreementAlgorithms,
  keySpecs,
  keyUsages,
  macAlgorithms,
  messageTypes,
  origins,
  signingAlgorithms,
  wrappingAlgorithms,
  wrappingKeySpecs,
} from "@keywright/core/hsm"
import { type Codec, list, record, text, word } from "./codecs.js"
import { foundMeasures, measures } from "./measures.js"
import { methodNames } from "./methods.js"
import { type FullPlan, planCodec } from "./plan.js"

/** Changes with every change of the bytes that is none of a list of words. */
const version = 1

const everyWord = [
  methodNames,
  measures,
  keySpecs,
  keyUsages,
  origins,
  messageTypes,
  encryptionAlgorithms,
  signingAlgorithms,
  macAlgorithms,
  keyAgreementAlgorithms,
  encapsulationAlgorithms,
  wrappingKeySpecs,
  wrappingAlgorithms,
]

/** Words travel as their places in lists, so both sides must have the same lists. */
export const layout = createHash("sha256")
  .update(JSON.stringify([version, everyWord]))
  .digest("hex")

/** The first frame that goes in. */
export const beginning: Codec<{ readonly layout: string; readonly plan: FullPlan }> = record({
  layout: text,
  plan: planCodec,
})

interface Readiness {
  readonly layout: string
  readonly keySpecs: readonly KeySpec[]
  readonly measures: typeof foundMeasures extends Codec<infer T> ? T : never
}

/** The first frame that comes out. */
export const readiness: Codec<Readiness> = record<Readiness>({
  layout: text,
  keySpecs: list(word(keySpecs)),
  measures: foundMeasures,
})
