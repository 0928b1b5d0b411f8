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
export { fileAnchor } from "./file-anchor.js"
export { type OpenKmsOptions, openKms, type RootKeyOptions } from "./open-kms.js"
