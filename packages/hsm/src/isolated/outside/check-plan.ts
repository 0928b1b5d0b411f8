import { type OptionNames, requireKnownOptions } from "@keywright/core/hsm"
import type { GivenPlan, HsmPlan, ModulePlan, SealPlan, SoftwarePlan } from "../wire/plan.js"

const softwareNames: OptionNames<SoftwarePlan> = {
  suite: true,
  seal: true,
  formerSeals: true,
  keepOpen: true,
}
const moduleNames: OptionNames<ModulePlan> = { module: true, setup: true }
const givenNames: OptionNames<GivenPlan> = { setup: true }
const sealNames: Readonly<Record<SealPlan extends infer Any ? keyof Any : never, true>> = {
  rootKey: true,
  rootKeyFile: true,
  passphrase: true,
  shares: true,
}
const keepOpenNames: OptionNames<NonNullable<SoftwarePlan["keepOpen"]>> = {
  ms: true,
  keysMax: true,
}

/** Of two secrets one would go unused, and nobody would know which. */
function checkSeal(seal: SealPlan, parameter: string): void {
  requireKnownOptions(seal, sealNames, parameter)
  const given = Object.values(seal).filter((value) => value !== undefined)
  if (given.length === 1) return
  const names = Object.keys(sealNames).join(", ")
  throw new TypeError(`\`${parameter}\` must have one of ${names}, and no two`)
}

function checkSoftware({ suite, seal, formerSeals = [], keepOpen }: SoftwarePlan): void {
  if (suite !== "openssl" && suite !== "noble") {
    throw new TypeError('`hsm.suite` must be "openssl" or "noble"')
  }
  checkSeal(seal, "hsm.seal")
  if (!Array.isArray(formerSeals)) throw new TypeError("`hsm.formerSeals` must be a list of seals")
  for (const [i, one] of formerSeals.entries()) checkSeal(one, `hsm.formerSeals[${i}]`)
  if (keepOpen !== undefined) requireKnownOptions(keepOpen, keepOpenNames, "hsm.keepOpen")
}

/** Throws `TypeError` for a plan with members that nobody reads; it names what was meant. */
export function checkPlan(plan: HsmPlan): void {
  requireKnownOptions(plan, { ...softwareNames, ...moduleNames }, "hsm")
  if ("module" in plan) requireKnownOptions(plan, moduleNames, "hsm")
  else if ("setup" in plan) requireKnownOptions(plan, givenNames, "hsm")
  else checkSoftware(plan)
}
