import type { Policies, PolicyRequest } from "../../src/index.js"
import type { CallerName } from "../support/scene.js"

/** One sentence of the manual: these policies, this call, this answer. */
export interface DecisionCase {
  readonly name: string
  readonly policies: Policies
  readonly caller: CallerName
  readonly request?: Partial<PolicyRequest>
  readonly effect: "allow" | "explicitDeny" | "implicitDeny"
  readonly reason: string
}
