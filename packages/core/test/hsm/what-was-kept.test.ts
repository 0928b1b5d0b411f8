import { describe, expect, it } from "vitest"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { hexOf, textOf, utf8 } from "../../src/vocabulary/bytes.js"
import { hex } from "../formats/vectors.js"
import { symmetricBinding } from "../support/bindings.js"

/** What an HSM once made under a root key of 32 sevens. It is never made anew. */
const kept = {
  state:
    "4b4c0101000000634b53010000000090ee1093709a2b6f1d78ce92f455799a430e13b5626762337b79e24093" +
    "16c2c718c08b9f4eb226ae4287082f48552324c25b69a8ee94fbe3e7ca8771409cf4d43aa72d6184f79a5733" +
    "82820701e207a809d4fa822e153f00152e96d3e9f6765007b88f9b144fe6a7dc35677f302b3daa944a4c7368" +
    "3a7cb9ca6e29ccdaacfb6060d44468400d44b8cfeb844b82083f36bef0e4586ae527fe850bb04a3472282866" +
    "ad660c9227b28be25985c675adcd8fd6e53e8456862b2b1d9c21d58ed38580a9083cbf457cdb4dd01d344c",
  token:
    "02450951c784b5912eb57ef7c67992a0670eb9b33d52a4c11613d722f8576c13a4fdcaa75f27a669bfda093d" +
    "6aa4a19506f8c14e649278c6cbae21b4e9deb12aac932c6369",
  ciphertext:
    "4fd9308b5a8d613d723b55d3c49b78d9db8d6a55916dcebd3505b8e0514105341fa5b4271bbd7c780187b206" +
    "1b7312e3dd4faad3e8",
  record:
    "4b5201450951c784b5912ec4fb218021a093f36d31bf05e6cb74f95546935fdc21d6ff3e634e54fd8d0d7ae9" +
    "cfb9c5628b2427a58f35cbebfc4b34251b",
  digest: "e70e6a59432a8e8efc411a495fdab845eee8911e359fa4258d8de841501e34d0",
  replicationKey:
    "02450951c784b5912e9c0979e88a7720805016d242eaaf844cdb1a554e4d330f4500dd5700f68498f5d2dfc4" +
    "baffedae815d36a39158606d41894b3963b56331bb6969fd14",
  publicKey: "29897805a95aa26feed27bffd2c7a00ac626a2b1575e963428b670c3203fad85",
  endorsement:
    "02450951c784b5912e61fa655919baffa65d7c36e4f53bbd938b097527231c87a67c892f635e1ace2fefdd77" +
    "539e996518fa447a57c05f346d2e0ac31df880551bf5254419",
  signature:
    "6362b5793962289afd78252dee04d98f770b74320252ea792e8ad47693f1060c7cd0f86046fbe6511e05dfb4" +
    "ddd7ca930fdcb777656727e01374421383dee601",
  wrappingToken:
    "02450951c784b5912edacc213e915ceca01bd1c22a64c14e1c3a0f46b765758d3e233c4438e6fa03dc1d65f3" +
    "58af51ed0662db2ae62d8339da2d606640f8cdb8a0168bffed35d568c8482b33137098533b9ebf89ac653b9d" +
    "27068f6bc2b164b8647b91023cfeaeab03cff4ae7551a801c6f5815d322a793763273e4b563c2dd7fc89ccfc" +
    "ac21",
  wrapped:
    "308189022100a593e0dc86aa513dbb8afdc717d01d947b191ee58b44a6dd49e4beaba4ec1971022063baa5bb" +
    "e663fd0221750e6307a126a4c9a2218f6a3552bf9cdc57a74b27982904206350c520a32f799a89bb57451beb" +
    "bebe55241449dd2692f55681e239ef95258d04202dc7b566b302aa889ba858e06f8b43941b7e87727fc29f80" +
    "c69b42e0628e025c",
} as const

const materialId = "d6af5b958c1068ae81cda594ae147be91740a2f78653e5c06b13ca04f9d8863f"
const name = "aws:eu-west-1"
const peer = { name: "aws:us-east-1", endorsement: hex(kept.endorsement) }
const aad = utf8("aad")

async function reopened() {
  const hsm = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(7)) })
  await hsm.openDomain(name, hex(kept.state))
  return hsm
}

describe("what an HSM has made and storage has kept", () => {
  it("as a key token opens, and so does a ciphertext under it", async () => {
    const hsm = await reopened()
    const key = { token: hex(kept.token), binding: symmetricBinding }
    const moved = { ...key, token: await hsm.rewrap(key) }
    for (const one of [key, moved]) {
      const opened = await hsm.decrypt({ ...one, ciphertext: hex(kept.ciphertext), aad })
      expect(opened && textOf(opened)).toBe("plaintext")
    }
  })

  it("as a record opens, and has its number in a digest", async () => {
    const hsm = await reopened()
    const records = [{ place: "key/1", bytes: hex(kept.record) }]
    expect((await hsm.openRecords(records)).map((one) => one && textOf(one))).toEqual(["record"])
    expect((await hsm.digestRecords(records)).map(hexOf)).toEqual([kept.digest])
  })

  it("of replication is trusted, and signs", async () => {
    const hsm = await reopened()
    const replicationKey = hex(kept.replicationKey)
    expect(hexOf(await hsm.replicationPublicKey(replicationKey))).toBe(kept.publicKey)
    expect(hexOf(await hsm.signForRegion(replicationKey, utf8("message")))).toBe(kept.signature)
    expect(hexOf(await hsm.endorsedKey(peer))).toBe("03".repeat(32))
  })

  it("as a wrapping key imports, and the material has the same id", async () => {
    const hsm = await reopened()
    const { keyMaterialId: _, ...of } = symmetricBinding
    const binding = { ...of, origin: "EXTERNAL" } as const
    const { partition, account, keyId } = binding
    const imported = await hsm.importKey({
      wrapping: {
        token: hex(kept.wrappingToken),
        binding: {
          partition,
          account,
          keyId,
          wrappingKeySpec: "SM2",
          wrappingAlgorithm: "SM2PKE",
          validToMs: 1_800_000_000_000,
        },
      },
      wrappedMaterial: hex(kept.wrapped),
      binding,
    })
    expect(imported).toMatchObject({ outcome: "imported", keyMaterialId: materialId })
  })
})
