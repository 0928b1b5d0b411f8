import { createMemoryStorage, type Storage } from "@keywright/storage"
import { expect } from "vitest"
import type { KmsClient } from "../../src/client.js"
import { createKms, type Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import type { AuditEvent } from "../../src/ports/audit.js"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { type AnyKmsError, isKmsError, type KmsErrorName } from "../../src/vocabulary/errors.js"

export const account = "111122223333"
export const otherAccount = "444455556666"
const region = "us-east-1"
export const dayMs = 86_400_000
export const startMs = Date.UTC(2026, 0, 15, 12)

export const rootOf = (owner: string) => `arn:aws:iam::${owner}:root`
export const userOf = (owner: string, name = "alice") => `arn:aws:iam::${owner}:user/${name}`
export const roleOf = (owner: string, name = "App") => `arn:aws:iam::${owner}:role/${name}`
export const keyArnOf = (keyId: string, owner = account) =>
  `arn:aws:kms:${region}:${owner}:key/${keyId}`
export const aliasArnOf = (name: string, owner = account) =>
  `arn:aws:kms:${region}:${owner}:${name}`
/** Well formed, and the id of no key. */
export const unknownKeyId = "1234abcd-12ab-34cd-56ef-1234567890ab"

export const rootKey = (seed = 1): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + seed) % 256)

/** A clock that stands still until the test moves it. */
export function createClock(nowMs = startMs) {
  const clock = Object.assign(() => clock.nowMs, {
    nowMs,
    advanceMs: (ms: number) => {
      clock.nowMs += ms
    },
    advanceDays: (days: number) => {
      clock.nowMs += days * dayMs
    },
  })
  return clock
}
export type TestClock = ReturnType<typeof createClock>

/** A host with a fresh HSM under a root key that all test hosts share. */
export const openHost = (options: Partial<KmsOptions> = {}): Promise<Kms> =>
  createKms({
    region,
    account,
    storage: createMemoryStorage(),
    hsm: createSoftwareHsm({ seal: rootKeySeal(rootKey()) }),
    ...options,
  })

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

/** A reply whose members are looked at one by one. */
export type Reply = Record<string, unknown>

export async function openWorld(options: Partial<KmsOptions> = {}): Promise<World> {
  const clock = createClock()
  const storage = options.storage ?? createMemoryStorage()
  const events: AuditEvent[] = []
  const audit = (event: AuditEvent) => void events.push(event)
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

/** The blob of a reply, which must be there. */
export function blobIn(reply: object, member = "CiphertextBlob"): Uint8Array {
  const value = (reply as Reply)[member]
  if (!(value instanceof Uint8Array)) throw new Error(`the reply has no ${member}`)
  return value
}

/** The error that a call ends with; a call that succeeds, or throws anything else, fails. */
export async function refusalOf(call: Promise<unknown>): Promise<AnyKmsError> {
  let reply: unknown
  try {
    reply = await call
  } catch (error) {
    if (isKmsError(error)) return error
    throw new Error(`the call threw something that is no KmsError: ${String(error)}`, {
      cause: error,
    })
  }
  throw new Error(`the call was expected to be refused, and answered ${JSON.stringify(reply)}`)
}

/** Expects a refusal by name, and by its exact message where one is given. */
export async function expectRefusal(
  call: Promise<unknown>,
  name: KmsErrorName,
  message?: string | RegExp,
): Promise<AnyKmsError> {
  const error = await refusalOf(call)
  expect(`${error.name}: ${error.message}`).toContain(`${error.name}: `)
  expect({ name: error.name, message: error.message }).toEqual({
    name,
    message:
      message === undefined
        ? expect.any(String)
        : typeof message === "string"
          ? message
          : expect.stringMatching(message),
  })
  return error
}

/** How a call ended, in one line: for tables of outcomes. */
export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "OK",
    (error: unknown) => {
      if (!isKmsError(error)) throw error
      return error.name
    },
  )
