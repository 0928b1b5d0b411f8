import { createMemoryKms } from "@keywright/core/memory"
import { describe, expect, it } from "vitest"
import { listen } from "../../src/coverage/channels.js"
import { createPolicyRecorder, policyCoverage, renderPolicyCoverage } from "../../src/coverage.js"
import { createTestKms } from "../../src/index.js"

const account = "111122223333"
const roleOf = (name: string) => `arn:aws:iam::${account}:role/${name}`
const [orders, audit, nobody] = ["Orders", "Audit", "Nobody"].map(roleOf) as [
  string,
  string,
  string,
]
const office = { sourceIp: "203.0.113.7" }
const elsewhere = { sourceIp: "198.51.100.7" }

const policy = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Admin",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Use",
      Effect: "Allow",
      Principal: { AWS: orders },
      Action: ["kms:Encrypt", "kms:Decrypt"],
      Resource: "*",
      Condition: { StringEquals: { "kms:EncryptionContext:tenant": "42" } },
    },
    {
      Sid: "Office",
      Effect: "Deny",
      Principal: "*",
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    },
    {
      Sid: "Audit",
      Effect: "Allow",
      Principal: { AWS: audit },
      Action: "kms:DescribeKey",
      Resource: "*",
    },
  ],
}

async function openWorld() {
  const recorder = createPolicyRecorder()
  const kms = await createMemoryKms({ decisions: recorder.sink })
  const root = kms.as(kms.administrator, office)
  const { KeyMetadata } = await root.createKey({ Policy: JSON.stringify(policy) })
  const KeyId = KeyMetadata?.KeyId ?? ""
  const EncryptionContext = { tenant: "42" }
  const { CiphertextBlob } = await root.encrypt({
    KeyId,
    Plaintext: Uint8Array.of(1),
    EncryptionContext,
  })
  const decrypt = { CiphertextBlob, EncryptionContext }
  const coverage = async () => policyCoverage(await recorder.record())
  return { kms, root, KeyId, decrypt, recorder, coverage }
}

const statementsOf = ({ documents }: ReturnType<typeof policyCoverage>) =>
  Object.fromEntries(
    documents
      .filter(({ document }) => document === "keyPolicy")
      .flatMap(({ statements }) => statements.map((one) => [one.sid ?? one.statement, one])),
  )

