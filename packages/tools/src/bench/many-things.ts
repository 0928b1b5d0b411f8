import process from "node:process"
import { createMemoryKms } from "@keywright/core/memory"
import { compare, sliceUs } from "./in-turn.js"

/*
 * A program of its own: fills an engine with keys, aliases and grants, and prints as JSON what
 * having many of them adds to a call. Usage: many-things.js <keys> <grants>
 */

const [, , keysText, grantsText] = process.argv
const [keysCount, grantsCount] = [Number(keysText), Number(grantsText)]
const fewGrants = 10

const kms = await createMemoryKms({ quotas: { keysPerAccount: 2 * keysCount } })
const owner = kms.as(kms.administrator)

/** Decrypts in turn by four of the roles that grants on a new key allow to. */
async function decryptByGrant(count: number): Promise<() => Promise<unknown>> {
  const { KeyMetadata } = await owner.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ""
  const roleOf = (i: number): string => `arn:aws:iam::${kms.account}:role/Role${i}`
  for (let i = 0; i < count; i += 1) {
    await owner.createGrant({ KeyId, GranteePrincipal: roleOf(i), Operations: ["Decrypt"] })
  }
  const { CiphertextBlob } = await owner.encrypt({ KeyId, Plaintext: new Uint8Array(32) })
  const roles = [0, 1, 2, 3].map((i) => kms.as(roleOf(i)))
  let turn = 0
  return async () => {
    turn += 1
    return roles[turn % roles.length]?.decrypt({ CiphertextBlob })
  }
}

const grants = await compare(
  await decryptByGrant(fewGrants),
  await decryptByGrant(grantsCount),
  1000,
)

for (let i = 0; i < keysCount; i += 1) {
  const { KeyMetadata } = await owner.createKey({})
  await owner.createAlias({ AliasName: `alias/key-${i}`, TargetKeyId: KeyMetadata?.KeyId ?? "" })
}

/** The marker of the last page that is full. */
async function lastMarker(list: (Marker?: string) => Promise<{ NextMarker?: string | undefined }>) {
  let full: string | undefined
  let next: string | undefined
  for (;;) {
    const { NextMarker } = await list(next)
    if (NextMarker === undefined) return full
    full = next
    next = NextMarker
  }
}

const Limit = 100
const listKeys = (Marker?: string) => owner.listKeys({ Limit, Marker })
const listAliases = (Marker?: string) => owner.listAliases({ Limit, Marker })
const [keysEnd, aliasesEnd] = [await lastMarker(listKeys), await lastMarker(listAliases)]
const figures = {
  grants,
  listKeys: await compare(
    () => listKeys(),
    () => listKeys(keysEnd),
    20,
  ),
  listAliases: await compare(
    () => listAliases(),
    () => listAliases(aliasesEnd),
    20,
  ),
  sweepUs: await sliceUs(() => kms.sweep(), 100),
}
process.stdout.write(JSON.stringify(figures))
await kms.close()
