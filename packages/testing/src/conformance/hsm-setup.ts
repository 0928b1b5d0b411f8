import type { Binding, BoundToken, Hsm } from "@keywright/core"
import { utf8 } from "./bytes.js"
import type { HsmSource } from "./hsm-case.js"

export const name = "aws/eu-central-1"

export const binding: Binding = Object.freeze({
  partition: "aws",
  account: "111122223333",
  keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
})
export const otherBinding: Binding = Object.freeze({
  ...binding,
  keyId: "9876abcd-12ab-34cd-56ef-1234567890ab",
})
export const plaintext = utf8("what nobody else may read")
export const aad = utf8("where it belongs")

export async function operational(source: HsmSource): Promise<{ hsm: Hsm; sealed: Uint8Array }> {
  const hsm = await source.make()
  return { hsm, sealed: await hsm.createDomain(name) }
}

export async function withKey(source: HsmSource): Promise<{ hsm: Hsm; key: BoundToken }> {
  const { hsm } = await operational(source)
  return { hsm, key: { token: await hsm.generateKey(binding), binding } }
}
