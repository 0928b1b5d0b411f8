import { createMemoryStorage, type MemoryStorage, StorageError } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import type { AuditEvent } from "../../src/ports/audit.js"
import { HsmError, type HsmErrorCode } from "../../src/ports/hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { account, keyArnOf } from "../support/accounts.js"
import { createClock, dayMs, impatient } from "../support/clock.js"
import { openHost, sealOf } from "../support/hosts.js"
import { type Dump, dumpOf } from "../support/records.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage } from "../support/storages.js"
import { disagreementsIn } from "../support/tied.js"
import { newKey, openWorld } from "../support/world.js"
import { hostOptions, prepareScene, writingCalls, writingOperations } from "../support/writes.js"

/**
 * The writing operations that are done in several commits have tests of their own: they leave
 * states between before and after. These are done in one.
 */
const elsewhere: Readonly<Record<string, string>> = {
  ConnectCustomKeyStore: "key-stores-crashes",
  DisconnectCustomKeyStore: "key-stores-crashes",
  ReplicateKey: "multi-region-crash",
  UpdatePrimaryRegion: "multi-region-crash",
}

/** Which key of the scene lets the operation go on. */
const keyFor: Readonly<Record<string, "imported" | "disabled" | "pending" | "single">> = {
  CancelKeyDeletion: "pending",
  DeleteImportedKeyMaterial: "imported",
  EnableKey: "disabled",
  ImportKeyMaterial: "imported",
  RotateKeyOnDemand: "single",
}

const writes = Object.keys(writingCalls).filter((name) => !Object.hasOwn(elsewhere, name))

const clock = createClock()

/** Done when it is asked for first. */
function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => {
    made ??= make()
    return made
  }
}

const prepared = once(async () => {
  const storage = createMemoryStorage()
  const scene = await prepareScene(storage, clock)
  const kms = await openHost({ storage, clock, ...hostOptions() })
  const root = kms.as(kms.administrator)
  const single = await newKey(root)
  await root.createAlias({ AliasName: "alias/old", TargetKeyId: single })
  return { storage, scene: { ...scene, single }, KeyId: single, pending: scene.pending }
})

/** The world before a call, for this test alone. */
async function prepare() {
  const { storage, ...scene } = await prepared()
  return { storage: storage.fork(), ...scene }
}

