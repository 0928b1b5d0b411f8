export { publishDecision } from "./coverage/channels.js"
export {
  type ConditionCoverage,
  type DocumentCoverage,
  type GrantCoverage,
  type PolicyCoverage,
  policyCoverage,
  type Ratio,
  type StatementCoverage,
  type UnnoticedMutant,
} from "./coverage/policy-coverage.js"
export {
  createPolicyRecorder,
  type PolicyRecord,
  type PolicyRecorder,
  type RecordedQuestion,
} from "./coverage/recorder.js"
export {
  type CoverageFigure,
  type CoverageThresholds,
  missedThresholds,
  renderPolicyCoverage,
} from "./coverage/render.js"
