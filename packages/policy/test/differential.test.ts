import fc from "fast-check"
import { expect, test } from "vitest"
import { compile } from "../src/index.js"
import { referenceDecide } from "./reference/evaluate.js"
import { somePolicies, someRequest } from "./support/world.js"

const slow = process.env.SLOW === "1"
const numRuns = slow ? 1_000_000 : 20_000
const requestsPerRun = 2

test("the evaluator agrees with the naive reference on random policies and requests", () => {
  const reasons = new Map<string, number>()
  fc.assert(
    fc.property(
      somePolicies,
      fc.array(someRequest, { minLength: requestsPerRun, maxLength: requestsPerRun }),
      (policies, requests) => {
        const compiled = compile(policies)
        for (const request of requests) {
          const { effect, reason } = compiled.decide(request)
          const wanted = referenceDecide(policies, request)
          expect({ effect, reason }).toEqual(wanted)
          const name = `${effect} ${reason}`
          reasons.set(name, (reasons.get(name) ?? 0) + 1)
        }
      },
    ),
    { numRuns },
  )
  // The random world is of use only while it reaches every kind of answer.
  for (const name of everyAnswer) expect(reasons.has(name), name).toBe(true)
})

const everyAnswer = [
  "allow keyPolicy",
  "allow delegation",
  "allow identityPolicy",
  "allow crossAccount",
  "allow grant",
  "allow retiringPrincipal",
  "allow grantee",
  "allow issuingAccount",
  ...["rcp", "scp", "vpcEndpointPolicy", "keyPolicy", "identityPolicy"].map(
    (kind) => `explicitDeny ${kind}`,
  ),
  ...["permissionsBoundary", "sessionPolicy"].map((kind) => `explicitDeny ${kind}`),
  ...["scp", "vpcEndpointPolicy", "keyPolicy", "identityPolicy", "sessionPolicy"].map(
    (kind) => `implicitDeny ${kind}`,
  ),
  "implicitDeny permissionsBoundary",
  "implicitDeny crossAccountOperation",
  "implicitDeny grantRelation",
]
