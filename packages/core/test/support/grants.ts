import { alice, app } from "./accounts.js"
import { openWorld } from "./world.js"

/** What a grant of most tests is about. */
export const ending = { GranteePrincipal: app, RetiringPrincipal: alice }

/** A world with a key, its grantee and who may retire its grants. */
export async function openGranted() {
  const world = await openWorld()
  const KeyId = await world.newKey()
  return { ...world, KeyId, app: world.kms.as(app), alice: world.kms.as(alice) }
}
