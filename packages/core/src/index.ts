export type { InputOf, ReplyOf, SealedReplyOf, SealingName } from "./client.js"
export type { KmsClient } from "./client-interface.js"
export type { ListMethod, ReplyMetadata } from "./client-methods.js"
export { connectRegions } from "./connect-regions.js"
export type { BackupOptions, BackupReport, BackupTarget } from "./engine/care/backup.js"
export type { Finding, Wrong } from "./engine/care/findings.js"
export type { RestoreOptions, RestoreReport } from "./engine/care/restore.js"
export type { VerifyOptions, VerifyReport } from "./engine/care/verify.js"
export type { Progress, StopSignal } from "./engine/care/walk-store.js"
export type { Answer } from "./engine/corridor/answer.js"
export type { CallExplanation, PermissionExplanation } from "./engine/corridor/explain.js"
export type { UnsettledKey } from "./engine/due/agenda.js"
export type { SweepOptions, SweepReport } from "./engine/due/sweep.js"
export {
  createKms,
  type Kms,
  type PeerRegion,
  type RegionDoor,
  type ResealOptions,
} from "./kms.js"
export { type KmsOptions, kmsOptionNames } from "./kms-options.js"
export type { Caller, RequestContext, TlsDetails } from "./model/caller.js"
export {
  openSealedStorage,
  type SealedStorage,
  type SealedStorageOptions,
} from "./open-sealed-storage.js"
export { catalogue, findRow, type OperationName } from "./operations/catalogue.js"
export type { AnyRow, OperationRow } from "./operations/row.js"
export type { Subject } from "./operations/subjects.js"
export { type Anchor, StaleStoreError } from "./ports/anchor.js"
export type { Attestation, Attestations } from "./ports/attestation.js"
export type { AuditEvent, AuditSink } from "./ports/audit.js"
export type { Binding, BoundToken, KeyBinding, WrappingBinding } from "./ports/bindings.js"
export type { CallTrace, TracedCall, TracedKey, TracedSweep } from "./ports/call-trace.js"
export type { Clock } from "./ports/clock.js"
export type {
  AgreementRequest,
  CryptoHsm,
  DataKeyPairRequest,
  DataKeyRequest,
  DecapsulateRequest,
  DecryptRequest,
  EncapsulateRequest,
  EncryptionScheme,
  EncryptionTarget,
  EncryptRequest,
  MacRequest,
  SignRequest,
  VerifyMacRequest,
  VerifyRequest,
} from "./ports/crypto-hsm.js"
export type { DecidedQuestion, DecisionSink } from "./ports/decisions.js"
export type { DomainHsm, DomainKeyIds } from "./ports/domain-hsm.js"
export type { Entropy } from "./ports/entropy.js"
export type { EventSink, KmsEvent } from "./ports/events.js"
export type { Guardrails } from "./ports/guardrails.js"
export type { Hsm, HsmErrorCode, Seal } from "./ports/hsm.js"
export { HsmError, isHsmError } from "./ports/hsm.js"
export type { Identities, Identity } from "./ports/identities.js"
export type {
  CloudHsmCluster,
  CloudHsmClusterStatus,
  CloudHsmClusters,
  XksOptions,
  XksRequest,
  XksResponse,
  XksTimeout,
} from "./ports/key-stores.js"
export type { PlacedBytes, RecordHsm } from "./ports/record-hsm.js"
export type { PeerDomain, RegionHsm, ReplicationToken } from "./ports/region-hsm.js"
export { RegionError, type RegionErrorCode, type RegionLink } from "./ports/region-link.js"
export type { Rest } from "./ports/rest.js"
export type { Running, Timer } from "./ports/timer.js"
export type { ImportRequest, ImportResult, TokenHsm } from "./ports/token-hsm.js"
export { type RestoreBackupOptions, restoreBackup } from "./restore-backup.js"
export type { KeepOpen } from "./software-hsm/boundary/open-keys.js"
export { kmsSeal, type SealingKms } from "./software-hsm/seals/kms-seal.js"
export { passphraseSeal } from "./software-hsm/seals/passphrase-seal.js"
export { rootKeySeal } from "./software-hsm/seals/root-key-seal.js"
export { createSoftwareHsm, type SoftwareHsmOptions } from "./software-hsm/software-hsm.js"
export { createRest, createTurns, type Stretch, systemClock } from "./system.js"
export type { MessageType } from "./vocabulary/algorithms.js"
export { exampleAccount, exampleRegion } from "./vocabulary/arns.js"
export { base64Of, bytesOfBase64 } from "./vocabulary/base64.js"
export {
  type AnyKmsError,
  type ErrorRow,
  errorTable,
  isKmsError,
  KmsError,
  type KmsErrorName,
} from "./vocabulary/errors.js"
export type { Eventually } from "./vocabulary/eventually.js"
export type { WrappingAlgorithm, WrappingKeySpec } from "./vocabulary/import-wrapping.js"
export { type KeySpec, type KeyUsage, keySpecRow, keySpecTable } from "./vocabulary/key-specs.js"
export type { KeyState } from "./vocabulary/key-states.js"
export type { ConnectionErrorCode } from "./vocabulary/key-stores.js"
export { limits, limitTable } from "./vocabulary/limits.js"
export { type OptionNames, requireKnownOptions } from "./vocabulary/option-names.js"
export type { ResourceQuotas } from "./vocabulary/quotas.js"
export { refusalTable } from "./vocabulary/refusal-table.js"
export { type Refusal, refusalSources } from "./vocabulary/refusals/refusal.js"
export {
  awsRequestQuotas,
  type RequestGroup,
  type RequestQuotas,
} from "./vocabulary/request-quotas.js"
