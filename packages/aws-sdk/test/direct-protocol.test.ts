import { describe, expect, it, test } from "vitest"
import { unlessAborted } from "../src/abort.js"
import { createCodecs } from "../src/codecs.js"
import { directProtocol } from "../src/direct-protocol.js"
import { inputs, replies } from "../src/handed.js"
import type { AbortSignalLike, HttpResponse } from "../src/http.js"
import { identityNames, isIdentityRefusal } from "../src/protocol-errors.js"
import { serviceException, type TypeRegistry } from "../src/service-exceptions.js"

const Direct = directProtocol(createCodecs())
const settings = { defaultNamespace: "com.amazonaws.kms", serviceTarget: "TrentService" }
const protocol = new Direct(settings)

const serialize = (name: string, input: unknown, endpoint: object) =>
  protocol.serializeRequest({ name }, input, { endpoint: async () => endpoint as never })

describe("a request that is handed over", () => {
  it.each<[string, object, object]>([
    [
      "what the client resolved",
      { url: new URL("https://kms.us-east-1.amazonaws.com/") },
      { hostname: "kms.us-east-1.amazonaws.com", port: undefined, path: "/" },
    ],
    [
      "what the client resolved, with a port and a path",
      { url: new URL("http://localhost:4566/a") },
      { protocol: "http:", hostname: "localhost", port: 4566, path: "/a" },
    ],
    [
      "what its user has set",
      { protocol: "http:", hostname: "localhost", port: 1, path: "/b" },
      { protocol: "http:", hostname: "localhost", port: 1, path: "/b" },
    ],
  ])("goes to %s", async (_, endpoint, place) => {
    const { body, ...request } = (await serialize("ListKeys", { Limit: 1 }, endpoint)) as {
      body: Uint8Array
    }
    expect(request).toStrictEqual({
      method: "POST",
      protocol: "https:",
      query: {},
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "TrentService.ListKeys",
      },
      ...place,
    })
    expect(body).toHaveLength(0)
    expect(inputs.behind(body)?.read()).toEqual({ Limit: 1 })
    expect(inputs.behind(new Uint8Array(0))).toBeUndefined()
    expect(inputs.behind("")).toBeUndefined()
  })

  test("says what is wrong with it when it is read, and may be nothing", async () => {
    const endpoint = { protocol: "https:", hostname: "a", path: "/" }
    const bodyOf = async (name: string, input: unknown) =>
      inputs.behind(((await serialize(name, input, endpoint)) as { body: unknown }).body)
    expect((await bodyOf("ListKeys", undefined))?.read()).toEqual({})
    const wrong = await bodyOf("ListKeys", { Limit: "1" })
    expect(() => wrong?.read()).toThrow(expect.objectContaining({ name: "SerializationException" }))
    const unknown = await bodyOf("Sing", {})
    expect(() => unknown?.read()).toThrow(
      expect.objectContaining({ name: "UnknownOperationException" }),
    )
  })
})

describe("a reply that is handed over", () => {
  const headers = { "x-amzn-requestid": "r-1" }
  const deserialize = (response: HttpResponse) => protocol.deserializeResponse({}, {}, response)
  const $metadata = (httpStatusCode: number) => ({
    ...{ httpStatusCode, requestId: "r-1", extendedRequestId: undefined, cfId: undefined },
  })
  const failed = (statusCode: number, body: object): HttpResponse => ({
    ...{ statusCode, headers, body: new TextEncoder().encode(JSON.stringify(body)) },
  })

  test("is the caller's, with what the SDK says of it", async () => {
    const reply = { Keys: [] }
    const body = replies.bodyOf(reply)
    expect(await deserialize({ statusCode: 200, headers, body })).toEqual({
      Keys: [],
      $metadata: $metadata(200),
    })
  })

  it.each<[number, object, object]>([
    [400, { __type: "NotFoundException", message: "no" }, { $fault: "client", message: "no" }],
    [499, { __type: "NotFoundException" }, { $fault: "client", message: "UnknownError" }],
    [500, { __type: "NotFoundException", message: "" }, { $fault: "server", message: "" }],
  ])("is an exception of status %i: %j", async (statusCode, body, error) => {
    await expect(deserialize(failed(statusCode, body))).rejects.toMatchObject({
      ...{ name: "NotFoundException", __type: "NotFoundException", ...error },
      $metadata: $metadata(statusCode),
    })
  })

  test("is of a protocol that knows no streams", () => {
    expect(protocol.getShapeId()).toBe("keywright#direct")
    expect(protocol.setSerdeContext()).toBeUndefined()
    for (const name of [
      "getRequestType",
      "getResponseType",
      "getPayloadCodec",
      "updateServiceEndpoint",
    ] as const) {
      expect(() => protocol[name]()).toThrow(TypeError)
    }
  })
})

