import fc from "fast-check"
import { expect, test } from "vitest"
import { compare, compile, isPublic, type Policies, type PolicyRequest } from "../src/index.js"
import { abroad, type CallerName, callers, home, requestOf } from "./support/scene.js"
import { everything, limits } from "./support/witnesses.js"

const numRuns = process.env["SLOW"] === "1" ? 20_000 : 300

const oneOf = (...values: readonly unknown[]) => fc.constantFrom<unknown>(...values)
const ranges = oneOf("10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/16", "2001:db8::/32", [
  "10.0.0.0/9",
  "10.128.0.0/9",
])
const services = oneOf("s3.a", "s3.*", "*.a", "S3.a", "s?.a", ["s3.a", "ec2.a"])
const someCondition = fc.oneof(
  fc.constant({}),
  fc
    .tuple(fc.constantFrom("IpAddress", "NotIpAddress", "IpAddressIfExists"), ranges)
    .map(([operator, value]) => ({ [operator]: { "aws:SourceIp": value } })),
  fc
    .tuple(
      fc.constantFrom("StringEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
      services,
    )
    .map(([operator, value]) => ({ [operator]: { "kms:ViaService": value } })),
  fc
    .tuple(
      fc.constantFrom(
        "ForAllValues:StringLike",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotEquals",
      ),
      oneOf("a", "a*", ["a", "b"]),
    )
    .map(([operator, value]) => ({ [operator]: { "kms:EncryptionContextKeys": value } })),
  fc
    .tuple(
      fc.constantFrom("StringEquals", "StringNotEquals", "StringLike", "ForAnyValue:StringEquals"),
      oneOf("a", "b", "a*", ["a", "b"]),
    )
    .map(([operator, value]) => ({ [operator]: { "kms:EncryptionContext:Stage": value } })),
)
const someKeyPolicy = fc
  .array(
    fc.record({
      Effect: fc.constantFrom("Allow", "Allow", "Deny"),
      Principal: oneOf(
        "*",
        { AWS: home },
        { AWS: abroad },
        { AWS: callers.user.arn },
        { AWS: callers.session.roleArn },
      ),
      Action: oneOf("kms:*", "kms:Decrypt", "kms:D*", ["kms:Encrypt", "kms:Decrypt"]),
      Resource: fc.constant("*"),
      Condition: someCondition,
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((Statement) => ({ Version: "2012-10-17", Statement }))

const someCall: fc.Arbitrary<PolicyRequest> = fc
  .record({
    caller: fc.constantFrom<CallerName>(
      "user",
      "session",
      "root",
      "service",
      "foreignUser",
      "foreignSession",
    ),
    action: fc.constantFrom("kms:Decrypt", "kms:Encrypt", "kms:DescribeKey", "kms:PutKeyPolicy"),
    context: fc.record(
      {
        "aws:SourceIp": fc.constantFrom(
          "10.0.0.1",
          "10.1.2.3",
          "10.200.0.1",
          "2001:db8::1",
          "8.8.8.8",
        ),
        "kms:ViaService": fc.constantFrom("s3.a", "s3.b", "S3.A", "ec2.a", "sx.a", ""),
        "kms:EncryptionContextKeys": fc.array(fc.constantFrom("a", "b", "ab", "c"), {
          maxLength: 3,
        }),
        "kms:EncryptionContext:Stage": fc.constantFrom("a", "b", "ab", "c"),
        "kms:EncryptionContext:stage": fc.constantFrom("a", "b", "ab", "c"),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ caller, action, context }) => requestOf(caller, { action, context }))

/** Root users and services have no limits, users no session. */
function canHave({ type }: PolicyRequest["principal"], policies: Policies): boolean {
  const session = "sessionPolicies" in policies
  if (type === "root" || type === "service") return !session && !("permissionsBoundary" in policies)
  return type !== "user" || !session
}

test("no random request contradicts a comparison or a public answer", () => {
  let known = 0
  fc.assert(
    fc.property(
      someKeyPolicy,
      someKeyPolicy,
      fc.array(someCall, { minLength: 20, maxLength: 20 }),
      (first, second, calls) => {
        const { relation } = compare(first, second)
        if (relation !== "unknown") known++
        const answer = isPublic(first).public
        const sides = [[], [everything]].flatMap((identityPolicies) =>
          Object.values(limits).map((limit) => ({ identityPolicies, ...limit })),
        )
        for (const policies of sides) {
          const left = compile({ ...policies, keyPolicy: first })
          const right = compile({ ...policies, keyPolicy: second })
          for (const request of calls) {
            if (!canHave(request.principal, policies)) continue
            const a = left.decide(request).effect === "allow"
            const b = right.decide(request).effect === "allow"
            if (a && !b) expect(["wider", "incomparable", "unknown"]).toContain(relation)
            if (b && !a) expect(["narrower", "incomparable", "unknown"]).toContain(relation)
          }
        }
        expect(answer).not.toBe("unknown")
      },
    ),
    { numRuns },
  )
  // The goal is at most one unknown in a hundred.
  expect(known / numRuns).toBeGreaterThan(0.99)
})
