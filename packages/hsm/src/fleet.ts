export { type HsmFleet, hsmFleet } from "./fleet/hsm-fleet.js"
export type { MemberHealth } from "./fleet/member.js"
