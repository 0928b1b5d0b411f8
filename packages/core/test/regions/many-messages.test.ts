import { describe, expect, it } from "vitest"
import { createRegions } from "../../src/engine/regions/regions.js"
import {
  type RegionReply,
  replyFormat,
  requestFormat,
} from "../../src/formats/regions/region-bodies.js"
import {
  encodeMessageBody,
  encodeRegionMessage,
  parseRegionMessage,
} from "../../src/formats/regions/region-message.js"
import { keyRecordKey } from "../../src/formats/stored/key-records.js"
import {
  knownRegionKey,
  outboxFormat,
  outboxKey,
  replicationKeyKey,
} from "../../src/formats/stored/region-records.js"
import { account } from "../support/accounts.js"
import { bareHost } from "../support/bare-host.js"
import { handTimer } from "../support/hand-timer.js"
import { keyRecord, relation } from "../support/key-records.js"

/*
 * A host's side of all regions: how it empties its outbox, and what it makes of a consultation.
 */

const [us, eu, ap] = ["us-east-1", "eu-west-1", "ap-south-1"] as const
const keyIdOf = (i: number): string => `mrk-${i.toString(16).padStart(32, "0")}`
const letter = (region: string, i: number) => ({ region, account, keyId: keyIdOf(i) })
const entryOf = (region: string, i: number) => {
  const record = letter(region, i)
  return { key: outboxKey(record), value: outboxFormat.encode(record), record }
}
const signature = new Uint8Array(64)

interface Scene {
  readonly entries?: readonly { key: string; value: unknown; record?: object }[]
  /** What the other region answers; it does not when there is none. */
  readonly reply?: RegionReply
  readonly listed?: (query: object) => void
  /** Whether the other region answers only once the test lets it. */
  readonly isHeld?: boolean
}

function regionsOf({ entries = [], reply, listed, isHeld = false }: Scene) {
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const records = Object.fromEntries(entries.map(({ key, record }) => [key, record]))
  const made = bareHost({
    records: {
      ...records,
      [replicationKeyKey]: { token: Uint8Array.of(1) },
      [knownRegionKey(eu)]: { region: eu, endorsement: Uint8Array.of(7) },
    },
    hsm: {
      signForRegion: () => signature,
      verifyFromRegion: () => true,
      endorsedKey: () => Uint8Array.of(5),
      replicationPublicKey: (token: Uint8Array) => Uint8Array.from([...token, 99]),
    },
  })
  let rests = 0
  const list = async (query: { prefix: string; after?: string; limit: number }) => {
    listed?.(query)
    const left = entries.filter(({ key }) => query.after === undefined || key > query.after)
    return { entries: left.slice(0, query.limit), more: left.length > query.limit }
  }
  const get = async (keys: readonly string[]) => keys.map((key) => records[key])
  const host = {
    place: made.host.place,
    reader: made.host.reader,
    commit: made.host.commit,
    domain: made.host.domain,
    clock: made.host.clock,
    storage: { commit: made.host.storage.commit.bind(made.host.storage), list, get },
    rest: async () => {
      rests += 1
    },
    entropy: (target: Uint8Array) => target.fill(3),
    timer: handTimer().timer,
  }
  const settled: unknown[] = []
  const regions = createRegions(host as never, 1000, async (key) => void settled.push(key))
  const heard: unknown[] = []
  const deliver = async (bytes: Uint8Array) => {
    const asked = parseRegionMessage(bytes)
    heard.push(requestFormat.parse(asked?.body as Uint8Array))
    if (reply === undefined) throw new Error("reset")
    if (isHeld) await held
    const id = asked?.id as Uint8Array
    const body = replyFormat.encode(reply)
    const message = { kind: "reply", from: eu, to: us, id, body } as const
    return encodeRegionMessage(encodeMessageBody(message), signature)
  }
  const connect = () => regions.connect(eu, Uint8Array.of(5), { deliver })
  return { ...made, regions, heard, connect, letGo, rests: () => rests }
}

const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1)

describe("the outbox of a host", () => {
  it("is emptied page by page, with a rest before each and before each message", async () => {
    const entries = Array.from({ length: 450 }, (_, i) => entryOf(i % 2 ? eu : ap, i)).sort(byKey)
    const queries: object[] = []
    const { regions, committed, rests } = regionsOf({ entries, listed: (one) => queries.push(one) })
    expect(await regions.deliverAll()).toEqual({
      messagesDelivered: 450,
      unreadable: [],
      regionsUnreachable: [],
    })
    expect(new Set(committed.flatMap(({ remove }) => remove)).size).toBe(450)
    expect(queries).toEqual([
      { prefix: "outbox/", after: undefined, limit: 200 },
      { prefix: "outbox/", after: entries[199]?.key, limit: 200 },
      { prefix: "outbox/", after: entries[399]?.key, limit: 200 },
    ])
    expect(rests()).toBe(3 + 450)
  })

  it("goes on past what is not readable, and says what it is", async () => {
    const broken = { key: outboxKey(letter(ap, 1)), value: Uint8Array.of(1), record: {} }
    const { regions } = regionsOf({ entries: [broken, entryOf(eu, 2)].sort(byKey) })
    const report = await regions.deliverAll()
    expect(report).toMatchObject({ messagesDelivered: 1, regionsUnreachable: [] })
    expect(report.unreadable).toEqual([expect.stringContaining(broken.key)])
  })

  it("names the regions that do not answer, each once, and asks them once", async () => {
    const related = (i: number, region: string) =>
      keyRecord({
        keyId: keyIdOf(i),
        multiRegion: {
          type: "PRIMARY",
          primaryRegion: us,
          replicas: [{ region, since: 1 }],
          version: 2,
          since: 0,
          reports: 0,
        },
      })
    const entries = [entryOf(eu, 1), entryOf(eu, 2), entryOf(ap, 3)].sort(byKey)
    const { regions, records, heard, connect } = regionsOf({ entries })
    await connect()
    for (const i of [1, 2, 3]) {
      records[`key/${account}/${keyIdOf(i)}`] = related(i, i === 3 ? ap : eu)
    }
    expect(await regions.deliverAll()).toEqual({
      messagesDelivered: 0,
      unreadable: [],
      regionsUnreachable: [ap, eu],
    })
    expect(heard).toHaveLength(1)
    expect(regions.isUp(eu)).toBe(false)
  })
})

