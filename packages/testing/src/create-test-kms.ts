import { type AwsSdkConfig, awsSdkHandler } from "@keywright/aws-sdk"
import {
  type AuditEvent,
  type Caller,
  connectRegions,
  type Kms,
  type KmsClient,
} from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import { createMemoryStorage } from "@keywright/storage"
import { type CallRecord, callRecordOf } from "./call-record.js"
import { createTestClock, momentMs, type TestClock } from "./clock.js"
import { publishDecision } from "./coverage/published.js"
import { systemTime } from "./system.js"

export interface TestKmsOptions {
  /** Where the clock stands at first. Default: the moment of creation. */
  readonly now?: Date
  /** Regions that know each other, the first of which is the one meant by default. */
  readonly regions?: readonly string[]
  /** The account of the administrator, 12 digits. Others may be used too. */
  readonly account?: string
}

/** A KMS that a test owns. Nothing of it is shared with another one. */
export interface TestKms {
  /** The engine of the first region. */
  readonly kms: Kms
  /**
   * A client of our own in a region: for the administrator of the account, or for a principal.
   * Throws `TypeError` when that names no principal or no region of this kit.
   */
  client(caller?: string | Caller, region?: string): KmsClient
  /** What to spread into an AWS SDK client, for the administrator of the account. */
  sdk(region?: string): AwsSdkConfig
  readonly clock: TestClock
  /** Every call that was made, the oldest first. Grows. */
  readonly calls: readonly CallRecord[]
  /** The audit events of the same calls. */
  readonly events: readonly AuditEvent[]
  close(): Promise<void>
}

/** Makes a KMS in memory for a test: without options, one empty region. */
export async function createTestKms(options: TestKmsOptions = {}): Promise<TestKms> {
  const { regions = ["us-east-1"], account } = options
  const clock = createTestClock(momentMs(options.now ?? systemTime(), "now"))
  const calls: CallRecord[] = []
  const events: AuditEvent[] = []
  const audit = (event: AuditEvent): void => {
    events.push(event)
    calls.push(callRecordOf(event))
  }
  const hosts = await Promise.all(
    regions.map((region) =>
      createMemoryKms({
        region,
        storage: createMemoryStorage(),
        ...(account !== undefined && { account }),
        clock: () => clock.now().getTime(),
        audit,
        decisions: publishDecision,
      }),
    ),
  )
  const [kms] = hosts
  if (kms === undefined) throw new TypeError("`regions` must name at least one region")
  if (hosts.length > 1) await connectRegions(hosts)
  const config = awsSdkHandler(hosts)

  const hostOf = (region: string): Kms => {
    const host = hosts.find((one) => one.region === region)
    if (host !== undefined) return host
    throw new TypeError(`\`region\` must be one of ${regions.join(", ")}`)
  }

  return Object.freeze<TestKms>({
    kms,
    client: (caller, region = kms.region) => {
      const host = hostOf(region)
      const { principal, context } =
        typeof caller === "object" ? caller : { principal: caller ?? host.administrator }
      return host.as(principal, context)
    },
    sdk: (region = kms.region) => ({ ...config, region: hostOf(region).region }),
    clock,
    calls,
    events,
    close: async () => {
      await Promise.all(hosts.map((host) => host.close()))
    },
  })
}
