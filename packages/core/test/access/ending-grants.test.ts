import { describe, expect, it } from "vitest"
import type { Identity } from "../../src/ports/identities.js"
import { account, alice, app, keyArnOf, roleOf, unknownKeyId, userOf } from "../support/accounts.js"
import { ending, openGranted } from "../support/grants.js"
import { identityOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

describe("ending a grant", () => {
  it("is for the retiring principal, by token or by key ARN and id", async () => {
    const { root, alice: retiring, kms, KeyId } = await openGranted()
    const made = () => root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"] })
    const first = await made()
    await expectRefusal(
      kms.as(userOf(account, "bob")).retireGrant({ GrantToken: first.GrantToken }),
      "AccessDeniedException",
    )
    await retiring.retireGrant({ GrantToken: first.GrantToken })
    const { GrantId } = await made()
    await retiring.retireGrant({ KeyId: `arn:aws:kms:us-east-1:${account}:key/${KeyId}`, GrantId })
    expect((await root.listGrants({ KeyId })).Grants).toEqual([])
  })

  it("is for the grantee only if RetireGrant is among the operations", async () => {
    const { root, app: grantee, KeyId } = await openGranted()
    const plain = await root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"] })
    await expectRefusal(
      grantee.retireGrant({ GrantToken: plain.GrantToken }),
      "AccessDeniedException",
    )
    const own = await root.createGrant({ KeyId, ...ending, Operations: ["RetireGrant"] })
    await grantee.retireGrant({ GrantToken: own.GrantToken })
  })

  it("works in every state of the key, and making one does not", async () => {
    const { root, KeyId } = await openGranted()
    const { GrantId } = await root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"] })
    await root.scheduleKeyDeletion({ KeyId })
    await expectRefusal(
      root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"] }),
      "KMSInvalidStateException",
      /is pending deletion\.$/,
    )
    await root.revokeGrant({ KeyId, GrantId })
  })

  it("refuses what names no grant", async () => {
    const { root, KeyId } = await openGranted()
    const GrantId = "0".repeat(64)
    await expectRefusal(root.revokeGrant({ KeyId, GrantId }), "NotFoundException")
    await expectRefusal(root.revokeGrant({ KeyId, GrantId: "x" }), "InvalidGrantIdException")
    await expectRefusal(root.revokeGrant({ KeyId: unknownKeyId, GrantId }), "NotFoundException")
    await expectRefusal(root.retireGrant({ GrantToken: "AAAA" }), "InvalidGrantTokenException")
    await expectRefusal(root.retireGrant({}), "ValidationException")
    const unknownArn = keyArnOf(unknownKeyId)
    await expectRefusal(
      root.retireGrant({ KeyId: unknownArn, GrantId }),
      "NotFoundException",
      `Key '${unknownArn}' does not exist`,
    )
    await expectRefusal(
      root.retireGrant({ KeyId: keyArnOf(KeyId), GrantId }),
      "NotFoundException",
      `Grant ID ${GrantId} not found`,
    )
  })

  it("is retired by its token, or by its key and its id, and by no other mixture", async () => {
    const { root, KeyId } = await openGranted()
    const made = await root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"] })
    const { GrantToken, GrantId } = made
    for (const names of [
      { KeyId },
      { GrantId },
      { GrantToken, KeyId },
      { GrantToken, GrantId },
      { GrantToken, KeyId, GrantId },
    ]) {
      await expectRefusal(
        root.retireGrant(names),
        "ValidationException",
        "Specify either a GrantToken, or a KeyId and a GrantId.",
      )
    }
    await root.retireGrant({ KeyId, GrantId })
  })

  it("is tried without being done by a dry run", async () => {
    const { root, KeyId } = await openGranted()
    const asked = { KeyId, ...ending, Operations: ["Encrypt" as const] }
    await expectRefusal(root.createGrant({ ...asked, DryRun: true }), "DryRunOperationException")
    expect((await root.listGrants({ KeyId })).Grants).toEqual([])
    const { GrantId, GrantToken } = await root.createGrant(asked)
    const dry = { DryRun: true }
    await expectRefusal(root.revokeGrant({ KeyId, GrantId, ...dry }), "DryRunOperationException")
    await expectRefusal(root.retireGrant({ GrantToken, ...dry }), "DryRunOperationException")
    expect((await root.listGrants({ KeyId })).Grants).toHaveLength(1)
  })
})

describe("ListRetirableGrants", () => {
  const lister = roleOf(account, "Lister")
  const asking = (identity: Identity) =>
    openWorld({ identities: { [lister]: identity } }).then(({ kms }) => kms.as(lister))
  const Action = "kms:ListRetirableGrants"

  it("is allowed on the principal that it asks for", async () => {
    const client = await asking(identityOf({ Action, Resource: alice }))
    await client.listRetirableGrants({ RetiringPrincipal: alice })
    const other = client.listRetirableGrants({ RetiringPrincipal: app })
    await expectRefusal(other, "AccessDeniedException", new RegExp(`on resource: ${app} because`))
  })

  it("is denied on the principal that a Deny names", async () => {
    const client = await asking(identityOf({ Action }, { Effect: "Deny", Action, Resource: alice }))
    await client.listRetirableGrants({ RetiringPrincipal: app })
    const denied = client.listRetirableGrants({ RetiringPrincipal: alice })
    await expectRefusal(denied, "AccessDeniedException", /explicit deny/)
  })

  it.each(["garbage", account, `arn:aws:iam::${account}:group/Team`, "arn:aws:s3:::bucket"])(
    "takes no %s for a principal",
    async (RetiringPrincipal) => {
      const { root } = await openWorld()
      await expectRefusal(
        root.listRetirableGrants({ RetiringPrincipal }),
        "ValidationException",
        /'retiringPrincipal' failed to satisfy constraint: Member must satisfy regular expression/,
      )
    },
  )
})
