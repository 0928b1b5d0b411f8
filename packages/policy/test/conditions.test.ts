import { describe, expect, test } from "vitest"
import { compile } from "../src/index.js"
import { type ConditionCase, conditionTopics } from "./support/condition-cases.js"
import { allows, delegated, keyAllows, keyDenies, requestOf } from "./support/scene.js"
import { keyArn } from "./support/world.js"

function describeCase({ operator, values, request, effect }: ConditionCase): string {
  const actual = request === undefined ? "an absent key" : JSON.stringify(request)
  const where = effect === undefined ? "" : ` in a statement of the effect ${effect}`
  return `${operator} of ${JSON.stringify(values)} on ${actual}${where}`
}

for (const { topic, cases } of conditionTopics) {
  describe(`conditions on ${topic}`, () => {
    test.each(cases.map((item) => [describeCase(item), item.holds ? "holds" : "fails", item]))(
      "%s %s",
      (_name, _result, item) => {
        expect(conditionOf(item)).toBe(item.holds)
      },
    )
  })
}

describe("keys that only IAM policies can read", () => {
  const context = { "aws:ResourceTag/team": "red", "KMS:ResourceAliases": ["alias/red"] }
  const tag = { StringEquals: { "AWS:resourceTag/Team": "red" } }
  const alias = { "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/*" } }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
  const variable = "${aws:ResourceTag/team}"

  test.each([
    ["a tag", { Condition: tag }],
    ["an alias", { Condition: alias }],
    ["a tag in a variable", { Condition: { StringEquals: { "aws:username": variable } } }],
    ["a tag in a resource", { Resource: `${keyArn.slice(0, -3)}${variable}` }],
  ])("%s never has a value in a key policy", (_name, more) => {
    const asked = requestOf("user", {
      context: { ...context, "aws:username": "red" },
      resource: `${keyArn.slice(0, -3)}red`,
    })
    const compiled = compile({ keyPolicy: keyAllows("*", more) })
    expect(compiled.decide(asked).effect).toBe("implicitDeny")
    const [document] = compiled.explain(asked).documents
    expect(document?.statements[0]?.applies).toBe(false)
    const lookup = { ...asked, context: () => "red" }
    expect(compiled.decide(lookup).effect).toBe("implicitDeny")
    const [found] = compiled.counterfactuals(asked)
    expect(found?.changes[0]?.change).toBe("addStatement")
    const identityPolicies = [allows(more)]
    expect(compile({ keyPolicy: delegated, identityPolicies }).decide(asked).effect).toBe("allow")
  })

  test("a tag in one of several values has none either", () => {
    const more = { Condition: { StringEquals: { "aws:username": ["x", variable] } } }
    const effect = (name: string) =>
      compile({ keyPolicy: keyAllows("*", more) }).decide(
        requestOf("user", { context: { ...context, "aws:username": name } }),
      ).effect
    expect(effect("x")).toBe("allow")
    expect(effect("red")).toBe("implicitDeny")
  })

  test("a deny on a missing tag always denies, and no tag helps", () => {
    const missing = { Null: { "aws:ResourceTag/team": "true" } }
    const compiled = compile({ keyPolicy: keyDenies("*", { Condition: missing }) })
    const asked = requestOf("user", { context })
    expect(compiled.decide(asked).effect).toBe("explicitDeny")
    const explained = compiled.explain(asked).documents[0]?.statements[1]?.conditions[0]
    expect(explained).toMatchObject({ result: true, because: "missing" })
    expect(explained?.requestValues).toBeUndefined()
    for (const { changes } of compiled.counterfactuals(asked)) {
      expect(changes.map(({ change }) => change)).toEqual(["removeStatement"])
    }
  })
})

/** Whether a statement with this condition decides; decide and explain must say the same. */
function conditionOf(item: ConditionCase): boolean {
  const { operator, values, request, context = {}, version, effect = "Allow" } = item
  const everything = { Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" }
  const tested = {
    ...everything,
    Effect: effect,
    Condition: { [operator]: { "test:Key": values } },
  }
  const Statement = effect === "Deny" ? [tested, everything] : tested
  const compiled = compile({ keyPolicy: { Version: version ?? "2012-10-17", Statement } })
  const question = {
    principal: { type: "user", arn: "arn:aws:iam::111122223333:user/a", account: "111122223333" },
    action: "kms:Decrypt",
    resource: keyArn,
    resourceAccount: "111122223333",
    context: { ...context, ...(request === undefined ? {} : { "TEST:key": request }) },
  } as const
  const explained = compiled.explain(question)
  expect(explained.documents[0]?.broken).toBeUndefined()
  const isAllowed = compiled.decide(question).effect === "allow"
  const decides = effect === "Deny" ? !isAllowed : isAllowed
  expect(explained.documents[0]?.statements[0]?.conditions[0]?.result).toBe(decides)
  return decides
}
