import { createMemoryStorage, type Storage } from "@keywright/storage"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import type { AuditEvent } from "../../src/ports/audit.js"
import { otherAccount, rootOf } from "./accounts.js"
import { createClock, type TestClock } from "./clock.js"
import { openHost } from "./hosts.js"
import { checkModelled } from "./modelled-errors.js"
import type { Reply } from "./replies.js"

export interface World {
  readonly kms: Kms
  readonly storage: Storage
  readonly clock: TestClock
  readonly events: readonly AuditEvent[]
  /** The root user of the engine's account. */
  readonly root: KmsClient
  /** The root user of another account. */
  readonly stranger: KmsClient
  /** Performs an operation with any input at all. */
  call(operation: string, input: unknown, principal?: string): Promise<Reply>
  /** Makes a key with the default policy and answers its id. */
  newKey(input?: Parameters<KmsClient["createKey"]>[0]): Promise<string>
}

export async function openWorld(options: Partial<KmsOptions> = {}): Promise<World> {
  const clock = createClock()
  const storage = options.storage ?? createMemoryStorage()
  const events: AuditEvent[] = []
  const audit = (event: AuditEvent) => {
    checkModelled(event)
    events.push(event)
  }
  const kms = await openHost({ clock, audit, ...options, storage })
  const root = kms.as(kms.administrator)
  return {
    kms,
    storage,
    clock,
    events,
    root,
    stranger: kms.as(rootOf(otherAccount)),
    call: async (operation, input, principal = kms.administrator) => {
      const { reply } = await kms.call({ principal }, operation, input)
      return { ...reply }
    },
    newKey: (input = {}) => newKey(root, input),
  }
}

export async function newKey(
  client: KmsClient,
  input: Parameters<KmsClient["createKey"]>[0] = {},
): Promise<string> {
  const { KeyMetadata } = await client.createKey(input)
  if (KeyMetadata?.KeyId === undefined) throw new Error("CreateKey answered no KeyMetadata")
  return KeyMetadata.KeyId
}

/** The aliases of an account that somebody made: the predefined ones are always there. */
export async function madeAliases(client: KmsClient) {
  const { Aliases = [] } = await client.listAliases({ Limit: 100 })
  return Aliases.filter(({ AliasName = "" }) => !AliasName.startsWith("alias/aws/"))
}
