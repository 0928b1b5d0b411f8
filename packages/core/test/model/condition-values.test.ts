import { describe, expect, it } from "vitest"
import { readCaller } from "../../src/model/caller.js"
import { conditionValue, type Facts } from "../../src/model/condition-keys.js"
import { account, alice, app, otherAccount, rootOf } from "../support/accounts.js"
import { keyRecord, primaryOf } from "../support/key-records.js"

/*
 * What each condition key is worth in a request in which everything is known, and where nothing is.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS condition keys"; IAM User Guide, "AWS global condition
 * context keys".
 */

const place = { partition: "aws", region: "us-east-1" }
const service = "logs.amazonaws.com"
const context = {
  sourceIp: "203.0.113.7",
  sourceVpc: "vpc-1",
  vpcSourceIp: "10.0.0.1",
  viaService: "s3.us-east-1.amazonaws.com",
  sourceArn: "arn:aws:s3:::b",
  sourceAccount: otherAccount,
  userAgent: "agent",
  secureTransport: false,
  conditionKeys: { "aws:Referer": "here", "AWS:SourceOrgID": "o-1" },
}
const callerOf = (principal: string, more = {}) =>
  readCaller({ principal, context: { ...context, ...more } }, account, "aws")

const facts: Facts = {
  caller: callerOf(alice),
  identity: {
    tags: { Team: "red" },
    conditionKeys: { "aws:PrincipalOrgID": "o-2", "aws:referer": "there" },
  },
  place,
  nowMs: 1_767_225_600_999,
  resourceAccount: otherAccount,
  isAlias: false,
  key: primaryOf({}, { aliases: ["alias/a", "alias/b"], tags: [{ key: "Stage", value: "x" }] }),
  requestAlias: "alias/a",
  encryptionContext: { Tenant: "42", tenant: "43", other: "44" },
  isSameKey: false,
  trailingDays: 0,
  requestTags: [{ key: "New", value: "y" }],
  tagKeys: ["New"],
  measurements: { PCR0: "00" },
  action: "kms:CreateGrant",
  derivedKeys: { "kms:grantoperations": ["Decrypt"], "kms:keyspec": "never asked" },
  inputKeys: {
    "kms:encryptionalgorithm": { member: "EncryptionAlgorithm", default: "SYMMETRIC_DEFAULT" },
    "kms:validto": { member: "ValidTo" },
    "kms:datakeypairspec": { member: "KeyPairSpec", twin: "OldSpec" },
    "kms:messagetype": { member: "MessageType", words: { RAW: "raw" } },
    "kms:macalgorithm": { member: "MacAlgorithm", words: { HMAC: "mac" } },
    "kms:expirationmodel": { member: "ExpirationModel" },
  },
  input: { ValidTo: new Date(5500), OldSpec: "RSA_2048", MessageType: "RAW", MacAlgorithm: "no" },
}

