import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  KMSClient,
  TagResourceCommand,
} from "@aws-sdk/client-kms"
import { describe, expect, test } from "vitest"
import { clusterId, clusterOf, hsmStoreInput } from "../../core/test/support/key-stores.js"
import { createTestKms, type FaultName, type FaultRow, type TestKms } from "../src/index.js"

/** A world with a key and a ciphertext, and an SDK client as it comes. */
async function createScene(options: Parameters<typeof createTestKms>[0] = {}) {
  const kit = await createTestKms(options)
  const client = new KMSClient({ ...kit.sdk() })
  const { KeyMetadata } = await kit.client().createKey({})
  const KeyId = KeyMetadata?.KeyId as string
  await kit.client().createAlias({ AliasName: "alias/app", TargetKeyId: KeyId })
  const Plaintext = Uint8Array.of(1, 2, 3)
  const { CiphertextBlob } = await kit.client().encrypt({ KeyId, Plaintext })
  const decrypt = new DecryptCommand({ CiphertextBlob })
  return { kit, client, KeyId, Plaintext, decrypt }
}

const callsOf = ({ calls }: TestKms, operation: string) =>
  calls.filter((call) => call.operation === operation)

describe("the retries of the unmodified AWS SDK client recover from", () => {
  const recoverable: readonly [FaultName, Partial<FaultRow>][] = [
    ["throttle", {}],
    ["latency", { latency: { seconds: 3 } }],
    ["timeout", {}],
    ["region-down", {}],
    ["reply-lost", {}],
    ["hsm-down", {}],
    ["stale-read", {}],
    ["corrupted-blob", {}],
  ]
  test.each(recoverable)("%s, when it strikes twice", async (fault, more) => {
    const { kit, client, Plaintext, decrypt } = await createScene()
    kit.faults.plan([{ fault, operation: "Decrypt", count: 2, ...more }])
    expect((await client.send(decrypt)).Plaintext).toEqual(Plaintext)
    const struck = callsOf(kit, "Decrypt").filter((call) => call.fault === fault)
    expect(struck.length).toBe(kit.faults.planned()[0]?.struck)
    expect(struck.length).toBeGreaterThan(0)
    await client.send(decrypt)
    await client.send(decrypt)
    await kit.close()
  })

  test("a torn write, of which nothing was written", async () => {
    const { kit, client, KeyId } = await createScene()
    kit.faults.plan([{ fault: "write-torn", count: 2 }])
    await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] }))
    const errors = callsOf(kit, "TagResource").map(({ error }) => error)
    expect(errors).toEqual(["KMSInternalException", "KMSInternalException", undefined])
    expect((await kit.client().listResourceTags({ KeyId })).Tags).toHaveLength(1)
    await kit.close()
  })

  test("a stale read under a write, which never overwrites what it has not seen", async () => {
    const { kit, client, KeyId } = await createScene()
    kit.faults.plan([{ fault: "stale-read", operation: "TagResource", count: 1 }])
    await kit.client().disableKey({ KeyId })
    await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] }))
    const { KeyMetadata } = await kit.client().describeKey({ KeyId })
    expect(KeyMetadata?.KeyState).toBe("Disabled")
    expect(callsOf(kit, "TagResource").map(({ error }) => error)).toEqual([
      "ThrottlingException",
      undefined,
    ])
    await kit.close()
  })

  test("a stale read, which lists what was there when it was planned", async () => {
    const { kit, KeyId } = await createScene()
    const aliases = async () => {
      const { Aliases = [] } = await kit.client().listAliases({})
      return Aliases.map(({ AliasName = "" }) => AliasName).filter((name) => !/aws/.test(name))
    }
    kit.faults.plan([{ fault: "stale-read", operation: "ListAliases", count: 1 }])
    await kit.client().createAlias({ AliasName: "alias/later", TargetKeyId: KeyId })
    await kit.client().deleteAlias({ AliasName: "alias/app" })
    expect(await aliases()).toEqual(["alias/app"])
    expect(await aliases()).toEqual(["alias/later"])
    await kit.close()
  })

  test("a lost reply makes it call twice, and what is not idempotent happens twice", async () => {
    const { kit, client } = await createScene()
    kit.faults.plan([{ fault: "reply-lost", operation: "CreateKey", count: 1 }])
    await client.send(new CreateKeyCommand({}))
    expect((await kit.client().listKeys({})).Keys).toHaveLength(3)
    await kit.close()
  })
})

