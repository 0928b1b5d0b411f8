import * as z from "zod"
import {
  connectionErrorCodes,
  connectionStates,
  type KeyStoreType,
  keyStoreTypes,
  xksConnectivities,
} from "../../vocabulary/key-stores.js"
import { memberMissing, memberOfAnotherType } from "../../vocabulary/refusals/key-stores.js"
import * as shape from "../shapes.js"

const storeName = () => shape.text(1, 256)

/** What says what is behind a store; the same members create and update one. */
const backingMembers = () => ({
  CloudHsmClusterId: z
    .string()
    .min(19)
    .max(24)
    .regex(/^(?:cluster-[2-7a-zA-Z]{11,16})$/)
    .optional(),
  KeyStorePassword: shape.secretText(7, 32).optional(),
  XksProxyUriEndpoint: z
    .string()
    .min(10)
    .max(128)
    .regex(/^https:\/\/[a-zA-Z0-9.-]+$/)
    .optional(),
  XksProxyUriPath: z
    .string()
    .min(10)
    .max(128)
    .regex(/^(?:(\/[a-zA-Z0-9/_-]+\/kms\/xks\/v\d{1,2})|(\/kms\/xks\/v\d{1,2}))$/)
    .optional(),
  XksProxyVpcEndpointServiceName: z
    .string()
    .min(20)
    .max(64)
    .regex(/^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/)
    .optional(),
  XksProxyVpcEndpointServiceOwner: z
    .string()
    .length(12)
    .regex(/^[0-9]+$/)
    .optional(),
  XksProxyAuthenticationCredential: z
    .object({
      AccessKeyId: shape.secretText(20, 30, /^[A-Z2-7]+$/),
      RawSecretAccessKey: shape.secretText(43, 64, /^[a-zA-Z0-9/+=]+$/),
    })
    .optional(),
  XksProxyConnectivity: z.enum(xksConnectivities).optional(),
})

export const createInput = () =>
  z.object({
    CustomKeyStoreName: storeName(),
    TrustAnchorCertificate: shape.text(1, 5000).optional(),
    CustomKeyStoreType: z.enum(keyStoreTypes).optional(),
    ...backingMembers(),
  })
export type CreateInput = z.output<ReturnType<typeof createInput>>

export const updateInput = () =>
  z.object({
    CustomKeyStoreId: shape.customKeyStoreId(),
    NewCustomKeyStoreName: storeName().optional(),
    ...backingMembers(),
  })
export type UpdateInput = z.output<ReturnType<typeof updateInput>>

export const describeInput = () =>
  z.object({
    CustomKeyStoreId: shape.customKeyStoreId().optional(),
    CustomKeyStoreName: storeName().optional(),
    ...shape.pageInput(),
  })

export const storeEntry = () =>
  z.object({
    CustomKeyStoreId: z.string(),
    CustomKeyStoreName: z.string(),
    CloudHsmClusterId: z.string().optional(),
    TrustAnchorCertificate: z.string().optional(),
    ConnectionState: z.enum(connectionStates),
    ConnectionErrorCode: z.enum(connectionErrorCodes).optional(),
    CreationDate: z.date(),
    CustomKeyStoreType: z.enum(keyStoreTypes),
    XksProxyConfiguration: z
      .object({
        Connectivity: z.enum(xksConnectivities),
        AccessKeyId: z.string(),
        UriEndpoint: z.string(),
        UriPath: z.string(),
        VpcEndpointServiceName: z.string().optional(),
        VpcEndpointServiceOwner: z.string().optional(),
      })
      .optional(),
  })
export type StoreEntry = z.output<ReturnType<typeof storeEntry>>

type BackingMember = Exclude<keyof CreateInput, "CustomKeyStoreName" | "CustomKeyStoreType">

/** The members that belong to each type of store, and whether creating one takes them. */
const membersOfType: Readonly<
  Record<KeyStoreType, { readonly [member in BackingMember]?: "required" | "optional" }>
> = {
  AWS_CLOUDHSM: {
    CloudHsmClusterId: "required",
    TrustAnchorCertificate: "required",
    KeyStorePassword: "required",
  },
  EXTERNAL_KEY_STORE: {
    XksProxyConnectivity: "required",
    XksProxyUriEndpoint: "required",
    XksProxyUriPath: "required",
    XksProxyAuthenticationCredential: "required",
    XksProxyVpcEndpointServiceName: "optional",
    XksProxyVpcEndpointServiceOwner: "optional",
  },
}

/** Refuses members that belong to the other type of store. */
export function requireMembersOf(type: KeyStoreType, input: Partial<CreateInput>): void {
  for (const other of keyStoreTypes) {
    if (other === type) continue
    for (const member of Object.keys(membersOfType[other]) as BackingMember[]) {
      if (input[member] !== undefined) throw memberOfAnotherType({ member, type })
    }
  }
}

/** Refuses a new store for which something is missing. */
export function requireWhole(type: KeyStoreType, input: CreateInput): void {
  requireMembersOf(type, input)
  for (const [member, need] of Object.entries(membersOfType[type])) {
    if (need === "optional" || input[member as BackingMember] !== undefined) continue
    throw memberMissing({ member, type })
  }
}
