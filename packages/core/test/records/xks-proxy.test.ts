import { describe, expect, it } from "vitest"
import { createXksProxy } from "../../src/engine/hsms/xks-proxy.js"
import { xksIntegrityValue } from "../../src/formats/xks/xks-ciphertext.js"
import type { CallHead } from "../../src/model/caller.js"
import { xksErrorNames } from "../../src/model/xks-failures.js"
import type { XksKeyUse } from "../../src/operations/backings.js"
import type { XksOptions, XksRequest, XksResponse } from "../../src/ports/key-stores.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account, alice } from "../support/accounts.js"
import { keyId } from "../support/example-records.js"

const bytes = (text: string) => new TextEncoder().encode(text)
const base64 = (value: Uint8Array) => Buffer.from(value).toString("base64")
const place = { partition: "aws", region: "us-east-1" }
const target = {
  connectivity: "PUBLIC_ENDPOINT",
  uriEndpoint: "https://XKS.example.com",
  uriPath: "/prefix/kms/xks/v1",
  accessKeyId: "ABCDEFGHIJKLMNOPQRST",
  secretAccessKey: "secret",
} as never
const call = {
  requestId: "request-1",
  operation: "Encrypt",
  caller: { arn: alice, account, type: "user", context: {} },
} as unknown as CallHead
const use: XksKeyUse = { xksKeyId: "first", key: { account, keyId }, messageAad: Uint8Array.of(5) }

/** An answer that comes in these chunks. */
function answerOf(status: number, chunks: readonly (Uint8Array | string)[]) {
  const state = { isCancelled: false, reads: 0 }
  const response: XksResponse = {
    status,
    body: {
      getReader: () => ({
        read: async () => {
          const chunk = chunks[state.reads]
          state.reads += 1
          if (chunk === undefined) return { done: true }
          return { done: false, value: typeof chunk === "string" ? bytes(chunk) : chunk }
        },
        cancel: async () => {
          state.isCancelled = true
          throw new Error("it is closed already")
        },
      }),
    },
  }
  return { response, state }
}

/** A proxy that answers so, what it was asked, and when time is up. */
function proxyOf(fetch: (url: string, request: XksRequest) => Promise<XksResponse>) {
  const asked: { url: string; request: XksRequest }[] = []
  const listeners: (() => void)[] = []
  const timeout = {
    aborted: false,
    addEventListener: (type: "abort", listener: () => void) => {
      expect(type).toBe("abort")
      listeners.push(listener)
    },
  }
  const limitsMs: number[] = []
  const xks: XksOptions = {
    fetch: (url, request) => {
      asked.push({ url, request })
      return fetch(url, request)
    },
    timeout: (ms) => {
      limitsMs.push(ms)
      return timeout
    },
  }
  const proxy = createXksProxy({ place, clock: () => 1_768_478_400_000, xks }, target, call)
  const expire = () => {
    timeout.aborted = true
    for (const listener of listeners) listener()
  }
  return { proxy, asked, timeout, expire, limitsMs }
}
const answering = (status: number, ...chunks: readonly (Uint8Array | string)[]) =>
  proxyOf(async () => answerOf(status, chunks).response)
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: { failure?: string }) => error.failure,
  )

const healthy = JSON.stringify({
  xksProxyFleetSize: 1,
  xksProxyVendor: "a",
  xksProxyModel: "b",
  ekmVendor: "c",
  ekmFleetDetails: [
    { id: "1", model: "m", healthStatus: "DEGRADED" },
    { id: "2", model: "m", healthStatus: "UNAVAILABLE" },
  ],
})

