import { createMemoryStorage } from "@keywright/storage"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { createClock, dayMs, type TestClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { runs } from "../support/slow.js"
import { madeAliases, newKey } from "../support/world.js"

/** What the engine is compared with: one account, as small as it can be said. */
interface Key {
  readonly id: string
  state: "Enabled" | "Disabled" | "PendingDeletion"
  deletionMs: number
  description: string
  readonly tags: Map<string, string>
}

interface Model {
  nowMs: number
  readonly keys: Key[]
  readonly aliases: Map<string, Key>
  readonly blobs: { readonly key: Key; readonly context: string }[]
}

interface Real {
  readonly hosts: readonly { readonly kms: Kms; readonly root: KmsClient }[]
  readonly clock: TestClock
  readonly blobs: Uint8Array[]
}

const isAlive = (model: Model, key: Key) =>
  key.state !== "PendingDeletion" || model.nowMs < key.deletionMs

/** The key behind an alias, unless it is gone. */
const targetOf = (model: Model, name: string): Key | undefined => {
  const key = model.aliases.get(name)
  return key !== undefined && isAlive(model, key) ? key : undefined
}

interface Pick {
  readonly host: number
  readonly key: number
  readonly other: number
  readonly name: string
  readonly text: string
  readonly days: number
}

interface Move {
  /** How the call must end, and what it changes if it ends well. */
  readonly expected: string
  readonly call: () => Promise<unknown>
  readonly change?: () => void
}

type Step = (model: Model, root: KmsClient, real: Real, pick: Pick) => Move | undefined

const notFound = "NotFoundException"
const invalidState = "KMSInvalidStateException"
const needs = (model: Model, key: Key, ...states: Key["state"][]): string => {
  if (!isAlive(model, key)) return notFound
  return states.includes(key.state) ? "OK" : invalidState
}
const usable = (model: Model, key: Key): string => {
  if (!isAlive(model, key)) return notFound
  if (key.state === "Disabled") return "DisabledException"
  return key.state === "Enabled" ? "OK" : invalidState
}

/** A step about a key of the model; nothing to do while there is none. */
const ofKey =
  (make: (model: Model, key: Key, root: KmsClient, pick: Pick, real: Real) => Move): Step =>
  (model, root, real, pick) => {
    const key = model.keys[pick.key % Math.max(1, model.keys.length)]
    return key && make(model, key, root, pick, real)
  }

const steps: Readonly<Record<string, Step>> = {
  DisableKey: ofKey((model, key, root) => ({
    expected: needs(model, key, "Enabled", "Disabled"),
    call: () => root.disableKey({ KeyId: key.id }),
    change: () => {
      key.state = "Disabled"
    },
  })),
  EnableKey: ofKey((model, key, root) => ({
    expected: needs(model, key, "Enabled", "Disabled"),
    call: () => root.enableKey({ KeyId: key.id }),
    change: () => {
      key.state = "Enabled"
    },
  })),
  ScheduleKeyDeletion: ofKey((model, key, root, { days }) => ({
    expected: needs(model, key, "Enabled", "Disabled"),
    call: () => root.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 + (days % 24) }),
    change: () => {
      key.state = "PendingDeletion"
      key.deletionMs = model.nowMs + (7 + (days % 24)) * dayMs
    },
  })),
  CancelKeyDeletion: ofKey((model, key, root) => ({
    expected: needs(model, key, "PendingDeletion"),
    call: () => root.cancelKeyDeletion({ KeyId: key.id }),
    change: () => {
      key.state = "Disabled"
    },
  })),
  UpdateKeyDescription: ofKey((model, key, root, { text }) => ({
    expected: needs(model, key, "Enabled", "Disabled"),
    call: () => root.updateKeyDescription({ KeyId: key.id, Description: text }),
    change: () => {
      key.description = text
    },
  })),
  TagResource: ofKey((model, key, root, { text, name }) => ({
    expected: needs(model, key, "Enabled", "Disabled"),
    call: () => root.tagResource({ KeyId: key.id, Tags: [{ TagKey: name, TagValue: text }] }),
    change: () => {
      key.tags.set(name, text)
    },
  })),
  UntagResource: ofKey((model, key, root, { name }) => ({
    expected: needs(model, key, "Enabled", "Disabled"),
    call: () => root.untagResource({ KeyId: key.id, TagKeys: [name] }),
    change: () => {
      key.tags.delete(name)
    },
  })),
  CreateAlias: ofKey((model, key, root, { name }) => {
    const state = needs(model, key, "Enabled", "Disabled")
    const isTaken = targetOf(model, name) !== undefined
    return {
      expected: state === "OK" && isTaken ? "AlreadyExistsException" : state,
      call: () => root.createAlias({ AliasName: name, TargetKeyId: key.id }),
      change: () => {
        model.aliases.set(name, key)
      },
    }
  }),
  UpdateAlias: ofKey((model, key, root, { name }) => ({
    expected:
      targetOf(model, name) === undefined ? notFound : needs(model, key, "Enabled", "Disabled"),
    call: () => root.updateAlias({ AliasName: name, TargetKeyId: key.id }),
    change: () => {
      model.aliases.set(name, key)
    },
  })),
  DeleteAlias: (model, root, _, { name }) => ({
    expected: targetOf(model, name) === undefined ? notFound : "OK",
    call: () => root.deleteAlias({ AliasName: name }),
    change: () => {
      model.aliases.delete(name)
    },
  }),
  Encrypt: ofKey((model, key, root, { text }, real) => ({
    expected: usable(model, key),
    call: async () => {
      const EncryptionContext = { text }
      const reply = await root.encrypt({
        KeyId: key.id,
        Plaintext: Uint8Array.of(7),
        EncryptionContext,
      })
      real.blobs.push(blobIn(reply))
      model.blobs.push({ key, context: text })
    },
  })),
  EncryptByAlias: (model, root, _, { name }) => {
    const key = targetOf(model, name)
    return {
      expected: key === undefined ? notFound : usable(model, key),
      call: () => root.encrypt({ KeyId: name, Plaintext: Uint8Array.of(7) }),
    }
  },
  Decrypt: (model, root, real, { other, text }) => {
    const at = other % Math.max(1, model.blobs.length)
    const made = model.blobs[at]
    const CiphertextBlob = real.blobs[at]
    if (made === undefined || CiphertextBlob === undefined) return undefined
    const state = usable(model, made.key)
    const ending = state === notFound ? "AccessDeniedException" : state
    return {
      expected: ending === "OK" && made.context !== text ? "InvalidCiphertextException" : ending,
      call: () => root.decrypt({ CiphertextBlob, EncryptionContext: { text } }),
    }
  },
}

