import { fileURLToPath } from "node:url"
import { createMemoryStorage } from "@keywright/storage"
import { afterEach, expect, it, vi } from "vitest"
import { runnableSource } from "../../../tools/src/servers/run-sources.js"
import { createMemoryKms } from "../../src/memory.js"

afterEach(() => vi.restoreAllMocks())

/** As at the top level of a Worker. */
function forbidEntropy(): () => void {
  const draw = vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation(() => {
    throw new Error("Disallowed operation called within global scope")
  })
  return () => draw.mockRestore()
}

it("a KMS in memory is made where no entropy may be drawn, and draws it when first used", async () => {
  const address = await runnableSource(
    fileURLToPath(new URL("../../src/memory.ts", import.meta.url)),
  )
  const allow = forbidEntropy()
  const loaded: typeof import("../../src/memory.js") = await import(address)
  const kms = await loaded.createMemoryKms()
  const client = kms.as(kms.administrator)
  expect(kms.region).toBe("us-east-1")
  await expect(client.createKey({})).rejects.toThrow("the HSM failed")
  allow()
  const { KeyMetadata } = await client.createKey({})
  const [one, same] = await Promise.all([
    client.encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext: Uint8Array.of(1) }),
    kms.call({ principal: kms.administrator }, "ListKeys", {}),
  ])
  expect(same.reply).toMatchObject({ Keys: [{ KeyId: KeyMetadata?.KeyId }] })
  expect(await client.decrypt({ CiphertextBlob: one.CiphertextBlob })).toMatchObject({
    Plaintext: Uint8Array.of(1),
  })
  await kms.close()
  await expect(client.listKeys({})).rejects.toThrow(new TypeError("the engine is closed"))
})

it("calls that come first at the same time open one KMS", async () => {
  const kms = await createMemoryKms()
  const client = kms.as(kms.administrator)
  await Promise.all(Array.from({ length: 8 }, () => client.createKey({})))
  expect((await client.listKeys({})).Keys).toHaveLength(8)
  await kms.close()
})

it("options that make no sense are refused when a KMS in memory is made", async () => {
  await expect(createMemoryKms({ region: "nowhere" })).rejects.toThrow(TypeError)
  const guardrails = { scps: ["no policy"] } as never
  await expect(createMemoryKms({ guardrails })).rejects.toThrow(TypeError)
})

it("a storage that is handed in is looked at when a KMS in memory is made", async () => {
  const storage = createMemoryStorage()
  await createMemoryKms({ storage })
  await expect(createMemoryKms({ storage })).rejects.toThrow("the seal does not open")
})

it("a KMS in memory that was never used closes", async () => {
  const kms = await createMemoryKms()
  await kms.close()
  await expect(kms.sweep()).rejects.toThrow(new TypeError("the engine is closed"))
})
