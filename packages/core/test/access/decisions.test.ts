import { describe, expect, it } from "vitest"
import { connectRegions } from "../../src/connect-regions.js"
import type { DecidedQuestion } from "../../src/ports/decisions.js"
import { utf8 } from "../../src/vocabulary/bytes.js"
import { rootOf, userOf } from "../support/accounts.js"
import { refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"

const opened = async () => {
  const told: DecidedQuestion[] = []
  const world = await openWorld({ decisions: (question) => void told.push(question) })
  return { ...world, told }
}
const encrypted = (KeyId: string) => ({ KeyId, Plaintext: utf8("text") })

describe("a decision sink", () => {
  it("is told of every permission that a call needs, and of the call by its request id", async () => {
    const { root, newKey, told } = await opened()
    const [from, to] = [await newKey(), await newKey()]
    const { CiphertextBlob } = await root.encrypt(encrypted(from))
    told.length = 0
    const reply = await root.reEncrypt({ CiphertextBlob, DestinationKeyId: to })
    expect(told.map(({ request }) => request.action)).toEqual([
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ])
    for (const { requestId, operation, decision, request, policies, withGrants } of told) {
      expect(await withGrants()).toBe(policies)
      expect({ requestId, operation }).toEqual({ ...reply.$metadata, operation: "ReEncrypt" })
      expect(decision.effect).toBe("allow")
      expect(policies.decide(request)).toEqual(decision)
      expect(policies.explain(request).decision).toEqual(decision)
    }
  })

  it("is told of refusals, with the audit event's decision", async () => {
    const { kms, newKey, told, events } = await opened()
    const KeyId = await newKey()
    const refusal = await refusalOf(kms.as(userOf("111122223333")).encrypt(encrypted(KeyId)))
    const last = told.at(-1)
    expect(last).toMatchObject({ requestId: refusal.requestId, operation: "Encrypt" })
    expect(last?.decision.effect).toBe("implicitDeny")
    expect(events.at(-1)?.decisions.at(-1)).toBe(last?.decision)
  })

  it("finds the grants on the key, whether or not they had to be read", async () => {
    const { kms, root, newKey, told } = await opened()
    const KeyId = await newKey()
    const GranteePrincipal = userOf("111122223333")
    const granted = { KeyId, GranteePrincipal, Operations: ["Encrypt" as const] }
    const { GrantId } = await root.createGrant(granted)
    told.length = 0
    await kms.as(GranteePrincipal).encrypt(encrypted(KeyId))
    const [question] = told
    expect(question?.decision).toMatchObject({ reason: "grant", by: [{ grantId: GrantId }] })
    const all = await question?.withGrants()
    expect(question && all?.decide(question.request)).toEqual(question?.decision)
    expect(question?.policies.policies.grants).toBeUndefined()
  })

  it("that throws makes the call fail before it does anything", async () => {
    let isBroken = false
    const world = await openWorld({
      decisions: () => {
        if (isBroken) throw new Error("the sink is full")
      },
    })
    const KeyId = await world.newKey()
    const { CiphertextBlob } = await world.root.encrypt(encrypted(KeyId))
    isBroken = true
    const calls = [
      () => world.root.encrypt(encrypted(KeyId)),
      () => world.root.decrypt({ CiphertextBlob }),
      () => world.root.disableKey({ KeyId }),
    ]
    for (const call of calls) {
      const refusal = await refusalOf(call())
      expect(refusal.name).toBe("KMSInternalException")
      expect(refusal.message).not.toContain("full")
    }
    isBroken = false
    expect(blobIn(await world.root.encrypt(encrypted(KeyId)))).toBeInstanceOf(Uint8Array)
  })

  it("of another region is told of what a call here needs there", async () => {
    const told: DecidedQuestion[] = []
    const there = await openWorld({
      region: "eu-west-1",
      decisions: (question) => void told.push(question),
    })
    const here = await openWorld()
    await connectRegions([here.kms, there.kms])
    const KeyId = await here.newKey({ MultiRegion: true })
    await here.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    told.length = 0
    await here.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" })
    expect(told).toMatchObject([
      {
        operation: "UpdatePrimaryRegion",
        decision: { effect: "allow" },
        request: { principal: { arn: rootOf("111122223333") } },
      },
    ])
    expect(told[0]?.requestId).toBeUndefined()
  })
})
