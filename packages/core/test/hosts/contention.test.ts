import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Timer } from "../../src/ports/timer.js"
import { account, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { quickHsm } from "../support/importing.js"
import { turnsDuring } from "../support/loop-turns.js"
import { outcomeOf } from "../support/refusals.js"
import { lateStorage, recordingStorage } from "../support/storages.js"
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

async function rootOn(storage: Storage = createMemoryStorage()): Promise<KmsClient> {
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

describe("a thousand calls at once", () => {
  type Calls = (root: KmsClient, KeyId: string, i: number) => Promise<unknown>
  const kinds: readonly (readonly [string, Calls])[] = [
    ["that use a key", (root, KeyId) => root.encrypt({ KeyId, Plaintext: new Uint8Array(32) })],
    [
      "that write to one key",
      (root, KeyId, i) => root.updateKeyDescription({ KeyId, Description: `${i}` }),
    ],
    ["that make keys", (root) => root.createKey({})],
  ]

  it.each(kinds)("let everything else have its turn, again and again: %s", async (_, call) => {
    const root = await rootOn()
    const KeyId = await newKey(root)
    const turns = await turnsDuring(() => Promise.all(times(1000, (i) => call(root, KeyId, i))))
    expect(turns).toBeGreaterThan(5)
  })
})

describe("of two hosts on one storage", () => {
  it("all writers of both to one key succeed, and none is lost", async () => {
    const storage = createMemoryStorage()
    const roots = await Promise.all([rootOn(storage), rootOn(storage)])
    const KeyId = await newKey(roots[0] as KmsClient)
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    const calls = times(80, (i) => (roots[i % 2] as KmsClient).createGrant(grant))
    expect(await endingsOf(calls)).toEqual({ OK: 80 })
    const { Grants = [] } = await (roots[1] as KmsClient).listGrants({ KeyId, Limit: 100 })
    expect(Grants).toHaveLength(80)
  })
})

describe("of two calls of a host about one thing, one of which read it before it was there", () => {
  it("each relies on what it has read itself, also when they go with one commit", async () => {
    const store = createMemoryStorage()
    const { storage, late } = lateStorage(store)
    const [own, other] = [await rootOn(storage), await rootOn(store)]
    const [one, two] = [await newKey(other), await newKey(other)]
    const namesOf = async (KeyId: string) =>
      (await other.listAliases({ KeyId })).Aliases?.map((alias) => alias.AliasName)
    for (let turns = 0; turns < 64; turns += 4) {
      const AliasName = `alias/a${turns}`
      const create = await late(1, () => own.createAlias({ AliasName, TargetKeyId: two }))
      await other.createAlias({ AliasName, TargetKeyId: one })
      const remove = await late(2, () => own.deleteAlias({ AliasName }))
      await other.tagResource({ KeyId: one, Tags: [{ TagKey: "a", TagValue: `${turns}` }] })
      remove.arrive()
      for (let i = 0; i < turns; i += 1) await undefined
      create.arrive()
      // The one that was removed was there until then: the new one comes behind it, or not at all.
      expect(await outcomeOf(remove.ended)).toBe("OK")
      const isMade = (await outcomeOf(create.ended)) === "OK"
      expect([await namesOf(one), await namesOf(two)]).toEqual([[], isMade ? [AliasName] : []])
      if (isMade) await other.deleteAlias({ AliasName })
    }
  })
})

describe("a list of the aliases of a key", () => {
  it("is of one moment, also when they change while it is read", async () => {
    const store = createMemoryStorage()
    const { storage, late } = lateStorage(store)
    const [own, other] = [await rootOn(storage), await rootOn(store)]
    const KeyId = await newKey(other)
    await other.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId })
    const list = await late(1, () => own.listAliases({ KeyId }))
    await other.createAlias({ AliasName: "alias/b", TargetKeyId: KeyId })
    await other.deleteAlias({ AliasName: "alias/a" })
    list.arrive()
    const { Aliases } = await list.ended
    expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(["alias/b"])
  })
})

