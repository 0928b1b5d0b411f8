import { randomInt } from "node:crypto"
import type { Kms } from "@keywright/core"
import { type Storage, StorageError } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { openHost } from "../../../core/test/support/hosts.js"
import type { Machines } from "../../../core/test/support/machines.js"
import {
  checkHistory,
  createHistoryRecorder,
  type HistoryRecorder,
  kmsModel,
  renderVerdict,
} from "../../src/histories.js"
import { createTestKms } from "../../src/index.js"
import { callAtRandom } from "./calls-at-random.js"
import { sharedStores } from "./stores.js"

const verdictOf = (recorder: HistoryRecorder) => checkHistory(recorder.operations(), kmsModel())

/** Now and then a commit fails, the third surely: before it is made, or after, unanswered. */
function lossy(storage: Storage, isCalm: () => boolean): Storage {
  let commits = 0
  return {
    ...storage,
    commit: async (change) => {
      if (!isCalm()) commits += 1
      const draw = commits === 0 ? undefined : commits === 3 ? randomInt(2) : randomInt(40)
      if (draw === 0) throw new StorageError("failed", "a planned fault, before the commit")
      const isHeld = await storage.commit(change)
      if (draw === 1) throw new StorageError("failed", "a planned fault, after the commit")
      return isHeld
    },
  }
}

/** What six callers of three hosts see. */
async function historyOn(machines: Machines): Promise<HistoryRecorder> {
  const recorder = createHistoryRecorder()
  const hosts: Kms[] = []
  let isCalm = true
  try {
    for (let i = 0; i < 3; i += 1) {
      hosts.push(await openHost({ storage: lossy(await machines.open(), () => isCalm) }))
    }
    const clients = hosts.map((kms) => recorder.watch(kms.as(kms.administrator)))
    const keys: string[] = []
    for (const client of clients.slice(1)) {
      const { KeyMetadata } = await client.createKey({})
      keys.push(KeyMetadata?.KeyId ?? "")
    }
    isCalm = false
    const scene = { keys, principal: hosts[0]?.administrator ?? "" }
    const calling = [...clients, ...clients].map((client) => callAtRandom(client, scene, 50))
    await machines.interrupt()
    await Promise.all(calling)
    return recorder
  } finally {
    await Promise.all(hosts.map((kms) => kms.close().catch(() => undefined)))
    machines.remove()
  }
}

describe.each(sharedStores)("three hosts on %s", (name, make) => {
  const only = make === undefined ? it.skip : it
  const why = make === undefined ? ` (there is no ${name})` : ""

  const test = async () => {
    const recorder = await historyOn(await (make as () => Promise<Machines>)())
    const unanswered = recorder.operations().filter(({ answer }) => answer === undefined)
    expect(unanswered).not.toEqual([])
    expect(renderVerdict(verdictOf(recorder))).toMatch(/^linearizable/)
  }
  only(`look like one, whatever fails between them and the store${why}`, test)
})

describe("a history of a kit", () => {
  it("has calls without an answer where replies are lost, and is linearizable", async () => {
    await using kit = await createTestKms()
    const recorder = createHistoryRecorder()
    const client = recorder.watch(kit.client())
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    kit.faults.plan([{ fault: "reply-lost", operation: "DisableKey" }])
    await expect(client.disableKey({ KeyId })).rejects.toMatchObject({ code: "ECONNRESET" })
    await expect(client.encrypt({ KeyId, Plaintext: new Uint8Array(1) })).rejects.toHaveProperty(
      "name",
      "DisabledException",
    )
    expect(recorder.operations().map(({ answer }) => answer !== undefined)).toEqual([
      true,
      false,
      true,
    ])
    expect(verdictOf(recorder).verdict).toBe("linearizable")
  })

  it("is violated by a call that sees what was before", async () => {
    await using kit = await createTestKms()
    const recorder = createHistoryRecorder()
    const client = recorder.watch(kit.client())
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    kit.faults.plan([{ fault: "stale-read", operation: "Encrypt" }])
    await client.disableKey({ KeyId })
    await client.encrypt({ KeyId, Plaintext: new Uint8Array(1) })
    expect(verdictOf(recorder).verdict).toBe("violated")
  })
})

describe("a recorder", () => {
  it("keeps no plaintext and no ciphertext", async () => {
    await using kit = await createTestKms()
    const recorder = createHistoryRecorder()
    const client = recorder.watch(kit.client(), "arn:aws:iam::111122223333:root")
    const { KeyMetadata } = await client.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: Uint8Array.of(7, 7, 7) })
    await client.decrypt({ CiphertextBlob })
    const text = JSON.stringify(recorder.operations())
    expect(text).not.toMatch(/Plaintext|Blob/)
    expect(text).toMatch(/"caller":"arn:aws:iam::111122223333:root"/)
    expect(verdictOf(recorder).verdict).toBe("linearizable")
  })

  it("takes calls that anything makes", async () => {
    const recorder = createHistoryRecorder()
    const call = { operation: "DescribeKey", input: { KeyId: "none" } }
    const refusal = Object.assign(new Error("no"), { name: "NotFoundException" })
    await expect(recorder.record(call, () => Promise.reject(refusal))).rejects.toBe(refusal)
    await recorder.record(call, async () => ({ KeyMetadata: { KeyId: "none" } }))
    expect(recorder.operations()).toMatchObject([
      { start: 1, answer: { end: 2, reply: { error: "NotFoundException" } } },
      { start: 3, answer: { end: 4 } },
    ])
    expect(verdictOf(recorder).verdict).toBe("violated")
  })
})