describe("a call that a fault strikes fails as it would at AWS:", () => {
  const errors: readonly [FaultName, Partial<FaultRow>, object][] = [
    ["throttle", {}, { name: "ThrottlingException" }],
    ["timeout", {}, { name: "TimeoutError" }],
    ["region-down", {}, { code: "ECONNREFUSED" }],
    ["reply-lost", {}, { name: "TimeoutError", code: "ECONNRESET" }],
    ["hsm-down", {}, { name: "KeyUnavailableException" }],
    ["corrupted-blob", {}, { name: "KMSInternalException" }],
  ]
  test.each(errors)("%s", async (fault, more, error) => {
    const { kit, decrypt } = await createScene()
    const client = new KMSClient({ ...kit.sdk(), maxAttempts: 1 })
    kit.faults.plan([{ fault, ...more }])
    await expect(client.send(decrypt)).rejects.toMatchObject(error)
    const own = kit.client().decrypt(decrypt.input as never)
    await expect(own).rejects.toMatchObject(error)
    kit.faults.clear()
    await client.send(decrypt)
    expect(callsOf(kit, "Decrypt").map((call) => call.fault)).toEqual([fault, fault, undefined])
    await kit.close()
  })

  test("the transport as the SDK's own handler on Node fails", async () => {
    const { kit, decrypt } = await createScene()
    /** Hangs up on every request, in the middle of it. */
    const server = createServer((request) => request.socket.destroy())
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const { port } = server.address() as AddressInfo
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" }
    const real = { region: "us-east-1", credentials, endpoint: `http://127.0.0.1:${port}` }
    const failure = (config: object) =>
      new KMSClient({ ...config, maxAttempts: 1 }).send(decrypt).then(
        () => "no failure",
        (error) => ({ name: error.name, code: error.code }),
      )
    const hungUp = await failure(real)
    await new Promise((done) => server.close(done))
    const nobodyThere = await failure(real)
    kit.faults.plan([{ fault: "reply-lost", count: 1 }])
    expect(await failure(kit.sdk())).toEqual(hungUp)
    kit.faults.plan([{ fault: "region-down", count: 1 }])
    expect(await failure(kit.sdk())).toEqual(nobodyThere)
    await kit.close()
  })

  test("a key in a key store that is disconnected", async () => {
    const kit = await createTestKms({ ports: () => ({ keyStores: { [clusterId]: clusterOf() } }) })
    const app = kit.client()
    const { CustomKeyStoreId } = await app.createCustomKeyStore(hsmStoreInput())
    await app.connectCustomKeyStore({ CustomKeyStoreId })
    const made = await app.createKey({ CustomKeyStoreId, Origin: "AWS_CLOUDHSM" })
    const KeyId = made.KeyMetadata?.KeyId
    const encrypt = () => kit.client().encrypt({ KeyId, Plaintext: new Uint8Array(1) })
    await encrypt()
    kit.faults.plan([{ fault: "key-store-disconnected", count: 1 }])
    await expect(encrypt()).rejects.toMatchObject({ name: "KeyUnavailableException" })
    await encrypt()
    await kit.close()
  })
})

/** That a call was struck, and by nothing else. */
function isThrottled(error: unknown): true {
  expect(error).toMatchObject({ name: "ThrottlingException" })
  return true
}

