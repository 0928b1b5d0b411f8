import { beforeAll, describe, expect, it } from "vitest"
import type { RegionRequest } from "../../src/formats/regions/region-bodies.js"
import type { DecidedQuestion } from "../../src/ports/decisions.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { account, otherAccount } from "../support/accounts.js"
import { type Forger, forgerOf, replyIn, requestIn } from "../support/forger.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { hsmOf, type RegionName, type TestRegion } from "../support/regions.js"

/*
 * What a region answers to another one, above all when that asks whether somebody may do here
 * what the operation needs: whoever makes another region the primary must be allowed to in both.
 */

type Consultation = Extract<RegionRequest, { kind: "consult" }>

const names = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const hsms = new Map<string, RegionHsm>()
let partition: TestPartition
let eu: TestRegion
let KeyId: string
/** As `us` asked when another key was handed over. */
let asked: Consultation
const forgers = new Map<RegionName, Forger>()
const decided: DecidedQuestion[] = []

beforeAll(async () => {
  partition = await openPartition(names, (name) => {
    const hsm = hsmOf(name)
    hsms.set(name, hsm)
    return { hsm, ...(name === "eu-west-1" && { decisions: (one) => void decided.push(one) }) }
  })
  for (const name of names) {
    forgers.set(name, forgerOf(partition.region(name), hsms.get(name) as RegionHsm))
  }
  eu = partition.region("eu-west-1")
  KeyId = await replicatedKey(partition)
  const handed = await replicatedKey(partition)
  const us = partition.region("us-east-1")
  await us.root.updatePrimaryRegion({ KeyId: handed, PrimaryRegion: "eu-west-1" })
  await partition.settle()
  const requests = partition.sent.map(({ message }) => requestIn(message))
  asked = requests.find((one): one is Consultation => one?.kind === "consult") as Consultation
})

async function say(request: RegionRequest, by: RegionName = "us-east-1") {
  const message = await forgers.get(by)?.request("eu-west-1", request)
  return replyIn(await eu.kms.regions.receive(message as Uint8Array))
}

const answerTo = (consultation: Partial<Consultation>, by?: RegionName) =>
  say({ ...asked, keyId: KeyId, ...consultation }, by)

const arn = (keyId: string) => `arn:aws:kms:eu-west-1:${account}:key/${keyId}`
const missing = (keyId: string, owner = account) => ({
  kind: "refused",
  name: "NotFoundException",
  message: `Key '${arn(keyId).replace(account, owner)}' does not exist`,
})

describe("a region that is asked whether somebody may", () => {
  it("permits what the key policy there allows", async () => {
    expect(asked).toMatchObject({ operation: "UpdatePrimaryRegion", account })
    decided.length = 0
    expect(await answerTo({})).toEqual({ kind: "permitted" })
    expect(decided).toMatchObject([
      { operation: "UpdatePrimaryRegion", decision: { effect: "allow" } },
    ])
    expect(decided[0]?.requestId).toBeUndefined()
  })

  it("says that a key is not there, or not in that account", async () => {
    const none = `mrk-${"0".repeat(32)}`
    expect(await answerTo({ keyId: none })).toEqual(missing(none))
    expect(await answerTo({ account: otherAccount })).toEqual(missing(KeyId, otherAccount))
  })

  it("tells a region that is not the primary of it so", async () => {
    expect(await answerTo({}, "ap-south-1")).toEqual({
      kind: "refused",
      name: "KMSInvalidStateException",
      message: `${arn(KeyId)} has another primary key.`,
    })
  })

  it.each(["Decrypt", "CreateKey", "Nothing", "constructor"])(
    "knows no %s that concerns another region",
    async (operation) => {
      expect(await answerTo({ operation })).toMatchObject({
        kind: "refused",
        name: "UnsupportedOperationException",
      })
    },
  )

  it("refuses whom the key policy there does not allow", async () => {
    const arn = `arn:aws:iam::${account}:user/eve`
    const requester = { ...asked.requester, type: "user" as const, arn, identityArns: [arn] }
    expect(await answerTo({ requester })).toMatchObject({
      kind: "refused",
      name: "AccessDeniedException",
    })
  })

  it("says that a key is gone when its waiting period is over, swept or not", async () => {
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    expect(await answerTo({})).toMatchObject({ name: "KMSInvalidStateException" })
    partition.clock.advanceDays(7)
    expect(await answerTo({})).toEqual(missing(KeyId))
  })
})

it("a replica of a key that is not there, or has none, is not awaited", async () => {
  const { KeyMetadata } = await eu.root.createKey({ MultiRegion: true })
  for (const keyId of [`mrk-${"0".repeat(32)}`, KeyMetadata?.KeyId ?? ""]) {
    expect(await say({ kind: "confirm", account, keyId, since: 1 })).toEqual({
      kind: "declined",
      reason: "it is not awaited",
    })
  }
})

it("news of a key that is not there are noted, so that they are told once", async () => {
  const keyId = `mrk-${"0".repeat(32)}`
  const replica = { since: 1, deletedMs: 1 }
  expect(await say({ kind: "gone", account, keyId, replica })).toEqual({ kind: "noted" })
})

it("a region that has no related key is told nothing of one", async () => {
  const { KeyMetadata } = await eu.root.createKey({ MultiRegion: true })
  const keyId = KeyMetadata?.KeyId ?? ""
  expect(await say({ kind: "settle", account, keyId })).toEqual({
    kind: "declined",
    reason: "the sender has no related key",
  })
})
