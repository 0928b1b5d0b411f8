import { constants, publicEncrypt, randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openChecker } from "../src/drill/checker.js"
import { type Fleet, hostProgram, openFleet } from "../src/drill/fleet.js"
import type { Address, Members } from "../src/drill/messages.js"
import { openHost } from "../src/drill/open-host.js"
import { newVerdicts, playRounds } from "../src/drill/rounds.js"
import { createTally } from "../src/drill/tally.js"
import { previousHost, readFrozenBuild } from "../src/previous/build.js"
import { createEtcdCluster, hasEtcd } from "../src/servers/etcd-cluster.js"
import { createPostgresServer, postgresPrograms } from "../src/servers/postgres-server.js"
import { loopback } from "../src/servers/zones.js"

/*
 * Hosts of this version and of the previous one share a store: what one writes the other reads, as
 * while an upgrade rolls.
 */

interface Place {
  readonly address: Address
  remove(): void
}

function sqlitePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "keywright-upgrade-"))
  return {
    address: { store: "SQLite", path: join(folder, "keys.db") },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function etcdPlace(): Promise<Place> {
  const { endpoints, remove } = await createEtcdCluster(1)
  return { address: { store: "etcd", endpoints }, remove }
}

async function postgresPlace(programs: string): Promise<Place> {
  const { url, remove } = await createPostgresServer(programs)
  return { address: { store: "PostgreSQL", url, durability: "local" }, remove }
}

const programs = postgresPrograms()
const places: readonly (readonly [string, (() => Place | Promise<Place>) | undefined])[] = [
  ["SQLite", sqlitePlace],
  ["PostgreSQL", programs === undefined ? undefined : () => postgresPlace(programs)],
  ["etcd", hasEtcd() ? etcdPlace : undefined],
]

type Call = (operation: string, input: Members) => Promise<Members>

const bytes = new TextEncoder().encode("a message")
const root = "arn:aws:iam::111122223333:root"

const keyId = async (call: Call, input: Members = {}): Promise<string> => {
  const { KeyMetadata } = await call("CreateKey", input)
  return (KeyMetadata as { readonly KeyId: string }).KeyId
}

/** What one host makes, and another one uses. Each row is a kind of bytes or records. */
const crossings: Readonly<Record<string, (one: Call, other: Call) => Promise<void>>> = {
  "ciphertexts, also of a key that was rotated since": async (one, other) => {
    const KeyId = await keyId(one)
    const EncryptionContext = { tenant: "42" }
    const before = await one("Encrypt", { KeyId, Plaintext: bytes, EncryptionContext })
    await other("RotateKeyOnDemand", { KeyId })
    const after = await one("Encrypt", { KeyId, Plaintext: bytes, EncryptionContext })
    for (const { CiphertextBlob } of [before, after]) {
      const { Plaintext } = await other("Decrypt", { CiphertextBlob, EncryptionContext })
      expect(Plaintext).toEqual(bytes)
    }
  },
  "data keys and pairs": async (one, other) => {
    const KeyId = await keyId(one)
    const made = await one("GenerateDataKey", { KeyId, KeySpec: "AES_256" })
    const opened = await other("Decrypt", { CiphertextBlob: made["CiphertextBlob"] })
    expect(opened["Plaintext"]).toEqual(made["Plaintext"])
    const pair = await one("GenerateDataKeyPair", { KeyId, KeyPairSpec: "ECC_NIST_P256" })
    const half = await other("Decrypt", { CiphertextBlob: pair["PrivateKeyCiphertextBlob"] })
    expect(half["Plaintext"]).toEqual(pair["PrivateKeyPlaintext"])
  },
  "key tokens of every kind of key": async (one, other) => {
    for (const [KeySpec, SigningAlgorithm] of [
      ["ECC_NIST_P256", "ECDSA_SHA_256"],
      ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512"],
      ["RSA_2048", "RSASSA_PSS_SHA_256"],
      ["ML_DSA_44", "ML_DSA_SHAKE_256"],
      ["SM2", "SM2DSA"],
    ]) {
      const KeyId = await keyId(one, { KeySpec, KeyUsage: "SIGN_VERIFY" })
      const input = { KeyId, Message: bytes, SigningAlgorithm }
      const { Signature } = await one("Sign", input)
      expect(await other("Verify", { ...input, Signature })).toMatchObject({ SignatureValid: true })
      const again = await other("Sign", input)
      const seen = await one("Verify", { ...input, Signature: again["Signature"] })
      expect(seen).toMatchObject({ SignatureValid: true })
      const look = { KeyId }
      expect(await other("GetPublicKey", look)).toEqual(await one("GetPublicKey", look))
    }
    const KeyId = await keyId(one, { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" })
    const input = { KeyId, Message: bytes, MacAlgorithm: "HMAC_SHA_256" }
    const { Mac } = await one("GenerateMac", input)
    expect(await other("VerifyMac", { ...input, Mac })).toMatchObject({ MacValid: true })
  },
  "what is said of a key": async (one, other) => {
    const KeyId = await keyId(one, { MultiRegion: true, Tags: [{ TagKey: "a", TagValue: "1" }] })
    await other("UpdateKeyDescription", { KeyId, Description: "of the other" })
    await one("TagResource", { KeyId, Tags: [{ TagKey: "b", TagValue: "2" }] })
    await other("UntagResource", { KeyId, TagKeys: ["a"] })
    await one("EnableKeyRotation", { KeyId, RotationPeriodInDays: 90 })
    await other("CreateAlias", { AliasName: `alias/${KeyId}`, TargetKeyId: KeyId })
    await one("RotateKeyOnDemand", { KeyId })
    await other("DisableKey", { KeyId })
    await one("EnableKey", { KeyId })
    await other("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 })
    for (const look of [
      "DescribeKey",
      "GetKeyPolicy",
      "GetKeyRotationStatus",
      "ListResourceTags",
      "ListAliases",
      "ListGrants",
      "ListKeyRotations",
    ]) {
      expect(await other(look, { KeyId })).toEqual(await one(look, { KeyId }))
    }
    await one("CancelKeyDeletion", { KeyId })
    expect(await other("DescribeKey", { KeyId })).toMatchObject({
      KeyMetadata: { Description: "of the other", KeyState: "Disabled" },
    })
  },
  "grants and their tokens": async (one, other) => {
    const KeyId = await keyId(one)
    const grant = { KeyId, GranteePrincipal: root, Operations: ["Encrypt"] }
    const { GrantId, GrantToken } = await one("CreateGrant", grant)
    const GrantTokens = [GrantToken]
    await other("Encrypt", { KeyId, Plaintext: bytes, GrantTokens })
    await other("RevokeGrant", { KeyId, GrantId })
    expect(await one("ListGrants", { KeyId })).toMatchObject({ Grants: [] })
  },
  "import tokens": async (one, other) => {
    const KeyId = await keyId(one, { Origin: "EXTERNAL" })
    const { PublicKey, ImportToken } = await one("GetParametersForImport", {
      KeyId,
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_2048",
    })
    const key = Buffer.from(PublicKey as Uint8Array)
    const EncryptedKeyMaterial = publicEncrypt(
      {
        ...{ key, format: "der", type: "spki" },
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: "sha256",
      },
      randomBytes(32),
    )
    await other("ImportKeyMaterial", {
      ...{ KeyId, ImportToken, EncryptedKeyMaterial: new Uint8Array(EncryptedKeyMaterial) },
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    })
    const { CiphertextBlob } = await one("Encrypt", { KeyId, Plaintext: bytes })
    expect((await other("Decrypt", { CiphertextBlob }))["Plaintext"]).toEqual(bytes)
  },
  "markers of pages": async (one, other) => {
    const ids: unknown[] = []
    for (let Marker: unknown, call = one; ; call = call === one ? other : one) {
      const page = await call("ListKeys", { Limit: 2, ...(Marker === undefined ? {} : { Marker }) })
      ids.push(...(page["Keys"] as readonly { readonly KeyId: string }[]).map((one) => one.KeyId))
      Marker = page["NextMarker"]
      if (Marker === undefined) break
    }
    const { Keys } = await other("ListKeys", { Limit: 1000 })
    expect(ids).toEqual((Keys as readonly { readonly KeyId: string }[]).map((one) => one.KeyId))
  },
}

describe("the build that is frozen", () => {
  it("is of the version that this one still must get along with", () => {
    expect(readFrozenBuild()).toMatchObject({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      version: "0.1.0",
    })
  })
})

describe.each(places)("hosts of two versions on %s", (name, make) => {
  const only = make === undefined ? it.skip : it
  const why = make === undefined ? ` (there is no ${name})` : ""
  const rootKey = randomBytes(32)
  let place: Place | undefined
  let fleet: Fleet | undefined
  beforeAll(async () => {
    place = await make?.()
    if (place === undefined) return
    const { address } = place
    // The former version makes the store.
    const [previous, patient] = [
      previousHost(),
      { rootKey, zones: [loopback], callTimeoutMs: 120_000 },
    ]
    const maker = await openFleet([address], { ...patient, programs: [previous] })
    maker.end()
    const programs = [previous, hostProgram]
    fleet = await openFleet([address, address], { ...patient, programs })
  })
  afterAll(() => {
    fleet?.end()
    place?.remove()
  })
  const at =
    (host: number): Call =>
    (operation, input) =>
      (fleet as Fleet).call(host, operation, input)

  for (const [what, cross] of Object.entries(crossings)) {
    only(`a newer host takes ${what} of an older one${why}`, () => cross(at(0), at(1)))
    only(`an older host takes ${what} of a newer one${why}`, () => cross(at(1), at(0)))
  }

  only(`look like one while each is exchanged for the other${why}`, async () => {
    const tally = createTally(() => 0)
    let exchanged = 0
    const verdicts = newVerdicts()
    const isOver = (): boolean => exchanged === 4
    const checker = openChecker()
    const playing = playRounds(fleet as Fleet, { tally, verdicts, checker, callers: 4, isOver })
    for (; exchanged < 4; exchanged += 1) {
      const { requests } = tally.totals
      while (tally.totals.requests < requests + 25) await new Promise(setImmediate)
      await fleet?.kill(exchanged % 2)
    }
    await playing
    checker.end()
    expect(verdicts.findings).toEqual([])
    expect(verdicts.operations).toBeGreaterThan(100)
  })

  only(`leave a store that is whole${why}`, async () => {
    const { address } = place as Place
    const kms = await openHost({ address, rootKey }, Date.now)
    const { isWhole, findings } = await kms.verify()
    await kms.close()
    expect({ isWhole, findings }).toEqual({ isWhole: true, findings: [] })
  })
})
