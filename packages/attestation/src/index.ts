export {
  type Attestation,
  type Attestations,
  type NitroAttestationsOptions,
  nitroAttestations,
} from "./attestations.js"
export { awsNitroRoot } from "./aws-nitro-root.js"
export type { Root } from "./roots.js"