const values: readonly (readonly [key: string, value: unknown])[] = [
  ["kms:calleraccount", account],
  ["kms:viaservice", context.viaService],
  ["kms:keyspec", "SYMMETRIC_DEFAULT"],
  ["kms:keyusage", "ENCRYPT_DECRYPT"],
  ["kms:keyorigin", "AWS_KMS"],
  ["kms:customermasterkeyspec", "SYMMETRIC_DEFAULT"],
  ["kms:customermasterkeyusage", "ENCRYPT_DECRYPT"],
  ["kms:multiregion", true],
  ["kms:multiregionkeytype", "PRIMARY"],
  ["kms:resourcealiases", ["alias/a", "alias/b"]],
  ["kms:requestalias", "alias/a"],
  ["kms:reencryptonsamekey", false],
  ["kms:trailingdayswithoutkeyusage", 0],
  ["kms:encryptioncontextkeys", ["Tenant", "tenant", "other"]],
  ["kms:encryptioncontext:tenant", ["42", "43"]],
  ["kms:encryptioncontext:other", "44"],
  ["kms:encryptioncontext:none", undefined],
  ["kms:grantisforawsresource", true],
  ["kms:grantoperations", ["Decrypt"]],
  ["kms:encryptionalgorithm", "SYMMETRIC_DEFAULT"],
  ["kms:validto", 5.5],
  ["kms:datakeypairspec", "RSA_2048"],
  ["kms:messagetype", "raw"],
  ["kms:macalgorithm", undefined],
  ["kms:expirationmodel", undefined],
  ["kms:recipientattestation:pcr0", "00"],
  ["aws:currenttime", "2026-01-01T00:00:00.999Z"],
  ["aws:epochtime", 1_767_225_600],
  ["aws:requestedregion", "us-east-1"],
  ["aws:securetransport", false],
  ["aws:useragent", "agent"],
  ["aws:sourceip", "203.0.113.7"],
  ["aws:sourcevpce", undefined],
  ["aws:sourcevpc", "vpc-1"],
  ["aws:vpcsourceip", "10.0.0.1"],
  ["aws:viaawsservice", true],
  ["aws:sourcearn", "arn:aws:s3:::b"],
  ["aws:sourceaccount", otherAccount],
  ["aws:resourceaccount", otherAccount],
  ["aws:tagkeys", ["New"]],
  ["aws:principalarn", alice],
  ["aws:principalaccount", account],
  ["aws:principaltype", "User"],
  ["aws:principalisawsservice", false],
  ["aws:principalservicename", undefined],
  ["aws:principalservicenameslist", undefined],
  ["aws:username", "alice"],
  ["aws:principaltag/team", "red"],
  ["aws:resourcetag/stage", "x"],
  ["aws:requesttag/new", "y"],
  ["aws:principalorgid", "o-2"],
  ["aws:referer", "there"],
  ["aws:sourceorgid", "o-1"],
  ["aws:multifactorauthpresent", undefined],
  ["constructor", undefined],
  ["aws:principaltag/constructor", undefined],
]

const bare: Facts = {
  caller: readCaller({ principal: app }, account, "aws"),
  identity: undefined,
  place,
  nowMs: 0,
  resourceAccount: account,
  isAlias: false,
  action: "kms:Decrypt",
  input: {},
}

const unsaid: readonly (readonly [key: string, value: unknown])[] = [
  ["kms:calleraccount", account],
  ["aws:securetransport", true],
  ["aws:viaawsservice", false],
  ["aws:principaltype", "AssumedRole"],
  ["aws:principalarn", app],
  ["aws:multifactorauthpresent", false],
  ["aws:principalisawsservice", false],
  ["aws:currenttime", "1970-01-01T00:00:00.000Z"],
  ["aws:epochtime", 0],
  ...[
    "kms:viaservice",
    "kms:keyspec",
    "kms:keyusage",
    "kms:keyorigin",
    "kms:customermasterkeyspec",
    "kms:customermasterkeyusage",
    "kms:multiregion",
    "kms:multiregionkeytype",
    "kms:resourcealiases",
    "kms:requestalias",
    "kms:reencryptonsamekey",
    "kms:trailingdayswithoutkeyusage",
    "kms:encryptioncontextkeys",
    "kms:encryptioncontext:a",
    "kms:grantisforawsresource",
    "kms:recipientattestation:pcr0",
    "aws:useragent",
    "aws:sourceip",
    "aws:tagkeys",
    "aws:username",
    "aws:principalservicename",
    "aws:principaltag/a",
    "aws:resourcetag/a",
    "aws:requesttag/a",
    "aws:referer",
  ].map((key) => [key, undefined] as const),
]