describe("a call that decides upon what another has decided and not written", () => {
  const tag = (KeyId: string, TagKey: string) => ({ KeyId, Tags: [{ TagKey, TagValue: "1" }] })

  it("goes with the same commit", async () => {
    const storage = recordingStorage(createMemoryStorage())
    const root = await rootOn(storage)
    const KeyId = await newKey(root)
    storage.counts()
    await Promise.all(times(40, (i) => root.tagResource(tag(KeyId, `k${i}`))))
    // A busy machine takes a rest more often, and what is decided until then goes first.
    expect(storage.counts().commit).toBeLessThan(20)
    expect((await root.listResourceTags({ KeyId, Limit: 50 })).Tags).toHaveLength(40)
  })

  it("is refused for nothing that was never written", async () => {
    const inner = createMemoryStorage()
    let failures = 0
    const commit: Storage["commit"] = (change) => {
      failures -= 1
      return failures >= 0 ? Promise.reject(new Error("the disk is full")) : inner.commit(change)
    }
    const root = await rootOn({ ...inner, commit })
    const KeyId = await newKey(root)
    failures = 1
    const calls = [
      root.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId }),
      root.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId }),
    ]
    // The second would be refused if it believed in the alias of the first, which failed.
    expect(await endingsOf(calls)).toEqual({ KMSInternalException: 1, OK: 1 })
  })

  it("is refused for what was written", async () => {
    const root = await rootOn()
    const KeyId = await newKey(root)
    const create = () => root.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId })
    expect(await endingsOf([create(), create(), create()])).toEqual({
      AlreadyExistsException: 2,
      OK: 1,
    })
  })
})

describe("writes that wait", () => {
  it("hold up no read, and no write to another key", async () => {
    const inner = createMemoryStorage()
    let isStuck = false
    let release = (): void => {}
    const hsm = quickHsm()
    const generateKey: typeof hsm.generateKey = async (binding) => {
      if (isStuck) {
        await new Promise<void>((resolve) => {
          release = resolve
        })
      }
      return hsm.generateKey(binding)
    }
    const kms = await openHost({ storage: inner, hsm: { ...hsm, generateKey } })
    const root = kms.as(kms.administrator)
    const [slow, other] = [await newKey(root), await newKey(root)]
    isStuck = true
    const rotating = root.rotateKeyOnDemand({ KeyId: slow })
    const waiting = root.updateKeyDescription({ KeyId: slow, Description: "later" })
    await root.describeKey({ KeyId: slow })
    await root.updateKeyDescription({ KeyId: other, Description: "now" })
    expect((await root.describeKey({ KeyId: slow })).KeyMetadata?.Description).toBe("")
    isStuck = false
    release()
    await Promise.all([rotating, waiting])
    expect((await root.describeKey({ KeyId: slow })).KeyMetadata?.Description).toBe("later")
  })
})

/** A policy that is nearly as long as one can be. */
const longPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: times(100, (i) => ({
    Sid: `s${i}`,
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: "kms:*",
    Resource: "*",
    Condition: { StringNotEquals: { "kms:CallerAccount": "x".repeat(50) } },
  })),
})

/** A store that takes no value beyond some length, as a store may say. */
const shortStorage = (inner: Storage, bytesMax: number): Storage => ({
  ...inner,
  commit: async (change) => {
    const isTooLong = change.put.some(({ value }) => value.length > bytesMax)
    if (isTooLong) throw new TypeError("a value is too long")
    return inner.commit(change)
  },
})

describe("a write that no commit can carry", () => {
  it("fails alone, and those that travel with it are written", async () => {
    const storage = recordingStorage(shortStorage(createMemoryStorage(), 10_000))
    const root = await rootOn(storage)
    const keys = await Promise.all(times(20, () => newKey(root)))
    const [first = ""] = keys
    storage.counts()
    const long = { AliasName: "alias/x", TargetKeyId: first }
    const endings = await endingsOf([
      ...keys.map((KeyId) => root.updateKeyDescription({ KeyId, Description: "new" })),
      root.createKey({ Policy: longPolicy }),
      root.createAlias(long),
    ])
    expect(endings).toEqual({ OK: 21, KMSInternalException: 1 })
    for (const KeyId of keys) {
      expect((await root.describeKey({ KeyId })).KeyMetadata?.Description).toBe("new")
    }
  })
})

/** A store that makes every commit, late, and answers none of them once it is told so. */
function forgetfulStorage(inner: Storage) {
  const memory = { isLost: false }
  const storage: Storage = {
    ...inner,
    commit: async (change) => {
      await new Promise((resolve) => setTimeout(resolve))
      const isHeld = await inner.commit(change)
      if (memory.isLost) throw new Error("the answer is lost")
      return isHeld
    },
  }
  return { storage, memory }
}

describe("writes that rely on one another, whose commits are made and not answered", () => {
  it("fail, and none of them is made a second time", async () => {
    const { storage, memory } = forgetfulStorage(createMemoryStorage())
    const root = await rootOn(storage)
    const KeyId = await newKey(root)
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    memory.isLost = true
    const endings = await endingsOf(times(20, () => root.createGrant(grant)))
    expect(endings).toEqual({ KMSInternalException: 20 })
    const { Grants = [] } = await root.listGrants({ KeyId, Limit: 100 })
    expect(Grants.length).toBe(20)
  })
})

