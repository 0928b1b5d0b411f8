import { abroad, allows, denies, home, keyArn } from "../support/scene.js"
import type { DecisionCase } from "./case.js"

const inRegion = { "aws:RequestedRegion": "us-east-1" }

/**
 * Operations that have no key: their resource is the account in its region.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS permissions" ("an account-specific variation").
 */
export const withoutAKey: readonly DecisionCase[] = [
  {
    name: "an account-specific ARN covers operations that have no key in an Allow",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:kms:us-east-1:${home}:*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "allow",
    reason: "identityPolicy",
  },
  {
    name: "an account-specific ARN covers operations that have no key in a Deny",
    policies: {
      identityPolicies: [allows(), denies({ Resource: `arn:aws:kms:us-east-1:${home}:*` })],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an account-specific ARN of every region covers a call whose region nobody tells",
    policies: {
      identityPolicies: [allows(), denies({ Resource: `arn:aws:kms:*:${home}:*` })],
    },
    caller: "user",
    request: { action: "kms:GenerateRandom", resource: "*" },
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a Deny on the account in one region covers a call whose region nobody tells",
    policies: {
      identityPolicies: [allows(), denies({ Resource: `arn:aws:kms:us-east-1:${home}:*` })],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*" },
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a Deny on the account in some regions covers a call whose region nobody tells",
    policies: {
      identityPolicies: [allows(), denies({ Resource: `arn:aws:kms:us-*-?:${home}:*` })],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*" },
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an Allow on the account in one region does not cover a call whose region nobody tells",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:kms:us-east-1:${home}:*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*" },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a Deny on all but the account in one region covers a call whose region nobody tells",
    policies: {
      identityPolicies: [
        allows(),
        denies({ Resource: undefined, NotResource: `arn:aws:kms:us-east-1:${home}:*` }),
      ],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*" },
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an Allow on all but the account in one region does not cover a call whose region nobody tells",
    policies: {
      identityPolicies: [
        allows({ Resource: undefined, NotResource: `arn:aws:kms:us-east-1:${home}:*` }),
      ],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*" },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a Deny on another account does not cover a call whose region nobody tells",
    policies: {
      identityPolicies: [allows(), denies({ Resource: `arn:aws:kms:us-east-1:${abroad}:*` })],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*" },
    effect: "allow",
    reason: "identityPolicy",
  },
  {
    name: "operations that have no key are not covered by the ARN of another region",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:kms:eu-west-1:${home}:*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "operations that have no key are not covered by the ARN of another account",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:kms:us-east-1:${abroad}:*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "operations that have no key are not covered by the ARN of another partition",
    policies: { identityPolicies: [allows({ Resource: `arn:aws-cn:kms:us-east-1:${home}:*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "operations that have no key are not covered by the ARN of every key",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:kms:us-east-1:${home}:key/*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "operations that have no key are not covered by the ARN of another service",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:s3:us-east-1:${home}:*` })] },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "NotResource with an account-specific ARN leaves operations that have no key out",
    policies: {
      identityPolicies: [
        allows({ Resource: undefined, NotResource: `arn:aws:kms:us-east-1:${home}:*` }),
      ],
    },
    caller: "user",
    request: { action: "kms:CreateKey", resource: "*", context: inRegion },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "tags of a new key need TagResource on every key of the account",
    policies: { identityPolicies: [allows({ Resource: `arn:aws:kms:*:${home}:key/*` })] },
    caller: "user",
    request: { action: "kms:TagResource", resource: `arn:aws:kms:us-east-1:${home}:key/*` },
    effect: "allow",
    reason: "identityPolicy",
  },
  {
    name: "tags of a new key need more than TagResource on one key",
    policies: { identityPolicies: [allows({ Resource: keyArn })] },
    caller: "user",
    request: { action: "kms:TagResource", resource: `arn:aws:kms:us-east-1:${home}:key/*` },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
]
