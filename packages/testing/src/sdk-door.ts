import { awsSdkHandler, installAwsSdk } from "@keywright/aws-sdk"
import { type Caller, type Kms, type OptionNames, requireKnownOptions } from "@keywright/core"
import { guardNetwork } from "./guard.js"
import { tellingConfig } from "./matchers/telling.js"
import type { Witness } from "./matchers/witness.js"
import type { SdkOptions, TestKms } from "./test-kms.js"

const optionNames: OptionNames<SdkOptions> = { region: true, caller: true }

interface Hosts {
  readonly hosts: readonly Kms[]
  /** Default: the first one. */
  hostOf(region?: string): Kms
  readonly witness: Witness
}

/** The ways by which clients of the AWS SDK come to a kit, until it closes. */
export interface SdkDoor extends Pick<TestKms, "sdk" | "install" | "guard"> {
  close(): void
}

/** Each caller is known by an access key id of its own. */
export function openSdkDoor({ hosts, hostOf, witness }: Hosts): SdkDoor {
  const callers = new Map<string, string | Caller>()
  const handler = awsSdkHandler(hosts, {
    callers: (accessKeyId) => callers.get(accessKeyId) ?? hostOf().administrator,
    signs: false,
  })
  const config = tellingConfig(witness, handler)
  const ends = new Set<() => void>()
  const untilClosed = (end: () => void): (() => void) => {
    ends.add(end)
    return end
  }

  const sdk: TestKms["sdk"] = (options = {}) => {
    const chosen: SdkOptions = typeof options === "string" ? { region: options } : options
    requireKnownOptions(chosen, optionNames)
    const { region, caller } = chosen
    const host = hostOf(region)
    if (caller === undefined) return { ...config, region: host.region }
    const { principal, context } = typeof caller === "string" ? { principal: caller } : caller
    host.as(principal, context)
    const accessKeyId = `AKIAKEYWRIGHT${String(callers.size).padStart(7, "0")}`
    callers.set(accessKeyId, caller)
    return { ...config, credentials: { ...config.credentials, accessKeyId }, region: host.region }
  }

  return {
    sdk,
    install: (clientClass, options) => untilClosed(installAwsSdk(clientClass, sdk(options))),
    guard: () => untilClosed(guardNetwork()),
    close() {
      for (const end of ends) end()
    },
  }
}