/** Which calls a storage does not answer. */
const silences: readonly (readonly [
  string,
  (method: string, keys: readonly string[]) => boolean,
])[] = [
  ["a commit", (method) => method === "commit"],
  [
    "a read of a commit",
    (method, keys) => method === "get" && keys[0]?.startsWith("digest/") === true,
  ],
  ["anything", () => true],
]

/** A storage that answers nothing of some kind for a while, and a timer that the test ends. */
function silentStorage(isSilenced: (typeof silences)[number][1]) {
  const inner = createMemoryStorage()
  const silence = { isOn: false }
  const never = new Promise<never>(() => undefined)
  const isOff = (method: string, keys: readonly string[] = []) =>
    !(silence.isOn && isSilenced(method, keys))
  const storage: Storage = {
    ...inner,
    get: (keys) => (isOff("get", keys) ? inner.get(keys) : never),
    list: (range) => (isOff("list") ? inner.list(range) : never),
    commit: (change) => (isOff("commit") ? inner.commit(change) : never),
  }
  const waits: { readonly timeoutMs: number; readonly end: () => void }[] = []
  const timer: Timer = (timeoutMs) => {
    let end = (): void => undefined
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    waits.push({ timeoutMs, end })
    return { over, stop: () => undefined }
  }
  const endAll = (ms: number) => {
    for (const { timeoutMs, end } of waits) if (timeoutMs === ms) end()
  }
  return { storage, timer, silence, waits, endAll }
}

it.each(silences)(
  "%s that the storage never answers ends the waiting of all, and later writes are made",
  async (_, isSilenced) => {
    const { storage, timer, silence, waits, endAll } = silentStorage(isSilenced)
    const kms = await openHost({ storage, timer })
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    await root.describeKey({ KeyId })
    silence.isOn = true
    const { length: waitedBefore } = waits
    const calls = times(20, (i) =>
      outcomeOf(root.updateKeyDescription({ KeyId, Description: `${i}` })),
    )
    await expect.poll(() => waits.length).toBeGreaterThan(waitedBefore)
    expect(await outcomeOf(root.describeKey({ KeyId }))).toBe("OK")
    // What waits for others is told that nothing was written; what was decided, that it has failed.
    endAll(30_000)
    const ending = setInterval(() => endAll(90_000), 20)
    const endings = new Set(await Promise.all(calls))
    clearInterval(ending)
    expect([...endings].toSorted()).toEqual(["KMSInternalException", "ThrottlingException"])
    silence.isOn = false
    expect(await outcomeOf(root.updateKeyDescription({ KeyId, Description: "later" }))).toBe("OK")
    await kms.close()
  },
)

it("a read that the storage never answers fails, and no timer runs once all is answered", async () => {
  const { storage, timer, silence, waits, endAll } = silentStorage((method) => method === "get")
  const kms = await openHost({ storage, timer })
  const other = await openHost({ storage })
  const KeyId = await newKey(other.as(other.administrator))
  const root = kms.as(kms.administrator)
  const { length: waitedBefore } = waits
  silence.isOn = true
  const reading = outcomeOf(root.describeKey({ KeyId }))
  await expect.poll(() => waits.length).toBeGreaterThan(waitedBefore)
  endAll(90_000)
  expect(await reading).toBe("KMSInternalException")
  silence.isOn = false
  const { length: waited } = waits
  expect(await outcomeOf(root.describeKey({ KeyId }))).toBe("OK")
  await new Promise((resolve) => setImmediate(resolve))
  expect(waits.length).toBe(waited)
})

it("an engine that is closed writes what was decided before", async () => {
  const inner = createMemoryStorage()
  let isHeld = false
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const commit: Storage["commit"] = async (change) => {
    if (isHeld) await gate
    return inner.commit(change)
  }
  const kms = await openHost({ storage: { ...inner, commit, close: async () => undefined } })
  const root = kms.as(kms.administrator)
  const keys = await Promise.all(times(10, () => newKey(root)))
  isHeld = true
  const Description = "the last words"
  const calls = [keys.slice(0, 1), keys.slice(1)].map(async (some, i) => {
    // The first is on its way to the disk when the others decide.
    if (i > 0) await new Promise((resolve) => setImmediate(resolve))
    return Promise.all(some.map((KeyId) => root.updateKeyDescription({ KeyId, Description })))
  })
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  const closing = kms.close()
  open()
  await Promise.all([...calls, closing])
  const after = await rootOn(inner)
  for (const KeyId of keys) {
    expect((await after.describeKey({ KeyId })).KeyMetadata?.Description).toBe(Description)
  }
})
