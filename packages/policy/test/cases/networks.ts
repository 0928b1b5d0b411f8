import { keyAllows, keyDenies } from "../support/scene.js"
import type { DecisionCase } from "./case.js"

/** Source addresses, endpoints and services that call on your behalf. */
export const networks: readonly DecisionCase[] = [
  {
    name: "a NotIpAddress deny lets the office in",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
      }),
    },
    caller: "user",
    request: { context: { "aws:SourceIp": "203.0.113.9" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "a NotIpAddress deny lets the office in by IPv6",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
      }),
    },
    caller: "user",
    request: { context: { "aws:SourceIp": "2001:db8::7" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "a NotIpAddress deny keeps others out",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
      }),
    },
    caller: "user",
    request: { context: { "aws:SourceIp": "198.51.100.1" } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a NotIpAddress deny hits calls through an endpoint, which have no source address",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
      }),
    },
    caller: "user",
    request: { context: { "aws:SourceVpce": "vpce-1", "aws:VpcSourceIp": "10.0.0.5" } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a NotIpAddress deny hits AWS services that call on your behalf",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
      }),
    },
    caller: "session",
    request: {
      context: {
        "aws:SourceIp": "52.94.0.1",
        "aws:ViaAWSService": true,
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
      },
    },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "aws:ViaAWSService spares services from a NotIpAddress deny",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: {
          NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" },
          Bool: { "aws:ViaAWSService": "false" },
        },
      }),
    },
    caller: "session",
    request: { context: { "aws:SourceIp": "52.94.0.1", "aws:ViaAWSService": true } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "aws:ViaAWSService does not spare direct calls",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: {
          NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" },
          Bool: { "aws:ViaAWSService": "false" },
        },
      }),
    },
    caller: "session",
    request: { context: { "aws:SourceIp": "52.94.0.1", "aws:ViaAWSService": false } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint deny lets calls through the endpoint in",
    policies: {
      keyPolicy: keyDenies("*", { Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }),
    },
    caller: "user",
    request: { context: { "aws:SourceVpce": "vpce-1" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint deny keeps other endpoints out",
    policies: {
      keyPolicy: keyDenies("*", { Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }),
    },
    caller: "user",
    request: { context: { "aws:SourceVpce": "vpce-2" } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint deny keeps the internet out",
    policies: {
      keyPolicy: keyDenies("*", { Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }),
    },
    caller: "user",
    request: { context: { "aws:SourceIp": "203.0.113.9" } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint deny breaks services that call on your behalf",
    policies: {
      keyPolicy: keyDenies("*", { Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }),
    },
    caller: "session",
    request: { context: { "aws:ViaAWSService": true } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint deny with an exception spares services",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: {
          StringNotEqualsIfExists: { "aws:SourceVpce": "vpce-1" },
          BoolIfExists: { "aws:ViaAWSService": "false" },
        },
      }),
    },
    caller: "session",
    request: { context: { "aws:ViaAWSService": true } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint deny with IfExists still hits an absent endpoint",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: {
          StringNotEqualsIfExists: { "aws:SourceVpce": "vpce-1" },
          BoolIfExists: { "aws:ViaAWSService": "false" },
        },
      }),
    },
    caller: "session",
    request: { context: { "aws:ViaAWSService": false } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "aws:SourceVpc narrows an allow",
    policies: {
      keyPolicy: keyAllows("*", { Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } }),
    },
    caller: "user",
    request: { context: { "aws:SourceVpc": "vpc-1" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an allow by aws:SourceVpc needs the key to be present",
    policies: {
      keyPolicy: keyAllows("*", { Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } }),
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "aws:VpcSourceIp is tested inside the endpoint",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: {
          IpAddress: { "aws:VpcSourceIp": "10.0.0.0/16" },
          StringEquals: { "aws:SourceVpce": "vpce-1" },
        },
      }),
    },
    caller: "user",
    request: { context: { "aws:VpcSourceIp": "10.0.4.4", "aws:SourceVpce": "vpce-1" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "aws:VpcSourceIp outside the range refuses",
    policies: {
      keyPolicy: keyAllows("*", { Condition: { IpAddress: { "aws:VpcSourceIp": "10.0.0.0/16" } } }),
    },
    caller: "user",
    request: { context: { "aws:VpcSourceIp": "10.1.4.4" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "kms:ViaService opens a key for one service",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
      }),
    },
    caller: "session",
    request: { context: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "kms:ViaService keeps direct calls out",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
      }),
    },
    caller: "session",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "kms:ViaService with a pattern covers every Region",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" } },
      }),
    },
    caller: "session",
    request: { context: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "aws:CalledVia is a list",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } },
      }),
    },
    caller: "session",
    request: { context: { "aws:CalledVia": ["athena.amazonaws.com", "s3.amazonaws.com"] } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "a confused-deputy guard lets the right resource in",
    policies: {
      keyPolicy: keyAllows(
        { Service: "logs.us-east-1.amazonaws.com" },
        { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*" } } },
      ),
    },
    caller: "service",
    request: { context: { "aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:log-group:x" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "a confused-deputy guard keeps other accounts out",
    policies: {
      keyPolicy: keyAllows(
        { Service: "logs.us-east-1.amazonaws.com" },
        { Condition: { ArnLike: { "aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*" } } },
      ),
    },
    caller: "service",
    request: { context: { "aws:SourceArn": "arn:aws:logs:us-east-1:444455556666:log-group:x" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "MFA is absent for long-term keys, so Bool true refuses",
    policies: {
      keyPolicy: keyAllows("*", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a deny of BoolIfExists MFA false fires without MFA",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
      }),
    },
    caller: "user",
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a deny of Bool MFA false does not fire without the key",
    policies: {
      keyPolicy: keyDenies("*", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } }),
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "two negated keys in a deny are both needed",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-1", "aws:SourceVpce": "vpce-1" } },
      }),
    },
    caller: "user",
    request: { context: { "aws:SourceVpc": "vpc-1", "aws:SourceVpce": "vpce-2" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "condition keys ignore letter case",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringEquals: { "KMS:ENCRYPTIONCONTEXT:Tenant": "42" } },
      }),
    },
    caller: "user",
    request: { context: { "kms:EncryptionContext:tenant": "42" } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "of two context names that differ by case, each must satisfy an Allow",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringEquals: { "kms:EncryptionContext:tenant": "42" } },
      }),
    },
    caller: "user",
    request: {
      context: { "kms:EncryptionContext:tenant": "42", "kms:EncryptionContext:Tenant": "43" },
    },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a look-alike letter makes another name",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringEquals: { "kms:EncryptionContext:Kind": "a" } },
      }),
    },
    caller: "user",
    request: { context: { "kms:EncryptionContext:\u212aind": "a" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a caller who adds a pair in another letter case does not escape a Deny",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { StringEquals: { "kms:EncryptionContext:Stage": "Restricted" } },
      }),
    },
    caller: "user",
    request: {
      context: {
        "kms:EncryptionContext:Stage": "Restricted",
        "kms:EncryptionContext:stage": "x",
      },
    },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a caller who adds a pair in another letter case does not meet a negated Allow",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { StringNotEquals: { "kms:EncryptionContext:Stage": "Restricted" } },
      }),
    },
    caller: "user",
    request: {
      context: {
        "kms:EncryptionContext:Stage": "Restricted",
        "kms:EncryptionContext:stage": "x",
      },
    },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a Deny on the only operation of a grant denies without a set operator",
    policies: {
      keyPolicy: keyDenies("*", {
        Condition: { StringEquals: { "kms:GrantOperations": "Decrypt" } },
      }),
    },
    caller: "user",
    request: { action: "kms:CreateGrant", context: { "kms:GrantOperations": ["Decrypt"] } },
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "encryption context names as values keep their case",
    policies: {
      keyPolicy: keyAllows("*", {
        Condition: { "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["tenant"] } },
      }),
    },
    caller: "user",
    request: { context: { "kms:EncryptionContextKeys": ["Tenant"] } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
]
