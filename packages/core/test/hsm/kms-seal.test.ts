import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createKms } from "../../src/kms.js"
import { kmsSeal, type SealingKms } from "../../src/software-hsm/seals/kms-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { utf8 } from "../../src/vocabulary/bytes.js"
import { account, region } from "../support/accounts.js"
import { openHost, sealOf } from "../support/hosts.js"

const name = "aws/eu-central-1"

/** Another Keywright, with a key in it. */
async function outerKms() {
  const kms = await openHost()
  const client = kms.as(kms.administrator)
  const { KeyMetadata } = await client.createKey({})
  return { kms, client, keyArn: KeyMetadata?.Arn ?? "" }
}

const code = async (act: () => unknown): Promise<unknown> => {
  try {
    await act()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return "done"
}

describe("a seal that is a key in another KMS", () => {
  it("seals a domain that only that key opens", async () => {
    const { client, keyArn } = await outerKms()
    const first = createSoftwareHsm({ seal: kmsSeal(client, keyArn) })
    const sealed = await first.createDomain(name)
    const second = createSoftwareHsm({ seal: kmsSeal(client, keyArn) })
    await second.openDomain(name, sealed)
    expect(await second.domainKeys()).toEqual(await first.domainKeys())
    const other = await client.createKey({})
    const stranger = createSoftwareHsm({ seal: kmsSeal(client, other.KeyMetadata?.Arn ?? "") })
    expect(await code(() => stranger.openDomain(name, sealed))).toBe("sealed-by-another")
    expect(await code(() => second.openDomain("aws/us-east-1", sealed))).not.toBe("done")
  })

  it("asks its KMS nothing about what another seal has sealed", async () => {
    const asked: string[] = []
    const nobody: SealingKms = {
      encrypt: () => Promise.reject(new Error("encrypt")),
      decrypt: async () => {
        asked.push("decrypt")
        return {}
      },
    }
    const sealed = await createSoftwareHsm({ seal: sealOf() }).createDomain(name)
    const hsm = createSoftwareHsm({ seal: kmsSeal(nobody, "alias/seal") })
    expect(await code(() => hsm.openDomain(name, sealed))).toBe("sealed-by-another")
    expect(asked).toEqual([])
  })

  it("tells a KMS that cannot be reached, or refuses, from a seal that is another", async () => {
    const { client, keyArn } = await outerKms()
    const sealed = await createSoftwareHsm({ seal: kmsSeal(client, keyArn) }).createDomain(name)
    await client.disableKey({ KeyId: keyArn })
    const hsm = createSoftwareHsm({ seal: kmsSeal(client, keyArn) })
    expect(await code(() => hsm.openDomain(name, sealed))).toBe("unavailable")
    expect(await code(() => hsm.createDomain(name))).toBe("unavailable")
    await client.enableKey({ KeyId: keyArn })
    await hsm.openDomain(name, sealed)
  })

  it("is as much without an answer from a client that throws at once, or answers nothing", async () => {
    const { client, keyArn } = await outerKms()
    const sealed = await createSoftwareHsm({ seal: kmsSeal(client, keyArn) }).createDomain(name)
    const refusing = (error: Error): SealingKms["decrypt"] => {
      return () => {
        throw error
      }
    }
    const broken = new Error("the region is missing")
    const notOurs = Object.assign(new Error(), { name: "InvalidCiphertextException" })
    const empty = { CiphertextBlob: new Uint8Array(0), Plaintext: new Uint8Array(0) }
    for (const [encrypt, decrypt, opening, sealing] of [
      [refusing(broken), refusing(broken), "unavailable", "unavailable"],
      [refusing(notOurs), refusing(notOurs), "sealed-by-another", "unavailable"],
      [async () => undefined, async () => undefined, "unavailable", "unavailable"],
      [async () => ({}), async () => ({}), "unavailable", "unavailable"],
      [async () => empty, async () => empty, "unavailable", "unavailable"],
    ] as const) {
      const answering = { encrypt, decrypt } as unknown as SealingKms
      const hsm = createSoftwareHsm({ seal: kmsSeal(answering, keyArn) })
      expect(await code(() => hsm.openDomain(name, sealed))).toBe(opening)
      expect(await code(() => hsm.createDomain(name))).toBe(sealing)
    }
    const hsm = createSoftwareHsm({
      seal: kmsSeal({ encrypt: refusing(broken), decrypt: refusing(broken) } as never, keyArn),
    })
    await expect((async () => hsm.openDomain(name, sealed))()).rejects.toMatchObject({
      cause: broken,
    })
  })

  it("is bound to its domain by an encryption context, on which a key policy can insist", async () => {
    const { client, keyArn } = await outerKms()
    const seen: unknown[] = []
    const watched: SealingKms = {
      encrypt: (request) => {
        seen.push(request.EncryptionContext)
        return client.encrypt(request)
      },
      decrypt: (request) => client.decrypt(request),
    }
    await createSoftwareHsm({ seal: kmsSeal(watched, keyArn) }).createDomain(name)
    const context = Buffer.from(`keywright domain 1\0${name}`).toString("base64")
    expect(seen).toEqual([{ "keywright:seal": context }])
  })

  it("comes and goes while an engine serves, as any other seal", async () => {
    const { client, keyArn } = await outerKms()
    const storage = createMemoryStorage()
    const host = (seals: Parameters<typeof createSoftwareHsm>[0]) =>
      createKms({ region, account, storage, hsm: createSoftwareHsm(seals) })
    const before = await host({ seal: sealOf(5) })
    const made = await before.as(before.administrator).createKey({})
    const KeyId = made.KeyMetadata?.KeyId ?? ""
    const after = await host({ seal: kmsSeal(client, keyArn), formerSeals: [sealOf(5)] })
    await after.reseal()
    await after.reseal({ former: "retired" })
    const Plaintext = utf8("kept")
    const { CiphertextBlob } = await after.as(after.administrator).encrypt({ KeyId, Plaintext })
    await expect(host({ seal: sealOf(5) })).rejects.toMatchObject({ code: "sealed-by-another" })
    const alone = await host({ seal: kmsSeal(client, keyArn) })
    const opened = await alone.as(alone.administrator).decrypt({ CiphertextBlob })
    expect(opened.Plaintext).toEqual(Plaintext)
  })

  it("neither seals nor opens once it is closed", async () => {
    const { client, keyArn } = await outerKms()
    const seal = kmsSeal(client, keyArn)
    const sealed = await createSoftwareHsm({ seal }).createDomain(name)
    await seal.close()
    expect(await code(() => createSoftwareHsm({ seal }).openDomain(name, sealed))).toBe(
      "unavailable",
    )
    expect(() => kmsSeal(client, "")).toThrow(TypeError)
  })
})
