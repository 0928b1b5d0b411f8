import {
  connectRegions,
  createKms,
  createSoftwareHsm,
  type RegionHsm,
  rootKeySeal,
} from "@keywright/core"
import { openPkcs11Token, type Pkcs11Token, pkcs11Hsm, pkcs11Seal } from "@keywright/hsm/pkcs11"
import { createMemoryStorage } from "@keywright/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasToken, skipped, softHsm } from "../../hsm/test/support/softhsm.js"

describe.skipIf(!hasToken)(`an engine whose keys are in SoftHSM${skipped}`, () => {
  let token: Pkcs11Token
  const soft = hasToken ? softHsm() : undefined
  beforeAll(async () => {
    if (soft) token = await openPkcs11Token(soft.options())
  })
  afterAll(() => token?.close())

  async function engine() {
    const storage = createMemoryStorage()
    const open = () => {
      const hsm = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
      return createKms({ account: "111122223333", region: "eu-central-1", storage, hsm })
    }
    const kms = await open()
    return { kms, open, client: kms.as(kms.administrator) }
  }

  it("encrypts what another host of its region decrypts, and nobody with another context", async () => {
    const { client, open } = await engine()
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    const EncryptionContext = { tenant: "1" }
    const Plaintext = Uint8Array.of(1, 2, 3)
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext, EncryptionContext })
    const other = await open()
    const there = other.as(other.administrator)
    const opened = await there.decrypt({ CiphertextBlob, EncryptionContext })
    expect(opened.Plaintext).toEqual(Plaintext)
    await expect(there.decrypt({ CiphertextBlob })).rejects.toThrow(
      expect.objectContaining({ name: "InvalidCiphertextException" }),
    )
  })

  it("signs, agrees and makes MACs with keys that it made", async () => {
    const { client } = await engine()
    const made = async (
      KeySpec: "RSA_2048" | "ECC_NIST_P384" | "HMAC_512",
      KeyUsage: "SIGN_VERIFY" | "GENERATE_VERIFY_MAC",
    ) => (await client.createKey({ KeySpec, KeyUsage })).KeyMetadata?.KeyId ?? ""
    const Message = Uint8Array.of(4, 5)
    for (const [spec, SigningAlgorithm] of [
      ["RSA_2048", "RSASSA_PSS_SHA_256"],
      ["ECC_NIST_P384", "ECDSA_SHA_384"],
    ] as const) {
      const key = { KeyId: await made(spec, "SIGN_VERIFY"), SigningAlgorithm, Message }
      const { Signature } = await client.sign(key)
      expect((await client.verify({ ...key, Signature })).SignatureValid).toBe(true)
    }
    const mac = {
      KeyId: await made("HMAC_512", "GENERATE_VERIFY_MAC"),
      MacAlgorithm: "HMAC_SHA_512",
      Message,
    } as const
    const { Mac } = await client.generateMac(mac)
    expect((await client.verifyMac({ ...mac, Mac })).MacValid).toBe(true)
  })

  it("refuses to make a key of a spec that the token does not know", async () => {
    const { client } = await engine()
    const specs = [
      { KeySpec: "ML_DSA_65", KeyUsage: "SIGN_VERIFY" },
      { KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" },
      { KeySpec: "SM2", KeyUsage: "SIGN_VERIFY" },
    ] as const
    for (const spec of specs) {
      await expect(client.createKey(spec)).rejects.toThrow(
        expect.objectContaining({ name: "UnsupportedOperationException" }),
      )
    }
  })

  it("goes on after its domain key was rotated", async () => {
    const { client, kms } = await engine()
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: Uint8Array.of(7) })
    await kms.rotateDomainKey()
    await kms.sweep()
    expect((await client.decrypt({ CiphertextBlob })).Plaintext).toEqual(Uint8Array.of(7))
  })

  /** One region whose keys are in the token, and one whose keys are in memory. */
  async function twoRegions(told: { readonly handsOver?: boolean }) {
    const inToken = pkcs11Hsm({ token, seal: pkcs11Seal(token), ...told })
    const inMemory = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(1)) })
    const open = (region: string, hsm: RegionHsm) =>
      createKms({ account: "111122223333", region, storage: createMemoryStorage(), hsm })
    const here = await open("eu-central-1", inToken)
    const there = await open("us-east-1", inMemory)
    await connectRegions([here, there])
    const clients = { here: here.as(here.administrator), there: there.as(there.administrator) }
    return { ...clients, kms: { here, there } }
  }

  it("replicates its keys to a region without a token where it may, and takes replicas", async () => {
    const { here, there } = await twoRegions({ handsOver: true })
    const EncryptionContext = { tenant: "1" }
    for (const [from, to, ReplicaRegion] of [
      [here, there, "us-east-1"],
      [there, here, "eu-central-1"],
    ] as const) {
      const { KeyMetadata } = await from.createKey({ MultiRegion: true })
      const KeyId = KeyMetadata?.KeyId ?? ""
      await from.replicateKey({ KeyId, ReplicaRegion })
      await expect
        .poll(async () => (await to.describeKey({ KeyId })).KeyMetadata?.KeyState)
        .toBe("Enabled")
      const Plaintext = Uint8Array.of(9)
      const { CiphertextBlob } = await from.encrypt({ KeyId, Plaintext, EncryptionContext })
      const opened = await to.decrypt({ KeyId, CiphertextBlob, EncryptionContext })
      expect(opened.Plaintext).toEqual(Plaintext)
    }
  })

  it("lets no key material leave for another region unless it was told to", async () => {
    const { here, there, kms } = await twoRegions({})
    const { KeyMetadata } = await here.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    await here.replicateKey({ KeyId, ReplicaRegion: "us-east-1" })
    for (const host of [kms.here, kms.there]) {
      expect((await host.sweep()).unsettled).toEqual([])
    }
    expect((await there.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("Creating")
    await expect(there.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })).rejects.toThrow(
      expect.objectContaining({ name: "KMSInvalidStateException" }),
    )
    // What has nothing to do with it goes on, also with the key itself.
    const { CiphertextBlob } = await here.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    expect((await here.decrypt({ CiphertextBlob })).Plaintext).toEqual(Uint8Array.of(1))
  })
})