describe("a request to a proxy", () => {
  it("is signed, and goes where the store says, with the body of its operation", async () => {
    const { proxy, asked, timeout, limitsMs } = answering(200, healthy)
    await proxy.health()
    const [one] = asked
    expect(one?.url).toBe("https://XKS.example.com/prefix/kms/xks/v1/health")
    expect(one?.request).toMatchObject({ method: "POST", redirect: "error", signal: timeout })
    expect(one?.request.headers).toMatchObject({
      "content-type": "application/json",
      authorization: expect.stringContaining(
        "Credential=ABCDEFGHIJKLMNOPQRST/20260115/us-east-1/kms-xks-proxy/aws4_request",
      ),
      "x-amz-date": "20260115T120000Z",
    })
    expect(JSON.parse(one?.request.body ?? "")).toMatchObject({
      requestMetadata: { kmsRequestId: "request-1", kmsOperation: "Encrypt" },
    })
    expect(limitsMs).toEqual([limits.xksTimeoutMs])
  })

  it.each([
    ["keyMetadata", "/keys/first/metadata"],
    ["encrypt", "/keys/first/encrypt"],
  ] as const)("names the external key in its path: %s", async (method, path) => {
    const { proxy, asked } = answering(500, "{}")
    const work = method === "encrypt" ? proxy.encrypt(use, bytes("x")) : proxy.keyMetadata("first")
    await failureOf(work)
    expect(asked[0]?.url).toBe(`https://XKS.example.com/prefix/kms/xks/v1${path}`)
    const body = JSON.parse(asked[0]?.request.body ?? "{}")
    expect(body.requestMetadata).toMatchObject({ awsPrincipalArn: alice, kmsOperation: "Encrypt" })
    if (method === "encrypt") expect(body.plaintext).toBe(base64(bytes("x")))
  })
})

describe("an answer of a proxy", () => {
  it("is healthy as long as one of the key managers is there", async () => {
    expect(await failureOf(answering(200, healthy).proxy.health())).toBe("none")
    const ill = healthy.replace("DEGRADED", "UNAVAILABLE")
    expect(await failureOf(answering(200, ill).proxy.health())).toBe("managerUnavailable")
    expect(await failureOf(answering(200, "{}").proxy.health())).toBe("unreadable")
  })

  it("may come in pieces, and is read to a length that no honest one has", async () => {
    const half = healthy.length >> 1
    const { proxy } = answering(200, healthy.slice(0, half), healthy.slice(half))
    expect(await failureOf(proxy.health())).toBe("none")
    const padding = limits.xksAnswerBytesMax - healthy.length
    const longest = answering(200, healthy, " ".repeat(padding))
    expect(await failureOf(longest.proxy.health())).toBe("none")
    const { response, state } = answerOf(200, [healthy, " ".repeat(padding + 1), "never read"])
    expect(await failureOf(proxyOf(async () => response).proxy.health())).toBe("unreadable")
    expect(state).toEqual({ isCancelled: true, reads: 2 })
  })

  it("is unreadable when it has no body, or one that is no text", async () => {
    const empty = proxyOf(async () => ({ status: 200, body: null }))
    expect(await failureOf(empty.proxy.health())).toBe("unreadable")
    expect(await failureOf(answering(200, Uint8Array.of(0x22, 0xff, 0x22)).proxy.health())).toBe(
      "unreadable",
    )
  })

  it("that is an error is what its name says, whatever its status", async () => {
    for (const [errorName, failure] of Object.entries(xksErrorNames)) {
      const { proxy } = answering(418, JSON.stringify({ errorName }))
      expect([errorName, await failureOf(proxy.health())]).toEqual([errorName, failure])
    }
    for (const text of ["{}", "no JSON", '{"errorName":"constructor"}', '{"errorName":"Other"}']) {
      expect([text, await failureOf(answering(500, text).proxy.health())]).toEqual([
        text,
        "unreadable",
      ])
    }
    // Nothing but 200 is a success.
    expect(await failureOf(answering(204, healthy).proxy.health())).toBe("unreadable")
  })

  it("that has encrypted is opened again by the same proxy", async () => {
    const sent: Record<string, unknown>[] = []
    const answer = async (url: string, { body }: XksRequest) => {
      const message = JSON.parse(body)
      sent.push(message)
      const parts = {
        ciphertext: bytes("inner"),
        ciphertextMetadata: new Uint8Array(),
        initializationVector: new Uint8Array(12),
        authenticationTag: new Uint8Array(16),
      }
      const aad = Buffer.from(message.additionalAuthenticatedData, "base64")
      const reply = url.endsWith("/encrypt")
        ? {
            ciphertext: message.plaintext,
            initializationVector: base64(parts.initializationVector),
            authenticationTag: base64(parts.authenticationTag),
            ciphertextDataIntegrityValue: base64(xksIntegrityValue(aad, parts)),
          }
        : { plaintext: message.ciphertext }
      return answerOf(200, [JSON.stringify(reply)]).response
    }
    const { proxy } = proxyOf(answer)
    const ciphertext = await proxy.encrypt(use, bytes("inner"))
    expect(await proxy.decrypt(use, ciphertext)).toEqual(bytes("inner"))
    expect(sent[1]).toMatchObject({ ciphertext: sent[0]?.["plaintext"] })
    expect(sent[0]?.["additionalAuthenticatedData"]).toBe(sent[1]?.["additionalAuthenticatedData"])
    // What no proxy has made is not even asked about.
    expect(await proxy.decrypt(use, Uint8Array.of(1, 2, 3))).toBeUndefined()
    expect(sent).toHaveLength(2)
  })
})