describe("a condition key", () => {
  it("is worth what is known of the request", () => {
    const found = values.map(([key]) => [key, conditionValue(facts, key)])
    expect(found).toEqual(values)
  })

  it("is absent where nothing is said", () => {
    const found = unsaid.map(([key]) => [key, conditionValue(bare, key)])
    expect(found).toEqual(unsaid)
  })

  it.each([
    [rootOf(account), "Account", undefined],
    [alice, "User", undefined],
    [app, "AssumedRole", false],
    [`arn:aws:sts::${account}:federated-user/eve`, "FederatedUser", false],
    [service, undefined, undefined],
  ])("of %s says what it is: %s", (principal, type, mfa) => {
    const asked = { ...facts, caller: callerOf(principal) }
    expect(conditionValue(asked, "aws:principaltype")).toBe(type)
    expect(conditionValue(asked, "aws:multifactorauthpresent")).toBe(mfa)
    const isService = principal === service
    expect(conditionValue(asked, "aws:principalisawsservice")).toBe(isService)
    expect(conditionValue(asked, "aws:principalservicename")).toBe(isService ? service : undefined)
    const names = conditionValue(asked, "aws:principalservicenameslist")
    expect(names).toEqual(isService ? [service] : undefined)
    const owner = isService ? undefined : account
    expect(conditionValue(asked, "aws:principalaccount")).toBe(owner)
    expect(conditionValue(asked, "kms:calleraccount")).toBe(owner)
    expect(conditionValue(asked, "aws:principalarn") === undefined).toBe(isService)
    expect(conditionValue(asked, "aws:username")).toBe(principal === alice ? "alice" : undefined)
  })
})

describe("a condition key of a request", () => {
  it("that is empty is absent", () => {
    const empty = {
      ...facts,
      key: keyRecord(),
      encryptionContext: {},
      requestTags: [],
      tagKeys: [],
    }
    for (const key of ["kms:resourcealiases", "kms:encryptioncontextkeys", "aws:tagkeys"]) {
      expect(conditionValue(empty, key)).toBeUndefined()
    }
    expect(conditionValue(empty, "kms:multiregion")).toBe(false)
    expect(conditionValue(empty, "kms:multiregionkeytype")).toBeUndefined()
  })

  it("about an address is that of the endpoint, where the call came through one", () => {
    const asked = { ...facts, caller: callerOf(alice, { sourceVpce: "vpce-1" }) }
    expect(conditionValue(asked, "aws:sourceip")).toBeUndefined()
    expect(conditionValue(asked, "aws:sourcevpce")).toBe("vpce-1")
  })

  it.each([
    ["kms:CreateGrant", true],
    ["kms:ListGrants", true],
    ["kms:RevokeGrant", true],
    ["kms:RetireGrant", undefined],
    ["kms:Decrypt", undefined],
  ])("says in %s whether a grant is for a resource of AWS: %s", (action, value) => {
    expect(conditionValue({ ...facts, action }, "kms:grantisforawsresource")).toBe(value)
    const direct = { ...facts, action, caller: callerOf(alice, { viaService: undefined }) }
    const own = value === true ? false : undefined
    expect(conditionValue(direct, "kms:grantisforawsresource")).toBe(own)
  })

  it.each(["kms:calleraccount", "kms:viaservice"])(
    "about who calls is there where the action has it: %s",
    (key) => {
      expect(conditionValue({ ...facts, isAlias: true }, key)).toBeUndefined()
      expect(conditionValue({ ...facts, action: "kms:ListKeys" }, key)).toBeUndefined()
      const said = { ...facts, action: "kms:ListKeys", identity: { conditionKeys: { [key]: "x" } } }
      expect(conditionValue(said, key)).toBeUndefined()
      expect(conditionValue({ ...facts, isAlias: true }, "aws:userid")).toBeUndefined()
    },
  )

  it("that the engine knows, no host contradicts, and what the identity says goes before", () => {
    const keys = { "aws:SecureTransport": true, "aws:ViaAWSService": false }
    const asked = { ...facts, identity: { conditionKeys: keys } }
    expect(conditionValue(asked, "aws:securetransport")).toBe(false)
    expect(conditionValue(asked, "aws:viaawsservice")).toBe(true)
    const mfa = { ...bare, identity: { conditionKeys: { "aws:MultiFactorAuthPresent": true } } }
    expect(conditionValue(mfa, "aws:multifactorauthpresent")).toBe(true)
    const derived = { ...bare, derivedKeys: { "kms:keyspec": "HMAC_256" } }
    expect(conditionValue(derived, "kms:keyspec")).toBe("HMAC_256")
    const tagged = { ...bare, identity: { conditionKeys: { "aws:PrincipalTag/a": "b" } } }
    expect(conditionValue(tagged, "aws:principaltag/a")).toBe("b")
  })
})
