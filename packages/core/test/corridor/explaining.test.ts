import { describe, expect, it } from "vitest"
import { alice, keyArnOf } from "../support/accounts.js"
import { identityOf } from "../support/policies.js"
import { outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const Tags = [{ TagKey: "a", TagValue: "b" }]

describe("a call that is explained", () => {
  it("is allowed when every permission that it needs is given, each of which is told", async () => {
    const { kms } = await openWorld()
    const { effect, permissions, text } = await kms.explain(kms.administrator, "CreateKey", {
      Tags,
    })
    expect(effect).toBe("allow")
    expect(permissions.map(({ action, resource }) => [action, resource])).toEqual([
      ["kms:CreateKey", "*"],
      ["kms:TagResource", expect.any(String)],
    ])
    for (const { explanation, refusal } of permissions) {
      expect([explanation.decision.effect, refusal]).toEqual(["allow", undefined])
    }
    expect(text.split("\n").length).toBeGreaterThan(1)
    expect(text).toContain("kms:CreateKey")
    expect(text).toContain("kms:TagResource")
  })

  it("has the effect of the first permission that is missing, and says what would be refused", async () => {
    const identities = { [alice]: identityOf({ Action: "kms:CreateKey" }) }
    const { kms } = await openWorld({ identities })
    const { effect, permissions } = await kms.explain(alice, "CreateKey", { Tags })
    expect(effect).toBe("implicitDeny")
    const [create, tag] = permissions
    expect([create, tag].map((one) => one?.explanation.decision.effect)).toEqual([
      "allow",
      "implicitDeny",
    ])
    expect(create).not.toHaveProperty("refusal")
    expect(tag?.refusal).toMatch(/^User: .* is not authorized to perform: kms:TagResource/)
    const denies = { Effect: "Deny" as const, Action: "kms:CreateKey" }
    const denied = await openWorld({ identities: { [alice]: identityOf({}, denies) } })
    expect((await denied.kms.explain(alice, "CreateKey", { Tags })).effect).toBe("explicitDeny")
  })

  it("is about the key that it names, and fails where a call would before it is decided", async () => {
    const { kms, newKey, events } = await openWorld()
    const KeyId = await newKey()
    const made = events.length
    const { permissions } = await kms.explain(kms.administrator, "DescribeKey", { KeyId })
    expect(permissions).toMatchObject([{ action: "kms:DescribeKey", resource: keyArnOf(KeyId) }])
    const explain = (operation: string, input: object) =>
      outcomeOf(kms.explain(kms.administrator, operation, input))
    expect(await explain("DescribeKey", { KeyId: "alias/none" })).toBe("NotFoundException")
    expect(await explain("DescribeKey", {})).toBe("ValidationException")
    expect(await explain("Invent", {})).toBe("UnknownOperationException")
    // Nothing of this is a call.
    expect(events).toHaveLength(made)
  })
})
