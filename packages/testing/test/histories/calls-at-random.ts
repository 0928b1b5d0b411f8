import { randomInt } from "node:crypto"
import type { KmsClient } from "@keywright/core"

const pick = <Item>(items: readonly Item[]): Item => items[randomInt(items.length)] as Item

/** Keys that callers share, and who they are. */
export interface Scene {
  readonly keys: readonly string[]
  readonly principal: string
}

const aliasNames = ["alias/one", "alias/two"] as const

type Act = (client: KmsClient, KeyId: string, scene: Scene) => Promise<unknown>

const policyOf = (principal: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: `Number${randomInt(1000)}`,
        Effect: "Allow",
        Principal: { AWS: principal },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  })

/** Takes the first grant away, if there is one. */
async function revokeOne(client: KmsClient, KeyId: string): Promise<void> {
  const { Grants = [] } = await client.listGrants({ KeyId, Limit: 100 })
  const GrantId = Grants[0]?.GrantId
  if (GrantId !== undefined) await client.revokeGrant({ KeyId, GrantId })
}

const acts: readonly Act[] = [
  (client, KeyId) => client.describeKey({ KeyId }),
  (client, KeyId) => client.disableKey({ KeyId }),
  (client, KeyId) => client.enableKey({ KeyId }),
  (client, KeyId) => client.enableKey({ KeyId }),
  (client, KeyId) => client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
  (client, KeyId) => client.cancelKeyDeletion({ KeyId }),
  (client, KeyId) => client.cancelKeyDeletion({ KeyId }),
  (client, KeyId) => client.updateKeyDescription({ KeyId, Description: `${randomInt(1000)}` }),
  (client, KeyId) =>
    client.tagResource({
      KeyId,
      Tags: [{ TagKey: `t${randomInt(3)}`, TagValue: `${randomInt(1000)}` }],
    }),
  (client, KeyId) => client.untagResource({ KeyId, TagKeys: [`t${randomInt(3)}`] }),
  (client, KeyId) => client.listResourceTags({ KeyId }),
  (client, KeyId, { principal }) => client.putKeyPolicy({ KeyId, Policy: policyOf(principal) }),
  (client, KeyId) => client.getKeyPolicy({ KeyId }),
  (client, KeyId, { principal }) =>
    client.createGrant({ KeyId, GranteePrincipal: principal, Operations: ["Decrypt"] }),
  revokeOne,
  (client, KeyId) => client.listGrants({ KeyId, Limit: 100 }),
  (client, KeyId) => client.generateDataKey({ KeyId, NumberOfBytes: 16 }),
  (client) => client.generateDataKey({ KeyId: pick(aliasNames), NumberOfBytes: 16 }),
  (client, TargetKeyId) => client.createAlias({ AliasName: pick(aliasNames), TargetKeyId }),
  (client, TargetKeyId) => client.updateAlias({ AliasName: pick(aliasNames), TargetKeyId }),
  (client) => client.deleteAlias({ AliasName: pick(aliasNames) }),
  (client, KeyId) => client.listAliases({ KeyId, Limit: 100 }),
]

/** Makes calls one after the other; what comes of them is for a recorder to know. */
export async function callAtRandom(
  client: KmsClient,
  scene: Scene,
  callsCount: number,
): Promise<void> {
  for (let i = 0; i < callsCount; i += 1) {
    const act = i % 40 === 20 ? rotate : pick(acts)
    await act(client, pick(scene.keys), scene).catch(() => undefined)
  }
}

/** A key rotates on demand a few times only. */
const rotate: Act = (client, KeyId) => client.rotateKeyOnDemand({ KeyId })
