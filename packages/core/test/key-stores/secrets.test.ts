import { inspect } from "node:util"
import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { keyStoresKey } from "../../src/formats/stored/key-store-records.js"
import { account } from "../support/accounts.js"
import {
  clusterId,
  clusterOf,
  hsmStoreInput,
  openHsmStore,
  openXksStore,
  password,
  xksStoreInput,
} from "../support/key-stores.js"
import { dumpOf, type RecordText, readRecord, tamper } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"
import { addKey, openXksProxy, type XksProxyServer } from "../support/xks-proxy.js"

/** Everything that can be seen of a value, also its hidden members and its causes. */
const sightOf = (value: unknown): string => {
  const parts = [inspect(value, { depth: 20, showHidden: true, maxStringLength: null })]
  for (let one = value; one instanceof Error; one = one.cause) {
    parts.push(String(one.stack), one.message, JSON.stringify(one))
  }
  return parts.join("\n")
}

const spellingsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  return [secret, bytes.toString("base64"), bytes.toString("hex"), [...bytes].join(",")]
}

function expectClean(what: string, value: unknown, secrets: readonly string[]): void {
  const sight = sightOf(value)
  for (const spelling of secrets.flatMap(spellingsOf)) {
    if (sight.includes(spelling)) throw new Error(`${what} shows a secret`)
  }
}

/** Calls that are refused for what they say of a secret, or for anything else. */
const refusedCalls = (proxy: XksProxyServer, secrets: readonly [string, string]) => {
  const [wrongPassword, wrongKey] = secrets
  const credential = (members: object) => ({
    XksProxyAuthenticationCredential: {
      AccessKeyId: "B".repeat(20),
      RawSecretAccessKey: wrongKey,
      ...members,
    },
  })
  const hsm = (members: object) => ["CreateCustomKeyStore", hsmStoreInput(members)] as const
  const external = (members: object) =>
    ["CreateCustomKeyStore", xksStoreInput(proxy, { CustomKeyStoreName: "c", ...members })] as const
  return [
    hsm({ KeyStorePassword: wrongPassword, CustomKeyStoreName: "" }),
    hsm({ KeyStorePassword: `${wrongPassword}${"x".repeat(40)}` }),
    hsm({ KeyStorePassword: [wrongPassword] }),
    hsm({ KeyStorePassword: { value: wrongPassword } }),
    hsm({ KeyStorePassword: wrongPassword, TrustAnchorCertificate: "another" }),
    hsm({ KeyStorePassword: wrongPassword, CloudHsmClusterId: "cluster-unknown23456" }),
    hsm({ KeyStorePassword: wrongPassword, CustomKeyStoreType: "EXTERNAL_KEY_STORE" }),
    external(credential({})),
    external(credential({ RawSecretAccessKey: `${wrongKey}${"x".repeat(40)}` })),
    external(credential({ RawSecretAccessKey: `${wrongKey}-` })),
    external(credential({ RawSecretAccessKey: [wrongKey] })),
    external(credential({ AccessKeyId: "x" })),
    external({ ...credential({}), XksProxyUriPath: "/no/kms/xks/v1" }),
    external({ ...credential({}), XksProxyUriEndpoint: "https://nowhere.invalid" }),
    ["UpdateCustomKeyStore", { CustomKeyStoreId: "cks-0", KeyStorePassword: wrongPassword }],
    ["ConnectCustomKeyStore", { CustomKeyStoreId: "cks-0", ...credential({}) }],
    ["DescribeCustomKeyStores", { CustomKeyStoreName: "none", ...credential({}) }],
  ] as const
}

