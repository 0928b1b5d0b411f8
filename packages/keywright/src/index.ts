export { awsSdkHandler } from "@keywright/aws-sdk"
export {
  type Caller,
  HsmError,
  type Identity,
  isKmsError,
  type Kms,
  type KmsClient,
  KmsError,
  type RequestContext,
} from "@keywright/core"
export { backupFile } from "./backup-file.js"
export { fileAnchor } from "./file-anchor.js"
export { type OpenKmsOptions, openKms, type RootKeyOptions } from "./open-kms.js"
export { type RestoreKmsOptions, restoreKms } from "./restore-kms.js"