describe("a fault strikes", () => {
  test("the key that it names, by whatever name it is called", async () => {
    const { kit, KeyId, decrypt } = await createScene()
    const other = await kit.client().createKey({})
    const arn = (await kit.client().describeKey({ KeyId })).KeyMetadata?.Arn as string
    const client = kit.client()
    for (const key of [KeyId, arn, "alias/app"]) {
      kit.faults.plan([{ fault: "throttle", key }])
      await client.describeKey({ KeyId: other.KeyMetadata?.KeyId })
      const calls = [
        () => client.describeKey({ KeyId }),
        () => client.describeKey({ KeyId: arn }),
        () => client.describeKey({ KeyId: "alias/app" }),
        () => client.describeKey({ KeyId: arn.replace(/key\/.*/, "alias/app") }),
        () => client.decrypt(decrypt.input as never),
      ]
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({ name: "ThrottlingException" })
      }
      kit.faults.clear()
    }
    await kit.close()
  })

  test("the caller, the region and the operations that it names, and nobody else", async () => {
    const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
    const role = "arn:aws:iam::111122223333:role/App"
    kit.faults.plan([
      { fault: "throttle", caller: role },
      { fault: "timeout", region: "eu-west-1", operation: ["ListKeys", "ListAliases"] },
    ])
    const named = async (promise: Promise<unknown>) =>
      promise.then(
        () => "",
        (e) => e.name,
      )
    expect(await named(kit.client(role).listKeys())).toBe("ThrottlingException")
    expect(await named(kit.client().listKeys())).toBe("")
    expect(await named(kit.client(undefined, "eu-west-1").listKeys())).toBe("TimeoutError")
    expect(await named(kit.client(undefined, "eu-west-1").createKey())).toBe("")
    await kit.close()
  })

  test("after so many calls, so many times", async () => {
    const { kit, KeyId } = await createScene()
    kit.faults.plan([{ fault: "throttle", operation: "DescribeKey", after: 2, count: 3 }])
    const struck: boolean[] = []
    for (let call = 0; call < 7; call += 1) {
      struck.push(
        await kit
          .client()
          .describeKey({ KeyId })
          .then(() => false, isThrottled),
      )
    }
    expect(struck).toEqual([false, false, true, true, true, false, false])
    await kit.close()
  })

  test("so often and no oftener, when calls are under way together", async () => {
    const { kit, KeyId } = await createScene()
    // By whichever name: a fault that names an alias has to look it up for each of the calls.
    kit.faults.plan([{ fault: "throttle", key: "alias/app", after: 2, count: 3 }])
    const call = () =>
      kit
        .client()
        .describeKey({ KeyId })
        .then(() => false, isThrottled)
    const struck = (await Promise.all(Array.from({ length: 10 }, call))).filter(Boolean)
    expect(struck).toHaveLength(3)
    expect(kit.faults.planned()[0]?.struck).toBe(3)
    await kit.client().describeKey({ KeyId })
    await kit.close()
  })

  test("by chance, and with a seed by the same chance every time", async () => {
    const run = async (seed: string) => {
      const { kit, KeyId } = await createScene({ seed })
      kit.faults.plan([{ fault: "throttle", probability: 0.5 }])
      const struck: boolean[] = []
      for (let call = 0; call < 40; call += 1) {
        struck.push(
          await kit
            .client()
            .describeKey({ KeyId })
            .then(() => false, isThrottled),
        )
      }
      await kit.close()
      return struck
    }
    const struck = await run("chance")
    expect(await run("chance")).toEqual(struck)
    expect(struck.filter(Boolean).length).toBeGreaterThan(8)
    expect(struck.filter(Boolean).length).toBeLessThan(32)
  })
})

test("a call that a fault keeps from the engine has the caller that the engine would record", async () => {
  const kit = await createTestKms()
  const callers = [
    "arn:aws:iam::444455556666:role/team/App",
    { principal: "arn:aws:iam::444455556666:role/App", context: { sessionName: "night" } },
    "arn:aws:iam::444455556666:user/ops",
    "s3.amazonaws.com",
  ]
  const call = async () => {
    for (const caller of callers)
      await kit
        .client(caller)
        .listKeys()
        .catch(() => undefined)
  }
  await call()
  kit.faults.plan([{ fault: "throttle" }])
  await call()
  const seen = kit.calls.map(({ caller, account }) => ({ caller, account }))
  expect(seen.slice(callers.length)).toEqual(seen.slice(0, callers.length))
  const stranger = kit.kms.call({ principal: "nobody" }, "ListKeys", {})
  await expect(stranger).rejects.toThrow("`principal` must be")
  expect(kit.calls).toHaveLength(2 * callers.length)
  await kit.close()
})

test("latency moves the clock of the kit, and nothing waits", async () => {
  const { kit, decrypt } = await createScene()
  const before = kit.clock.now().getTime()
  kit.faults.plan([{ fault: "latency", latency: { minutes: 5 }, count: 1 }])
  await kit.client().decrypt(decrypt.input as never)
  expect(kit.clock.now().getTime()).toBe(before + 300_000)
  await kit.close()
})

