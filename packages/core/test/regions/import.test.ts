import { constants, createPublicKey, publicEncrypt } from "node:crypto"
import { beforeEach, describe, expect, it } from "vitest"
import { keyArnIn } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { greedyRegion } from "../support/greedy-region.js"
import { wrappedMaterial } from "../support/importing.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { expectRefusal } from "../support/refusals.js"
import { openRegion, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

const material = (seed: number) => Uint8Array.from({ length: 32 }, (_, i) => (i * 5 + seed) % 256)

let partition: TestPartition
let us: TestRegion
let eu: TestRegion
let ap: TestRegion
let KeyId: string

type Extra = Partial<Parameters<TestRegion["root"]["importKeyMaterial"]>[0]>

async function importInto({ root }: TestRegion, bytes: Uint8Array, extra: Extra = {}) {
  const { PublicKey = new Uint8Array(), ImportToken = new Uint8Array() } =
    await root.getParametersForImport({
      KeyId,
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_2048",
    })
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const EncryptedKeyMaterial = Uint8Array.from(
    publicEncrypt({ key, padding, oaepHash: "sha256" }, bytes),
  )
  const ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE"
  return root.importKeyMaterial({
    KeyId,
    ImportToken,
    EncryptedKeyMaterial,
    ExpirationModel,
    ...extra,
  })
}

const stateIn = async ({ root }: TestRegion) =>
  (await root.describeKey({ KeyId })).KeyMetadata?.KeyState
const materialsIn = async ({ root }: TestRegion) =>
  (
    (await root.listKeyRotations({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" })).Rotations ?? []
  ).map(({ KeyMaterialState, ImportState }) => `${KeyMaterialState} ${ImportState}`)

beforeEach(async () => {
  partition = await openPartition(["us-east-1", "eu-west-1", "ap-south-1"])
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
  ap = partition.region("ap-south-1")
  const { KeyMetadata } = await us.root.createKey({ MultiRegion: true, Origin: "EXTERNAL" })
  KeyId = KeyMetadata?.KeyId ?? ""
})

const replicate = async () => {
  await importInto(us, material(1))
  for (const ReplicaRegion of ["eu-west-1", "ap-south-1"]) {
    await us.root.replicateKey({ KeyId, ReplicaRegion })
  }
}

describe("a replica of a key with imported material", () => {
  it("is not made before the primary has its material", async () => {
    await expectRefusal(
      us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" }),
      "KMSInvalidStateException",
      `${keyArnIn("us-east-1", KeyId)} is pending import.`,
    )
  })

  it("waits for the same material, which never travels, and takes no other", async () => {
    await replicate()
    expect(await stateIn(eu)).toBe("PendingImport")
    await expectRefusal(importInto(eu, material(2)), "IncorrectKeyMaterialException")
    await expectRefusal(
      importInto(eu, material(1), { ImportType: "NEW_KEY_MATERIAL" }),
      "UnsupportedOperationException",
      `${keyArnIn("eu-west-1", KeyId)} is not a multi-region primary key.`,
    )
    const described = { KeyMaterialDescription: "mine" }
    await expectRefusal(importInto(eu, material(1), described), "ValidationException")
    await importInto(eu, material(1))
    expect(await stateIn(eu)).toBe("Enabled")
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    expect(await eu.root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext: Uint8Array.of(1) })
  })

  it("takes no import token of another region", async () => {
    await replicate()
    const wrapped = await wrappedMaterial(us.root, KeyId)
    await expectRefusal(eu.root.importKeyMaterial(wrapped), "InvalidImportTokenException")
  })

  it("loses its own material alone", async () => {
    await replicate()
    await importInto(eu, material(1))
    await eu.root.deleteImportedKeyMaterial({ KeyId })
    expect(await stateIn(eu)).toBe("PendingImport")
    expect(await stateIn(us)).toBe("Enabled")
    await importInto(eu, material(1))
    expect(await stateIn(eu)).toBe("Enabled")
  })
})

describe("new material of a multi-Region key", () => {
  const rotateKey = () => us.root.rotateKeyOnDemand({ KeyId })
  const isNew: Extra = { ImportType: "NEW_KEY_MATERIAL" }
  const idOfNewest = async () => {
    const listed = { KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" } as const
    return (await us.root.listKeyRotations(listed)).Rotations?.at(-1)?.KeyMaterialId ?? ""
  }

  beforeEach(async () => {
    await replicate()
    for (const region of [eu, ap]) await importInto(region, material(1))
  })

  it("waits until every replica has it, and then for its rotation, which all make", async () => {
    await importInto(us, material(2), { ...isNew, KeyMaterialDescription: "the second" })
    const waits = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    expect(await materialsIn(us)).toEqual(["CURRENT IMPORTED", `${waits} IMPORTED`])
    expect(await materialsIn(eu)).toEqual(["CURRENT IMPORTED", `${waits} PENDING_IMPORT`])
    await importInto(eu, material(2))
    await partition.settle()
    expect(await materialsIn(us)).toEqual(["CURRENT IMPORTED", `${waits} IMPORTED`])
    const message = `No available key material pending rotation for the key: ${keyArnIn("us-east-1", KeyId)}.`
    await expectRefusal(rotateKey(), "KMSInvalidStateException", message)
    await importInto(ap, material(2))
    await partition.settle()
    for (const region of [us, eu, ap]) {
      expect(await materialsIn(region)).toEqual(["CURRENT IMPORTED", "PENDING_ROTATION IMPORTED"])
    }
    await rotateKey()
    for (const region of [us, eu, ap]) {
      expect(await materialsIn(region)).toEqual(["NON_CURRENT IMPORTED", "CURRENT IMPORTED"])
      expect(await stateIn(region)).toBe("Enabled")
    }
    const CiphertextBlob = blobIn(await ap.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await eu.root.decrypt({ CiphertextBlob })
  })

  it("is one at a time", async () => {
    await importInto(us, material(2), isNew)
    await expectRefusal(importInto(us, material(3), isNew), "KMSInvalidStateException")
  })

  it("goes everywhere when it is deleted on the primary, and from one replica when deleted there", async () => {
    const { KeyMaterialId } = await importInto(us, material(2), isNew)
    for (const region of [eu, ap]) await importInto(region, material(2))
    await partition.settle()
    expect((await materialsIn(us))[1]).toBe("PENDING_ROTATION IMPORTED")
    await eu.root.deleteImportedKeyMaterial({ KeyId, ...(KeyMaterialId && { KeyMaterialId }) })
    await partition.settle()
    const waits = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    expect((await materialsIn(us))[1]).toBe(`${waits} IMPORTED`)
    expect((await materialsIn(eu))[1]).toBe(`${waits} PENDING_IMPORT`)
    expect((await materialsIn(ap))[1]).toBe(`${waits} IMPORTED`)
    expect(await stateIn(eu)).toBe("Enabled")
    await us.root.deleteImportedKeyMaterial({ KeyId, ...(KeyMaterialId && { KeyMaterialId }) })
    await partition.settle()
    for (const region of [us, eu, ap])
      expect(await materialsIn(region)).toEqual(["CURRENT IMPORTED"])
  })

  it("is gone for every region when it expires, whatever is written to the key meanwhile", async () => {
    const inADay = new Date(partition.clock() + dayMs)
    const expires = { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: inADay } as const
    await importInto(us, material(2), isNew)
    await importInto(eu, material(2), expires)
    await importInto(ap, material(2))
    await partition.settle()
    const tag = { KeyId, Tags: [{ TagKey: "stage", TagValue: "test" }] }
    partition.clock.advanceDays(1)
    await eu.root.tagResource(tag)
    await partition.settle()
    const waits = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    expect((await materialsIn(us))[1]).toBe(`${waits} IMPORTED`)
    const laterOn = { ...isNew, ...expires, ValidTo: new Date(partition.clock() + dayMs) }
    await us.root.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: await idOfNewest() })
    await importInto(us, material(3), laterOn)
    partition.clock.advanceDays(1)
    await us.root.tagResource(tag)
    await partition.settle()
    for (const region of [us, eu, ap]) {
      expect(await materialsIn(region)).toEqual(["CURRENT IMPORTED"])
    }
  })

  it("is found missing when a replica that could not be heard reports late", async () => {
    await importInto(us, material(2), isNew)
    await importInto(ap, material(2))
    partition.cut("eu-west-1")
    await eu.kms.sweep()
    partition.mend("eu-west-1")
    await importInto(eu, material(2))
    await partition.settle()
    expect((await materialsIn(us))[1]).toBe("PENDING_ROTATION IMPORTED")
    await rotateKey()
    expect(await stateIn(eu)).toBe("Enabled")
  })

  it("need not wait for a replica that is gone", async () => {
    await importInto(us, material(2), isNew)
    await importInto(ap, material(2))
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.clock.advanceDays(7)
    await partition.settle()
    expect((await materialsIn(us))[1]).toBe("PENDING_ROTATION IMPORTED")
  })
})

describe("an imported HMAC key", () => {
  it("is the same key in every region once the same bytes are there", async () => {
    const made = await us.root.createKey({
      MultiRegion: true,
      Origin: "EXTERNAL",
      KeySpec: "HMAC_256",
      KeyUsage: "GENERATE_VERIFY_MAC",
    })
    KeyId = made.KeyMetadata?.KeyId ?? ""
    await importInto(us, material(7))
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await expectRefusal(importInto(eu, material(8)), "IncorrectKeyMaterialException")
    await importInto(eu, material(7))
    const message = { KeyId, Message: Uint8Array.of(1), MacAlgorithm: "HMAC_SHA_256" } as const
    const { Mac = new Uint8Array() } = await us.root.generateMac(message)
    expect(await eu.root.verifyMac({ ...message, Mac })).toMatchObject({ MacValid: true })
  })
})

describe("replicatedKey", () => {
  it("makes keys in every region of a partition", async () => {
    KeyId = await replicatedKey(partition)
    expect(await Promise.all([us, eu, ap].map(stateIn))).toEqual(["Enabled", "Enabled", "Enabled"])
  })
})

describe("a region that asks for more than it should", () => {
  /** What it gets of a key that is replicated to it, asking for what `missing` makes of all ids. */
  async function asking(
    origin: "AWS_KMS" | "EXTERNAL",
    missing?: (ids: readonly string[]) => readonly string[],
  ) {
    const home = await openRegion("us-east-1")
    const greedy = greedyRegion("eu-west-1", "us-east-1")
    const { region, replicationKey } = greedy
    await home.kms.regions.connect({ region, replicationKey, link: greedy.link(missing) })
    const { KeyMetadata } = await home.root.createKey({ MultiRegion: true, Origin: origin })
    KeyId = KeyMetadata?.KeyId ?? ""
    if (origin === "EXTERNAL") await importInto(home, material(1))
    await home.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await home.kms.sweep()
    return greedy.transfers
  }

  it("gets the material that KMS has made, which replicas have", async () => {
    expect(await asking("AWS_KMS")).toHaveLength(1)
  })

  it("gets no imported material, which its owner brings to each region", async () => {
    expect(await asking("EXTERNAL")).toEqual([])
  })

  it("gets no material twice", async () => {
    expect(await asking("AWS_KMS", (ids) => [...ids, ...ids])).toEqual([])
  })
})
