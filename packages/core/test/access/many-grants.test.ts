import { createMemoryStorage, type Storage } from "@keywright/storage"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createRemembered } from "../../src/engine/access/remembered.js"
import type { GrantOperation } from "../../src/vocabulary/grant-operations.js"
import { account, alice, app } from "../support/accounts.js"
import { keyPolicyOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

/*
 * Many grants of one grantee on one key: what applies is found without reading the others.
 */

const Plaintext = Uint8Array.of(1)
const denied = "AccessDeniedException"

interface Constraints {
  readonly EncryptionContextEquals?: Record<string, string>
  readonly EncryptionContextSubset?: Record<string, string>
}

/** A storage that counts the records of grants which are read from it. */
function countingStorage() {
  const storage = createMemoryStorage()
  const count = { records: 0 }
  const counting: Storage = {
    ...storage,
    list: async (range) => {
      const page = await storage.list(range)
      if (range.prefix.startsWith("grant/")) count.records += page.entries.length
      return page
    },
  }
  return { storage: counting, count }
}

/** A key whose policy names nobody but the administrator, and a way to grant a role its use. */
async function openGranted(options: Parameters<typeof openWorld>[0] = {}) {
  const world = await openWorld(options)
  const KeyId = await world.newKey()
  const grant = async (Operations: readonly GrantOperation[], Constraints?: Constraints) =>
    (
      await world.root.createGrant({
        KeyId,
        GranteePrincipal: app,
        Operations: [...Operations],
        ...(Constraints && { Constraints }),
      })
    ).GrantId ?? ""
  const decrypt = async (EncryptionContext: Record<string, string>) => {
    const { CiphertextBlob } = await world.root.encrypt({ KeyId, Plaintext, EncryptionContext })
    return { CiphertextBlob, EncryptionContext }
  }
  return { ...world, KeyId, grant, decrypt, client: world.kms.as(app) }
}

const tenant = (id: number) => ({ tenant: `tenant-${id}` })

async function openTenants(tenants: number) {
  const { storage, count } = countingStorage()
  const world = await openGranted({ storage })
  for (let id = 0; id < tenants; id += 1) {
    await world.grant(["Decrypt"], { EncryptionContextSubset: tenant(id) })
  }
  return { ...world, count }
}

describe("a caller with many grants on a key", () => {
  it("is decided by reading no more of them than one with a few", async () => {
    const read: number[] = []
    for (const tenants of [60, 240]) {
      const { client, decrypt, count, grant } = await openTenants(tenants)
      const message = await decrypt(tenant(tenants - 1))
      await client.decrypt(message)
      await grant(["Encrypt"], { EncryptionContextEquals: tenant(0) })
      count.records = 0
      await client.decrypt(message)
      read.push(count.records)
    }
    const [few = 0, many = 0] = read
    expect(few).toBeGreaterThan(0)
    expect(many).toBe(few)
  })

  it("is decided without reading any when the key changes and its grants do not", async () => {
    const { client, root, KeyId, decrypt, count } = await openTenants(60)
    const message = await decrypt(tenant(7))
    await client.decrypt(message)
    count.records = 0
    await root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    await client.decrypt(message)
    expect(count.records).toBe(0)
  })

  it("is read once for all calls that wait for it", async () => {
    const { client, decrypt, count, grant } = await openTenants(60)
    const message = await decrypt(tenant(7))
    await client.decrypt(message)
    await grant(["Encrypt"])
    count.records = 0
    await client.decrypt(message)
    const alone = count.records
    await grant(["Encrypt"], { EncryptionContextEquals: tenant(1) })
    count.records = 0
    await Promise.all(Array.from({ length: 8 }, () => client.decrypt(message)))
    expect(count.records).toBeLessThan(2 * alone)
  })

  it("is refused at once when the grant that let it in is revoked", async () => {
    const { client, root, KeyId, decrypt, grant } = await openTenants(40)
    const message = await decrypt({ tenant: "new" })
    await expectRefusal(client.decrypt(message), denied)
    const GrantId = await grant(["Decrypt"], { EncryptionContextEquals: { tenant: "new" } })
    await client.decrypt(message)
    await root.revokeGrant({ KeyId, GrantId })
    await expectRefusal(client.decrypt(message), denied)
  })

  it("obeys a key policy that was put after its grants were read", async () => {
    const { client, root, KeyId, decrypt } = await openTenants(40)
    const message = await decrypt(tenant(3))
    await client.decrypt(message)
    const deny = { Effect: "Deny" as const, Principal: { AWS: app }, Action: "kms:Decrypt" }
    await root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({}, deny) })
    await expectRefusal(client.decrypt(message), denied)
  })

  it.each([1, 40])("with %i of them may do nothing that only others may", async (count) => {
    const { client, kms, root, newKey, KeyId, grant, decrypt } = await openGranted()
    for (let id = 0; id < count; id += 1) {
      await grant(["Decrypt"], { EncryptionContextSubset: tenant(id) })
    }
    const other = await newKey()
    const granted = { KeyId: other, GranteePrincipal: alice, Operations: ["Decrypt" as const] }
    await root.createGrant(granted)
    const EncryptionContext = tenant(0)
    const message = await decrypt(EncryptionContext)
    const { CiphertextBlob } = await root.encrypt({ KeyId: other, Plaintext, EncryptionContext })
    const another = { CiphertextBlob, EncryptionContext }
    // At once, and then by what is remembered.
    for (let time = 0; time < 2; time += 1) {
      const calls = [
        client.decrypt(message),
        kms.as(alice).decrypt(message),
        client.encrypt({ KeyId, Plaintext, EncryptionContext }),
        client.decrypt(await decrypt(tenant(count))),
        client.decrypt(another),
        kms.as(alice).decrypt(another),
      ]
      const outcomes = await Promise.all(calls.map(outcomeOf))
      expect(outcomes).toEqual(["OK", denied, denied, denied, denied, "OK"])
    }
  })

  it("is, when it is a service, decided by the resource that it acts for", async () => {
    const { kms, root, KeyId } = await openGranted()
    const service = "dynamodb.amazonaws.com"
    const table = (id: number) => `arn:aws:dynamodb:us-east-1:${account}:table/${id}`
    for (let id = 0; id < 40; id += 1) {
      await root.createGrant({
        KeyId,
        GranteeServicePrincipal: service,
        RetiringPrincipal: app,
        Operations: ["Encrypt"],
        Constraints: { SourceArn: table(id) },
      })
    }
    const outcome = (context: { readonly sourceArn?: string }) =>
      outcomeOf(kms.as(service, context).encrypt({ KeyId, Plaintext }))
    expect(await outcome({ sourceArn: table(39) })).toBe("OK")
    expect(await outcome({ sourceArn: table(0) })).toBe("OK")
    expect(await outcome({ sourceArn: table(40) })).toBe(denied)
    expect(await outcome({})).toBe(denied)
  })

  it("is decided as if all of them were looked at, whatever they permit and ask for", async () => {
    const pairs = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "22"), {
      maxKeys: 3,
    })
    const operations: readonly GrantOperation[] = ["Encrypt", "Decrypt", "DescribeKey"]
    const constraints = fc.oneof(
      fc.constant(undefined),
      pairs.map((EncryptionContextEquals) => ({ EncryptionContextEquals })),
      pairs.map((EncryptionContextSubset) => ({ EncryptionContextSubset })),
    )
    const grants = fc.array(
      fc.tuple(fc.subarray([...operations], { minLength: 1, maxLength: 2 }), constraints),
      { minLength: 1, maxLength: 6 },
    )
    // So many that nobody keeps them whole, and that none of them lets in what is asked.
    const crowd = 40
    await fc.assert(
      fc.asyncProperty(
        grants,
        fc.array(pairs, { minLength: 1, maxLength: 4 }),
        async (some, asked) => {
          const { client, decrypt, grant, KeyId } = await openGranted()
          for (let id = 0; id < crowd; id += 1) {
            await grant(["Encrypt", "Decrypt"], { EncryptionContextSubset: { crowd: `${id}` } })
          }
          for (const [names, bound] of some) await grant(names, bound)
          const lets = (operation: GrantOperation, context: Record<string, string>) =>
            some.some(([names, bound]) => {
              if (!names.includes(operation)) return false
              if (operation === "DescribeKey" || bound === undefined) return true
              const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } =
                bound as Constraints
              const wanted = Object.entries(equals ?? subset ?? {})
              const has = wanted.every(([name, value]) => context[name] === value)
              return has && (equals === undefined || wanted.length === Object.keys(context).length)
            })
          const expected = (isLet: boolean) => (isLet ? "OK" : denied)
          for (const context of asked) {
            const { CiphertextBlob } = await decrypt(context)
            const decrypting = client.decrypt({ CiphertextBlob, EncryptionContext: context })
            const encrypting = client.encrypt({ KeyId, Plaintext, EncryptionContext: context })
            expect(await outcomeOf(decrypting)).toBe(expected(lets("Decrypt", context)))
            expect(await outcomeOf(encrypting)).toBe(expected(lets("Encrypt", context)))
          }
          const described = await outcomeOf(client.describeKey({ KeyId }))
          expect(described).toBe(expected(lets("DescribeKey", {})))
        },
      ),
      { numRuns: 12 },
    )
  })
})

