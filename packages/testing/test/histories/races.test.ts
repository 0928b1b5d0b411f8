import { randomInt } from "node:crypto"
import type { Kms, KmsClient } from "@keywright/core"
import { afterAll, describe, expect, it } from "vitest"
import { openHost } from "../../../core/test/support/hosts.js"
import { type Machines, networkStores } from "../../../core/test/support/machines.js"
import { isSlow } from "../../../core/test/support/slow.js"
import {
  certainRefusals,
  checkHistory,
  createHistoryRecorder,
  kmsModel,
  renderVerdict,
} from "../../src/histories.js"
import { sharedStores } from "./stores.js"

/*
 * Two hosts write at the same moment: every pair of writing operations, on one key and its alias.
 */

/** What there is before two calls meet. */
interface Scene {
  readonly KeyId: string
  /** The target of an alias that is moved. */
  readonly other: string
  /** Of the first key, and a name that is free. */
  readonly alias: string
  readonly free: string
  readonly GrantId: string
  readonly principal: string
}

type Write = (client: KmsClient, scene: Scene, of: "one" | "other") => Promise<unknown>

const policyOf = (principal: string, Sid: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid, Effect: "Allow", Principal: { AWS: principal }, Action: "kms:*", Resource: "*" },
    ],
  })

/** The two hosts write different values, so that one that is lost is missed. */
const writes: Readonly<Record<string, Write>> = {
  DisableKey: (client, { KeyId }) => client.disableKey({ KeyId }),
  EnableKey: (client, { KeyId }) => client.enableKey({ KeyId }),
  ScheduleKeyDeletion: (client, { KeyId }) =>
    client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
  CancelKeyDeletion: (client, { KeyId }) => client.cancelKeyDeletion({ KeyId }),
  UpdateKeyDescription: (client, { KeyId }, Description) =>
    client.updateKeyDescription({ KeyId, Description }),
  TagResource: (client, { KeyId }, TagKey) =>
    client.tagResource({ KeyId, Tags: [{ TagKey, TagValue: TagKey }] }),
  UntagResource: (client, { KeyId }) => client.untagResource({ KeyId, TagKeys: ["old"] }),
  PutKeyPolicy: (client, { KeyId, principal }, sid) =>
    client.putKeyPolicy({ KeyId, Policy: policyOf(principal, sid) }),
  CreateGrant: (client, { KeyId, principal }) =>
    client.createGrant({ KeyId, GranteePrincipal: principal, Operations: ["Decrypt"] }),
  RevokeGrant: (client, { KeyId, GrantId }) => client.revokeGrant({ KeyId, GrantId }),
  RetireGrant: (client, { KeyId, GrantId }) => client.retireGrant({ KeyId, GrantId }),
  RotateKeyOnDemand: (client, { KeyId }) => client.rotateKeyOnDemand({ KeyId }),
  CreateAlias: (client, { KeyId, other, free }, of) =>
    client.createAlias({ AliasName: free, TargetKeyId: of === "one" ? KeyId : other }),
  UpdateAlias: (client, { KeyId, other, alias }, of) =>
    client.updateAlias({ AliasName: alias, TargetKeyId: of === "one" ? other : KeyId }),
  DeleteAlias: (client, { alias }) => client.deleteAlias({ AliasName: alias }),
}

const names = Object.keys(writes)
const pairs = names.flatMap((one, i) => names.slice(i).map((other) => [one, other] as const))
/** Over a network each run takes another part of them; who asks for the slow runs has them all. */
const parts = 6
const part = randomInt(parts)
/** So many pairs meet at once, each on keys of its own. */
const atOnce = 8

async function prepare(client: KmsClient, count: number, principal: string): Promise<Scene> {
  const keyOf = async (): Promise<string> => {
    const { KeyMetadata } = await client.createKey({ Tags: [{ TagKey: "old", TagValue: "1" }] })
    return KeyMetadata?.KeyId ?? ""
  }
  const [KeyId, other] = [await keyOf(), await keyOf()]
  const alias = `alias/taken-${count}`
  await client.createAlias({ AliasName: alias, TargetKeyId: KeyId })
  const grant = { KeyId, GranteePrincipal: principal, Operations: ["Encrypt" as const] }
  const { GrantId = "" } = await client.createGrant(grant)
  return { KeyId, other, alias, free: `alias/free-${count}`, GrantId, principal }
}

async function lookAt(client: KmsClient, { KeyId, other, alias, free }: Scene): Promise<void> {
  await client.describeKey({ KeyId })
  await client.listResourceTags({ KeyId })
  await client.getKeyPolicy({ KeyId })
  await client.listGrants({ KeyId, Limit: 100 })
  for (const one of [KeyId, other]) await client.listAliases({ KeyId: one, Limit: 100 })
  for (const one of [alias, free]) await client.describeKey({ KeyId: one }).catch(() => undefined)
}

/** Lets two writes meet; answers what is wrong with what was seen. */
async function race(
  hosts: readonly Kms[],
  [one, other]: readonly [string, string],
  count: number,
): Promise<readonly string[]> {
  const recorder = createHistoryRecorder()
  const clients = hosts.map((kms) => recorder.watch(kms.as(kms.administrator)))
  const [first, second, third] = clients as [KmsClient, KmsClient, KmsClient]
  const scene = await prepare(first, count, hosts[0]?.administrator ?? "")
  const met = await Promise.allSettled([
    writes[one]?.(first, scene, "one"),
    writes[other]?.(second, scene, "other"),
  ])
  await lookAt(third, scene)
  const refusals = met.flatMap((end) => (end.status === "rejected" ? [end.reason as Error] : []))
  const strange = refusals.filter(
    ({ name }) => !certainRefusals.has(name) || name === "ThrottlingException",
  )
  const verdict = checkHistory(recorder.operations(), kmsModel())
  return [
    ...strange.map((error) => `${one} and ${other}: ${error}`),
    ...(verdict.verdict === "linearizable" ? [] : [`${one}, ${other}: ${renderVerdict(verdict)}`]),
  ]
}

describe.each(sharedStores)("two hosts on %s", (name, make) => {
  const only = make === undefined ? it.skip : it
  const why = make === undefined ? ` (there is no ${name})` : ""
  let machines: Machines | undefined
  const hosts: Kms[] = []
  afterAll(async () => {
    await Promise.all(hosts.map((kms) => kms.close()))
    machines?.remove()
  })

  const test = async () => {
    machines = await make?.()
    for (let i = 0; i < 3; i += 1) {
      hosts.push(await openHost({ storage: await (machines as Machines).open() }))
    }
    const findings: string[] = []
    const isFar = networkStores.some(([far]) => far === name)
    const chosen = isFar && !isSlow ? pairs.filter((_, i) => i % parts === part) : pairs
    for (let i = 0; i < chosen.length; i += atOnce) {
      const meeting = chosen.slice(i, i + atOnce)
      const found = await Promise.all(meeting.map((pair, j) => race(hosts, pair, i + j)))
      findings.push(...found.flat())
    }
    expect(findings).toEqual([])
  }
  only(`lose nothing when any two writes meet${why}`, test)
})

it("every pair of writing operations that the model knows is there", () => {
  expect(pairs).toHaveLength(120)
})
