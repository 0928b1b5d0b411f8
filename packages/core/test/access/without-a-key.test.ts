import { describe, expect, it } from "vitest"
import type { Identity } from "../../src/ports/identities.js"
import { account, app } from "../support/accounts.js"
import { identityOf } from "../support/policies.js"
import { openWorld } from "../support/world.js"

/*
 * Source: AWS KMS Developer Guide, "AWS KMS permissions": "you can set the Resource element to * or
 * to an account-specific variation".
 */

const operations = ["CreateKey", "ListKeys", "ListAliases", "GenerateRandom"] as const

async function effectsOf(identity: Identity) {
  const { kms } = await openWorld({ identities: { [app]: identity } })
  const caller = { principal: app, context: {} }
  return Promise.all(
    operations.map(async (operation) => {
      const call = operation === "GenerateRandom" ? { NumberOfBytes: 1 } : {}
      return (await kms.explain(caller, operation, call)).effect
    }),
  )
}

const all = (effect: string) => operations.map(() => effect)

describe("operations that have no key", () => {
  const here = `arn:aws:kms:us-east-1:${account}:*`

  it("are allowed and denied by the ARN of the account in its region", async () => {
    expect(await effectsOf(identityOf({ Resource: here }))).toEqual(all("allow"))
    expect(await effectsOf(identityOf({}, { Effect: "Deny", Resource: here }))).toEqual(
      all("explicitDeny"),
    )
  })

  it("are not covered by every key of the account, nor by another region", async () => {
    for (const Resource of [`${here.slice(0, -1)}key/*`, here.replace("us-east-1", "eu-west-1")]) {
      expect(await effectsOf(identityOf({ Resource }))).toEqual(all("implicitDeny"))
    }
  })
})
