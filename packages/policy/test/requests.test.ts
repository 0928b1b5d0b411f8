import { describe, expect, test } from "vitest"
import { compile, type Policies, type PolicyRequest } from "../src/index.js"
import {
  allows,
  callers,
  closed,
  denies,
  grantTo,
  home,
  keyAllows,
  keyArn,
  requestOf,
} from "./support/scene.js"

const decide = (policies: Policies, more: Partial<PolicyRequest> = {}) =>
  compile(policies).decide(requestOf("user", more))
const open = keyAllows("*")

describe("a request", () => {
  test.each<[string, object]>([
    ["an action that is no text", { action: 5 }],
    ["no action", { action: undefined }],
    ["a resource that is no text", { resource: [keyArn] }],
    ["a type of principal that there is not", { principal: { ...callers.user, type: "group" } }],
    ["a type of principal that objects have", { principal: { ...callers.user, type: "toString" } }],
    ["a context value that is an object", { context: { "aws:username": {} } }],
    ["a context value that is a list of lists", { context: { "aws:username": [["a"]] } }],
    ["a context value that is null", { context: { "aws:username": null } }],
  ])("with %s is a TypeError", (_, more) => {
    const policy = keyAllows("*", { Condition: { StringEquals: { "aws:username": "a" } } })
    const wrong = () => decide({ keyPolicy: policy }, more as Partial<PolicyRequest>)
    expect(wrong).toThrow(TypeError)
    expect(wrong).toThrow(/`(?:action|resource|principal\.type|aws:username)`/)
  })

  test("may have many context keys, in any letter case and some of them undefined", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`test:Key${i}`, `${i}`]))
    const context = { ...many, "test:None": undefined, "test:LIST": "a", "test:List": ["b"] }
    const holds = (Condition: object) =>
      decide({ keyPolicy: keyAllows("*", { Condition }) }, { context }).effect === "allow"
    for (const i of [0, 99, 199]) {
      expect(holds({ StringEquals: { [`TEST:key${i}`]: `${i}` } })).toBe(true)
      expect(holds({ StringEquals: { [`test:Key${i}`]: `${i + 1}` } })).toBe(false)
    }
    expect(holds({ Null: { "test:None": "true" } })).toBe(true)
    expect(holds({ "ForAllValues:StringEquals": { "test:list": ["a", "b"] } })).toBe(true)
    expect(holds({ "ForAnyValue:StringEquals": { "test:list": "b" } })).toBe(true)
    expect(holds({ "ForAllValues:StringEquals": { "test:list": "a" } })).toBe(false)
  })

  test("may have a context key twice, of which one is undefined", () => {
    const Condition = { StringEquals: { "test:key": "a" } }
    const asked = (context: PolicyRequest["context"]) =>
      decide({ keyPolicy: keyAllows("*", { Condition }) }, { context }).effect
    const more = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`test:More${i}`, "b"]))
    for (const others of [{}, more]) {
      expect(asked({ ...others, "test:key": "a", "TEST:KEY": undefined })).toBe("allow")
      expect(asked({ ...others, "TEST:KEY": undefined, "test:key": "a" })).toBe("allow")
      expect(asked({ ...others, "TEST:KEY": undefined })).toBe("implicitDeny")
      expect(asked({ ...others, "TEST:KEY": "a", "test:key": "b" })).toBe("implicitDeny")
    }
  })

  test.each([[null], ["a"], [undefined], [1]])("with the context %s is a TypeError", (context) => {
    const wrong = { context } as unknown as Partial<PolicyRequest>
    expect(() => decide({ keyPolicy: open }, wrong)).toThrow(TypeError)
  })

  test("for an action that is not known is about a key, unless it names everything", () => {
    const policies = { keyPolicy: closed, identityPolicies: [allows()] }
    expect(decide(policies, { action: "kms:Unknown" }).effect).toBe("implicitDeny")
    const granted = { ...policies, grants: [grantTo(callers.user.arn)] }
    expect(decide(granted, { action: "kms:Unknown" }).effect).toBe("implicitDeny")
    expect(decide(policies, { action: "kms:Unknown", resource: "*" }).reason).toBe("identityPolicy")
    expect(decide(policies, { action: "kms:Unknown", resource: "*" }).effect).toBe("allow")
  })

  test("to tag is about the key, unless that does not exist yet", () => {
    const policies = { keyPolicy: closed, identityPolicies: [allows()] }
    const tag = (resource: string) => decide(policies, { action: "kms:TagResource", resource })
    const anyKey = `${keyArn.slice(0, keyArn.lastIndexOf("/"))}/*`
    expect(tag(keyArn).effect).toBe("implicitDeny")
    for (const resource of ["*", anyKey]) expect(tag(resource).reason).toBe("identityPolicy")
    expect(decide(policies, { resource: anyKey }).effect).toBe("implicitDeny")
  })

  test("for a key that does not exist yet is about none, and only then", () => {
    const policies = { keyPolicy: closed, identityPolicies: [allows()] }
    const asked = (isNewKey: boolean | undefined) =>
      decide(policies, { action: "kms:TagResource", ...(isNewKey !== undefined && { isNewKey }) })
    expect(asked(true).reason).toBe("identityPolicy")
    for (const isNewKey of [false, undefined]) expect(asked(isNewKey).reason).toBe("keyPolicy")
  })

  test("for what has no key is about none, whatever it names", () => {
    const policies = { keyPolicy: closed, identityPolicies: [allows()] }
    for (const resource of ["*", keyArn, "nonsense"]) {
      const { reason } = decide(policies, { action: "kms:ListKeys", resource })
      expect(reason).toBe("identityPolicy")
    }
  })

  test("for another service is about no account of KMS", () => {
    const Resource = `arn:aws:kms:us-east-1:${home}:*`
    const list = (action: string) =>
      decide(
        { identityPolicies: [allows({ Action: "*", Resource })] },
        { action, resource: "*", context: { "aws:RequestedRegion": "us-east-1" } },
      ).effect
    expect(list("kms:ListKeys")).toBe("allow")
    expect(list("s3:ListAllMyBuckets")).toBe("implicitDeny")
  })

  test("of a service without a key is about the account, in the partition aws", () => {
    const list = (Resource: string) =>
      decide(
        { vpcEndpointPolicy: keyAllows("*", { Resource }), identityPolicies: [allows()] },
        {
          ...{ action: "kms:ListKeys", resource: "*", principal: callers.service },
          ...{ vpcEndpointId: "vpce-1", context: { "aws:RequestedRegion": "us-east-1" } },
        },
      ).reason
    expect(list(`arn:aws:kms:us-east-1:${home}:*`)).toBe("identityPolicy")
    expect(list(`arn:aws-cn:kms:us-east-1:${home}:*`)).toBe("vpcEndpointPolicy")
    expect(list(`arn:aws:kms:us-west-2:${home}:*`)).toBe("vpcEndpointPolicy")
  })

  test("on an alias and a key is about the key, unless the alias is named", () => {
    const policies = { keyPolicy: closed, identityPolicies: [allows()] }
    const alias = (resource: string) => decide(policies, { action: "kms:CreateAlias", resource })
    expect(alias(`arn:aws:kms:us-east-1:${home}:alias/orders`).reason).toBe("identityPolicy")
    for (const resource of [
      ...[keyArn, "nonsense", "alias/orders", "*"],
      ...[`arn:aws:s3:us-east-1:${home}:alias/orders`, `arn:aws:kms:us-east-1:${home}:orders`],
    ]) {
      expect(alias(resource).effect, resource).toBe("implicitDeny")
    }
  })

  test("without a key is denied in the region that is named, and in any where none is", () => {
    const west = `arn:aws:kms:us-west-2:${home}:*`
    const list = (Resource: string, region?: string) =>
      decide(
        { identityPolicies: [allows({ Resource: "*" }), denies({ Resource })] },
        {
          ...{ action: "kms:ListKeys", resource: "*" },
          context: { "aws:username": "*", ...(region && { "aws:RequestedRegion": region }) },
        },
      ).effect
    // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
    const named = "${aws:username}"
    for (const part of ["us-west-2", "us-west-?", "us-*-2", "us-*", "*"]) {
      for (const last of ["*", named, `?`, `*${named}`]) {
        expect(list(`arn:aws:kms:${part}:${home}:${last}`), part + last).toBe("explicitDeny")
      }
      for (const last of ["key/*", `x${named}`, "key/?", "x", ""]) {
        expect(list(`arn:aws:kms:${part}:${home}:${last}`), part + last).toBe("allow")
      }
    }
    expect(list(keyArn)).toBe("allow")
    expect(list(west, "us-west-2")).toBe("explicitDeny")
    expect(list(west, "us-east-1")).toBe("allow")
    expect(list(west)).toBe("explicitDeny")
    expect(list(`arn:aws:kms:us-west-2:444455556666:*`)).toBe("allow")
    expect(list(`arn:aws-cn:kms:us-west-2:${home}:*`)).toBe("allow")
  })

  test("without a key and a region is allowed by what means every region", () => {
    const list = (region: string) =>
      decide(
        { identityPolicies: [allows({ Resource: `arn:aws:kms:${region}:${home}:*` })] },
        { action: "kms:ListKeys", resource: "*" },
      ).effect
    expect(list("*")).toBe("allow")
    for (const region of ["", "us-east-1", "us-*", "?"]) {
      expect(list(region)).toBe("implicitDeny")
    }
  })

  test("of a service is that of its name, which its ARN is where it has none", () => {
    const named = (service: string | undefined, arn: string, Service: string) =>
      decide(
        { keyPolicy: keyAllows({ Service }) },
        { principal: { ...callers.service, arn, service } as PolicyRequest["principal"] },
      ).effect
    const [logs, other] = ["logs.amazonaws.com", "s3.amazonaws.com"]
    expect(named(logs, other, logs)).toBe("allow")
    expect(named(logs, other, other)).toBe("implicitDeny")
    expect(named(undefined, other, other)).toBe("allow")
    expect(named(undefined, other, logs)).toBe("implicitDeny")
  })

  test("without a key is about the account in the partition of the principal", () => {
    const list = (partition: string, Resource: string) =>
      decide(
        { identityPolicies: [allows({ Resource })] },
        {
          ...{ action: "kms:ListKeys", resource: "*" },
          context: { "aws:RequestedRegion": "cn-north-1" },
          principal: { ...callers.user, arn: `arn:${partition}:iam::${home}:user/ann` },
        },
      ).effect
    const own = `arn:aws-cn:kms:cn-north-1:${home}:*`
    expect(list("aws-cn", own)).toBe("allow")
    expect(list("aws", own)).toBe("implicitDeny")
    expect(list("aws", `arn:aws:kms:cn-north-1:${home}:*`)).toBe("allow")
  })
})
