import { createMemoryStorage } from "@keywright/storage"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import { account, keyArnOf, otherAccount, roleOf, rootOf } from "../support/accounts.js"
import { createClock, dayMs, type TestClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { keyPolicyOf } from "../support/policies.js"
import { outcomeOf } from "../support/refusals.js"
import { runs } from "../support/slow.js"

/*
 * Two accounts that share keys with each other by policies and grants, on two hosts, compared with
 * a model that is as small as it can be said.
 */

const accounts = [account, otherAccount] as const
const keysMax = 3

interface Key {
  readonly id: string
  readonly owner: string
  state: "Enabled" | "Disabled" | "PendingDeletion"
  deletionMs: number
  /** The other account may use it. */
  isShared: boolean
  /** The role of the owner's account may use it. */
  grantId: string | undefined
  rotations: number
  usedMs: number | undefined
  /** Storage has nothing of it any more. */
  isSwept: boolean
}

interface Model {
  nowMs: number
  readonly keys: Key[]
}

interface Real {
  readonly hosts: readonly Kms[]
  readonly clock: TestClock
}

const ok = "OK"
const denied = "AccessDeniedException"
const notFound = "NotFoundException"
const invalidState = "KMSInvalidStateException"

const isAlive = ({ nowMs }: Model, key: Key) =>
  key.state !== "PendingDeletion" || nowMs < key.deletionMs

/** How a call ends that needs the key to be enabled. */
const byState = ({ state }: Key): string =>
  state === "Enabled" ? ok : state === "Disabled" ? "DisabledException" : invalidState

const keyPolicy = (owner: string, isShared: boolean): string => {
  const other = accounts.find((one) => one !== owner) ?? ""
  const sharing = { Principal: { AWS: rootOf(other) }, Action: "kms:Encrypt" }
  return keyPolicyOf({ Principal: { AWS: rootOf(owner) } }, ...(isShared ? [sharing] : []))
}

interface Move {
  readonly operation: string
  readonly input?: object
  /** Default: the root user of the owner. */
  readonly principal?: string
  readonly expected: string
  readonly change?: (reply: Readonly<Record<string, unknown>>) => void
}

const Plaintext = Uint8Array.of(7)

/** An Encrypt by somebody who finds the key, or to whom it does not exist. */
const use = (
  model: Model,
  key: Key,
  principal: string,
  missing: string,
  mayUse: boolean,
): Move => ({
  operation: "Encrypt",
  input: { Plaintext },
  principal,
  expected: !isAlive(model, key) ? missing : mayUse ? byState(key) : denied,
  change: () => {
    key.usedMs = model.nowMs
  },
})

const managed = (model: Model, key: Key, whenAlive: string): string =>
  isAlive(model, key) ? whenAlive : notFound

const isWaiting = ({ state }: Key) => state === "PendingDeletion"

const moves: Readonly<Record<string, (model: Model, key: Key, days: number) => Move>> = {
  DisableKey: (model, key) => ({
    operation: "DisableKey",
    expected: managed(model, key, isWaiting(key) ? invalidState : ok),
    change: () => {
      key.state = "Disabled"
    },
  }),
  EnableKey: (model, key) => ({
    operation: "EnableKey",
    expected: managed(model, key, isWaiting(key) ? invalidState : ok),
    change: () => {
      key.state = "Enabled"
    },
  }),
  ScheduleKeyDeletion: (model, key, days) => ({
    operation: "ScheduleKeyDeletion",
    input: { PendingWindowInDays: 7 + (days % 24) },
    expected: managed(model, key, isWaiting(key) ? invalidState : ok),
    change: () => {
      key.state = "PendingDeletion"
      key.deletionMs = model.nowMs + (7 + (days % 24)) * dayMs
    },
  }),
  CancelKeyDeletion: (model, key) => ({
    operation: "CancelKeyDeletion",
    expected: managed(model, key, isWaiting(key) ? ok : invalidState),
    change: () => {
      key.state = "Disabled"
    },
  }),
  Share: (model, key, days) => ({
    operation: "PutKeyPolicy",
    input: { Policy: keyPolicy(key.owner, days % 2 === 0) },
    expected: managed(model, key, ok),
    change: () => {
      key.isShared = days % 2 === 0
    },
  }),
  CreateGrant: (model, key) => ({
    operation: "CreateGrant",
    input: { Name: "g", GranteePrincipal: roleOf(key.owner), Operations: ["Encrypt"] },
    expected: managed(model, key, byState(key)),
    change: ({ GrantId }) => {
      if (key.grantId !== undefined) expect(GrantId).toBe(key.grantId)
      key.grantId = String(GrantId)
    },
  }),
  RevokeGrant: (model, key) => ({
    operation: "RevokeGrant",
    input: { GrantId: key.grantId ?? "0".repeat(64) },
    expected: managed(model, key, key.grantId === undefined ? notFound : ok),
    change: () => {
      key.grantId = undefined
    },
  }),
  RotateKeyOnDemand: (model, key) => ({
    operation: "RotateKeyOnDemand",
    expected: managed(
      model,
      key,
      byState(key) === ok && key.rotations === 25 ? "LimitExceededException" : byState(key),
    ),
    change: () => {
      key.rotations += 1
    },
  }),
  EncryptAsOwner: (model, key) => use(model, key, rootOf(key.owner), notFound, true),
  EncryptAsOther: (model, key) => {
    const other = accounts.find((one) => one !== key.owner) ?? ""
    return use(model, key, rootOf(other), denied, key.isShared)
  },
  EncryptAsGrantee: (model, key) =>
    use(model, key, roleOf(key.owner), notFound, key.grantId !== undefined),
  DisableAsOther: (_, key) => ({
    operation: "DisableKey",
    principal: rootOf(accounts.find((one) => one !== key.owner) ?? ""),
    expected: denied,
  }),
}

type Command = fc.AsyncCommand<Model, Real>

const command = (name: string, run: Command["run"]): Command => ({
  check: () => true,
  run,
  toString: () => name,
})

interface Choice {
  readonly host: number
  readonly key: number
  readonly days: number
}

const moveCommand = (name: string, { host, key: nth, days }: Choice): Command =>
  command(`${name}(${host}, ${nth}, ${days})`, async (model, { hosts }) => {
    const key = model.keys[nth % Math.max(1, model.keys.length)]
    const move = key && moves[name]?.(model, key, days)
    if (key === undefined || move === undefined) return
    const { operation, input, principal = rootOf(key.owner), expected, change } = move
    const named = { KeyId: keyArnOf(key.id, key.owner), ...input }
    let reply: object = {}
    const calling = async () => {
      reply = (await hosts[host]?.call({ principal }, operation, named))?.reply ?? {}
    }
    expect([name, key.state, await outcomeOf(calling())]).toEqual([name, key.state, expected])
    if (expected === ok) change?.({ ...reply })
  })

const createCommand = (host: number, owner: string): Command =>
  command(`CreateKey(${host}, ${owner})`, async (model, { hosts }) => {
    const kms = hosts[host]
    if (kms === undefined) throw new Error("there is no such host")
    const held = model.keys.filter((key) => key.owner === owner && !key.isSwept)
    const root = kms.as(rootOf(owner))
    let id = ""
    const creating = async () => {
      const { KeyMetadata } = await root.createKey({ Policy: keyPolicy(owner, false) })
      id = KeyMetadata?.KeyId ?? ""
    }
    const expected = held.length < keysMax ? ok : "LimitExceededException"
    expect(await outcomeOf(creating())).toBe(expected)
    if (expected !== ok) return
    model.keys.push({
      id,
      owner,
      state: "Enabled",
      deletionMs: 0,
      isShared: false,
      grantId: undefined,
      rotations: 0,
      usedMs: undefined,
      isSwept: false,
    })
  })

const sweepAll = async (model: Model, { hosts }: Real) => {
  await Promise.all(hosts.map((kms) => kms.sweep()))
  for (const key of model.keys) key.isSwept ||= !isAlive(model, key)
}

const passTime = (days: number, sweeps: boolean): Command =>
  command(`${days} days pass${sweeps ? ", and the hosts sweep" : ""}`, async (model, real) => {
    real.clock.advanceDays(days)
    model.nowMs += days * dayMs
    if (sweeps) await sweepAll(model, real)
  })

/** Everything that owners can see, on every host, when the hosts have told each other. */
const look = command("Look", async (model, real) => {
  await sweepAll(model, real)
  for (const kms of real.hosts) {
    for (const owner of accounts) {
      const root = kms.as(rootOf(owner))
      const own = model.keys.filter((key) => key.owner === owner && isAlive(model, key))
      const { Keys = [] } = await root.listKeys({})
      expect(Keys.map(({ KeyId }) => KeyId).toSorted()).toEqual(own.map(({ id }) => id).toSorted())
      for (const { id: KeyId, state, grantId, rotations, usedMs } of own) {
        const { KeyMetadata } = await root.describeKey({ KeyId })
        expect(KeyMetadata?.KeyState).toBe(state)
        const { Grants = [] } = await root.listGrants({ KeyId })
        expect(Grants.map((grant) => grant.GrantId)).toEqual(grantId ? [grantId] : [])
        expect((await root.listKeyRotations({ KeyId })).Rotations).toHaveLength(rotations)
        const { KeyLastUsage } = await root.getKeyLastUsage({ KeyId })
        expect(KeyLastUsage?.Timestamp?.getTime()).toBe(usedMs)
      }
    }
  }
})

const choice: fc.Arbitrary<Choice> = fc.record({
  host: fc.nat({ max: 1 }),
  key: fc.nat({ max: 5 }),
  days: fc.nat({ max: 30 }),
})

const commands = [
  fc
    .tuple(fc.nat({ max: 1 }), fc.constantFrom(...accounts))
    .map(([host, owner]) => createCommand(host, owner)),
  fc.constant(look),
  fc.tuple(fc.nat({ max: 20 }), fc.boolean()).map(([days, sweeps]) => passTime(days, sweeps)),
  ...Object.keys(moves).map((name) => choice.map((one) => moveCommand(name, one))),
]

it("two accounts on two hosts see what policies, grants, states and quotas let them", async () => {
  const numRuns = runs(120, 3000)
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "max" }), async (plan) => {
      const storage = createMemoryStorage()
      const clock = createClock()
      const open = () => openHost({ storage, clock, quotas: { keysPerAccount: keysMax } })
      const real: Real = { hosts: [await open(), await open()], clock }
      const model: Model = { nowMs: clock.nowMs, keys: [] }
      const begin = accounts.map((owner, host) => createCommand(host, owner))
      await fc.asyncModelRun(() => ({ model, real }), [...begin, ...plan, look])
    }),
    { numRuns },
  )
})
