import type { Caller } from "@keywright/core"
import { evaluate } from "@keywright/policy"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { account, policy, roleArn, trust } from "./support/accounts.js"
import { openSessions } from "./support/sessions.js"

const actions = ["kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ListKeys"] as const

const inputs = (KeyId: string) => ({
  "kms:DescribeKey": { KeyId },
  "kms:Encrypt": { KeyId, Plaintext: Uint8Array.of(1) },
  "kms:GenerateDataKey": { KeyId, KeySpec: "AES_256" },
  "kms:ListKeys": {},
})

const everyResource = ["*", "arn:aws:kms:us-east-1:111122223333:key/*"] as const
const anyStatement = fc.record({
  Effect: fc.constantFrom("Allow", "Allow", "Deny"),
  Action: fc.constantFrom("*", "kms:*", "kms:Enc*", "kms:Gen*", ...actions),
  Resource: fc.constantFrom(...everyResource),
})
/** Four of them have to agree before anything is allowed, so each often allows all. */
const all = fc.record({
  Effect: fc.constant("Allow"),
  Action: fc.constantFrom("*", "kms:*"),
  Resource: fc.constantFrom(...everyResource),
})
const anyPolicy = fc
  .oneof(
    fc.array(all, { minLength: 1, maxLength: 1 }),
    fc.array(anyStatement, { minLength: 1, maxLength: 3 }),
  )
  .map((Statement) => ({ Version: "2012-10-17", Statement }))

/** What a session could be given, and what it is made by. */
const anyWorld = fc.record({
  role: anyPolicy,
  boundary: fc.option(anyPolicy, { nil: undefined }),
  session: fc.option(anyPolicy, { nil: undefined }),
  managed: fc.option(anyPolicy, { nil: undefined }),
  kind: fc.constantFrom("AssumeRole", "GetFederationToken"),
  action: fc.constantFrom(...actions),
})

describe("a session, whatever policies there are", () => {
  it("has no more than its role or user, its boundary and its session policies allow", async () => {
    const answers = new Set<string>()
    const runs = process.env["SLOW"] === "1" ? 3000 : 60
    await fc.assert(
      fc.asyncProperty(anyWorld, async ({ role, boundary, session, managed, kind, action }) => {
        const limits = { policies: { own: role }, ...(boundary && { permissionsBoundary: "B" }) }
        const { sts, kms, directory, user, holder, KeyId } = await openSessions({
          accounts: {
            [account]: {
              policies: {
                B: { document: boundary ?? policy({}) },
                M: { document: managed ?? policy({}) },
              },
              users: { maker: { policies: { all: policy({}) } } },
              roles: { R: { trustPolicy: trust({ AWS: account }), ...limits } },
            },
          },
        })
        const given = {
          ...(session && { Policy: JSON.stringify(session) }),
          ...(managed && { PolicyArns: [{ arn: `arn:aws:iam::${account}:policy/M` }] }),
        }
        const maker = await user("maker")
        // The maker of a federated user is limited as the role is, once it has made it.
        const asRole = { ...given, RoleArn: roleArn("R"), RoleSessionName: "session" }
        const { Credentials } =
          kind === "AssumeRole"
            ? await sts.call(maker, kind, asRole)
            : await sts.call(maker, "GetFederationToken", { ...given, Name: "federated" })
        if (kind === "GetFederationToken") await directory.putUser(account, "maker", limits)
        const { bearer } = await holder(Credentials)
        const input = inputs(KeyId)[action]
        const { effect } = await kms.explain(bearer?.caller as Caller, action.slice(4), input)
        answers.add(effect)
        if (effect !== "allow") return
        const resource = action === "kms:ListKeys" ? "*" : KeyId
        const allows = (...documents: (object | undefined)[]) =>
          evaluate({
            policies: { identityPolicies: documents.filter((one) => one !== undefined) },
            request: {
              principal: { type: "user", arn: "arn:aws:iam::111122223333:user/any", account },
              ...{ action, resource, resourceAccount: account, isNewKey: true },
              context: { "aws:RequestedRegion": "us-east-1" },
            },
          }).effect === "allow"
        expect(allows(role)).toBe(true)
        if (boundary) expect(allows(boundary)).toBe(true)
        if (session || managed) expect(allows(session, managed)).toBe(true)
      }),
      { numRuns: runs },
    )
    expect(answers).toContain("allow")
    expect(answers).toContain("implicitDeny")
  })
})
