import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client.js"
import { account, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { outcomeOf } from "../support/refusals.js"
import { newKey } from "../support/world.js"

/** How many calls that were made at once ended how. */
async function endingsOf(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const endings: Record<string, number> = {}
  for (const ending of await Promise.all(calls.map(outcomeOf))) {
    endings[ending] = (endings[ending] ?? 0) + 1
  }
  return endings
}

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

async function rootOn(storage = createMemoryStorage()): Promise<KmsClient> {
  const kms = await openHost({ storage })
  return kms.as(kms.administrator)
}

describe("of many calls at once that write", () => {
  it.each([2, 9, 64, 1000])("%i to one key all succeed", async (count) => {
    const root = await rootOn()
    const KeyId = await newKey(root)
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    const endings = await endingsOf(times(count, () => root.createGrant(grant)))
    expect(endings).toEqual({ OK: count })
    const { Grants = [] } = await root.listGrants({ KeyId, Limit: 100 })
    expect(Grants.length).toBe(Math.min(count, 100))
  })

  it.each([2, 65, 1000])("%i that make a key all succeed", async (count) => {
    const root = await rootOn()
    expect(await endingsOf(times(count, () => root.createKey({})))).toEqual({ OK: count })
    const { Keys = [] } = await root.listKeys({ Limit: 1000 })
    expect(Keys.length).toBe(count)
  })
})
