import { expect, test } from "vitest"
import { createTestKms } from "../src/index.js"

const Plaintext = Uint8Array.of(1)
const nameOf = (error: Error) => error.name

test("a planned fault leaves it to KMS to refuse a name that no alias can have", async () => {
  const kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/app" }] } })
  const names = ["alias/ü", `alias/${"x".repeat(1025)}`, "alias/", "arn:alias/a b", ""]
  const refusals = () =>
    Promise.all(names.map((KeyId) => kit.client().encrypt({ KeyId, Plaintext }).catch(nameOf)))
  const before = await refusals()
  kit.faults.plan([{ fault: "throttle", key: "alias/app" }])
  expect(await refusals()).toEqual(before)
  expect(before).toEqual(expect.arrayContaining(["NotFoundException", "ValidationException"]))
  expect(kit.calls).toHaveLength(2 * names.length)
})

test("a call that names a key by the name of its alias meets the faults of the key", async () => {
  const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"
  const kit = await createTestKms({ fixtures: { keys: [{ id, alias: "alias/app" }, {}] } })
  const { Keys } = await kit.client().listKeys({})
  const TargetKeyId = Keys.find(({ KeyId }) => KeyId !== id)?.KeyId ?? ""
  const client = kit.client()
  for (const key of [id, "alias/app"]) {
    kit.faults.plan([{ fault: "throttle", key, count: 2 }])
    const calls = [
      () => client.updateAlias({ AliasName: "alias/app", TargetKeyId }),
      () => client.deleteAlias({ AliasName: "alias/app" }),
    ]
    for (const call of calls) expect(await call().catch(nameOf)).toBe("ThrottlingException")
  }
  await client.deleteAlias({ AliasName: "alias/app" })
  await kit.close()
})

test("an alias ARN names the key of its own account and region to a fault", async () => {
  const [ours, theirs] = ["111122223333", "444455556666"]
  const keys = [ours, theirs].map((account) => ({ account, alias: "alias/app" }))
  const regions = ["us-east-1", "eu-west-1"]
  const kit = await createTestKms({ regions, fixtures: { keys } })
  const client = kit.client(`arn:aws:iam::${theirs}:root`)
  const arnIn = (account: string) => `arn:aws:kms:us-east-1:${account}:alias/app`
  const outcome = (KeyId: string) =>
    client.describeKey({ KeyId }).then(({ KeyMetadata }) => KeyMetadata?.AWSAccountId, nameOf)
  kit.faults.plan([{ fault: "throttle", key: arnIn(ours) }])
  expect(await outcome(arnIn(ours))).toBe("ThrottlingException")
  expect(await outcome(arnIn(theirs))).toBe(theirs)
  expect(await outcome("alias/app")).toBe(theirs)
  kit.faults.clear()
  kit.faults.plan([{ fault: "timeout", key: "alias/app" }])
  expect(await outcome(arnIn(ours))).toBe("AccessDeniedException")
  expect(await outcome(arnIn(theirs))).toBe("TimeoutError")
  kit.faults.clear()
  kit.faults.plan([{ fault: "throttle", key: arnIn(theirs).replace("us-east-1", "eu-west-1") }])
  expect(await outcome(arnIn(theirs))).toBe(theirs)
  await expect(kit.close()).rejects.toThrow("planned faults that struck no call")
})