describe("policy coverage", () => {
  it("tells statements that decided from those that never did", async () => {
    const { kms, decrypt, coverage } = await openWorld()
    await kms.as(orders, office).decrypt(decrypt)
    const found = await coverage()
    const { Admin, Use, Office, Audit } = statementsOf(found)
    expect(Admin?.decided).toBe(1)
    expect(Use?.decided).toBe(1)
    expect(Office).toMatchObject({ decided: 0, applied: 0 })
    expect(Audit).toMatchObject({ decided: 0, applied: 0 })
    expect(found.statements).toEqual({ covered: 2, total: 4 })
    expect(renderPolicyCoverage(found)).toContain('Allow statement 3 "Audit": never applied')
  })

  it("covers a condition that was seen to hold and, alone, to fail", async () => {
    const { kms, root, KeyId, decrypt, coverage } = await openWorld()
    await kms.as(orders, office).decrypt(decrypt)
    const before = statementsOf(await coverage())
    expect(before["Use"]?.conditions).toMatchObject([{ held: 1, failed: 0 }])
    expect(before["Office"]?.conditions).toMatchObject([{ held: 0, failed: 1 }])
    await kms
      .as(orders, elsewhere)
      .decrypt(decrypt)
      .catch(() => undefined)
    const Plaintext = Uint8Array.of(1)
    await kms
      .as(orders, office)
      .encrypt({ KeyId, Plaintext })
      .catch(() => undefined)
    const found = await coverage()
    const after = statementsOf(found)
    expect(after["Use"]?.conditions).toMatchObject([{ held: 2, failed: 1 }])
    expect(after["Office"]?.conditions).toMatchObject([{ held: 1, failed: 1 }])
    expect(after["Office"]?.decided).toBe(1)
    expect(found.conditions).toEqual({ covered: 2, total: 2 })
    await root.describeKey({ KeyId })
  })

  it("names the mistakes that no question brought to light", async () => {
    const { kms, decrypt, coverage } = await openWorld()
    await kms.as(orders, office).decrypt(decrypt)
    const changesOf = async () =>
      (await coverage()).unnoticed
        .filter(({ part }) => /"(?:Use|Office)"/.test(part))
        .map(({ mutator, part }) => `${mutator} ${/"\w+"/.exec(part)}`)
    const before = await changesOf()
    expect(before).toContain('drop-condition "Use"')
    expect(before).toContain('widen-principal "Use"')
    expect(before).toContain('drop-statement "Office"')
    expect(before).not.toContain('drop-statement "Use"')
    expect(before).not.toContain('drop-condition "Office"')

    await expect(kms.as(nobody, office).decrypt(decrypt)).rejects.toThrow("not authorized")
    await expect(kms.as(orders, elsewhere).decrypt(decrypt)).rejects.toThrow("not authorized")
    const other = { ...decrypt, EncryptionContext: { tenant: "43" } }
    await expect(kms.as(orders, office).decrypt(other)).rejects.toThrow("not authorized")
    const after = await changesOf()
    expect(after).not.toContain('drop-condition "Use"')
    expect(after).not.toContain('widen-principal "Use"')
    expect(after).not.toContain('drop-statement "Office"')
  })

  it("counts what a boundary had to allow, and not what it need not", async () => {
    const allowing = (...Action: string[]) => ({
      Version: "2012-10-17",
      Statement: Action.map((one) => ({ Effect: "Allow", Action: one, Resource: "*" })),
    })
    const recorder = createPolicyRecorder()
    const identity = {
      policies: [allowing("kms:*")],
      permissionsBoundary: allowing("kms:DescribeKey", "kms:Encrypt"),
    }
    const kms = await createMemoryKms({
      decisions: recorder.sink,
      identities: { [audit]: identity },
    })
    const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
    await kms.as(audit).describeKey({ KeyId: KeyMetadata?.KeyId ?? "" })
    const { documents } = policyCoverage(await recorder.record())
    const boundary = documents.find(({ document }) => document === "permissionsBoundary")
    expect(boundary?.statements.map(({ decided }) => decided)).toEqual([1, 0])
    expect(boundary?.attachedTo).toEqual([audit])
  })

  it("counts what every SCP level and an endpoint policy had to allow", async () => {
    const allow = (Action: string, more: object = {}) => ({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource: "*", ...more }],
    })
    const recorder = createPolicyRecorder()
    const kms = await createMemoryKms({
      decisions: recorder.sink,
      guardrails: {
        scps: [
          {
            account,
            levels: [
              { target: "r-root", policies: [allow("*")] },
              { target: "ou-keys", policies: [allow("kms:*"), allow("s3:*")] },
            ],
          },
        ],
        vpcEndpointPolicies: { "vpce-1": allow("kms:DescribeKey", { Principal: "*" }) },
      },
    })
    const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    await kms.as(kms.administrator, { sourceVpce: "vpce-1" }).describeKey({ KeyId })
    const { documents } = policyCoverage(await recorder.record())
    const decided = documents.map(({ document, statements }) => [
      document,
      ...statements.map((one) => one.decided),
    ])
    expect(decided).toEqual([
      ["scp", 2],
      ["scp", 2],
      ["scp", 0],
      ["keyPolicy", 1],
      ["vpcEndpointPolicy", 1],
    ])
  })

  it("tells grants that decided, whatever their ids, and what in them nobody would miss", async () => {
    const { kms, root, KeyId, coverage } = await openWorld()
    const grant = {
      KeyId,
      GranteePrincipal: nobody,
      Operations: ["Encrypt" as const, "DescribeKey" as const],
      Constraints: { EncryptionContextSubset: { tenant: "7" } },
    }
    await root.createGrant(grant)
    await kms.as(nobody).describeKey({ KeyId })
    const found = await coverage()
    expect(found.grantList).toMatchObject([{ grantee: nobody, decided: 1 }])
    const missed = found.unnoticed.filter(({ part }) => part === "grant")
    expect(missed.map(({ mutator, change }) => [mutator, change])).toEqual([
      ["drop-constraints", "without its constraints"],
      ["drop-operation", "without Encrypt"],
    ])
  })

  it("tells of policies and grants that nobody ever asked", async () => {
    const recorder = createPolicyRecorder()
    const stop = listen(recorder)
    const { client } = await createTestKms()
    const Policy = JSON.stringify({ ...policy, Statement: policy.Statement.slice(0, 2) })
    const asked = await client().createKey({ Policy })
    const granted = await client().createKey({})
    const KeyId = granted.KeyMetadata?.KeyId ?? ""
    const grant = { KeyId, GranteePrincipal: nobody }
    await client().createGrant({ ...grant, Operations: ["Encrypt", "Decrypt"] })
    const before = policyCoverage(await recorder.record())
    expect(before.documents).toMatchObject([{ questions: 1 }, { questions: 0, attachedTo: [] }])
    expect(before.grantList).toMatchObject([{ grantee: nobody, questions: 0, decided: 0 }])
    expect(before.statements).toEqual({ covered: 1, total: 3 })
    expect(renderPolicyCoverage(before)).toContain("keyPolicy that was never asked")

    await client(nobody).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    await client().describeKey({ KeyId: asked.KeyMetadata?.KeyId ?? "" })
    const after = policyCoverage(await recorder.record())
    stop()
    expect(after.documents.map(({ questions }) => questions)).not.toContain(0)
    expect(after.grantList).toMatchObject([{ grantee: nobody, questions: 1, decided: 1 }])
    expect(after.grants).toEqual({ covered: 1, total: 1 })
  })

  it("tells of fixtures that nobody ever asked", async () => {
    const recorder = createPolicyRecorder()
    const stop = listen(recorder)
    const grants = [{ granteePrincipal: nobody, operations: ["Encrypt" as const] }]
    const identities = { [audit]: { policies: [{ ...policy, Statement: [] }] } }
    const { kms } = await createTestKms({ fixtures: { keys: [{ policy, grants }], identities } })
    stop()
    const found = policyCoverage(await recorder.record())
    expect(kms.region).toBe("us-east-1")
    expect(found.documents.map(({ document, questions }) => [document, questions])).toEqual([
      ["keyPolicy", 0],
      ["identityPolicy", 0],
    ])
    expect(found.statements).toEqual({ covered: 0, total: 4 })
    expect(found.grantList).toMatchObject([{ grantee: nobody, questions: 0 }])
    expect(found.mutants.total).toBe(0)
  })

  it("asks each question once, whatever is asked again", async () => {
    const { kms, KeyId, recorder } = await openWorld()
    const before = (await recorder.record()).questions.length
    for (let i = 0; i < 3; i += 1) {
      await kms.as(audit).describeKey({ KeyId })
    }
    expect((await recorder.record()).questions).toHaveLength(before + 1)
  })

  it("survives JSON: what was recorded in one process can be judged in another", async () => {
    const { kms, decrypt, recorder } = await openWorld()
    await kms.as(orders, office).decrypt(decrypt)
    await kms
      .as(orders, elsewhere)
      .decrypt(decrypt)
      .catch(() => undefined)
    const record = await recorder.record()
    const copied = JSON.parse(JSON.stringify(record))
    expect(policyCoverage(copied)).toEqual(policyCoverage(record))
  })
})