describe("the secrets of key stores are not in", () => {
  it("any error or audit event, whatever goes wrong", async () => {
    const keyStores = { [clusterId]: clusterOf() }
    const world = await openXksStore({ keyStores })
    const { proxy, events, call } = world
    const KeyId = await world.newStoreKey()
    await world.root.createCustomKeyStore(hsmStoreInput())
    const wrong = ["Wr0ng-Passw0rd", "wrong/secret+key".repeat(3)] as const
    const secrets = [password, proxy.credential.RawSecretAccessKey, ...wrong]

    const refusedBefore = events.filter(({ errorCode }) => errorCode).length
    const calls: (readonly [string, unknown])[] = [...refusedCalls(proxy, wrong)]
    calls.push(["Encrypt", { KeyId, Plaintext: Uint8Array.of(1) }])
    calls.push(["CreateKey", { Origin: "EXTERNAL_KEY_STORE", XksKeyId: "first" }])
    proxy.fault = ({ text }) => [
      400,
      { errorName: "ValidationException", errorMessage: `${text} ${secrets.join(" ")}` },
    ]
    for (const [operation, input] of calls) {
      const error = await call(operation, input).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error, `${operation} is refused`).toBeInstanceOf(Error)
      expectClean(`the error of ${operation}`, error, secrets)
    }
    expect(events.filter(({ errorCode }) => errorCode)).toHaveLength(refusedBefore + calls.length)
    expectClean("an audit event", events, secrets)
    proxy.fault = undefined
    await proxy.close()
  })

  it("what the proxy and the caller are told", async () => {
    const { proxy, root, newStoreKey } = await openXksStore()
    const KeyId = await newStoreKey()
    await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    expectClean("a request", proxy.seen, [proxy.credential.RawSecretAccessKey])
    const replies = [await root.describeCustomKeyStores(), await root.describeKey({ KeyId })]
    expectClean("a reply", replies, [proxy.credential.RawSecretAccessKey])
    await proxy.close()
  })

  it("storage, where two stores with one secret do not look alike", async () => {
    const keyStores = { [clusterId]: clusterOf() }
    const { storage, proxy, root } = await openXksStore({ keyStores })
    await root.createCustomKeyStore(hsmStoreInput())
    proxy.uriPath = "/kms/xks/v1"
    const input = xksStoreInput(proxy, { CustomKeyStoreName: "b" })
    await root.createCustomKeyStore(input)
    const dump = await dumpOf(storage)
    expectClean("storage", dump, [password, proxy.credential.RawSecretAccessKey])
    const record = await readRecord(storage, keyStoresKey(account))
    const stores = record.value["stores"] as { secretAccessKey?: { ciphertext: string } }[]
    const sealed = stores.flatMap(({ secretAccessKey }) => secretAccessKey?.ciphertext ?? [])
    expect(new Set(sealed).size).toBe(2)
    await proxy.close()
  })
})

type Stores = Record<string, unknown>[]

