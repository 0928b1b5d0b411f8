import { describe, expect, it } from "vitest"
import { catalogue } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { account, aliasArnOf, app, keyArnOf, rootOf, userOf } from "../support/accounts.js"
import { startMs } from "../support/clock.js"
import { identityOf, keyPolicyOf, mayDoAll } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, outcomeOf, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { newKey, openWorld } from "../support/world.js"

/*
 * What is always true of AWS KMS, by number. Each has more tests elsewhere; here they stand
 * together, and in one sentence each.
 */

const Plaintext = Uint8Array.of(1, 2, 3)
const asymmetric = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const
const mlKem = { KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" } as const
const hmac = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const
const RootOnly = { Principal: { AWS: rootOf(account) } }

describe("16 CreateGrant with a name answers the same grant, and a new token", () => {
  it("as long as the rest is the same too", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const grant = { KeyId, Name: "retry", GranteePrincipal: app, Operations: ["Encrypt" as const] }
    const [one, two] = [await root.createGrant(grant), await root.createGrant(grant)]
    expect(two.GrantId).toBe(one.GrantId)
    expect(two.GrantToken).not.toBe(one.GrantToken)
    expect((await root.listGrants({ KeyId })).Grants).toHaveLength(1)
  })
})

describe("17 a deny beats a grant, a grant beats silence, and IAM counts only where it is let in", () => {
  it("in a key policy", async () => {
    const { root, kms, newKey: make } = await openWorld({ identities: { [app]: mayDoAll } })
    const KeyId = await make({
      Policy: keyPolicyOf({ Principal: { AWS: userOf(account) } }),
      BypassPolicyLockoutSafetyCheck: true,
    })
    const caller = kms.as(app)
    const owner = kms.as(userOf(account))
    await expectRefusal(caller.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    await owner.createGrant({ KeyId, GranteePrincipal: app, Operations: ["Encrypt"] })
    await caller.encrypt({ KeyId, Plaintext })
    const Policy = keyPolicyOf(
      { Principal: { AWS: userOf(account) } },
      { Effect: "Deny", Principal: { AWS: app }, Action: "kms:Encrypt" },
    )
    await owner.putKeyPolicy({ KeyId, Policy })
    await expectRefusal(caller.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    const delegated = await make({ Policy: keyPolicyOf(RootOnly) })
    await caller.encrypt({ KeyId: delegated, Plaintext })
    await expectRefusal(root.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
  })
})

describe("18 ReEncrypt needs both permissions, also on one key", () => {
  it.each([
    [["kms:ReEncryptFrom"], "kms:ReEncryptTo"],
    [["kms:ReEncryptTo"], "kms:ReEncryptFrom"],
  ])("%o are not enough", async (Action, missing) => {
    const {
      root,
      kms,
      newKey: make,
    } = await openWorld({
      identities: { [app]: identityOf({ Action }) },
    })
    const KeyId = await make()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const moving = kms
      .as(app)
      .reEncrypt({ CiphertextBlob, SourceKeyId: KeyId, DestinationKeyId: KeyId })
    await expectRefusal(moving, "AccessDeniedException", new RegExp(missing))
  })
})

describe("19 a grantee may retire a grant only if RetireGrant is among its operations", () => {
  it.each([
    [["Encrypt"], "AccessDeniedException"],
    [["Encrypt", "RetireGrant"], undefined],
  ] as const)("%o", async (Operations, refusal) => {
    const { root, kms, newKey: make } = await openWorld()
    const KeyId = await make()
    const grant = { KeyId, GranteePrincipal: app, Operations: [...Operations] }
    const { GrantToken } = await root.createGrant(grant)
    const retiring = kms.as(app).retireGrant({ GrantToken })
    if (refusal === undefined) await retiring
    else await expectRefusal(retiring, refusal)
  })
})

describe("20 a dry run never succeeds and never changes anything", () => {
  it("in any operation that knows dry runs", async () => {
    const { root, call, storage, newKey: make } = await openWorld()
    const KeyId = await make()
    const pair = await make(asymmetric)
    const macs = await make(hmac)
    const kem = await make(mlKem)
    const ecdh = await make({ KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" })
    const { PublicKey } = await root.getPublicKey({ KeyId: ecdh })
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const grant = { KeyId, GranteePrincipal: app, Operations: ["Encrypt"] as "Encrypt"[] }
    const { GrantId, GrantToken } = await root.createGrant(grant)
    const sign = { KeyId: pair, SigningAlgorithm: "ECDSA_SHA_256", Message: Plaintext } as const
    const mac = { KeyId: macs, MacAlgorithm: "HMAC_SHA_256", Message: Plaintext } as const
    const kemKey = { KeyId: kem, EncapsulationAlgorithm: "ML_KEM" } as const
    const { SharedSecretCiphertextBlob } = await root.encapsulate(kemKey)
    const inputs: Readonly<Record<string, object>> = {
      CreateGrant: grant,
      Decapsulate: { ...kemKey, SharedSecretCiphertextBlob },
      Decrypt: { CiphertextBlob },
      DeriveSharedSecret: { KeyId: ecdh, KeyAgreementAlgorithm: "ECDH", PublicKey },
      Encapsulate: kemKey,
      Encrypt: { KeyId, Plaintext },
      GenerateDataKey: { KeyId, KeySpec: "AES_256" },
      GenerateDataKeyPair: { KeyId, KeyPairSpec: "ECC_NIST_P256" },
      GenerateDataKeyPairWithoutPlaintext: { KeyId, KeyPairSpec: "ECC_NIST_P256" },
      GenerateDataKeyWithoutPlaintext: { KeyId, KeySpec: "AES_256" },
      GenerateMac: mac,
      ReEncrypt: { CiphertextBlob, DestinationKeyId: KeyId },
      RetireGrant: { GrantToken },
      RevokeGrant: { KeyId, GrantId },
      Sign: sign,
      Verify: { ...sign, Signature: blobIn(await root.sign(sign), "Signature") },
      VerifyMac: { ...mac, Mac: blobIn(await root.generateMac(mac), "Mac") },
    }
    const knowing = Object.entries(catalogue as Readonly<Record<string, AnyRow>>)
      .filter(([, row]) => "DryRun" in row.input().shape)
      .map(([name]) => name)
    expect(Object.keys(inputs).toSorted()).toEqual(knowing.toSorted())
    const before = await dumpOf(storage)
    for (const [operation, input] of Object.entries(inputs)) {
      const trying = call(operation, { ...input, DryRun: true })
      await expectRefusal(trying, "DryRunOperationException")
    }
    expect(await dumpOf(storage)).toEqual(before)
  })
})

describe("21 kms:RequestAlias is absent when a key is named by its id", () => {
  it("or its ARN, and is the name of the alias also when its ARN was given", async () => {
    const {
      root,
      kms,
      newKey: make,
    } = await openWorld({
      identities: {
        [app]: identityOf({ Condition: { StringEquals: { "kms:RequestAlias": "alias/x" } } }),
      },
    })
    const KeyId = await make()
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    await root.createAlias({ AliasName: "alias/y", TargetKeyId: KeyId })
    const caller = kms.as(app)
    for (const name of ["alias/x", aliasArnOf("alias/x")]) {
      await caller.encrypt({ KeyId: name, Plaintext })
    }
    for (const name of ["alias/y", KeyId, keyArnOf(KeyId)]) {
      await expectRefusal(caller.encrypt({ KeyId: name, Plaintext }), "AccessDeniedException")
    }
  })
})

describe("22 a condition on an encryption context is not met by a request without that pair", () => {
  it("whatever else it has", async () => {
    const Condition = { StringEquals: { "kms:EncryptionContext:tenant": "42" } }
    const { kms, newKey: make } = await openWorld({
      identities: { [app]: identityOf({ Condition }) },
    })
    const KeyId = await make()
    const encrypt = (EncryptionContext?: Record<string, string>) =>
      kms.as(app).encrypt({ KeyId, Plaintext, ...(EncryptionContext && { EncryptionContext }) })
    await encrypt({ tenant: "42" })
    for (const context of [undefined, {}, { tenant: "43" }, { other: "42" }]) {
      await expectRefusal(encrypt(context), "AccessDeniedException")
    }
  })
})

describe("23 an audit event shows context and algorithm, and never what is secret", () => {
  it("also when the algorithm was defaulted", async () => {
    const { root, events, newKey: make } = await openWorld()
    const KeyId = await make()
    const secret = new TextEncoder().encode("a secret that is long enough to be found")
    const EncryptionContext = { tenant: "42" }
    const sealed = await root.encrypt({ KeyId, Plaintext: secret, EncryptionContext })
    const CiphertextBlob = blobIn(sealed)
    await root.decrypt({ CiphertextBlob, EncryptionContext })
    const { GrantToken = "" } = await root.createGrant({
      KeyId,
      GranteePrincipal: app,
      Operations: ["Encrypt"],
    })
    await root.retireGrant({ GrantToken })
    for (const { requestParameters } of events.slice(1, 3)) {
      expect(requestParameters).toMatchObject({
        encryptionContext: EncryptionContext,
        encryptionAlgorithm: "SYMMETRIC_DEFAULT",
      })
    }
    const text = JSON.stringify(events)
    for (const bytes of [secret, CiphertextBlob]) {
      for (const encoding of ["base64", "hex", "latin1"] as const) {
        expect(text).not.toContain(Buffer.from(bytes).toString(encoding))
      }
    }
    expect(text).not.toContain(GrantToken)
    expect(text).not.toContain(JSON.stringify(Object.values(secret)))
  })
})

describe("24 an alias keeps the type and usage of its key, and aliases and tags decide access", () => {
  it("an alias moves only to a key of the same kind", async () => {
    const { root, newKey: make } = await openWorld()
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: await make() })
    for (const input of [asymmetric, hmac]) {
      const moving = root.updateAlias({ AliasName: "alias/x", TargetKeyId: await make(input) })
      await expectRefusal(moving, "ValidationException")
    }
    await root.updateAlias({ AliasName: "alias/x", TargetKeyId: await make() })
  })

  it("a change of aliases or tags changes the next decision", async () => {
    const byAlias = identityOf({
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/open" } },
    })
    const byTag = identityOf({ Condition: { StringEquals: { "aws:ResourceTag/open": "yes" } } })
    const bob = userOf(account, "bob")
    const {
      root,
      kms,
      newKey: make,
    } = await openWorld({
      identities: { [app]: byAlias, [bob]: byTag },
    })
    const KeyId = await make()
    const using = (who: string) => outcomeOf(kms.as(who).encrypt({ KeyId, Plaintext }))
    const denied = "AccessDeniedException"
    expect([await using(app), await using(bob)]).toEqual([denied, denied])
    await root.createAlias({ AliasName: "alias/open", TargetKeyId: KeyId })
    await root.tagResource({ KeyId, Tags: [{ TagKey: "open", TagValue: "yes" }] })
    expect([await using(app), await using(bob)]).toEqual(["OK", "OK"])
    await root.updateAlias({ AliasName: "alias/open", TargetKeyId: await newKey(root) })
    await root.untagResource({ KeyId, TagKeys: ["open"] })
    expect([await using(app), await using(bob)]).toEqual([denied, denied])
  })
})

describe("25 GetKeyLastUsage tells of cryptographic operations that succeeded, in its region", () => {
  it("and of nothing else", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const usage = async () => (await root.getKeyLastUsage({ KeyId })).KeyLastUsage
    await refusalOf(root.decrypt({ KeyId, CiphertextBlob: Uint8Array.of(1) }))
    await root.describeKey({ KeyId })
    expect(await usage()).toEqual({})
    await root.encrypt({ KeyId, Plaintext })
    expect(await usage()).toMatchObject({ Operation: "Encrypt", Timestamp: new Date(startMs) })
  })
})
