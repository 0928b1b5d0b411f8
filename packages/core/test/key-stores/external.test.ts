import { createDecipheriv } from "node:crypto"
import { createMemoryStorage } from "@keywright/storage"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { parseCiphertext } from "../../src/formats/opaque/ciphertext.js"
import { parseXksCiphertext } from "../../src/formats/xks/xks-ciphertext.js"
import { account, keyArnOf, otherAccount, rootOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import {
  clusterId,
  clusterOf,
  hsmStoreInput,
  openXksStore,
  type XksWorld,
  xksStoreInput,
} from "../support/key-stores.js"
import { policyOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { addKey, openXksProxy } from "../support/xks-proxy.js"

let world: XksWorld
const Plaintext = Uint8Array.of(1, 2, 3)

beforeEach(async () => {
  world = await openXksStore()
})
afterEach(() => world.proxy.close())

/** The requests that the proxy has seen since it was last asked. */
const seen = () => world.proxy.seen.splice(0)
const pathsSeen = () => seen().map(({ path }) => path.slice(world.proxy.uriPath.length))

describe("an external key store", () => {
  it("shows how it reaches its proxy, and no secret", async () => {
    expect(await world.entry()).toEqual({
      CustomKeyStoreId: world.storeId,
      CustomKeyStoreName: "external",
      CustomKeyStoreType: "EXTERNAL_KEY_STORE",
      ConnectionState: "CONNECTED",
      CreationDate: expect.any(Date),
      XksProxyConfiguration: {
        AccessKeyId: world.proxy.credential.AccessKeyId,
        Connectivity: "PUBLIC_ENDPOINT",
        UriEndpoint: world.proxy.endpoint,
        UriPath: world.proxy.uriPath,
      },
    })
  })

  it("asks for the health of the proxy when it is made and connected, in nobody's name", () => {
    const requests = seen()
    expect(requests.map(({ body }) => body)).toEqual([
      {
        requestMetadata: {
          kmsOperation: "CreateCustomKeyStore",
          kmsRequestId: world.events[0]?.requestId,
        },
      },
      {
        requestMetadata: {
          kmsOperation: "ConnectCustomKeyStore",
          kmsRequestId: world.events[1]?.requestId,
        },
      },
    ])
    expect(requests.map(({ path }) => path)).toEqual([
      "/example/kms/xks/v1/health",
      "/example/kms/xks/v1/health",
    ])
    expect(requests[0]?.headers["content-type"]).toBe("application/json")
  })

  it("is content with one key manager that is not well, and not with none", async () => {
    await world.disconnect()
    world.proxy.health = ["UNAVAILABLE", "DEGRADED"]
    await world.connect()
    expect((await world.entry())["ConnectionState"]).toBe("CONNECTED")
    await world.disconnect()
    world.proxy.health = ["UNAVAILABLE", "UNAVAILABLE"]
    await world.connect()
    expect((await world.entry())["ConnectionErrorCode"]).toBe("XKS_PROXY_NOT_REACHABLE")
    const input = xksStoreInput(world.proxy, { CustomKeyStoreName: "b" })
    const other = { ...input, XksProxyUriPath: "/kms/xks/v1" }
    world.proxy.uriPath = "/kms/xks/v1"
    await expectRefusal(world.root.createCustomKeyStore(other), "XksProxyUriUnreachableException")
  })

  it("takes its name, its path and its credential changed while it is connected", async () => {
    const CustomKeyStoreId = world.storeId
    const { root, proxy } = world
    const KeyId = await world.newStoreKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    proxy.uriPath = "/other/kms/xks/v1"
    await root.updateCustomKeyStore({ CustomKeyStoreId, XksProxyUriPath: proxy.uriPath })
    proxy.credential.AccessKeyId = "ZZZZZZZZZZZZZZZZZZZZ"
    proxy.credential.RawSecretAccessKey = "b".repeat(64)
    await expectRefusal(root.decrypt({ CiphertextBlob }), "KMSInvalidStateException")
    const XksProxyAuthenticationCredential = { ...proxy.credential }
    await root.updateCustomKeyStore({ CustomKeyStoreId, XksProxyAuthenticationCredential })
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    const refused = "CustomKeyStoreInvalidStateException"
    for (const members of [
      { XksProxyUriEndpoint: "https://elsewhere.example.com" },
      { XksProxyConnectivity: "PUBLIC_ENDPOINT" as const },
      // With something that may be changed beside it.
      { NewCustomKeyStoreName: "new", XksProxyConnectivity: "PUBLIC_ENDPOINT" as const },
    ]) {
      const call = root.updateCustomKeyStore({ CustomKeyStoreId, ...members })
      await expectRefusal(call, refused)
    }
  })

  it("takes a new name also while its proxy does not answer", async () => {
    const CustomKeyStoreId = world.storeId
    world.proxy.fault = () => "hang up"
    await world.root.updateCustomKeyStore({
      CustomKeyStoreId,
      NewCustomKeyStoreName: "new",
      // What is named without a value is not changed.
      XksProxyUriEndpoint: undefined,
    })
    expect((await world.entry())["CustomKeyStoreName"]).toBe("new")
  })

  it("is not changed by an update that the proxy refuses", async () => {
    const CustomKeyStoreId = world.storeId
    const before = await world.entry()
    await expectRefusal(
      world.root.updateCustomKeyStore({ CustomKeyStoreId, XksProxyUriPath: "/no/kms/xks/v1" }),
      "XksProxyInvalidConfigurationException",
    )
    const credential = { AccessKeyId: "B".repeat(20), RawSecretAccessKey: "c".repeat(43) }
    await expectRefusal(
      world.root.updateCustomKeyStore({
        CustomKeyStoreId,
        XksProxyAuthenticationCredential: credential,
      }),
      "XksProxyIncorrectAuthenticationCredentialException",
    )
    expect(await world.entry()).toEqual(before)
    expect(await outcomeOf(world.newStoreKey())).toBe("OK")
  })
})

describe("two external key stores of an account", () => {
  const vpc = {
    XksProxyConnectivity: "VPC_ENDPOINT_SERVICE" as const,
    XksProxyVpcEndpointServiceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0example0",
  }
  const create = (members: object) =>
    outcomeOf(
      world.root.createCustomKeyStore(
        xksStoreInput(world.proxy, { CustomKeyStoreName: "b", ...members }),
      ),
    )

  it("share an endpoint with different paths, and not one with the same", async () => {
    expect(await create({})).toBe("XksProxyUriInUseException")
    const shouted = { XksProxyUriEndpoint: "https://XKS.example.com" }
    expect(await create(shouted)).toBe("XksProxyUriInUseException")
    world.proxy.uriPath = "/kms/xks/v1"
    expect(await create({ XksProxyUriPath: "/kms/xks/v1", ...shouted })).toBe("OK")
  })

  it("share no endpoint and no endpoint service in a VPC", async () => {
    const path = { XksProxyUriPath: "/kms/xks/v1" }
    expect(await create({ ...vpc, ...path })).toBe("XksProxyUriEndpointInUseException")
    const { root, disconnect, storeId, proxy } = world
    await disconnect()
    await root.updateCustomKeyStore({ CustomKeyStoreId: storeId, ...vpc })
    expect((await world.entry())["XksProxyConfiguration"]).toMatchObject({
      Connectivity: "VPC_ENDPOINT_SERVICE",
      VpcEndpointServiceName: vpc.XksProxyVpcEndpointServiceName,
    })
    expect(await create(path)).toBe("XksProxyUriEndpointInUseException")
    const elsewhere = { XksProxyUriEndpoint: "https://b.example.com" }
    expect(await create({ ...vpc, ...elsewhere })).toBe("XksProxyVpcEndpointServiceInUseException")
    const back = { XksProxyConnectivity: "PUBLIC_ENDPOINT" as const }
    await root.updateCustomKeyStore({ CustomKeyStoreId: storeId, ...back })
    expect((await world.entry())["XksProxyConfiguration"]).not.toHaveProperty(
      "VpcEndpointServiceName",
    )
    expect(proxy.seen.at(-1)?.path).toContain("/health")
  })

  it("have an endpoint service in a VPC, and only there", async () => {
    const { XksProxyConnectivity, XksProxyVpcEndpointServiceName } = vpc
    expect(await create({ XksProxyConnectivity })).toBe("ValidationException")
    expect(await create({ XksProxyVpcEndpointServiceName })).toBe("ValidationException")
  })
})

describe("a key in an external key store", () => {
  it("says which external key stands behind it", async () => {
    const KeyId = await world.newStoreKey()
    const { KeyMetadata } = await world.root.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({
      Origin: "EXTERNAL_KEY_STORE",
      CustomKeyStoreId: world.storeId,
      XksKeyConfiguration: { Id: "first" },
      KeyState: "Enabled",
    })
    expect(KeyMetadata).not.toHaveProperty("CloudHsmClusterId")
    expect(KeyMetadata).not.toHaveProperty("CurrentKeyMaterialId")
  })

  it("encrypts twice, and its ciphertext opens with both keys and no one of them", async () => {
    const KeyId = await world.newStoreKey()
    const plaintext = new TextEncoder().encode("a text that the proxy must never see")
    seen()
    const reply = await world.root.encrypt({ KeyId, Plaintext: plaintext })
    const [request] = seen()
    const given = Buffer.from(String(request?.body["plaintext"]), "base64")
    expect(given.includes(Buffer.from(plaintext))).toBe(false)
    // 16 bytes of nonce, 12 of IV and 16 of tag, of our HSM.
    expect(given).toHaveLength(plaintext.length + 44)

    const body = parseCiphertext(blobIn(reply))?.body ?? new Uint8Array(0)
    const parts = parseXksCiphertext(body)
    if (parts === undefined) throw new Error("the body is no ciphertext of a proxy")
    const tag = Buffer.from(parts.authenticationTag)
    const decipher = createDecipheriv(
      "aes-256-gcm",
      world.proxy.keys.get("first")?.bytes ?? "",
      parts.initializationVector,
    )
    const aad = Buffer.from(String(request?.body["additionalAuthenticatedData"]), "base64")
    const metadata = parts.ciphertextMetadata
    const lengths = [Buffer.from([0, aad.length]), aad, Buffer.from([metadata.length]), metadata]
    decipher.setAAD(Buffer.concat(lengths)).setAuthTag(tag)
    const inner = Buffer.concat([decipher.update(parts.ciphertext), decipher.final()])
    expect(inner).toEqual(given)

    world.proxy.keys.delete("first")
    addKey(world.proxy, "first")
    const call = world.root.decrypt({ CiphertextBlob: blobIn(reply) })
    await expectRefusal(call, "KMSInvalidStateException")
  })

  it("does all that a symmetric key in a key store can do", async () => {
    const { root } = world
    const KeyId = await world.newStoreKey()
    const EncryptionContext = { tenant: "42", ü: "ß" }
    const largest = new Uint8Array(4096).fill(7)
    const blob = blobIn(await root.encrypt({ KeyId, Plaintext: largest, EncryptionContext }))
    const opened = await root.decrypt({ CiphertextBlob: blob, EncryptionContext })
    expect(opened.Plaintext).toEqual(largest)

    const dataKey = await root.generateDataKey({ KeyId, KeySpec: "AES_256" })
    const same = await root.decrypt({ CiphertextBlob: blobIn(dataKey) })
    expect(same.Plaintext).toEqual(dataKey.Plaintext)
    const hidden = await root.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_128" })
    expect((await root.decrypt({ CiphertextBlob: blobIn(hidden) })).Plaintext).toHaveLength(16)
    expect(pathsSeen().slice(2)).toEqual([
      "/keys/first/metadata",
      "/keys/first/encrypt",
      "/keys/first/decrypt",
      "/keys/first/encrypt",
      "/keys/first/decrypt",
      "/keys/first/encrypt",
      "/keys/first/decrypt",
    ])
  })

  it("tells the proxy nothing of the encryption context, however large", async () => {
    const { root } = world
    const KeyId = await world.newStoreKey()
    const EncryptionContext = { tenant: "ü".repeat(16_000) }
    seen()
    const reply = await root.encrypt({ KeyId, Plaintext, EncryptionContext })
    const opened = await root.decrypt({ CiphertextBlob: blobIn(reply), EncryptionContext })
    expect(opened.Plaintext).toEqual(Plaintext)
    for (const { body } of seen()) {
      expect(Buffer.from(String(body["additionalAuthenticatedData"]), "base64")).toHaveLength(32)
    }
  })

  it("is re-encrypted to and from keys elsewhere, and the proxy sees no plaintext", async () => {
    const keyStores = { [clusterId]: clusterOf() }
    const { root, newKey, newStoreKey, proxy } = await openXksStore({ keyStores })
    const { CustomKeyStoreId = "" } = await root.createCustomKeyStore(hsmStoreInput())
    await root.connectCustomKeyStore({ CustomKeyStoreId })
    const external = await newStoreKey()
    const other = await newStoreKey({ XksKeyId: "second" })
    const inRegion = await newKey()
    const inCluster = await newKey({ Origin: "AWS_CLOUDHSM", CustomKeyStoreId })
    let blob = blobIn(await root.encrypt({ KeyId: inRegion, Plaintext }))
    const way = [external, other, external, inRegion, other, inCluster, external, external]
    for (const DestinationKeyId of way) {
      const reply = await root.reEncrypt({ CiphertextBlob: blob, DestinationKeyId })
      expect(reply.KeyId).toBe(keyArnOf(DestinationKeyId))
      blob = blobIn(reply)
    }
    expect((await root.decrypt({ CiphertextBlob: blob })).Plaintext).toEqual(Plaintext)
    const crossings = proxy.seen.map(({ body }) => body["plaintext"]).filter(Boolean)
    for (const text of crossings) expect(Buffer.from(String(text), "base64")).toHaveLength(47)
    const metadata = proxy.seen.at(-2)?.body["requestMetadata"]
    expect(metadata).toMatchObject({ kmsOperation: "ReEncrypt", kmsKeyArn: keyArnOf(external) })
    await proxy.close()
  })

  it("is re-encrypted to and from a key pair", async () => {
    const keyStores = { [clusterId]: clusterOf() }
    const { root, newKey, newStoreKey, proxy } = await openXksStore({ keyStores })
    const { CustomKeyStoreId = "" } = await root.createCustomKeyStore(hsmStoreInput())
    await root.connectCustomKeyStore({ CustomKeyStoreId })
    const pair = await newKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
    const stores = [await newStoreKey(), await newKey({ Origin: "AWS_CLOUDHSM", CustomKeyStoreId })]
    const algorithm = "RSAES_OAEP_SHA_256"
    for (const KeyId of stores) {
      const first = await root.encrypt({ KeyId, Plaintext })
      const toPair = await root.reEncrypt({
        CiphertextBlob: blobIn(first),
        DestinationKeyId: pair,
        DestinationEncryptionAlgorithm: algorithm,
      })
      const back = await root.reEncrypt({
        CiphertextBlob: blobIn(toPair),
        SourceKeyId: pair,
        SourceEncryptionAlgorithm: algorithm,
        DestinationKeyId: KeyId,
      })
      const opened = await root.decrypt({ CiphertextBlob: blobIn(back), KeyId })
      expect(opened.Plaintext).toEqual(Plaintext)
    }
    await proxy.close()
  })

  it("tells the proxy who asks for what, and of a VPC only the own account's", async () => {
    const { kms, root, proxy } = world
    const KeyId = await world.newStoreKey({
      Policy: JSON.stringify(policyOf({ Principal: { AWS: "*" } })),
    })
    const ownRole = `arn:aws:iam::${account}:role/App`
    const context = {
      sourceVpce: "vpce-1",
      sourceVpc: "vpc-1",
      viaService: "s3.us-east-1.amazonaws.com",
    }
    const identities = { policies: [policyOf({})] }
    const host = await openHost({
      storage: world.storage,
      xks: proxy.xks,
      clock: world.clock,
      identities: () => identities,
    })
    seen()
    await root.encrypt({ KeyId, Plaintext })
    await host.as(ownRole, context).encrypt({ KeyId, Plaintext })
    const stranger = host.as(rootOf(otherAccount), context)
    await stranger.encrypt({ KeyId: keyArnOf(KeyId), Plaintext })
    const common = {
      kmsOperation: "Encrypt",
      kmsKeyArn: keyArnOf(KeyId),
      kmsRequestId: expect.any(String),
    }
    const viaService = { kmsViaService: context.viaService }
    const vpc = { awsSourceVpc: "vpc-1", awsSourceVpce: "vpce-1" }
    expect(seen().map(({ body }) => body["requestMetadata"])).toEqual([
      { ...common, awsPrincipalArn: kms.administrator },
      { ...common, awsPrincipalArn: ownRole, ...vpc, ...viaService },
      { ...common, awsPrincipalArn: rootOf(otherAccount), ...viaService },
    ])
  })

  it("asks what its external key is, before it is made", async () => {
    seen()
    await world.newStoreKey()
    const [request] = seen()
    expect(request?.path).toBe("/example/kms/xks/v1/keys/first/metadata")
    expect(request?.body).toEqual({
      requestMetadata: {
        awsPrincipalArn: world.kms.administrator,
        kmsOperation: "CreateKey",
        kmsRequestId: world.events.at(-1)?.requestId,
      },
    })
  })

  it.each([
    ["AES_128", { keySpec: "AES_128" }],
    ["one that only encrypts", { keyUsage: ["ENCRYPT"] }],
    ["one that only decrypts", { keyUsage: ["DECRYPT", "SIGN"] }],
    ["a disabled one", { keyStatus: "DISABLED" }],
  ] as const)("is not made of an external key that is %s", async (_, members) => {
    Object.assign(world.proxy.keys.get("first") ?? {}, members)
    await expectRefusal(world.newStoreKey(), "XksKeyInvalidConfigurationException")
  })

  it.each([
    [{ XksKeyId: undefined }, "ValidationException"],
    [{ XksKeyId: "unknown" }, "XksKeyNotFoundException"],
    [{ XksKeyId: "../first" }, "ValidationException"],
    [{ XksKeyId: ".." }, "ValidationException"],
    [{ XksKeyId: "." }, "ValidationException"],
    [{ XksKeyId: "x".repeat(129) }, "ValidationException"],
    [{ Origin: "AWS_CLOUDHSM", XksKeyId: undefined }, "ValidationException"],
    [{ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }, "ValidationException"],
    [{ MultiRegion: true }, "UnsupportedOperationException"],
  ])("is not made of %o: %s", async (members, name) => {
    expect(await outcomeOf(world.newStoreKey(members))).toBe(name)
    expect((await world.root.listKeys()).Keys).toEqual([])
  })

  it("has its external key to itself, until it is deleted", async () => {
    const { root, clock, kms } = world
    const KeyId = await world.newStoreKey()
    await expectRefusal(world.newStoreKey(), "XksKeyAlreadyInUseException")
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await expectRefusal(world.newStoreKey(), "XksKeyAlreadyInUseException")
    clock.advanceDays(7)
    const next = await world.newStoreKey()
    expect((await kms.sweep()).keysDeleted).toBe(1)
    await expectRefusal(world.newStoreKey(), "XksKeyAlreadyInUseException")
    const reply = await root.encrypt({ KeyId: next, Plaintext })
    expect((await root.decrypt({ CiphertextBlob: blobIn(reply) })).Plaintext).toEqual(Plaintext)
  })

  it("is the only one that concurrent calls make of an external key", async () => {
    const storage = createMemoryStorage()
    const { kms, storeId, proxy } = await openXksStore({ storage })
    const other = await openHost({ storage, xks: proxy.xks, clock: world.clock })
    const input = { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: storeId, XksKeyId: "first" }
    const create = (host: typeof kms) =>
      outcomeOf(host.call({ principal: host.administrator }, "CreateKey", input))
    const ends = await Promise.all([create(kms), create(other), create(kms), create(other)])
    expect(ends.sort()).toEqual(["OK", ...Array(3).fill("XksKeyAlreadyInUseException")])
    await proxy.close()
  })

  it("names the store when it is unavailable", async () => {
    const { root } = world
    const KeyId = await world.newStoreKey()
    await world.disconnect()
    expect(await world.state(KeyId)).toBe("Unavailable")
    seen()
    await expectRefusal(
      root.encrypt({ KeyId, Plaintext }),
      "KMSInvalidStateException",
      "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.",
    )
    await expectRefusal(world.newStoreKey(), "CustomKeyStoreInvalidStateException")
    expect(seen()).toEqual([])
  })
})

describe("an external key store and its ciphertext", () => {
  it("opens no ciphertext of another key, and none that was changed", async () => {
    const { root } = world
    const first = await world.newStoreKey()
    const second = await world.newStoreKey({ XksKeyId: "second" })
    const EncryptionContext = { a: "b" }
    const blob = blobIn(await root.encrypt({ KeyId: first, Plaintext, EncryptionContext }))
    const decrypt = (CiphertextBlob: Uint8Array, members: object = { EncryptionContext }) =>
      outcomeOf(root.decrypt({ CiphertextBlob, ...members }))
    expect(await decrypt(blob, { EncryptionContext, KeyId: second })).toBe("IncorrectKeyException")
    expect(await decrypt(blob, {})).toBe("KMSInvalidStateException")
    const expected = ["InvalidCiphertextException", "KMSInvalidStateException"]
    for (let i = 57; i < blob.length; i += 3) {
      const changed = blob.map((byte, at) => (at === i ? byte ^ 0x21 : byte))
      expect(expected).toContain(await decrypt(changed))
    }
    expect(await decrypt(blob.subarray(0, -1))).toBe("InvalidCiphertextException")
    expect(await decrypt(blob)).toBe("OK")
  })

  it("makes no random bytes", async () => {
    const call = world.root.generateRandom({ NumberOfBytes: 8, CustomKeyStoreId: world.storeId })
    await expectRefusal(call, "UnsupportedOperationException")
  })
})

describe("a host that reaches no proxy", () => {
  it("cannot make a store or use a key, and can manage both", async () => {
    const KeyId = await world.newStoreKey()
    const host = await openHost({ storage: world.storage })
    const client = host.as(host.administrator)
    await expectRefusal(client.encrypt({ KeyId, Plaintext }), "KMSInvalidStateException")
    const proxy = await openXksProxy("b.example.com")
    const input = xksStoreInput(proxy, { CustomKeyStoreName: "b" })
    const call = client.createCustomKeyStore(input)
    await expectRefusal(call, "XksProxyUriUnreachableException")
    await client.disableKey({ KeyId })
    await client.disconnectCustomKeyStore({ CustomKeyStoreId: world.storeId })
    await proxy.close()
  })
})
