import { createServer } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { xksFailures } from "../../src/model/xks-failures.js"
import type { XksOptions } from "../../src/ports/key-stores.js"
import { openHost } from "../support/hosts.js"
import { openXksStore, type XksWorld, xksStoreInput } from "../support/key-stores.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"
import type { Fault } from "../support/xks-proxy.js"

let world: XksWorld
let KeyId: string
let CiphertextBlob: Uint8Array
const Plaintext = Uint8Array.of(1, 2, 3)

beforeEach(async () => {
  world = await openXksStore()
  KeyId = await world.newStoreKey()
  CiphertextBlob = blobIn(await world.root.encrypt({ KeyId, Plaintext }))
})
afterEach(() => world.proxy.close())

const answering =
  (status: number, body: unknown): Fault =>
  () => [status, body]
const named = (status: number, errorName: string): Fault =>
  answering(status, { errorName, errorMessage: "words of the proxy that no caller may see" })

/** What an encrypt answer becomes when one member is another. */
const changed =
  (members: object): Fault =>
  (_, [status, body]) => [status, { ...(body as object), ...members }]

const internal = "KMSInvalidStateException"
const state = "CustomKeyStoreInvalidStateException"
const configuration = "XksKeyInvalidConfigurationException"
const unreadable = "XksProxyInvalidResponseException"
const unreachable = "XksProxyUriUnreachableException"

/*
 * Source: External Key Store Proxy API Specification, "Error codes". The columns: what the proxy
 * does, whose words a caller reads, and what CreateKey, CreateCustomKeyStore and
 * ConnectCustomKeyStore make of it.
 */
