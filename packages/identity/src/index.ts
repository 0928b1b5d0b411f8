export { readAccounts } from "./accounts-text/read-accounts.js"
export {
  createIdentify,
  type IdentifiedCaller,
  type Identify,
  type IdentifyOptions,
} from "./callers/identify.js"
export { onBehalf } from "./callers/on-behalf.js"
export {
  type Connection,
  factsOf,
  type PeerCertificate,
  type RawRequest,
  type TlsFacts,
  type TransportFloor,
} from "./callers/request.js"
export { type VpcEndpoint, type VpcEndpointInput, vpcEndpoint } from "./callers/vpc-endpoint.js"
export type { Named, Wanted, Way } from "./callers/way.js"
export {
  fixed,
  mutualTls,
  type SigV4WayOptions,
  type SpiffeOptions,
  sigv4,
  spiffe,
  webIdentity,
} from "./callers/ways.js"
export type { AccessKeyStatus, AccessKeySummary, AccessKeys } from "./directory/access-keys.js"
export { createDirectory, type Directory, type DirectoryOptions } from "./directory/directory.js"
export type { Filled } from "./directory/fill.js"
export type { Identities, KnownIdentity, Principal } from "./directory/identities.js"
export type { IdentityStore } from "./directory/store.js"
export type {
  AccountsInput,
  GroupInput,
  PolicyInput,
  RoleInput,
  UserInput,
} from "./records/shapes.js"
export type { Bearer, Credentials, FindCredentials } from "./sessions/bearers.js"
export type { SessionIdentity, VerifiedCaller } from "./sessions/caller.js"
export type { RequestFacts } from "./sessions/request-facts.js"
export type { TemporaryCredentials } from "./sessions/session-tokens.js"
export {
  type AccessKeyLookup,
  createReplayWindow,
  createSigV4Verifier,
  type DecodedQuery,
  type KnownAccessKey,
  type ReplayWindow,
  type SignedRequest,
  SigV4Error,
  type SigV4Hashing,
  type SigV4Options,
  type SigV4Reason,
  type SigV4Verifier,
  sigV4Reasons,
  targetOf,
  type VerifiedSignature,
  verifySigV4,
} from "./sigv4/index.js"
export type { GivenInput, StsAction } from "./sts/inputs.js"
export {
  createTokenService,
  type StsCaller,
  type TokenService,
  type TokenServiceOptions,
} from "./sts/token-service.js"
export { IdentityError, type IdentityErrorName } from "./vocabulary/identity-error.js"
export { type RemoteKeysOptions, remoteKeys } from "./web-tokens/remote-keys.js"
export {
  createWebTokens,
  type Issuer,
  type IssuerKeys,
  type WebToken,
  type WebTokens,
} from "./web-tokens/web-tokens.js"