describe("an exception of a client's own package", () => {
  class Known extends Error {}
  class Base extends Error {
    constructor({ name = "" }: { name?: string }) {
      super("base")
      this.name = name
    }
  }
  const registry = (id: string | undefined, base: boolean): TypeRegistry => ({
    getSchema: (shapeId) => {
      if (shapeId !== id) throw new Error("none")
      return { id }
    },
    getErrorCtor: (schema) => ("id" in schema ? Known : Base) as never,
    getBaseException: () => (base ? {} : undefined),
  })

  it.each<[string, readonly TypeRegistry[], unknown]>([
    ["the one of its name", [registry("n#X", true)], Known],
    ["the one of another registry", [registry("n#Y", true), registry("n#X", false)], Known],
    ["the one behind them all", [registry("n#Y", false), registry("m#X", true)], Base],
    ["a plain error", [registry("n#Y", false)], Error],
    ["a plain error where there is nothing", [], Error],
  ])("is %s", (_, registries, expected) => {
    const error = serviceException(registries, "n", "X")
    expect(error.constructor).toBe(expected)
    if (expected !== Known) expect(error.name).toBe("X")
  })
})

test("refusals of whoever identifies callers have names of AWS KMS", () => {
  const others = Object.entries(identityNames).filter(
    ([, name]) => name !== "UnrecognizedClientException",
  )
  expect(others).toEqual([
    ["AccessDenied", "AccessDeniedException"],
    ["ExpiredToken", "ExpiredTokenException"],
    ["ExpiredTokenException", "ExpiredTokenException"],
    ["MissingAuthenticationToken", "MissingAuthenticationTokenException"],
  ])
  const refusal = (name: string, more: object) => Object.assign(new Error("no"), { name }, more)
  expect(
    [
      refusal("AccessDenied", { status: 403 }),
      refusal("AccessDenied", {}),
      refusal("AccessDenied", { status: "403" }),
      refusal("FetchError", { status: 403 }),
      { name: "AccessDenied", status: 403 },
    ].map(isIdentityRefusal),
  ).toEqual([true, false, false, false, false])
})

describe("work that may be given up", () => {
  /** A signal with events, which counts who listens. */
  function signalOf(aborted = false, reason?: unknown) {
    const listeners = new Set<() => void>()
    const signal: AbortSignalLike = {
      aborted,
      reason,
      addEventListener: (type, listener) => void (type === "abort" && listeners.add(listener)),
      removeEventListener: (type, listener) =>
        void (type === "abort" && listeners.delete(listener)),
    }
    return {
      signal,
      listeners,
      abort: () => {
        for (const listener of listeners) listener()
      },
    }
  }
  const aborted = { name: "AbortError", message: "Request aborted" }

  test("is done where nobody gives it up, and nobody listens any longer", async () => {
    expect(await unlessAborted(undefined, async () => 1)).toBe(1)
    const { signal, listeners } = signalOf()
    expect(await unlessAborted(signal, async () => listeners.size)).toBe(1)
    const failing = unlessAborted(signal, async () => {
      throw new Error("no")
    })
    await expect(failing).rejects.toThrow("no")
    await new Promise((resolve) => setImmediate(resolve))
    expect(listeners.size).toBe(0)
  })

  test("is not begun that was given up before, and says why", async () => {
    const { signal } = signalOf(true, "enough")
    const never = async () => {
      throw new Error("it is begun")
    }
    await expect(unlessAborted(signal, never)).rejects.toMatchObject({
      ...aborted,
      cause: "enough",
    })
  })

  test("has no answer when it is given up meanwhile", async () => {
    const { signal, abort } = signalOf()
    const waiting = unlessAborted(signal, () => new Promise(() => undefined))
    abort()
    const error = await waiting.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(aborted)
    expect(error).not.toHaveProperty("cause")
  })

  test("is given up by a signal of the oldest kind", async () => {
    const signal: AbortSignalLike = { aborted: false }
    const waiting = unlessAborted(signal, () => new Promise(() => undefined))
    ;(signal as { onabort?: () => void }).onabort?.()
    await expect(waiting).rejects.toMatchObject(aborted)
  })
})
