import {
  abroad,
  allows,
  callers,
  closed,
  delegated,
  denies,
  grantTo,
  home,
  keyAllows,
  keyDenies,
  nothing,
} from "../support/scene.js"
import type { DecisionCase } from "./case.js"

/** SCPs, RCPs, VPC endpoint policies and the order of reports. */
export const organizations: readonly DecisionCase[] = [
  {
    name: "an SCP that allows lets the call pass",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [allows()] }] }],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an SCP level that allows nothing blocks",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [nothing] }] }],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "scp",
  },
  {
    name: "an SCP level without policies blocks",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [] }] }],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "scp",
  },
  {
    name: "every SCP level must allow",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [
        {
          account: home,
          levels: [
            { target: "r", policies: [allows()] },
            { target: "ou", policies: [nothing] },
          ],
        },
      ],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "scp",
  },
  {
    name: "one allowing SCP is enough at a level",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [nothing, allows()] }] }],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an SCP may deny",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [allows(), denies()] }] }],
    },
    caller: "user",
    effect: "explicitDeny",
    reason: "scp",
  },
  {
    name: "an SCP may deny under a condition",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [
        {
          account: home,
          levels: [
            {
              target: "r",
              policies: [
                allows(),
                denies({ Condition: { Bool: { "aws:SecureTransport": false } } }),
              ],
            },
          ],
        },
      ],
    },
    caller: "user",
    request: { context: { "aws:SecureTransport": false } },
    effect: "explicitDeny",
    reason: "scp",
  },
  {
    name: "an SCP binds the root user of a member account",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "root",
    effect: "explicitDeny",
    reason: "scp",
  },
  {
    name: "an SCP does not bind the management account",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [
        {
          account: home,
          isManagementAccount: true,
          levels: [{ target: "r", policies: [denies()] }],
        },
      ],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an SCP does not bind service principals",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "service",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an SCP does not bind service-linked roles",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "linkedRole",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "the SCPs of the key owner do not bind foreign callers",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "foreignUser",
    effect: "allow",
    reason: "crossAccount",
  },
  {
    name: "the SCPs of the caller bind foreign callers",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      scps: [{ account: abroad, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "foreignUser",
    effect: "explicitDeny",
    reason: "scp",
  },
  {
    name: "an account without entry has no SCPs",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: abroad, levels: [{ target: "r", policies: [denies()] }] }],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an SCP grants nothing",
    policies: {
      keyPolicy: delegated,
      scps: [{ account: home, levels: [{ target: "r", policies: [allows()] }] }],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an SCP binds a grantee",
    policies: {
      keyPolicy: closed,
      scps: [{ account: home, levels: [{ target: "r", policies: [nothing] }] }],
      grants: [grantTo(callers.user.arn)],
    },
    caller: "user",
    effect: "implicitDeny",
    reason: "scp",
  },
  {
    name: "an RCP of the key owner binds the user",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "user",
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an RCP of the key owner binds the session",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "session",
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an RCP of the key owner binds the root",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "root",
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an RCP of the key owner binds the service",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "service",
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an RCP of the key owner binds the foreignUser",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "foreignUser",
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an RCP of the caller does not protect foreign keys",
    policies: {
      keyPolicy: keyAllows("*"),
      identityPolicies: [allows()],
      rcps: [
        {
          account: abroad,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "foreignUser",
    effect: "allow",
    reason: "crossAccount",
  },
  {
    name: "an RCP does not reach the management account",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [
        {
          account: home,
          isManagementAccount: true,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an RCP does not reach AWS managed keys",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "user",
    request: { keyManager: "AWS" },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an RCP reaches customer managed keys",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "user",
    request: { keyManager: "CUSTOMER" },
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an RCP does not reach service-linked roles",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "linkedRole",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "RCPFullAWSAccess changes nothing",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [
        { account: home, levels: [{ target: "r", policies: [keyAllows("*", { Action: "*" })] }] },
      ],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an RCP level without policies allows everything",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [{ account: home, levels: [{ target: "r", policies: [] }] }],
    },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an RCP may exempt services",
    policies: {
      keyPolicy: keyAllows("*"),
      rcps: [
        {
          account: home,
          levels: [
            {
              target: "r",
              policies: [
                keyAllows("*", {
                  Effect: "Deny",
                  Condition: { BoolIfExists: { "aws:PrincipalIsAWSService": "false" } },
                }),
              ],
            },
          ],
        },
      ],
    },
    caller: "service",
    request: { context: { "aws:PrincipalIsAWSService": true } },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an RCP does not reach calls without a key",
    policies: {
      identityPolicies: [allows()],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "user",
    request: { action: "kms:ListKeys", resource: "*" },
    effect: "allow",
    reason: "identityPolicy",
  },
  {
    name: "an RCP is named before an SCP",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
      rcps: [
        {
          account: home,
          levels: [{ target: "r", policies: [keyAllows("*", { Effect: "Deny" })] }],
        },
      ],
    },
    caller: "user",
    effect: "explicitDeny",
    reason: "rcp",
  },
  {
    name: "an SCP is named before an endpoint policy",
    policies: {
      keyPolicy: keyAllows("*"),
      scps: [{ account: home, levels: [{ target: "r", policies: [denies()] }] }],
      vpcEndpointPolicy: keyDenies("*"),
    },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "explicitDeny",
    reason: "scp",
  },
  {
    name: "an endpoint policy is named before a key policy",
    policies: { keyPolicy: keyDenies("*"), vpcEndpointPolicy: keyDenies("*") },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "explicitDeny",
    reason: "vpcEndpointPolicy",
  },
  {
    name: "a key policy is named before an identity policy",
    policies: { keyPolicy: keyDenies("*"), identityPolicies: [denies()] },
    caller: "user",
    effect: "explicitDeny",
    reason: "keyPolicy",
  },
  {
    name: "an identity policy is named before a boundary",
    policies: { keyPolicy: delegated, identityPolicies: [denies()], permissionsBoundary: denies() },
    caller: "user",
    effect: "explicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "a boundary is named before a session policy",
    policies: { keyPolicy: delegated, permissionsBoundary: denies(), sessionPolicies: [denies()] },
    caller: "user",
    effect: "explicitDeny",
    reason: "permissionsBoundary",
  },
  {
    name: "an endpoint policy counts for calls through the endpoint",
    policies: { keyPolicy: keyAllows("*"), vpcEndpointPolicy: keyAllows({ AWS: abroad }) },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "implicitDeny",
    reason: "vpcEndpointPolicy",
  },
  {
    name: "an endpoint policy does not count for calls that came another way",
    policies: { keyPolicy: keyAllows("*"), vpcEndpointPolicy: keyDenies("*") },
    caller: "user",
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint policy for the account lets its users pass",
    policies: { keyPolicy: keyAllows("*"), vpcEndpointPolicy: keyAllows({ AWS: home }) },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint without policy allows everything",
    policies: { keyPolicy: keyAllows("*") },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "allow",
    reason: "keyPolicy",
  },
  {
    name: "an endpoint policy grants nothing",
    policies: { keyPolicy: delegated, vpcEndpointPolicy: keyAllows("*") },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "implicitDeny",
    reason: "identityPolicy",
  },
  {
    name: "an endpoint policy may deny one action",
    policies: {
      keyPolicy: keyAllows("*"),
      vpcEndpointPolicy: keyDenies("*", { Action: "kms:Decrypt" }),
    },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "explicitDeny",
    reason: "vpcEndpointPolicy",
  },
  {
    name: "an endpoint policy binds a grantee",
    policies: {
      keyPolicy: closed,
      vpcEndpointPolicy: keyAllows("*", { Action: "kms:Encrypt" }),
      grants: [grantTo(callers.user.arn)],
    },
    caller: "user",
    request: { vpcEndpointId: "vpce-1" },
    effect: "implicitDeny",
    reason: "vpcEndpointPolicy",
  },
]
