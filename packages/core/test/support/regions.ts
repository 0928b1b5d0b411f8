import { createMemoryStorage, type Storage } from "@keywright/storage"
import type { KmsClient } from "../../src/client-interface.js"
import { createKms, type Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import type { AuditEvent } from "../../src/ports/audit.js"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "./accounts.js"
import { impatient } from "./clock.js"
import { checkModelled } from "./modelled-errors.js"
import { quickRsaSuite } from "./quick-rsa.js"
import { watched } from "./whole-replies.js"

export const regionNames = ["us-east-1", "eu-west-1", "ap-south-1"] as const
export type RegionName = (typeof regionNames)[number]

/** One region with one host, and its own root key. */
export interface TestRegion {
  readonly name: RegionName
  readonly kms: Kms
  readonly root: KmsClient
  readonly storage: Storage
  readonly events: readonly AuditEvent[]
}

const seedOf = (name: string): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (name.charCodeAt(i % name.length) * 31 + i * 7) % 256)

export const sealOfRegion = (name: string) => rootKeySeal(seedOf(name))

/** An HSM under a root key of its own; `drawn` gets a copy of all that it draws at random. */
export function hsmOf(name: string, drawn?: Uint8Array[]) {
  const suite = quickRsaSuite()
  const entropy = (target: Uint8Array): Uint8Array => {
    suite.entropy(target)
    drawn?.push(target.slice())
    return target
  }
  return createSoftwareHsm({ seal: sealOfRegion(name), suite, entropy })
}

export const openRegion = async (
  name: RegionName,
  options: Partial<KmsOptions> = {},
): Promise<TestRegion> => {
  const storage = options.storage ?? createMemoryStorage()
  const events: AuditEvent[] = []
  const audit = (event: AuditEvent) => {
    checkModelled(event)
    events.push(event)
  }
  const all = { region: name, account, hsm: hsmOf(name), audit, timer: impatient }
  const kms = watched(await createKms({ ...all, ...options, storage }))
  return { name, kms, root: kms.as(kms.administrator), storage, events }
}
