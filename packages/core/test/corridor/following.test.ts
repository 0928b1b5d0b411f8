import { describe, expect, it } from "vitest"
import type { CallTrace, TracedCall, TracedSweep } from "../../src/ports/call-trace.js"
import { alice, keyArnOf } from "../support/accounts.js"
import { mayDoAll } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld, type World } from "../support/world.js"

/** Follows all calls, and keeps what is told of each when it is over. */
function followingAll(members: Partial<CallTrace> = {}) {
  const calls: TracedCall[] = []
  const sweeps: TracedSweep[] = []
  const trace: CallTrace = {
    follows: () => true,
    run: (call, act) => {
      calls.push(call)
      return act()
    },
    swept: (sweep) => void sweeps.push(sweep),
    ...members,
  }
  return { trace, calls, sweeps }
}

const Plaintext = Uint8Array.of(1)

describe("a call that is followed", () => {
  it("tells of its keys, their materials, why it was allowed, and how often it has read", async () => {
    const { trace, calls } = followingAll()
    const { root, newKey, kms, events } = await openWorld({ trace })
    const KeyId = await newKey()
    await root.encrypt({ KeyId, Plaintext })
    const [made, used] = calls
    expect(made).toMatchObject({ operation: "CreateKey", keys: [] })
    expect(used).toEqual({
      operation: "Encrypt",
      region: "us-east-1",
      principal: kms.administrator,
      requestId: events[1]?.requestId,
      keys: [{ arn: keyArnOf(KeyId), keySpec: "SYMMETRIC_DEFAULT" }],
      keyMaterialIds: made?.keyMaterialIds,
      decisions: [expect.objectContaining({ effect: "allow" })],
      storeReads: expect.any(Number),
      errorName: undefined,
    })
    expect(used?.keyMaterialIds).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  })

  it("has read nothing of what is remembered, and something of what is not", async () => {
    const { trace, calls } = followingAll()
    const { root, newKey } = await openWorld({ trace })
    const KeyId = await newKey()
    for (let i = 0; i < 2; i += 1) await root.describeKey({ KeyId })
    expect(calls.map(({ storeReads }) => storeReads > 0)).toEqual([
      true,
      expect.any(Boolean),
      false,
    ])
  })

  it("tells of a refusal by its name, with what was found out until then", async () => {
    const { trace, calls } = followingAll()
    const { kms, newKey } = await openWorld({ trace })
    const KeyId = await newKey()
    await expectRefusal(kms.as(alice).encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    expect(calls.at(-1)).toMatchObject({
      errorName: "AccessDeniedException",
      principal: alice,
      keys: [{ arn: keyArnOf(KeyId) }],
      decisions: [{ effect: "implicitDeny" }],
      keyMaterialIds: [],
    })
  })

  it("that is refused at the door has found nothing out, and has its request id", async () => {
    const { trace, calls } = followingAll()
    const { call, events } = await openWorld({ trace })
    expect(await outcomeOf(call("Encrypt", {}))).toBe("ValidationException")
    expect(calls[0]).toMatchObject({
      errorName: "ValidationException",
      requestId: events[0]?.requestId,
      keys: [],
      keyMaterialIds: [],
      decisions: [],
      storeReads: 0,
    })
  })

  it("names no key that is made on the way, as nobody has it yet", async () => {
    const { trace, calls } = followingAll()
    const { kms } = await openWorld({ trace, identities: { [alice]: mayDoAll } })
    const throughEbs = kms.as(alice, { viaService: "ec2.us-east-1.amazonaws.com" })
    await expectRefusal(
      throughEbs.encrypt({ KeyId: "alias/aws/ebs", Plaintext, DryRun: true }),
      "DryRunOperationException",
    )
    expect(calls[0]?.keys).toEqual([])
  })
})

describe("whoever follows calls", () => {
  it("follows those of which it says so, by their operation", async () => {
    const { trace, calls } = followingAll({ follows: (operation) => operation === "ListKeys" })
    const { root } = await openWorld({ trace })
    await root.listKeys({})
    await root.listAliases({})
    expect(calls.map(({ operation }) => operation)).toEqual(["ListKeys"])
  })

  const disturbing: readonly [string, Partial<CallTrace>, boolean][] = [
    ["fails to say whether it follows", { follows: () => fail() }, false],
    ["says so in another word than true", { follows: () => "yes" as never }, false],
    ["throws instead of running the call", { run: () => fail() }, true],
    ["does not run the call", { run: () => undefined }, true],
    ["runs the call twice", { run: (_, act) => Promise.all([act(), act()]) }, true],
    ["fails after the call", { run: (_, act) => act().then(() => fail()) }, true],
    [
      "makes what it is told read-only",
      { run: (call, act) => act.call(Object.freeze(call)) },
      true,
    ],
  ]

  function fail(): never {
    throw new Error("no trace")
  }

  const effects = async ({ root, newKey, events }: World) => {
    const KeyId = await newKey()
    await root.listKeys({})
    await expectRefusal(root.describeKey({ KeyId: "alias/none" }), "NotFoundException")
    return [KeyId.length, events.map(({ eventName, errorCode }) => [eventName, errorCode])]
  }

  it.each(disturbing)(
    "changes nothing of the call, and makes it no second time: who %s",
    async (_, members, isFollowed) => {
      const alone = await effects(await openWorld())
      const { trace } = followingAll(members)
      const followed: string[] = []
      const run: CallTrace["run"] = (call, act) => {
        followed.push(call.operation)
        return trace.run(call, act)
      }
      expect(await effects(await openWorld({ trace: { ...trace, run } }))).toEqual(alone)
      expect(followed).toEqual(isFollowed ? ["CreateKey", "ListKeys", "DescribeKey"] : [])
    },
  )

  it("hears when the call is over, and of a refusal as such", async () => {
    const ends: unknown[] = []
    const run: CallTrace["run"] = (_, act) =>
      act().then(
        (answer) => ends.push(answer),
        (error) => ends.push((error as Error).name),
      )
    const { trace } = followingAll({ run })
    const { root } = await openWorld({ trace })
    await root.listKeys({})
    await expectRefusal(root.describeKey({ KeyId: "alias/none" }), "NotFoundException")
    await new Promise((resolve) => setImmediate(resolve))
    expect(ends).toEqual([undefined, "NotFoundException"])
  })

  it("hears of sweeps: whether they came to the end, and how late they were", async () => {
    const { trace, sweeps } = followingAll()
    const { root, newKey, kms, clock } = await openWorld({ trace })
    for (let i = 0; i < 2; i += 1) {
      await root.scheduleKeyDeletion({ KeyId: await newKey(), PendingWindowInDays: 7 })
    }
    await kms.sweep()
    clock.advanceDays(8)
    const { next } = await kms.sweep({ itemsMax: 1 })
    await kms.sweep({ after: next })
    expect(sweeps).toEqual([
      { region: "us-east-1", lateMs: 0, isComplete: true },
      { region: "us-east-1", lateMs: 86_400_000, isComplete: false },
      { region: "us-east-1", lateMs: 86_400_000, isComplete: true },
    ])
    const failing = await openWorld({ trace: { ...trace, swept: () => fail() } })
    expect(await failing.kms.sweep()).toMatchObject({ lateMs: 0 })
  })
})
