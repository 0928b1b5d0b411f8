import { createKms, isKmsError } from "@keywright/core"
import { createMemoryStorage } from "@keywright/storage"
import { afterEach, describe, expect, it } from "vitest"
import { boundaryPids, hasProc, isolatedHsms } from "../../hsm/test/support/isolated.js"

const hsms = isolatedHsms()
afterEach(hsms.closeAll)

/** What an AWS SDK makes again by itself. */
const isRetryable = (error: unknown): boolean =>
  isKmsError(error) && error.name === "KeyUnavailableException" && error.retryable

async function engineOn(boundary: "process" | "thread") {
  const storage = createMemoryStorage()
  const open = async () => {
    const hsm = await hsms.make({ boundary })
    return createKms({ account: "111122223333", region: "eu-central-1", storage, hsm })
  }
  const kms = await open()
  const client = kms.as(kms.administrator)
  const { KeyMetadata } = await client.createKey({})
  return { client, open, kms, KeyId: KeyMetadata?.KeyId ?? "" }
}

describe.each(["process", "thread"] as const)("an engine whose HSM is a %s", (boundary) => {
  it("encrypts what another host of its region decrypts", async () => {
    const { client, open, KeyId } = await engineOn(boundary)
    const Plaintext = Uint8Array.of(1, 2, 3)
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext })
    const other = await open()
    const opened = await other.as(other.administrator).decrypt({ CiphertextBlob })
    expect(opened.Plaintext).toEqual(Plaintext)
  })

  it("signs with a key pair that it made, and knows a wrong signature", async () => {
    const { client } = await engineOn(boundary)
    const made = await client.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
    const key = { KeyId: made.KeyMetadata?.KeyId ?? "", SigningAlgorithm: "ECDSA_SHA_256" } as const
    const Message = Uint8Array.of(4, 5)
    const { Signature } = await client.sign({ ...key, Message })
    expect((await client.verify({ ...key, Message, Signature })).SignatureValid).toBe(true)
    const other = client.verify({ ...key, Message: Uint8Array.of(6), Signature })
    await expect(other).rejects.toThrow(
      expect.objectContaining({ name: "KMSInvalidSignatureException" }),
    )
  })
})

describe.skipIf(!hasProc)("an engine whose HSM is killed", () => {
  it("refuses the calls in flight with an error that is tried again, and serves the next", async () => {
    const { client, kms, KeyId } = await engineOn("process")
    const calls = Array.from({ length: 100 }, () =>
      client.generateDataKey({ KeyId, KeySpec: "AES_256" }),
    )
    for (const pid of boundaryPids()) process.kill(pid, "SIGKILL")
    const ends = await Promise.allSettled(calls)
    const wrong = ends.filter((end) => end.status === "rejected" && !isRetryable(end.reason))
    expect(wrong).toEqual([])
    const { Plaintext, CiphertextBlob } = await client.generateDataKey({
      KeyId,
      KeySpec: "AES_256",
    })
    expect((await client.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    await kms.rotateDomainKey()
  })
})