describe("whoever can write to storage", () => {
  const rewrite = async (
    storage: Parameters<typeof tamper>[0],
    change: (stores: Stores) => Stores,
  ): Promise<void> => {
    const key = keyStoresKey(account)
    const record: RecordText = await readRecord(storage, key)
    const stores = change(record.value["stores"] as Stores)
    await tamper(storage, key, { ...record, value: { ...record.value, stores } })
  }

  it.each(["uriEndpoint", "uriPath", "accessKeyId"])(
    "gets no request signed for another proxy: %s",
    async (member) => {
      const { storage, proxy, root, newStoreKey } = await openXksStore()
      const KeyId = await newStoreKey()
      const count = proxy.seen.length
      const values: Record<string, string> = {
        uriEndpoint: "https://evil.example.com",
        uriPath: "/evil/kms/xks/v1",
        accessKeyId: "E".repeat(20),
      }
      await rewrite(storage, (stores) =>
        stores.map((store) => ({
          ...store,
          proxy: { ...(store["proxy"] as object), [member]: values[member] },
        })),
      )
      const call = root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
      await expectRefusal(call, "KMSInternalException")
      expect(proxy.seen).toHaveLength(count)
      await proxy.close()
    },
  )

  it("cannot give one store the secret of another", async () => {
    const { storage, proxy, root, newStoreKey } = await openXksStore()
    const KeyId = await newStoreKey()
    const { uriPath } = proxy
    proxy.uriPath = "/kms/xks/v1"
    await root.createCustomKeyStore(xksStoreInput(proxy, { CustomKeyStoreName: "b" }))
    proxy.uriPath = uriPath
    await rewrite(storage, ([a = {}, b = {}]) => [
      { ...a, secretAccessKey: b["secretAccessKey"] },
      b,
    ])
    const call = root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    await expectRefusal(call, "KMSInternalException")
    await proxy.close()
  })

  it("makes no key usable without its store", async () => {
    const storage = createMemoryStorage()
    const { root, newStoreKey } = await openHsmStore({ storage })
    const KeyId = await newStoreKey()
    await rewrite(storage, () => [])
    const call = root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    await expectRefusal(call, "KMSInternalException")
  })

  it.each([
    ["without its store", { keyStore: undefined }],
    ["as a key of KMS", { keyStore: undefined, origin: "AWS_KMS" }],
    ["for another external key", { keyStore: { xksKeyId: "second" } }],
  ])("cannot make a key of an external store work %s", async (_, members) => {
    const { storage, proxy, root, newStoreKey } = await openXksStore()
    const KeyId = await newStoreKey()
    const recordKey = `key/${account}/${KeyId}`
    const { v, value } = await readRecord(storage, recordKey)
    const keyStore = members.keyStore && { ...Object(value["keyStore"]), ...members.keyStore }
    await tamper(storage, recordKey, { v, value: { ...value, ...members, keyStore } })
    proxy.seen.splice(0)
    const Plaintext = Uint8Array.of(1, 2, 3)
    await expectRefusal(root.encrypt({ KeyId, Plaintext }), "KMSInternalException")
    expect(proxy.seen).toEqual([])
    await proxy.close()
  })

  it("cannot turn a ciphertext of two keys into one of a single key", async () => {
    const { storage, proxy, root, newStoreKey } = await openXksStore()
    const KeyId = await newStoreKey()
    const Plaintext = Uint8Array.of(1, 2, 3)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const recordKey = `key/${account}/${KeyId}`
    const record = await readRecord(storage, recordKey)
    const { keyStore: _, ...value } = record.value
    await tamper(storage, recordKey, { ...record, value })
    await expectRefusal(root.decrypt({ CiphertextBlob }), "KMSInternalException")
    await proxy.close()
  })

  it("cannot put another external key under a KMS key", async () => {
    const { storage, proxy, root, newStoreKey } = await openXksStore()
    const KeyId = await newStoreKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const recordKey = `key/${account}/${KeyId}`
    const record = await readRecord(storage, recordKey)
    const keyStore = { ...(record.value["keyStore"] as object), xksKeyId: "second" }
    await tamper(storage, recordKey, { ...record, value: { ...record.value, keyStore } })
    await expectRefusal(root.decrypt({ CiphertextBlob }), "KMSInternalException")
    await proxy.close()
  })
})

describe("a store of another account", () => {
  it("cannot be named, and its external key is not in use here", async () => {
    const proxy = await openXksProxy()
    const world = await openWorld({ xks: proxy.xks })
    proxy.nowMs = world.clock
    addKey(proxy, "first")
    const make = async (client: typeof world.root) => {
      const { CustomKeyStoreId = "" } = await client.createCustomKeyStore(xksStoreInput(proxy))
      await client.connectCustomKeyStore({ CustomKeyStoreId })
      return { Origin: "EXTERNAL_KEY_STORE" as const, XksKeyId: "first", CustomKeyStoreId }
    }
    const own = await make(world.root)
    const foreign = await make(world.stranger)
    await expectRefusal(world.root.createKey(foreign), "CustomKeyStoreNotFoundException")
    await world.root.createKey(own)
    await world.stranger.createKey(foreign)
    await proxy.close()
  })
})