/** What a store holds, without what is drawn anew each time. */
const shapeOf = (dump: Dump): string[] =>
  Object.entries(dump)
    .filter(([key]) => !key.startsWith("count/"))
    .map(([key, value]) => `${key} ${value}`)
    .map((text) => text.replaceAll(/"(?:id|token)":"[^"]*"/g, '"…"'))
    .map((text) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}/g, "HEX"))
    .map((text) => text.replaceAll(/cks-[0-9a-f]{17}/g, "STORE"))
    .map((text) => text.replaceAll(/"ciphertext":"[^"]*"/g, '"…"'))
    .toSorted()

const retryable = async (call: Promise<unknown>) => {
  const error = await refusalOf(call)
  expect(error).toMatchObject({
    name: "KMSInternalException",
    retryable: true,
    fault: "server",
    message:
      "The request was rejected because an internal exception occurred. The request can be retried.",
  })
  expect(causesOf(error)).toContain("StorageError: the disk is on fire")
}

/** What lies behind an error, for the host of the engine. */
function causesOf(error: unknown): string[] {
  const causes: string[] = []
  for (let one = error; one instanceof Error; one = one.cause)
    causes.push(`${one.name}: ${one.message}`)
  return causes
}

/** What records say of each other agrees, and so does the digest of them all. */
async function expectWhole(storage: MemoryStorage): Promise<void> {
  expect(await disagreementsIn(storage)).toEqual([])
  const kms = await openHost({ storage: storage.fork(), clock, ...hostOptions() })
  expect((await kms.verify()).findings).toEqual([])
}

describe("storage that fails at any one call", () => {
  it("is tried with every operation that writes", () => {
    expect([...writes, ...Object.keys(elsewhere)].toSorted()).toEqual(writingOperations)
  })

  it.each(writes)("leaves the world as before or as after %s, and a retry heals", async (name) => {
    const { storage, scene } = await prepare()
    const call = (kms: Kms) =>
      writingCalls[name]?.(kms.as(kms.administrator), scene[keyFor[name] ?? "own"], scene, kms) ??
      Promise.reject(new Error("there is no such call"))
    const before = shapeOf(await dumpOf(storage))
    const done = storage.fork()
    await call(await openHost({ storage: done, clock, ...hostOptions() }))
    const after = shapeOf(await dumpOf(done))
    expect(after).not.toEqual(before)
    for (const moment of ["before", "after"] as const) {
      for (let calls = 0; ; calls += 1) {
        expect(calls).toBeLessThan(50)
        const fork = storage.fork()
        const faulty = faultyStorage(fork)
        const kms = await openHost({ storage: faulty, clock, ...hostOptions() })
        faulty.breakAfter(calls, moment)
        const calling = call(kms)
        const ending = await calling.then(
          () => "OK",
          () => "failed",
        )
        if (!faulty.mend()) {
          expect(ending).toBe("OK")
          break
        }
        // Digest and records agree, wherever it broke off.
        expect((await kms.verify()).findings).toEqual([])
        const found = shapeOf(await dumpOf(fork))
        await expectWhole(fork)
        const isDone = JSON.stringify(found) === JSON.stringify(after)
        // What follows a commit, other regions or the agenda, may fail without failing the call.
        if (ending === "OK") expect(isDone).toBe(true)
        else await retryable(calling)
        if (!isDone) expect(found).toEqual(before)
        // Only an answer that got lost after the commit leaves the change behind.
        if (moment === "before" && ending !== "OK") expect(isDone).toBe(false)
        if (isDone) continue
        await call(kms)
        expect(shapeOf(await dumpOf(fork))).toEqual(after)
        await expectWhole(fork)
      }
    }
  })

  it("fails a reading call and the next one succeeds", async () => {
    const { storage, KeyId } = await prepare()
    const faulty = faultyStorage(storage)
    const kms = await openHost({ storage: faulty, clock })
    const root = kms.as(kms.administrator)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const reads = [
      () => root.describeKey({ KeyId }),
      () => root.describeKey({ KeyId: "alias/old" }),
      () => root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }),
      () => root.decrypt({ CiphertextBlob }),
      () => root.listKeys({}),
      () => root.listAliases({}),
      () => root.listAliases({ KeyId }),
      () => root.generateDataKey({ KeyId, KeySpec: "AES_256" }),
    ]
    for (const read of reads) {
      for (let calls = 0; ; calls += 1) {
        faulty.breakAfter(calls)
        const reading = read()
        const ending = await reading.then(
          () => "OK",
          () => "failed",
        )
        if (!faulty.mend()) {
          expect(ending).toBe("OK")
          break
        }
        await retryable(reading)
        await read()
      }
    }
  })

  it("does not stop a sweep that is called again", async () => {
    const { storage, pending } = await prepare()
    const later = createClock(clock.nowMs + 31 * dayMs)
    for (let calls = 0; ; calls += 1) {
      const fork = storage.fork()
      const faulty = faultyStorage(fork)
      const kms = await openHost({ storage: faulty, clock: later })
      faulty.breakAfter(calls)
      const first = await kms.sweep().then(
        ({ keysDeleted }) => keysDeleted,
        () => undefined,
      )
      const broke = faulty.mend()
      expect(await disagreementsIn(fork, { deleted: pending })).toEqual([])
      await kms.sweep()
      await expectWhole(fork)
      const keys = Object.keys(await dumpOf(fork))
      expect(keys.filter((key) => key.includes(pending))).toEqual([])
      if (broke) continue
      expect(first).toBe(1)
      break
    }
  })

  it("fails the opening of a host, which can be tried again", async () => {
    for (let calls = 0; ; calls += 1) {
      const inner = createMemoryStorage()
      const faulty = faultyStorage(inner)
      faulty.breakAfter(calls)
      const opening = openHost({ storage: faulty })
      const ending = await opening.then(
        () => "OK",
        () => "failed",
      )
      const kms = await openHost({ storage: inner })
      await newKey(kms.as(kms.administrator))
      if (!faulty.mend()) {
        expect(ending).toBe("OK")
        break
      }
      expect(ending).toBe("failed")
    }
  })
})

