export { type HsmMaker, serveHsm } from "./isolated/inside/serve-stream.js"
export { type IsolatedHsm, isolatedHsm } from "./isolated/outside/isolated-hsm.js"
export type { IsolatedHsmOptions } from "./isolated/outside/options.js"
export type { StreamBoundary } from "./isolated/outside/stream-boundary.js"
export type { Isolation, Measure, MeasureState } from "./isolated/wire/measures.js"
export type {
  GivenPlan,
  HsmPlan,
  ModulePlan,
  SealPlan,
  SoftwarePlan,
} from "./isolated/wire/plan.js"
