import { beforeAll, describe, expect, it } from "vitest"
import { account, app } from "../support/accounts.js"
import { identityOf, keyPolicyOf, mayDoAll } from "../support/policies.js"
import { newKey, openWorld, type World } from "../support/world.js"

/*
 * The caller chooses the names of an encryption context, so no name may switch a condition off or
 * pass for another.
 *
 * Source: AWS KMS Developer Guide, "kms:EncryptionContext:context-key".
 */

const stage = "kms:EncryptionContext:Stage"
let world: World

beforeAll(async () => {
  world = await openWorld()
})

async function effectOf(
  EncryptionContext: Record<string, string>,
  { identity = mayDoAll, Policy = keyPolicyOf({}) },
) {
  const { storage, clock, root } = world
  const KeyId = await newKey(root, { Policy })
  const { kms } = await openWorld({ storage, clock, identities: { [app]: identity } })
  const call = { KeyId, Plaintext: Uint8Array.of(1), EncryptionContext }
  return (await kms.explain({ principal: app, context: {} }, "Encrypt", call)).effect
}

describe("a condition on a pair of the encryption context", () => {
  const deny = {
    identity: identityOf(
      {},
      { Effect: "Deny", Condition: { StringEquals: { [stage]: "Restricted" } } },
    ),
  }

  it("denies whatever pairs come besides", async () => {
    expect(await effectOf({ Stage: "Restricted" }, deny)).toBe("explicitDeny")
    expect(await effectOf({ Stage: "Restricted", stage: "x" }, deny)).toBe("explicitDeny")
    expect(await effectOf({ STAGE: "Restricted", Other: "x" }, deny)).toBe("explicitDeny")
    expect(await effectOf({ Stage: "Open", stage: "x" }, deny)).toBe("allow")
  })

  it("is not met by a name with a look-alike letter", async () => {
    const Policy = keyPolicyOf(
      { Principal: { AWS: `arn:aws:iam::${account}:root` } },
      {
        Effect: "Deny",
        Action: "kms:Encrypt",
        Condition: { StringNotEquals: { "kms:EncryptionContext:Kind": "a" } },
      },
    )
    expect(await effectOf({ kIND: "a" }, { Policy })).toBe("allow")
    expect(await effectOf({ "\u212aind": "a" }, { Policy })).toBe("explicitDeny")
  })
})