/** The HSM of a host, with one method replaced. */
function brokenHsm(
  method: "encrypt" | "decrypt" | "generateKey",
  work: () => never | Promise<never>,
): RegionHsm {
  const hsm = createSoftwareHsm({ seal: sealOf() })
  return { ...hsm, [method]: work }
}

const cases: readonly (readonly [string, () => never | Promise<never>, KmsErrorName, boolean])[] = [
  ["unavailable", () => hsmFails("unavailable"), "KeyUnavailableException", true],
  ["unavailable, later", async () => hsmFails("unavailable"), "KeyUnavailableException", true],
  ["unknown-domain-key", () => hsmFails("unknown-domain-key"), "KeyUnavailableException", true],
  ["token-refused", () => hsmFails("token-refused"), "KMSInternalException", true],
  ["sealed-by-another", () => hsmFails("sealed-by-another"), "KMSInternalException", true],
  ["malformed", () => hsmFails("malformed"), "KMSInternalException", true],
  ["unsupported", () => hsmFails("unsupported"), "UnsupportedOperationException", false],
  [
    "a code that nobody knows",
    () => hsmFails("on-fire" as HsmErrorCode),
    "KMSInternalException",
    true,
  ],
  [
    "an inherited code",
    () => hsmFails("constructor" as HsmErrorCode),
    "KMSInternalException",
    true,
  ],
  [
    "an error of its own",
    () => {
      throw new Error("short circuit")
    },
    "KMSInternalException",
    true,
  ],
  [
    "no error",
    () => {
      throw "short circuit"
    },
    "KMSInternalException",
    true,
  ],
  [
    "nothing",
    () => {
      throw undefined
    },
    "KMSInternalException",
    true,
  ],
  [
    "what looks like a refusal of ours",
    () => {
      throw Object.assign(new Error("x"), { name: "NotFoundException", retryable: false })
    },
    "KMSInternalException",
    true,
  ],
  [
    "a frozen error",
    () => {
      throw Object.freeze(new Error("ice"))
    },
    "KMSInternalException",
    true,
  ],
]

function hsmFails(code: HsmErrorCode): never {
  throw new HsmError(code, "smoke")
}

describe("a storage that others hold for longer than it waits", () => {
  it("makes writes answer ThrottlingException, and reads go on", async () => {
    const { storage } = await prepare()
    const commit = () => Promise.reject(new StorageError("busy", "locked"))
    const kms = await openHost({ storage: { ...storage, commit }, clock })
    const root = kms.as(kms.administrator)
    const error = await expectRefusal(root.createKey({}), "ThrottlingException")
    expect(error.retryable).toBe(true)
    await root.listKeys({})
  })
})

describe("an HSM that fails", () => {
  it.each(cases)("with %s", async (_, work, name, isRetryable) => {
    for (const method of ["encrypt", "generateKey"] as const) {
      const { storage, KeyId } = await prepare()
      const before = await dumpOf(storage)
      const kms = await openHost({ storage, clock, hsm: brokenHsm(method, work) })
      const root = kms.as(kms.administrator)
      const calling =
        method === "encrypt"
          ? root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
          : root.createKey({})
      const error = await expectRefusal(calling, name)
      expect(error.retryable).toBe(isRetryable)
      expect(error.message).not.toContain("smoke")
      expect(error.message).not.toContain("circuit")
      expect(await dumpOf(storage)).toEqual(before)
      await root.describeKey({ KeyId })
    }
  })

  it("is not understood to say that a ciphertext is not genuine", async () => {
    const { storage, KeyId } = await prepare()
    const hsm = brokenHsm("decrypt", () => hsmFails("token-refused"))
    const kms = await openHost({ storage, clock, hsm })
    const root = kms.as(kms.administrator)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await expectRefusal(root.decrypt({ CiphertextBlob }), "KMSInternalException")
  })
})