describe("a region that is told of a key at once", () => {
  it("is asked nothing when it is not up, or has no letter", async () => {
    const { regions, heard, committed, connect } = regionsOf({ entries: [entryOf(ap, 1)] })
    await regions.announce({ account, keyId: keyIdOf(1) })
    await connect()
    await regions.announce({ account, keyId: keyIdOf(1) })
    expect([heard, committed]).toEqual([[], []])
  })

  it("is told where there is a letter for it, and nobody minds when it fails", async () => {
    const { regions, committed, connect } = regionsOf({ entries: [entryOf(eu, 1)] })
    await connect()
    await regions.announce({ account, keyId: keyIdOf(1) })
    expect(committed.map(({ remove }) => remove)).toEqual([[outboxKey(letter(eu, 1))]])
    await regions.idle()
  })
})

describe("what follows from a message of another region", () => {
  it("is told after it was answered, and is waited for by whoever waits until all is quiet", async () => {
    const { regions, records, heard, connect, letGo } = regionsOf({
      entries: [entryOf(eu, 1)],
      reply: { kind: "synchronized", version: 3 },
      isHeld: true,
    })
    await connect()
    const replicas = [eu, ap].map((region) => ({ region, since: 1 }))
    const multiRegion = relation({ primaryRegion: us, replicas })
    records[keyRecordKey(account, keyIdOf(1))] = keyRecord({ keyId: keyIdOf(1), multiRegion })
    const gone = { since: 1, deletedMs: 5 }
    const said = { kind: "gone", account, keyId: keyIdOf(1), replica: gone } as const
    const id = new Uint8Array(16)
    const message = { kind: "request", from: eu, to: us, id, body: requestFormat.encode(said) }
    const bytes = encodeRegionMessage(encodeMessageBody(message as never), signature)
    const answered = parseRegionMessage(await regions.receive(bytes))
    expect(replyFormat.parse(answered?.body as Uint8Array)).toEqual({ kind: "noted" })
    let isQuiet = false
    const quiet = regions.idle().then(() => {
      isQuiet = true
    })
    await expect.poll(() => heard.length).toBe(1)
    expect(isQuiet).toBe(false)
    letGo()
    await quiet
    expect(heard).toHaveLength(1)
  })
})

describe("a consultation", () => {
  const consultation = {
    operation: "UpdatePrimaryRegion",
    key: { account, keyId: keyIdOf(1) },
    input: {
      KeyId: "a",
      Count: 1,
      Dry: true,
      Blob: Uint8Array.of(1),
      List: ["a"],
      None: undefined,
      Nothing: null,
    },
    caller: {
      type: "root",
      arn: `arn:aws:iam::${account}:root`,
      account,
      identityArns: [],
      context: { sourceIp: "10.0.0.1" },
      isAdministrator: true,
    },
  } as never

  it("says who asks for what, and nothing that others do not understand", async () => {
    const { regions, heard, connect } = regionsOf({ reply: { kind: "permitted" } })
    await connect()
    await regions.consult(eu, consultation)
    expect(heard).toEqual([
      {
        kind: "consult",
        account,
        keyId: keyIdOf(1),
        operation: "UpdatePrimaryRegion",
        input: { KeyId: "a", Count: 1, Dry: true },
        requester: {
          type: "root",
          arn: `arn:aws:iam::${account}:root`,
          account,
          identityArns: [],
          context: { sourceIp: "10.0.0.1" },
        },
      },
    ])
  })

  it.each([
    [{ kind: "refused", name: "NotFoundException", message: "none" }, "NotFoundException", "none"],
    [{ kind: "refused", name: "toString", message: "none" }, "KMSInternalException", undefined],
    [{ kind: "refused", name: "Error", message: "none" }, "KMSInternalException", undefined],
    [{ kind: "noted" }, "KMSInternalException", undefined],
    [{ kind: "settled" }, "KMSInternalException", undefined],
  ] as [RegionReply, string, string | undefined][])(
    "that is answered %o is %s",
    async (reply, name, message) => {
      const { regions, connect } = regionsOf({ reply })
      await connect()
      const refused = regions.consult(eu, consultation)
      await expect(refused).rejects.toMatchObject({ name, ...(message && { message }) })
    },
  )
})

describe("a region that is connected", () => {
  it("is known, is up, and is told no more once it is disconnected", async () => {
    const { regions, connect } = regionsOf({})
    expect([await regions.knows(eu), await regions.knows(ap)]).toEqual([true, false])
    expect(regions.isUp(eu)).toBe(false)
    await connect()
    expect(regions.isUp(eu)).toBe(true)
  })

  it("is trusted by a key that the HSM says, out of the token that is kept", async () => {
    const { regions } = regionsOf({})
    expect(await regions.replicationKey()).toEqual(Uint8Array.of(1, 99))
  })
})
