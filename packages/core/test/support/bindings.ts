import type { Binding } from "../../src/ports/bindings.js"

/** That of a symmetric encryption key. */
export const symmetricBinding: Binding = Object.freeze({
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
