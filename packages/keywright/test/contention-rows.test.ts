import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { KMS } from "@aws-sdk/client-kms"
import { awsSdkHandler } from "@keywright/aws-sdk"
import type { Kms } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openKms } from "../src/index.js"

/*
 * The table of contention: so many callers at once, of the engine itself and through the AWS SDK
 * with its three attempts and with ten. Each row was below one hundred percent once.
 */

const folder = mkdtempSync(join(tmpdir(), "keywright-rows-"))
afterAll(() => rmSync(folder, { recursive: true }))

const stores: readonly (readonly [string, () => Promise<Kms>])[] = [
  ["memory", () => createMemoryKms()],
  [
    "a SQLite file",
    () => openKms({ path: join(folder, "rows.db"), rootKey: new Uint8Array(32).fill(9) }),
  ],
]

type Client = Pick<KMS, "createKey" | "createGrant" | "listKeys" | "listGrants">

const clients: readonly (readonly [string, (kms: Kms) => Client])[] = [
  ["of the engine", (kms) => kms.as(kms.administrator) as Client],
  ["of the AWS SDK, 3 attempts", (kms) => new KMS({ ...awsSdkHandler(kms), maxAttempts: 3 })],
  ["of the AWS SDK, 10 attempts", (kms) => new KMS({ ...awsSdkHandler(kms), maxAttempts: 10 })],
]

const widths = [9, 12, 16, 32, 128, 256]

const rows = clients.flatMap(([name, clientOf]) =>
  widths.map((width) => ({ width, name, clientOf })),
)

const times = <Value>(count: number, make: () => Value): Value[] =>
  Array.from({ length: count }, make)

/** How many items there are on all pages. */
async function countAll(
  list: (Marker?: string) => Promise<{ items: number; next: string | undefined }>,
): Promise<number> {
  let all = 0
  for (let marker: string | undefined; ; ) {
    const { items, next } = await list(marker)
    all += items
    if (next === undefined) return all
    marker = next
  }
}

const keysOf = (client: Client) =>
  countAll(async (Marker) => {
    const { Keys = [], NextMarker } = await client.listKeys({ Limit: 1000, Marker })
    return { items: Keys.length, next: NextMarker }
  })

const grantsOf = (client: Client, KeyId: string) =>
  countAll(async (Marker) => {
    const { Grants = [], NextMarker } = await client.listGrants({ KeyId, Limit: 100, Marker })
    return { items: Grants.length, next: NextMarker }
  })

/** How often each call was made: the engine says nothing of that, and was asked once. */
const attemptsOf = (replies: readonly { readonly $metadata?: { readonly attempts?: number } }[]) =>
  new Set(replies.map(({ $metadata }) => $metadata?.attempts ?? 1))

describe.each(stores)("on %s, of many callers at once", (_, open) => {
  let kms: Kms
  beforeAll(async () => {
    kms = await open()
  })
  afterAll(() => kms.close())

  it.each(rows)("all $width that write to one key succeed at once: $name", async (row) => {
    const client = row.clientOf(kms)
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    const grant = { KeyId, GranteePrincipal: kms.administrator, Operations: ["Decrypt" as const] }
    const replies = await Promise.all(times(row.width, () => client.createGrant(grant)))
    expect(attemptsOf(replies)).toEqual(new Set([1]))
    expect(await grantsOf(client, KeyId)).toBe(row.width)
  })

  it.each(rows)("all $width that make a key succeed at once: $name", async (row) => {
    const client = row.clientOf(kms)
    const before = await keysOf(client)
    const replies = await Promise.all(times(row.width, () => client.createKey({})))
    expect(attemptsOf(replies)).toEqual(new Set([1]))
    expect((await keysOf(client)) - before).toBe(row.width)
  })
})
