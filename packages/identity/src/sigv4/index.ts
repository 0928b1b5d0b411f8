export type { SigV4Hashing } from "./hashing.js"
export { SigV4Error, type SigV4Reason, sigV4Reasons } from "./refusals.js"
export { createReplayWindow, type ReplayWindow } from "./replay-window.js"
export type { SignedRequest } from "./request.js"
export { type DecodedQuery, targetOf } from "./target.js"
export {
  type AccessKeyLookup,
  createSigV4Verifier,
  type KnownAccessKey,
  type SigV4Options,
  type SigV4Verifier,
  type VerifiedSignature,
  verifySigV4,
} from "./verifier.js"