const table = [
  ["400 ValidationException", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  [
    "400 InvalidStateException",
    "keyDisabled",
    configuration,
    unreadable,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    "400 InvalidCiphertextException",
    "ciphertextRefused",
    state,
    unreadable,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    "400 InvalidKeyUsageException",
    "keyUsage",
    configuration,
    unreadable,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    "401 AuthenticationFailedException",
    "unauthenticated",
    state,
    "XksProxyIncorrectAuthenticationCredentialException",
    "INVALID_CREDENTIALS",
  ],
  ["403 AccessDeniedException", "denied", internal, unreadable, "XKS_PROXY_ACCESS_DENIED"],
  [
    "404 KeyNotFoundException",
    "keyNotFound",
    "XksKeyNotFoundException",
    unreadable,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    "404 InvalidUriPathException",
    "uriPath",
    state,
    "XksProxyInvalidConfigurationException",
    "XKS_PROXY_INVALID_CONFIGURATION",
  ],
  ["429 ThrottlingException", "throttled", state, unreachable, "XKS_PROXY_NOT_REACHABLE"],
  ["500 InternalException", "managerFailed", state, unreadable, "XKS_PROXY_NOT_REACHABLE"],
  [
    "501 UnsupportedOperationException",
    "unsupported",
    configuration,
    unreadable,
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  [
    "503 DependencyTimeoutException",
    "dependencyTimeout",
    state,
    unreachable,
    "XKS_PROXY_TIMED_OUT",
  ],
  ["an error without a name", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["an error of another name", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["an inherited name", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["a page of HTML", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["no answer", "timeout", state, unreachable, "XKS_PROXY_TIMED_OUT"],
  ["half an answer", "timeout", state, unreachable, "XKS_PROXY_TIMED_OUT"],
  ["a closed connection", "unreachable", state, unreachable, "XKS_PROXY_NOT_REACHABLE"],
  ["a redirect", "unreachable", state, unreachable, "XKS_PROXY_NOT_REACHABLE"],
  ["an endless answer", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["an empty answer", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["a list", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
  ["text that is no UTF-8", "unreadable", state, unreadable, "XKS_PROXY_INVALID_RESPONSE"],
] as const

const faults: Readonly<Record<string, Fault>> = {
  "an error without a name": answering(400, {}),
  "an error of another name": named(400, "SomeException"),
  "an inherited name": named(400, "constructor"),
  "a page of HTML": answering(502, "<html>Bad gateway</html>"),
  "no answer": () => "silence",
  "half an answer": (_request, _answer, response) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.write('{"plaintext":')
    return "silence"
  },
  "a closed connection": () => "hang up",
  "a redirect": (_request, _answer, response) => {
    response.writeHead(307, { location: "http://127.0.0.1:1/" }).end()
    return "silence"
  },
  "an endless answer": answering(200, `{"plaintext":"${"A".repeat(200_000)}"}`),
  "an empty answer": answering(200, ""),
  "a list": answering(200, []),
  "text that is no UTF-8": (_request, _answer, response) => {
    response.writeHead(200).end(Buffer.from([0x22, 0xff, 0xfe, 0x22]))
    return "silence"
  },
}

const faultOf = (what: string): Fault => {
  const [status, name = ""] = what.split(" ")
  return faults[what] ?? named(Number(status), name)
}

describe("a proxy that answers", () => {
  it.each(table)("%s", async (what, failure, createKey, createStore, connection) => {
    const { root, proxy, storeId } = world
    const { message } = xksFailures[failure]
    const before = await dumpOf(world.storage)
    proxy.fault = faultOf(what)
    if (failure === "timeout") proxy.patience = 1

    await expectRefusal(root.encrypt({ KeyId, Plaintext }), internal, message)
    await expectRefusal(root.decrypt({ CiphertextBlob }), internal, message)
    const dataKey = root.generateDataKey({ KeyId, KeySpec: "AES_256" })
    await expectRefusal(dataKey, internal, message)
    await expectRefusal(
      root.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId }),
      internal,
      message,
    )
    await expectRefusal(world.newStoreKey({ XksKeyId: "second" }), createKey, message)
    const path = { CustomKeyStoreName: "b", XksProxyUriPath: "/kms/xks/v1" }
    const input = xksStoreInput(proxy, path)
    await expectRefusal(root.createCustomKeyStore(input), createStore, message)
    expect(await dumpOf(world.storage)).toEqual(before)

    await world.disconnect()
    await root.connectCustomKeyStore({ CustomKeyStoreId: storeId })
    expect(await world.entry()).toMatchObject({
      ConnectionState: "FAILED",
      ConnectionErrorCode: connection,
    })
    expect(await world.state(KeyId)).toBe("Unavailable")

    proxy.fault = undefined
    proxy.patience = 20
    await world.disconnect()
    await world.connect()
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  })
})

const blob = (bytes: number) => Buffer.alloc(bytes, 1).toString("base64")

describe("an encrypted answer is refused", () => {
  it.each([
    ["without a tag", { authenticationTag: undefined }],
    ["with a short tag", { authenticationTag: blob(15) }],
    ["without an IV", { initializationVector: undefined }],
    ["with an IV of 13 bytes", { initializationVector: blob(13) }],
    ["without a ciphertext", { ciphertext: undefined }],
    ["with another ciphertext", { ciphertext: blob(47) }],
    ["with a longer ciphertext", { ciphertext: blob(48) }],
    ["with what is no Base64", { ciphertext: "*".repeat(64) }],
    ["with a number", { ciphertext: 7 }],
    ["with metadata of 21 bytes", { ciphertextMetadata: blob(21) }],
    ["with other metadata", { ciphertextMetadata: blob(3) }],
    ["without an integrity value", { ciphertextDataIntegrityValue: undefined }],
    ["with another integrity value", { ciphertextDataIntegrityValue: blob(32) }],
  ])("%s", async (_, members) => {
    world.proxy.fault = changed(members)
    const call = world.root.encrypt({ KeyId, Plaintext })
    await expectRefusal(call, internal, xksFailures.unreadable.message)
  })
})

describe("a decrypted answer is refused", () => {
  it.each([
    ["without a plaintext", { plaintext: undefined }, "unreadable"],
    ["with a shorter plaintext", { plaintext: blob(46) }, "unreadable"],
    ["that our HSM has not encrypted", { plaintext: blob(47) }, "plaintextRefused"],
  ] as const)("%s", async (_, members, failure) => {
    world.proxy.fault = changed(members)
    const { root } = world
    const { message } = xksFailures[failure]
    await expectRefusal(root.decrypt({ CiphertextBlob }), internal, message)
    const call = root.reEncrypt({ CiphertextBlob, DestinationKeyId: await world.newKey() })
    await expectRefusal(call, internal, message)
  })
})

describe("an answer about an external key is refused", () => {
  it.each([
    ["without a spec", { keySpec: undefined }],
    ["without usages", { keyUsage: undefined }],
    ["with eleven usages", { keyUsage: ["ENCRYPT", "DECRYPT", ..."abcdefghi"] }],
    ["in another state", { keyStatus: "ASLEEP" }],
  ])("%s", async (_, members) => {
    world.proxy.fault = changed(members)
    await expectRefusal(world.newStoreKey({ XksKeyId: "second" }), state)
  })
})

describe("an answer about health is refused", () => {
  it.each([
    ["without a fleet", { ekmFleetDetails: [] }],
    ["of an empty fleet of proxies", { xksProxyFleetSize: 0 }],
    ["without a vendor", { ekmVendor: undefined }],
  ])("%s", async (_, members) => {
    world.proxy.fault = changed(members)
    await world.disconnect()
    await world.connect()
    expect((await world.entry())["ConnectionErrorCode"]).toBe("XKS_PROXY_INVALID_RESPONSE")
  })
})

describe("a proxy that is slow", () => {
  it("is waited for a quarter of a second, whatever its fetch does with the signal", async () => {
    const limits: number[] = []
    const listeners: (() => void)[] = []
    const xks: XksOptions = {
      fetch: () => new Promise(() => undefined),
      timeout: (ms) => {
        limits.push(ms)
        return { aborted: false, addEventListener: (_, listener) => void listeners.push(listener) }
      },
    }
    const host = await openHost({ storage: world.storage, xks })
    const call = host.as(host.administrator).encrypt({ KeyId, Plaintext })
    const ended = expectRefusal(call, internal, xksFailures.timeout.message)
    await expect.poll(() => listeners).toHaveLength(1)
    listeners[0]?.()
    await ended
    expect(limits).toEqual([250])
  })

  it("is not waited for at all when time is up before it starts", async () => {
    const timeout = () => ({ aborted: true, addEventListener: () => undefined })
    const xks: XksOptions = { fetch: () => new Promise(() => undefined), timeout }
    const host = await openHost({ storage: world.storage, xks })
    const call = host.as(host.administrator).encrypt({ KeyId, Plaintext })
    await expectRefusal(call, internal, xksFailures.timeout.message)
  })

  it("ends when the time of the machine is up, and not before", async () => {
    world.proxy.fault = () => "silence"
    const signals: AbortSignal[] = []
    const xks: XksOptions = {
      ...world.proxy.xks,
      timeout: (ms) => {
        const signal = AbortSignal.timeout(ms)
        signals.push(signal)
        return signal
      },
    }
    const host = await openHost({ storage: world.storage, xks })
    await expectRefusal(
      host.as(host.administrator).encrypt({ KeyId, Plaintext }),
      internal,
      xksFailures.timeout.message,
    )
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})

describe("a proxy that is gone", () => {
  it("makes calls fail until it is back, and harms nothing", async () => {
    const { root, proxy } = world
    let left = 3
    proxy.fault = () => {
      left -= 1
      return left < 0 ? "hang up" : undefined
    }
    const ends = await Promise.all(
      Array.from({ length: 8 }, () =>
        root.generateDataKey({ KeyId, KeySpec: "AES_256" }).then(
          (reply) => blobIn(reply),
          (error: Error) => error.message,
        ),
      ),
    )
    const blobs = ends.filter((end) => typeof end !== "string")
    expect(blobs).toHaveLength(3)
    expect(new Set(ends.filter((end) => typeof end === "string"))).toEqual(
      new Set([xksFailures.unreachable.message]),
    )
    expect(await world.state(KeyId)).toBe("Enabled")
    proxy.fault = undefined
    for (const one of blobs) await root.decrypt({ CiphertextBlob: one })
  })

  it("is not found by the fetch of the platform, which can be handed in as it is", async () => {
    const xks: XksOptions = { fetch, timeout: (ms) => AbortSignal.timeout(ms * 20) }
    const { root } = await openWorld({ xks })
    const input = xksStoreInput(world.proxy, { XksProxyUriEndpoint: "https://xks.invalid" })
    await expectRefusal(root.createCustomKeyStore(input), unreachable)
  })

  it("is told apart from one whose TLS cannot be trusted", async () => {
    // A server that speaks no TLS, asked over TLS.
    const plain = createServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve))
    const { port } = plain.address() as { port: number }
    const xks: XksOptions = {
      fetch: (_, request) => fetch(`https://127.0.0.1:${port}/`, request),
      timeout: (ms) => AbortSignal.timeout(ms * 20),
    }
    const { root } = await openWorld({ xks })
    await expectRefusal(
      root.createCustomKeyStore(xksStoreInput(world.proxy)),
      unreachable,
      xksFailures.tls.message,
    )
    plain.close()
  })

  it.each([
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ])("%s is a failure of TLS", async (code) => {
    const cause = Object.assign(new Error(code), { code })
    const xks: XksOptions = {
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
      timeout: (ms) => AbortSignal.timeout(ms),
    }
    const host = await openHost({ storage: world.storage, xks })
    const call = host.as(host.administrator).encrypt({ KeyId, Plaintext })
    await expectRefusal(call, internal, xksFailures.tls.message)
  })
})

describe("a clock that is wrong", () => {
  it("makes signatures that the proxy refuses", async () => {
    world.clock.advanceMs(301_000)
    world.proxy.nowMs = () => world.clock.nowMs - 301_000
    const call = world.root.encrypt({ KeyId, Plaintext })
    await expectRefusal(call, internal, xksFailures.unauthenticated.message)
  })
})