describe("what is remembered of grants", () => {
  it("stays within its bytes, however many callers there are", async () => {
    const bytesMax = 10_000
    const remembered = createRemembered<object>(bytesMax)
    const names = Array.from({ length: 200 }, (_, i) => `caller ${i}`)
    for (const name of names)
      await remembered.at(name, "1", async () => ({ value: {}, bytes: 500 }))
    const kept = names.filter((name) => remembered.recall(name) !== undefined)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length * 500).toBeLessThan(bytesMax)
  })

  it("counts names, and what an entry takes by itself", async () => {
    const remembered = createRemembered<object>(10_000)
    const keep = async (names: readonly string[]) => {
      for (const name of names)
        await remembered.at(name, "1", async () => ({ value: {}, bytes: 0 }))
      return names.filter((name) => remembered.recall(name) !== undefined).length
    }
    const long = await keep(Array.from({ length: 20 }, (_, i) => `${i}`.padStart(1000, "x")))
    expect(long).toBeGreaterThan(0)
    expect(long).toBeLessThan(5)
    const short = await keep(Array.from({ length: 200 }, (_, i) => `${i}`))
    expect(short).toBeGreaterThan(0)
    expect(short).toBeLessThan(50)
  })

  it("is of its name and its revision, however much is read at once", async () => {
    const remembered = createRemembered<string>(10_000)
    const read = (name: string, revision: string) =>
      remembered.at(name, revision, async () => ({ value: name + revision, bytes: 1 }))
    const asked = [read("a", "1"), read("b", "1"), read("a", "2")]
    expect(await Promise.all(asked)).toEqual(["a1", "b1", "a2"])
    expect(await read("b", "1")).toBe("b1")
  })

  it("is read again after a failure", async () => {
    const remembered = createRemembered<number>(10_000)
    const failing = async () => Promise.reject(new Error("busy"))
    await expect(remembered.at("a", "1", failing)).rejects.toThrow("busy")
    expect(await remembered.at("a", "1", async () => ({ value: 2, bytes: 1 }))).toBe(2)
  })
})