type Command = fc.AsyncCommand<Model, Real>

const command = (name: string, run: Command["run"]): Command => ({
  check: () => true,
  run,
  toString: () => name,
})

function stepCommand(name: string, one: Pick): Command {
  const title = `${name}(${JSON.stringify(one)})`
  return command(title, async (model, real) => {
    const host = real.hosts[one.host % real.hosts.length]
    const move = host && steps[name]?.(model, host.root, real, one)
    if (move === undefined) return
    const { expected } = move
    expect([title, await outcomeOf(move.call())]).toEqual([title, expected])
    if (expected === "OK") move.change?.()
  })
}

const create = command("CreateKey", async ({ keys }, { hosts: [host] }) => {
  if (host === undefined) throw new Error("no host")
  const id = await newKey(host.root)
  keys.push({ id, state: "Enabled", deletionMs: 0, description: "", tags: new Map() })
})

const passTime = (days: number, sweeps: boolean): Command =>
  command(`${days} days pass${sweeps ? ", and the hosts sweep" : ""}`, async (model, real) => {
    real.clock.advanceDays(days)
    model.nowMs += days * dayMs
    if (sweeps) await Promise.all(real.hosts.map(({ kms }) => kms.sweep()))
  })

/** Everything that lists and descriptions say, on every host. */
const look = command("Look", async (model, { hosts }) => {
  const alive = model.keys.filter((key) => isAlive(model, key))
  const aliases = [...model.aliases].filter(([name]) => targetOf(model, name) !== undefined)
  for (const { root } of hosts) {
    const { Keys = [] } = await root.listKeys({ Limit: 1000 })
    expect(Keys.map(({ KeyId }) => KeyId).toSorted()).toEqual(alive.map(({ id }) => id).toSorted())
    const Aliases = await madeAliases(root)
    const found = Aliases.map(({ AliasName, TargetKeyId }) => [AliasName, TargetKeyId])
    expect(found.toSorted()).toEqual(aliases.map(([name, { id }]) => [name, id]).toSorted())
    for (const key of alive) await lookAt(root, key, aliases)
  }
})

async function lookAt(root: KmsClient, key: Key, aliases: readonly [string, Key][]): Promise<void> {
  const { id, state, description, tags } = key
  const { KeyMetadata } = await root.describeKey({ KeyId: id })
  expect(KeyMetadata).toMatchObject({
    KeyState: state,
    Enabled: state === "Enabled",
    Description: description,
  })
  const { Tags = [] } = await root.listResourceTags({ KeyId: id })
  expect(new Map(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))).toEqual(tags)
  const own = await root.listAliases({ KeyId: id })
  expect(own.Aliases?.map(({ AliasName }) => AliasName).toSorted()).toEqual(
    aliases
      .filter(([, target]) => target.id === id)
      .map(([name]) => name)
      .toSorted(),
  )
}

const pick: fc.Arbitrary<Pick> = fc.record({
  host: fc.nat({ max: 1 }),
  key: fc.nat({ max: 3 }),
  other: fc.nat({ max: 9 }),
  name: fc.constantFrom("alias/a", "alias/b", "alias/c"),
  text: fc.constantFrom("", "x", "y"),
  days: fc.nat({ max: 30 }),
})

const commands = [
  fc.constant(create),
  fc.constant(look),
  fc.tuple(fc.nat({ max: 20 }), fc.boolean()).map(([days, sweeps]) => passTime(days, sweeps)),
  ...Object.keys(steps).map((name) => pick.map((one) => stepCommand(name, one))),
]

it("two hosts behave like a handful of maps, whatever is called and however time passes", async () => {
  const numRuns = runs(200, 3000)
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "max" }), async (plan) => {
      const storage = createMemoryStorage()
      const clock = createClock()
      const open = async () => {
        const kms = await openHost({ storage, clock })
        return { kms, root: kms.as(kms.administrator) }
      }
      const hosts = [await open(), await open()]
      const model: Model = { nowMs: clock.nowMs, keys: [], aliases: new Map(), blobs: [] }
      const real: Real = { hosts, clock, blobs: [] }
      await fc.asyncModelRun(() => ({ model, real }), [create, ...plan, look])
    }),
    { numRuns },
  )
})
