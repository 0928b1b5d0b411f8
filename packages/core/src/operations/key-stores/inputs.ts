import * as z from "zod/mini"
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
  CloudHsmClusterId: z.optional(
    z.string().check(z.minLength(19), z.maxLength(24), z.regex(/^(?:cluster-[2-7a-zA-Z]{11,16})$/)),
  ),
  KeyStorePassword: z.optional(shape.secretText(7, 32)),
  XksProxyUriEndpoint: z.optional(
    z.string().check(z.minLength(10), z.maxLength(128), z.regex(/^https:\/\/[a-zA-Z0-9.-]+$/)),
  ),
  XksProxyUriPath: z.optional(
    z
      .string()
      .check(
        z.minLength(10),
        z.maxLength(128),
        z.regex(/^(?:(\/[a-zA-Z0-9/_-]+\/kms\/xks\/v\d{1,2})|(\/kms\/xks\/v\d{1,2}))$/),
      ),
  ),
  XksProxyVpcEndpointServiceName: z.optional(
    z
      .string()
      .check(
        z.minLength(20),
        z.maxLength(64),
        z.regex(/^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/),
      ),
  ),
  XksProxyVpcEndpointServiceOwner: z.optional(z.string().check(z.length(12), z.regex(/^[0-9]+$/))),
  XksProxyAuthenticationCredential: z.optional(
    z.object({
      AccessKeyId: shape.secretText(20, 30, /^[A-Z2-7]+$/),
      RawSecretAccessKey: shape.secretText(43, 64, /^[a-zA-Z0-9/+=]+$/),
    }),
  ),
  XksProxyConnectivity: z.optional(z.enum(xksConnectivities)),
})

export const createInput = () =>
  z.object({
    CustomKeyStoreName: storeName(),
    TrustAnchorCertificate: z.optional(shape.text(1, 5000)),
    CustomKeyStoreType: z.optional(z.enum(keyStoreTypes)),
    ...backingMembers(),
  })
export type CreateInput = z.output<ReturnType<typeof createInput>>

export const updateInput = () =>
  z.object({
    CustomKeyStoreId: shape.customKeyStoreId(),
    NewCustomKeyStoreName: z.optional(storeName()),
    ...backingMembers(),
  })
export type UpdateInput = z.output<ReturnType<typeof updateInput>>

export const describeInput = () =>
  z.object({
    CustomKeyStoreId: z.optional(shape.customKeyStoreId()),
    CustomKeyStoreName: z.optional(storeName()),
    ...shape.pageInput(),
  })

export const storeEntry = () =>
  z.object({
    CustomKeyStoreId: z.string(),
    CustomKeyStoreName: z.string(),
    CloudHsmClusterId: z.optional(z.string()),
    TrustAnchorCertificate: z.optional(z.string()),
    ConnectionState: z.enum(connectionStates),
    ConnectionErrorCode: z.optional(z.enum(connectionErrorCodes)),
    CreationDate: z.date(),
    CustomKeyStoreType: z.enum(keyStoreTypes),
    XksProxyConfiguration: z.optional(
      z.object({
        Connectivity: z.enum(xksConnectivities),
        AccessKeyId: z.string(),
        UriEndpoint: z.string(),
        UriPath: z.string(),
        VpcEndpointServiceName: z.optional(z.string()),
        VpcEndpointServiceOwner: z.optional(z.string()),
      }),
    ),
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
