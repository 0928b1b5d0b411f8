import {
  abroad,
  allows,
  callers,
  closed,
  denies,
  grantTo,
  home,
  keyAllows,
  keyArn,
  keyDenies,
  nothing,
} from "../support/scene.js"
import type { DecisionCase } from "./case.js"

/** Grants: grantees, constraints, children and their end. */
export const grants: readonly DecisionCase[] = [
  {
    name: "a grant allows its grantee",
    policies: { keyPolicy: closed, grants: [grantTo(callers.user.arn)] },
    caller: "user",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant does nothing for others",
    policies: { keyPolicy: closed, grants: [grantTo(callers.user.arn)] },
    caller: "session",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a grant allows its operations only",
    policies: { keyPolicy: closed, grants: [grantTo(callers.user.arn)] },
    caller: "user",
    request: { action: "kms:Encrypt" },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a grant on another key does nothing",
    policies: { keyPolicy: closed, grants: [grantTo(callers.user.arn, { keyId: "other" })] },
    caller: "user",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a grant may name its key by ARN",
    policies: { keyPolicy: closed, grants: [grantTo(callers.user.arn, { keyId: keyArn })] },
    caller: "user",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant to a session allows that session",
    policies: { keyPolicy: closed, grants: [grantTo(callers.session.arn)] },
    caller: "session",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant to a role allows its sessions",
    policies: { keyPolicy: closed, grants: [grantTo(callers.session.roleArn ?? "")] },
    caller: "session",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant to a role is limited by the session policy",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.session.roleArn ?? "")],
      sessionPolicies: [nothing],
    },
    caller: "session",
    effect: "implicitDeny",
    reason: "sessionPolicy",
  },
  {
    name: "a grant to a role is limited by the boundary",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.session.roleArn ?? "")],
      permissionsBoundary: nothing,
    },
    caller: "session",
    effect: "implicitDeny",
    reason: "permissionsBoundary",
  },
  {
    name: "a grant to a session is not limited by the session policy",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.session.arn)],
      sessionPolicies: [nothing],
    },
    caller: "session",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant to a federated user allows it",
    policies: { keyPolicy: closed, grants: [grantTo(callers.federated.arn)] },
    caller: "federated",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant to the issuing user is limited by the session policy",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn)],
      sessionPolicies: [nothing],
    },
    caller: "federated",
    effect: "implicitDeny",
    reason: "sessionPolicy",
  },
  {
    name: "a grant to the account needs an identity policy",
    policies: { keyPolicy: closed, grants: [grantTo(`arn:aws:iam::${home}:root`)] },
    caller: "user",
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a grant to the account with an identity policy allows",
    policies: { keyPolicy: closed, grants: [grantTo(home)], identityPolicies: [allows()] },
    caller: "user",
    effect: "allow",
    reason: "delegation",
  },
  {
    name: "a grant to the account allows its root user",
    policies: { keyPolicy: closed, grants: [grantTo(home)] },
    caller: "root",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant to a service allows that service",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo("", {
          granteePrincipal: undefined,
          granteeServicePrincipal: "logs.us-east-1.amazonaws.com",
        }),
      ],
    },
    caller: "service",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an identity deny beats a grant",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn)],
      identityPolicies: [denies()],
    },
    caller: "user",
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an action in another letter case meets a grant",
    policies: { keyPolicy: closed, grants: [grantTo(callers.user.arn)] },
    caller: "user",
    request: { action: "kms:decrypt" },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an encryption context equals constraint admits the same pairs",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { app: "x", tenant: "42" } },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an encryption context equals constraint refuses a pair more",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { app: "x", tenant: "42", more: "1" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context equals constraint refuses a pair less",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { tenant: "42" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context equals constraint refuses another value",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { app: "x", tenant: "43" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context equals constraint refuses another name case",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { App: "x", tenant: "42" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context equals constraint refuses nothing",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: {} },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context equals constraint refuses a call without context",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context equals constraint does not bind DescribeKey",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextEquals: { tenant: "42", app: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { action: "kms:DescribeKey" },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an encryption context subset constraint admits the same pair",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { tenant: "42" } },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an encryption context subset constraint admits a pair more",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { tenant: "42", more: "1" } },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an encryption context subset constraint refuses another value",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { tenant: "43" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context subset constraint refuses another name case",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { Tenant: "42" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context subset constraint refuses another value case",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { tenant: "42 " } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context subset constraint refuses nothing",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { encryptionContext: {} },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context subset constraint refuses a call without context",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an encryption context subset constraint does not bind DescribeKey",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "42" } } }),
      ],
    },
    caller: "user",
    request: { action: "kms:DescribeKey" },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant is found behind others that do not fit",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, { constraints: { encryptionContextSubset: { tenant: "1" } } }),
        grantTo(callers.user.arn, {
          grantId: "g2",
          constraints: { encryptionContextSubset: { tenant: "2" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { tenant: "2" } },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an empty subset constraint binds nothing",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { constraints: { encryptionContextSubset: {} } })],
    },
    caller: "user",
    effect: "allow",
    reason: "grant",
  },
  {
    name: "an empty equals constraint demands an empty context",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { constraints: { encryptionContextEquals: {} } })],
    },
    caller: "user",
    request: { encryptionContext: { a: "1" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an own __proto__ pair is a pair like any other",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          constraints: { encryptionContextSubset: { constructor: "x" } },
        }),
      ],
    },
    caller: "user",
    request: { encryptionContext: { a: "1" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a source ARN constraint admits calls for that resource",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { constraints: { sourceArn: "arn:aws:s3:::b" } })],
    },
    caller: "user",
    request: { context: { "aws:SourceArn": "arn:aws:s3:::b" } },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a source ARN constraint refuses calls for others",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { constraints: { sourceArn: "arn:aws:s3:::b" } })],
    },
    caller: "user",
    request: { context: { "aws:SourceArn": "arn:aws:s3:::c" } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a source ARN constraint refuses direct calls",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { constraints: { sourceArn: "arn:aws:s3:::b" } })],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a source ARN constraint binds DescribeKey",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { constraints: { sourceArn: "arn:aws:s3:::b" } })],
    },
    caller: "user",
    request: { action: "kms:DescribeKey" },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a grant of CreateGrant admits a child with fewer operations",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { operations: ["CreateGrant", "Decrypt"] })],
    },
    caller: "user",
    request: { action: "kms:CreateGrant", context: { "kms:GrantOperations": ["Decrypt"] } },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a grant of CreateGrant refuses a child with more operations",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { operations: ["CreateGrant", "Decrypt"] })],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: { "kms:GrantOperations": ["Decrypt", "Encrypt"] },
    },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a grant of CreateGrant refuses a child without known operations",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { operations: ["CreateGrant", "Decrypt"] })],
    },
    caller: "user",
    request: { action: "kms:CreateGrant" },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a bound grant refuses an unbound child",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextSubset: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: { action: "kms:CreateGrant", context: { "kms:GrantOperations": ["Decrypt"] } },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "a bound grant admits a child with the same subset",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextSubset: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: {
        "kms:GrantOperations": ["Decrypt"],
        "kms:GrantConstraintType": "EncryptionContextSubset",
      },
      encryptionContext: { a: "1" },
    },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a bound grant admits a child with a stricter subset",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextSubset: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: {
        "kms:GrantOperations": ["Decrypt"],
        "kms:GrantConstraintType": "EncryptionContextSubset",
      },
      encryptionContext: { a: "1", b: "2" },
    },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a bound grant admits a child with an exact context",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextSubset: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: {
        "kms:GrantOperations": ["Decrypt"],
        "kms:GrantConstraintType": "EncryptionContextEquals",
      },
      encryptionContext: { a: "1" },
    },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "a bound grant refuses a child with another pair",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextSubset: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: {
        "kms:GrantOperations": ["Decrypt"],
        "kms:GrantConstraintType": "EncryptionContextSubset",
      },
      encryptionContext: { b: "1" },
    },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an exact grant refuses a child with a subset",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextEquals: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: {
        "kms:GrantOperations": ["Decrypt"],
        "kms:GrantConstraintType": "EncryptionContextSubset",
      },
      encryptionContext: { a: "1" },
    },
    effect: "implicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an exact grant admits an equally exact child",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["CreateGrant", "Decrypt"],
          constraints: { encryptionContextEquals: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: {
      action: "kms:CreateGrant",
      context: {
        "kms:GrantOperations": ["Decrypt"],
        "kms:GrantConstraintType": "EncryptionContextEquals",
      },
      encryptionContext: { a: "1" },
    },
    effect: "allow",
    reason: "grant",
  },
  {
    name: "the retiring principal may retire a grant",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [
        grantTo(callers.session.arn, {
          operations: ["Decrypt"],
          retiringPrincipal: callers.user.arn,
        }),
      ],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "retiringPrincipal",
  },
  {
    name: "a key policy never lets anyone retire a grant",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"] })],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a key policy never keeps anyone from retiring a grant",
    policies: {
      keyPolicy: keyDenies("*"),
      grants: [grantTo(callers.session.arn, { retiringPrincipal: callers.user.arn })],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "retiringPrincipal",
  },
  {
    name: "an RCP never keeps anyone from retiring a grant",
    policies: {
      keyPolicy: closed,
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
      grants: [grantTo(callers.session.arn, { retiringPrincipal: callers.user.arn })],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "retiringPrincipal",
  },
  {
    name: "an identity policy may deny retiring",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [
        grantTo(callers.session.arn, {
          operations: ["Decrypt"],
          retiringPrincipal: callers.user.arn,
        }),
      ],
      identityPolicies: [denies()],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an SCP may deny retiring",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [
        grantTo(callers.session.arn, {
          operations: ["Decrypt"],
          retiringPrincipal: callers.user.arn,
        }),
      ],
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "explicitDeny",
    reason: "scp",
  },
  {
    name: "a grantee whose grant holds RetireGrant may retire it",
    policies: {
      keyPolicy: closed,
      grants: [grantTo(callers.user.arn, { operations: ["RetireGrant"] })],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "grantee",
  },
  {
    name: "a grantee whose grant lacks RetireGrant may not retire it",
    policies: { keyPolicy: closed, grants: [grantTo(callers.foreignUser.arn)] },
    caller: "foreignUser",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "implicitDeny",
    reason: "grantRelation",
  },
  {
    name: "a context constraint does not bind retiring",
    policies: {
      keyPolicy: closed,
      grants: [
        grantTo(callers.user.arn, {
          operations: ["RetireGrant"],
          constraints: { encryptionContextEquals: { a: "1" } },
        }),
      ],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "grantee",
  },
  {
    name: "the issuing account may retire by identity policy",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"] })],
      identityPolicies: [allows()],
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "issuingAccount",
  },
  {
    name: "the root user of the issuing account may retire",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"] })],
    },
    caller: "root",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "issuingAccount",
  },
  {
    name: "a boundary limits retiring for the issuing account",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"] })],
      identityPolicies: [allows()],
      permissionsBoundary: nothing,
    },
    caller: "user",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "implicitDeny",
    reason: "permissionsBoundary",
  },
  {
    name: "a foreign retiring principal may retire",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [
        grantTo(callers.session.arn, {
          operations: ["Decrypt"],
          retiringPrincipal: callers.foreignUser.arn,
        }),
      ],
    },
    caller: "foreignUser",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "retiringPrincipal",
  },
  {
    name: "a foreign account that issued the grant may retire it",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"], issuingAccount: abroad })],
      identityPolicies: [allows()],
    },
    caller: "foreignUser",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "issuingAccount",
  },
  {
    name: "an unknown grant cannot be retired",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"] })],
    },
    caller: "root",
    request: { action: "kms:RetireGrant", grantId: "g9" },
    effect: "implicitDeny",
    reason: "grantRelation",
  },
  {
    name: "retiring needs to say which grant",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [grantTo(callers.session.arn, { operations: ["Decrypt"] })],
    },
    caller: "root",
    request: { action: "kms:RetireGrant" },
    effect: "implicitDeny",
    reason: "grantRelation",
  },
  {
    name: "a retiring service may retire",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [
        grantTo(callers.session.arn, {
          operations: ["Decrypt"],
          retiringServicePrincipal: "logs.us-east-1.amazonaws.com",
        }),
      ],
    },
    caller: "service",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "allow",
    reason: "retiringPrincipal",
  },
  {
    name: "a retiring role is limited by the session policy",
    policies: {
      keyPolicy: keyAllows("*"),
      grants: [
        grantTo(callers.user.arn, {
          operations: ["Decrypt"],
          retiringPrincipal: callers.session.roleArn,
          issuingAccount: abroad,
        }),
      ],
      sessionPolicies: [nothing],
    },
    caller: "session",
    request: { action: "kms:RetireGrant", grantId: "g1" },
    effect: "implicitDeny",
    reason: "grantRelation",
  },
  {
    name: "RevokeGrant is an ordinary permission",
    policies: {
      keyPolicy: keyAllows({ AWS: callers.user.arn }, { Action: "kms:RevokeGrant" }),
      grants: [],
    },
    caller: "user",
    request: { action: "kms:RevokeGrant", grantId: "g1" },
    effect: "allow",
    reason: "keyPolicy",
  },
]
