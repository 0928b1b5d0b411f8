import { createWriter, rewind } from "../wire/buffers.js"
import { type FullPlan, fullPlan, type HsmPlan, planCodec } from "../wire/plan.js"
import { checkPlan } from "./check-plan.js"

/** A plan for the next start. */
export interface KeptPlan {
  /** Runs `act` with the plan, whose bytes are there until it has ended. */
  use<T>(act: (plan: FullPlan) => Promise<T>): Promise<T>
  wipe(): void
}

function wipePlan(plan: FullPlan): void {
  if (plan.kind !== "software") {
    plan.setup.fill(0)
    return
  }
  for (const seal of [plan.software.seal, ...plan.software.formerSeals]) {
    if ("rootKey" in seal) seal.rootKey.fill(0)
  }
}

/** What is asked for at every start is wiped after it. */
const askedPlan = (ask: () => Promise<HsmPlan>): KeptPlan => ({
  async use(act) {
    const asked = await ask()
    checkPlan(asked)
    const plan = fullPlan(asked)
    try {
      return await act(plan)
    } finally {
      wipePlan(plan)
    }
  },
  wipe: () => undefined,
})

/** What is given is copied: the caller can wipe its own. */
function givenPlan(plan: HsmPlan): KeptPlan {
  checkPlan(plan)
  const writer = createWriter()
  planCodec.write(writer, fullPlan(plan))
  const { bytes, at: end } = writer
  return {
    use: (act) => act(planCodec.read({ bytes, at: 0, end, views: true, memory: undefined })),
    wipe: () => rewind(writer, 0),
  }
}

export const keepPlan = (plan: HsmPlan | (() => Promise<HsmPlan>)): KeptPlan =>
  typeof plan === "function" ? askedPlan(plan) : givenPlan(plan)
