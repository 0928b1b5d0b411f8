import * as newest from "@aws-sdk/client-kms"
import { errorTable, KmsError, type KmsErrorName } from "@keywright/core"
import * as oldest from "aws-sdk-client-kms-oldest"
import { describe, expect, test, vi } from "vitest"
import { doors } from "./support/doors.js"
import { createEngine, createFlakyStorage } from "./support/engine.js"

const names = Object.keys(errorTable) as KmsErrorName[]

interface Metadata {
  readonly attempts?: number
  readonly httpStatusCode?: number
  readonly requestId?: string
}

const metadataOf = (error: unknown): Metadata => (error as { $metadata: Metadata }).$metadata

const thrownBy = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail("the call should have been refused"),
    (error: Error) => error,
  )

describe.each(doors)("through %s", (_name, door) => {
  /** A client each of whose calls is refused with an error before it reaches an operation. */
  async function refusing(KMS: typeof newest.KMS, name: KmsErrorName, message: string) {
    const callers = () => {
      throw new KmsError(name, message)
    }
    const config = door(await createEngine(), { callers })
    return new KMS({ ...config, maxAttempts: 1 })
  }

  describe("a refusal", () => {
    test.each(names)("%s arrives at the newest client as its own exception", async (name) => {
      const kms = await refusing(newest.KMS, name, "No, and that is that: “Ärger” 🔑")
      const error = await thrownBy(kms.listKeys({}))
      const Modelled = (newest as unknown as Record<string, typeof newest.KMSServiceException>)[
        name
      ]
      expect(error).toBeInstanceOf(Modelled ?? newest.KMSServiceException)
      const { fault } = errorTable[name]
      expect(error).toMatchObject({
        name,
        $fault: fault,
        message: "No, and that is that: “Ärger” 🔑",
      })
      expect(metadataOf(error).httpStatusCode).toBe(fault === "server" ? 500 : 400)
      expect(metadataOf(error).requestId).toMatch(/^[0-9a-f-]{36}$/)
    })

    test.each(names)("%s arrives at the oldest client under its name", async (name) => {
      const KMS = oldest.KMS as unknown as typeof newest.KMS
      const error = await thrownBy((await refusing(KMS, name, "No.")).listKeys({}))
      expect(error).toMatchObject({ name, message: "No." })
      const status = errorTable[name].fault === "server" ? 500 : 400
      expect(metadataOf(error).httpStatusCode).toBe(status)
    })

    test("of an engine keeps its message and the id of the request", async () => {
      const kms = await createEngine()
      const client = new newest.KMS({ ...door(kms) })
      const error = await thrownBy(client.describeKey({ KeyId: "alias/none" }))
      expect(error).toBeInstanceOf(newest.NotFoundException)
      const arn = "arn:aws:kms:us-east-1:111122223333:alias/none"
      expect(error.message).toBe(`Alias ${arn} is not found.`)
    })

    test("of the input names the member in the words of AWS", async () => {
      const client = new newest.KMS({ ...door(await createEngine()) })
      const error = await thrownBy(client.encrypt({ KeyId: "", Plaintext: new Uint8Array(4097) }))
      expect(error.name).toBe("ValidationException")
      expect(error.message).toMatch(/^\d validation errors detected: /)
      expect(error.message).toContain("Value '' at 'keyId' failed to satisfy constraint: ")
      expect(error.message).toContain("Member must have length less than or equal to 4096")
    })

    test("that is a mistake of the host surfaces as it is", async () => {
      const callers = () => "nobody in particular"
      const client = new newest.KMS({ ...door(await createEngine(), { callers }) })
      await expect(client.listKeys({})).rejects.toBeInstanceOf(TypeError)
    })
  })

  describe("retries", () => {
    test.each([
      ["newest", newest.KMS],
      ["oldest", oldest.KMS as unknown as typeof newest.KMS],
    ])("the %s client repeats a call when storage has failed once", async (_version, KMS) => {
      const { storage, failNext } = createFlakyStorage()
      const client = new KMS({ ...door(await createEngine({ storage })) })
      const { KeyMetadata } = await client.createKey({})
      failNext(1)
      const described = await client.describeKey({ KeyId: KeyMetadata?.KeyId })
      expect(described.KeyMetadata?.Arn).toBe(KeyMetadata?.Arn)
      expect(described.$metadata.attempts).toBe(2)
    })

    test("a storage that keeps failing ends in KMSInternalException, and nothing leaks", async () => {
      const { storage, failNext } = createFlakyStorage()
      const client = new newest.KMS({ ...door(await createEngine({ storage })) })
      const { KeyMetadata } = await client.createKey({})
      failNext(3)
      const error = await thrownBy(client.describeKey({ KeyId: KeyMetadata?.KeyId }))
      expect(error).toBeInstanceOf(newest.KMSInternalException)
      expect(metadataOf(error).attempts).toBe(3)
      expect(JSON.stringify(error) + error.message).not.toContain("fire")
    })

    test("a throttled call is repeated", async () => {
      const kms = await createEngine()
      const callers = vi
        .fn<() => string>()
        .mockImplementationOnce(() => {
          throw new KmsError("ThrottlingException", "Slow down.")
        })
        .mockImplementation(() => kms.administrator)
      const client = new newest.KMS({ ...door(kms, { callers }) })
      const { $metadata } = await client.listKeys({})
      expect($metadata.attempts).toBe(2)
    })

    test("a call that policies refuse is not repeated", async () => {
      const kms = await createEngine()
      const callers = { AKIDREADER: "arn:aws:iam::111122223333:role/Reader" }
      const credentials = { accessKeyId: "AKIDREADER", secretAccessKey: "secret" }
      const client = new newest.KMS({ ...door(kms, { callers }), credentials })
      const error = await thrownBy(client.createKey({}))
      expect(error.name).toBe("AccessDeniedException")
      expect(metadataOf(error).attempts).toBe(1)
    })
  })

  describe("clocks", () => {
    test("an engine that is years away does not move the clock of a client", async () => {
      const kms = await createEngine()
      const { requestHandler, ...config } = door(kms)
      const handle = vi.fn(requestHandler.handle)
      const client = new newest.KMS({ ...config, requestHandler: { ...requestHandler, handle } })
      const { KeyMetadata } = await client.createKey({})
      expect(KeyMetadata?.CreationDate?.getUTCFullYear()).toBe(2031)
      await thrownBy(client.describeKey({ KeyId: "alias/none" }))
      await client.listKeys({})
      expect(client.config.systemClockOffset).toBe(0)
      const dates = handle.mock.calls.map(([request]) => request.headers["x-amz-date"])
      expect(dates.map((date) => date?.slice(0, 4))).not.toContain("2031")
    })

    test("a client whose own clock is wrong is served", async () => {
      const client = new newest.KMS({
        ...door(await createEngine()),
        systemClockOffset: -20 * 365 * 86_400_000,
      })
      await expect(client.listKeys({})).resolves.toHaveProperty("Truncated", false)
    })
  })

  describe("giving up", () => {
    test("a signal that was aborted before stops the call before it begins", async () => {
      const kms = await createEngine()
      const client = new newest.KMS({ ...door(kms) })
      const abortSignal = AbortSignal.abort()
      const error = await thrownBy(client.createKey({}, { abortSignal }))
      expect(error.name).toBe("AbortError")
      await expect(client.listKeys({})).resolves.toHaveProperty("Keys", [])
    })

    test("a signal that is aborted meanwhile ends the wait", async () => {
      const controller = new AbortController()
      const callers = () => {
        setTimeout(() => controller.abort(new Error("enough")), 5)
        return new Promise<string>(() => {})
      }
      const client = new newest.KMS({ ...door(await createEngine(), { callers }) })
      const error = await thrownBy(client.listKeys({}, { abortSignal: controller.signal }))
      expect(error).toMatchObject({ name: "AbortError", message: "Request aborted" })
    })

    test("a signal of the oldest kind, which has no events, is honoured too", async () => {
      const { requestHandler } = door(await createEngine(), {
        callers: () => new Promise<string>(() => {}),
      })
      const abortSignal: { aborted: boolean; onabort?: unknown } = { aborted: false }
      const headers = {
        "X-Amz-Target": "TrentService.ListKeys",
        "X-Amz-Date": "20310517T083012Z",
        Authorization:
          "AWS4-HMAC-SHA256 Credential=AKID/20310517/us-east-1/kms/aws4_request, " +
          "SignedHeaders=host, Signature=0",
      }
      const hostname = "kms.us-east-1.amazonaws.com"
      const request = {
        method: "POST",
        protocol: "https:",
        hostname,
        path: "/",
        headers,
        body: "{}",
      }
      const call = requestHandler.handle(request, { abortSignal })
      ;(abortSignal.onabort as () => void)()
      await expect(call).rejects.toMatchObject({ name: "AbortError" })
    })

    test("a call that ends in time leaves no listener behind", async () => {
      const client = new newest.KMS({ ...door(await createEngine()) })
      const { signal } = new AbortController()
      const added = vi.spyOn(signal, "addEventListener")
      const removed = vi.spyOn(signal, "removeEventListener")
      await client.listKeys({}, { abortSignal: signal })
      expect(added).toHaveBeenCalled()
      expect(removed.mock.calls.length).toBe(added.mock.calls.length)
    })
  })
})
