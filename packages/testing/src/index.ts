export type { CallRecord } from "./call-record.js"
export type { DueEvent, Duration, TestClock } from "./clock.js"
export { createTestKms } from "./create-test-kms.js"
export type { FaultName, FaultRow, Faults, PlannedFault } from "./fault-row.js"
export { FixtureError } from "./fixtures/fixture-error.js"
export type { Fixtures, GrantFixture, KeyFixture, MaterialFixture } from "./fixtures/fixtures.js"
export type {
  SdkOptions,
  TestKms,
  TestKmsOptions,
  TestPolicies,
  TestSnapshot,
} from "./test-kms.js"
