import type { Rule } from "./rule.js"
import { bannedCallsRule, nodeImportsRule } from "./rules/banned-calls.js"
import { cyclesRule } from "./rules/cycles.js"
import { dependenciesRule } from "./rules/dependencies.js"
import { eventuallyRule } from "./rules/eventually.js"
import { floorsRule } from "./rules/floors.js"
import * as language from "./rules/language.js"
import { fileLengthRule, functionLengthRule, lineLengthRule } from "./rules/lengths.js"
import { catalogRule, manifestsRule } from "./rules/manifests.js"
import { packagesRule } from "./rules/packages.js"
import { roomsRule } from "./rules/rooms.js"
import { strangeFilesRule } from "./rules/strange-files.js"
import { wallClockRule } from "./rules/wall-clock.js"
import { wordsRule } from "./rules/words.js"

/** The house rules that a tool can keep. Dead exports are left to knip. */
export const rules: readonly Rule[] = [
  floorsRule,
  roomsRule,
  cyclesRule,
  packagesRule,
  dependenciesRule,
  fileLengthRule,
  functionLengthRule,
  lineLengthRule,
  bannedCallsRule,
  nodeImportsRule,
  wallClockRule,
  eventuallyRule,
  language.functionalCoreRule,
  language.moduleStateRule,
  language.classesRule,
  language.importEffectsRule,
  language.typeEscapesRule,
  language.defaultExportsRule,
  language.barrelsRule,
  language.localImportsRule,
  language.fileNamesRule,
  wordsRule,
  manifestsRule,
  catalogRule,
  strangeFilesRule,
]
