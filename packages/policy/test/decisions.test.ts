import { describe, expect, test } from "vitest"
import { compile } from "../src/index.js"
import type { DecisionCase } from "./cases/case.js"
import { crossAccount } from "./cases/cross-account.js"
import { elements } from "./cases/elements.js"
import { grants } from "./cases/grants.js"
import { limits } from "./cases/limits.js"
import { networks } from "./cases/networks.js"
import { organizations } from "./cases/organizations.js"
import { ownAccount } from "./cases/own-account.js"
import { requestOf } from "./support/scene.js"

const topics: Record<string, readonly DecisionCase[]> = {
  "callers of the own account": ownAccount,
  "callers of other accounts": crossAccount,
  "boundary and session policies": limits,
  "organizations and endpoints": organizations,
  networks,
  grants,
  elements,
}

for (const [topic, cases] of Object.entries(topics)) {
  describe(topic, () => {
    test.each(cases.map((item) => [item.name, item] as const))("%s", (_name, item) => {
      const compiled = compile(item.policies)
      const request = requestOf(item.caller, item.request)
      const decision = compiled.decide(request)
      expect([decision.effect, decision.reason]).toEqual([item.effect, item.reason])
      expect(compiled.explain(request).decision).toEqual(decision)
    })
  })
}
