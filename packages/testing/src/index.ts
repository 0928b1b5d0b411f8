export type { CallRecord } from "./call-record.js"
export type { Duration, TestClock } from "./clock.js"
export { createTestKms, type TestKms, type TestKmsOptions } from "./create-test-kms.js"
