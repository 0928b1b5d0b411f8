import type { Policies, Witness } from "../../src/index.js"
import { nothing } from "./scene.js"

export const everything = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
}

/** The policies that a witness speaks of. */
export const limits: { readonly [limit in Witness["limit"]]: Policies } = {
  none: {},
  boundaryAllowsNothing: { permissionsBoundary: nothing },
  boundaryAllowsEverything: { permissionsBoundary: everything },
  sessionPolicyAllowsNothing: { sessionPolicies: [nothing] },
  sessionPolicyAllowsEverything: { sessionPolicies: [everything] },
}