test("a region that is down does not hear of its keys until it is up again", async () => {
  const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
  const app = kit.client()
  const { KeyMetadata } = await app.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId
  await app.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  await app.enableKeyRotation({ KeyId })
  kit.faults.plan([{ fault: "region-down", region: "eu-west-1" }])
  const west = kit.client(undefined, "eu-west-1")
  await expect(west.describeKey({ KeyId })).rejects.toMatchObject({ code: "ECONNREFUSED" })
  await app.disableKeyRotation({ KeyId })
  kit.faults.clear()
  const rotation = async () => (await west.getKeyRotationStatus({ KeyId })).KeyRotationEnabled
  expect(await rotation()).toBe(true)
  kit.clock.advance({ minutes: 10 })
  await kit.kms.sweep()
  expect(await rotation()).toBe(false)
  await kit.close()
})

test("a fault that struck nothing in the whole run is named when the kit closes", async () => {
  const { kit, KeyId } = await createScene()
  kit.faults.plan([
    { fault: "throttle", operation: "Sign" },
    { fault: "timeout", operation: "DescribeKey" },
  ])
  await expect(kit.client().describeKey({ KeyId })).rejects.toThrow(
    "a planned fault: the request timed out",
  )
  kit.faults.clear()
  const message = 'planned faults that struck no call:\n{"fault":"throttle","operation":"Sign"}'
  await expect(kit.close()).rejects.toThrow(message)
})

test("a plan that makes no sense is refused whole", async () => {
  const { kit } = await createScene()
  const wrong: readonly [object, string][] = [
    [{ fault: "flood" }, "`fault` of a fault must be one of throttle"],
    [{ fault: "throttle", operation: "Decypt" }, "`operation` of a fault must be"],
    [{ fault: "throttle", count: 0 }, "`count` of a fault must be"],
    [{ fault: "throttle", after: -1 }, "`after` of a fault must be"],
    [{ fault: "throttle", probability: 2 }, "`probability` of a fault must be"],
    [{ fault: "latency" }, "`latency` of a fault must be"],
    [{ fault: "throttle", latency: { days: 1 } }, "`latency` of a fault must be"],
    [{ fault: "throttle", region: "moon-1" }, "`region` of a fault must be one of us-east-1"],
    [{ fault: "throttle", op: "Decrypt" }, "`op` is no member of a fault"],
  ]
  for (const [row, message] of wrong) {
    expect(() => kit.faults.plan([{ fault: "throttle" }, row as FaultRow])).toThrow(message)
  }
  expect(kit.faults.planned()).toEqual([])
  await kit.close()
})

test("an SDK client whose clock is years away from the kit's is not told so", async () => {
  const kit = await createTestKms({ now: new Date("1999-12-31T23:59:59Z") })
  const client = new KMSClient(kit.sdk())
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.KeyId
  kit.clock.set(new Date("2090-01-01T00:00:00Z"))
  await client.send(new EncryptCommand({ KeyId, Plaintext: new Uint8Array(1) }))
  await client.send(new EnableKeyCommand({ KeyId }))
  expect(kit.calls.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
  await kit.close()
})

test("SDK clients stand for the callers and regions that they were made for", async () => {
  const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
  const { KeyMetadata } = await kit.client(undefined, "eu-west-1").createKey({})
  const describe = new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId })
  const west = new KMSClient(kit.sdk("eu-west-1"))
  expect((await west.send(describe)).KeyMetadata?.Arn).toBe(KeyMetadata?.Arn)
  const caller = "arn:aws:iam::111122223333:role/Nobody"
  const nobody = new KMSClient(kit.sdk({ region: "eu-west-1", caller }))
  await expect(nobody.send(describe)).rejects.toMatchObject({ name: "AccessDeniedException" })
  const east = new KMSClient(kit.sdk())
  await expect(east.send(describe)).rejects.toMatchObject({ name: "NotFoundException" })
  expect(() => kit.sdk("moon-1")).toThrow("`region` must be one of us-east-1, eu-west-1")
  expect(() => kit.sdk({ caller: "Nobody" })).toThrow(TypeError)
  await kit.close()
})
