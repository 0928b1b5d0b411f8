export { assertLinearizable, type CheckOptions, checkHistory } from "./histories/check.js"
export type { Answered, Model, Operation } from "./histories/history.js"
export {
  certainRefusals,
  type KmsCall,
  type KmsOperation,
  type KmsReply,
} from "./histories/kms/kms-call.js"
export { type KmsModelOptions, kmsModel } from "./histories/kms/kms-model.js"
export type { KeyThings, KmsState } from "./histories/kms/kms-state.js"
export { createHistoryRecorder, type HistoryRecorder } from "./histories/recorder.js"
export { renderVerdict } from "./histories/render.js"
export type { HistoryVerdict } from "./histories/verdict.js"