describe("a proxy that does not answer", () => {
  const withCode = (code: unknown) => Object.assign(new Error("failed"), { code })

  it.each<[string, unknown, string]>([
    ["nobody listens", withCode("ECONNREFUSED"), "unreachable"],
    ["the connection ends", new Error("socket hang up"), "unreachable"],
    ["something is thrown that is no error", "failed", "unreachable"],
    ["nothing at all is thrown", undefined, "unreachable"],
    [
      "the name is that of a TLS failure, but not its beginning",
      withCode("X_CERT_"),
      "unreachable",
    ],
    ["the certificate is old", withCode("CERT_HAS_EXPIRED"), "tls"],
    ["the certificate is of another host", withCode("ERR_TLS_CERT_ALTNAME_INVALID"), "tls"],
    ["the issuer is not known", withCode("UNABLE_TO_GET_ISSUER_CERT"), "tls"],
    ["the certificate is its own issuer", withCode("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls"],
    ["an issuer is its own issuer", withCode("SELF_SIGNED_CERT_IN_CHAIN"), "tls"],
    ["the protocol is another", withCode("EPROTO"), "tls"],
    ["the library says no", withCode("ERR_SSL_WRONG_VERSION_NUMBER"), "tls"],
    ["the host name is another", withCode("HOSTNAME_MISMATCH"), "tls"],
    ["the cause says so", new Error("fetch failed", { cause: withCode("CERT_REVOKED") }), "tls"],
    ["what is thrown has a code and is no error", { code: "EPROTO" }, "tls"],
  ])("is told apart: %s", async (_, error, failure) => {
    const { proxy } = proxyOf(() => Promise.reject(error))
    const failed = await proxy.health().catch((thrown: unknown) => thrown)
    expect(failed).toMatchObject({ failure })
    expect((failed as Error).cause).toBe(error)
  })

  it("in time has timed out, also when it answers half, or after it, or was too late before", async () => {
    const silent = proxyOf(() => new Promise(() => undefined))
    const asked = failureOf(silent.proxy.health())
    silent.expire()
    expect(await asked).toBe("timeout")
    const half = proxyOf(async () => ({
      status: 200,
      body: {
        getReader: () => ({
          read: () => new Promise<never>(() => undefined),
          cancel: async () => undefined,
        }),
      },
    }))
    const reading = failureOf(half.proxy.health())
    await new Promise((resolve) => setImmediate(resolve))
    half.expire()
    expect(await reading).toBe("timeout")
    const aborted = proxyOf(async () => {
      aborted.timeout.aborted = true
      throw new Error("aborted")
    })
    expect(await failureOf(aborted.proxy.health())).toBe("timeout")
    const late = proxyOf(() => new Promise(() => undefined))
    late.timeout.aborted = true
    expect(await failureOf(late.proxy.health())).toBe("timeout")
  })
})