describe("an audit sink that fails", () => {
  const sinks: readonly (readonly [string, (event: AuditEvent) => void | Promise<void>])[] = [
    [
      "at once",
      () => {
        throw new Error("log is full")
      },
    ],
    [
      "later",
      async () => {
        throw new Error("log is full")
      },
    ],
    [
      "with an error of an HSM",
      () => {
        throw new HsmError("unsupported", "smoke")
      },
    ],
    [
      "with what looks like a refusal",
      () => {
        throw Object.assign(new Error("x"), { name: "NotFoundException", retryable: false })
      },
    ],
    [
      "with a frozen error",
      () => {
        throw Object.freeze(new Error("ice"))
      },
    ],
  ]

  it.each(sinks)("%s makes every call fail with an error that can be retried", async (_, audit) => {
    const { storage, KeyId } = await prepare()
    const kms = await openHost({ storage, clock, audit })
    const root = kms.as(kms.administrator)
    for (const call of [
      () => root.describeKey({ KeyId }),
      () => root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }),
      () => root.generateDataKey({ KeyId, KeySpec: "AES_256" }),
      () => root.describeKey({ KeyId: "my-key" }),
    ]) {
      const error = await expectRefusal(call(), "KMSInternalException")
      expect(error.retryable).toBe(true)
    }
  })

  it("once records the call as failed", async () => {
    const seen: AuditEvent[] = []
    const { storage, KeyId } = await prepare()
    const kms = await openHost({
      storage,
      clock,
      audit: (event) => {
        seen.push(event)
        if (seen.length === 1) throw new Error("log was full")
      },
    })
    await expectRefusal(kms.as(kms.administrator).describeKey({ KeyId }), "KMSInternalException")
    expect(seen.map(({ errorCode }) => errorCode)).toEqual([undefined, "KMSInternalException"])
  })
})

describe("a clock", () => {
  it("that stands still, jumps ahead and goes backward leads to no other error", async () => {
    const { root, newKey: make, clock: time, kms } = await openWorld()
    const KeyId = await make()
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    for (const ms of [0, 1, dayMs * 3650, -dayMs * 4000, dayMs * 10_000]) {
      time.advanceMs(ms)
      await root.describeKey({ KeyId: "alias/x" })
      await root.updateKeyDescription({ KeyId, Description: String(ms) })
      await kms.sweep()
    }
  })

  it("that throws, or tells no time, fails the call and writes nothing", async () => {
    for (const broken of [
      () => {
        throw new Error("no battery")
      },
      () => Number.NaN,
    ]) {
      const { storage, KeyId } = await prepare()
      const before = await dumpOf(storage)
      const kms = await openHost({ storage, clock: broken })
      const root = kms.as(kms.administrator)
      await expectRefusal(root.createKey({}), "KMSInternalException")
      await expectRefusal(root.scheduleKeyDeletion({ KeyId }), "KMSInternalException")
      expect(await dumpOf(storage)).toEqual(before)
    }
  })

  it("that jumps past the deletion date while a call runs does not revive the key", async () => {
    const { root, newKey: make, clock: time } = await openWorld()
    const KeyId = await make()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    time.advanceDays(7)
    await expectRefusal(
      root.cancelKeyDeletion({ KeyId }),
      "NotFoundException",
      `Key '${keyArnOf(KeyId, account)}' does not exist`,
    )
  })
})

describe("entropy that repeats itself", () => {
  it("makes no second key in the place of the first", async () => {
    const storage = createMemoryStorage()
    const entropy = (target: Uint8Array) => target.fill(7)
    const kms = await openHost({ storage, clock, entropy, timer: impatient })
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const before = await dumpOf(storage)
    await expectRefusal(root.createKey({}), "ThrottlingException")
    expect(await dumpOf(storage)).toEqual(before)
    await root.decrypt({ CiphertextBlob })
  })
})

describe("entropy that fails", () => {
  it("fails the call and never yields a predictable id", async () => {
    const { storage } = await prepare()
    const before = await dumpOf(storage)
    let works = true
    const kms = await openHost({
      storage,
      clock,
      entropy: (target) => {
        if (!works) throw new Error("dry")
        return crypto.getRandomValues(target as Uint8Array<ArrayBuffer>)
      },
    })
    const root = kms.as(kms.administrator)
    works = false
    const error = await root.createKey({}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: "KMSInternalException" })
    expect(await dumpOf(storage)).toEqual(before)
  })
})
