import { describe, expect, it } from "vitest"
import {
  agendaKeys,
  formerAgendaKeys,
  parseAgendaKey,
  storageChange,
} from "../../src/engine/records/entries.js"
import type { KeyRecord } from "../../src/formats/stored/key-records.js"
import type { Change } from "../../src/model/changes.js"
import { textOf } from "../../src/vocabulary/bytes.js"
import { account } from "../support/accounts.js"
import {
  aliasRecord,
  grantId,
  grantRecord,
  keyId,
  keyRecord,
  keyStoreEntry,
  keyStores,
  material,
  multiRegion,
  multiRegionId,
  storeId,
} from "../support/example-records.js"

const due = (timeMs: number, id = keyId) =>
  `due/${String(timeMs).padStart(15, "0")}/${account}/${id}`
const key = `key/${account}/${keyId}`
const listed = `listed/${account}/${keyId}`
const usage = `usage/${account}/${keyId}`
const related = (members: Partial<KeyRecord> = {}) =>
  keyRecord({ keyId: multiRegionId, multiRegion: multiRegion(), ...members })
const [relatedKey, relatedListed] = [
  `key/${account}/${multiRegionId}`,
  `listed/${account}/${multiRegionId}`,
]
const replica = multiRegion({ type: "REPLICA", primaryRegion: "eu-west-1", version: 4 })
const rotation = { periodDays: 90, nextMs: 50 }

/** The storage keys that a change writes and clears. */
function written(...changes: readonly Change[]) {
  const { put, remove } = storageChange(changes, [])
  return { put: put.map((one) => one.key).sort(), remove: [...remove].sort() }
}

const draft = {
  account,
  keyId: multiRegionId,
  region: "eu-west-1",
  createdMs: 1,
  description: "",
  policy: "{}",
  tags: [],
}

/** Of a change, what it writes and what it clears. */
const writes: readonly [string, Change, readonly string[], readonly string[]][] = [
  ["a new key", { kind: "key", after: keyRecord() }, [key, listed], []],
  [
    "a new key that is due for three things",
    {
      kind: "key",
      after: keyRecord({
        rotation,
        materials: [material({ expiresMs: 70 }), material({ expiresMs: undefined })],
      }),
    },
    [due(50), due(70), key, listed],
    [],
  ],
  [
    "a key with another description",
    { kind: "key", before: keyRecord(), after: keyRecord({ description: "new" }) },
    [key],
    [],
  ],
  [
    "a key that is to be deleted, and rotates no more",
    {
      kind: "key",
      before: keyRecord({ rotation }),
      after: keyRecord({ state: "PendingDeletion", deletionMs: 90 }),
    },
    [due(90), key, listed],
    [due(50)],
  ],
  [
    "a key that is disabled, and keeps its rotation on the agenda",
    {
      kind: "key",
      before: keyRecord({ rotation }),
      after: keyRecord({ rotation, state: "Disabled" }),
    },
    [key],
    [],
  ],
  [
    "a key whose rotation has moved",
    {
      kind: "key",
      before: keyRecord({ rotation }),
      after: keyRecord({ rotation: { ...rotation, nextMs: 60 } }),
    },
    [due(60), key],
    [due(50)],
  ],
  [
    "a key whose deletion was cancelled",
    {
      kind: "key",
      before: keyRecord({ state: "PendingDeletion", deletionMs: 90 }),
      after: keyRecord({ state: "Disabled" }),
    },
    [key, listed],
    [due(90)],
  ],
  [
    "a key that goes",
    { kind: "key", before: keyRecord({ rotation, state: "PendingDeletion", deletionMs: 90 }) },
    [],
    [due(50), due(90), key, listed, usage],
  ],
  ["no key at all", { kind: "key" }, [], []],
  ["an alias", { kind: "alias", after: aliasRecord() }, [`alias/${account}/a`], []],
  ["an alias that goes", { kind: "alias", before: aliasRecord() }, [], [`alias/${account}/a`]],
  ["no alias at all", { kind: "alias" }, [], []],
  ["a key count, when it is written", { kind: "key count", account, more: 1 }, [], []],
  [
    "a place in a key store",
    { kind: "key store entry", after: keyStoreEntry() },
    [`key-store-key/${account}/${storeId}/${keyId}`],
    [],
  ],
  [
    "a place that is free again",
    { kind: "key store entry", before: keyStoreEntry() },
    [],
    [`key-store-key/${account}/${storeId}/${keyId}`],
  ],
  [
    "a new key store",
    { kind: "key stores", after: keyStores(storeId) },
    [`key-stores/${account}`],
    [],
  ],
  [
    "one key store less, with its domain",
    {
      kind: "key stores",
      before: keyStores(storeId, `cks-${"b".repeat(17)}`),
      after: keyStores(storeId),
    },
    [`key-stores/${account}`],
    [`domain/${account}/cks-${"b".repeat(17)}`],
  ],
  [
    "no key store any more",
    { kind: "key stores", before: keyStores(storeId) },
    [],
    [`domain/${account}/${storeId}`, `key-stores/${account}`],
  ],
  [
    "a replica that is to be",
    { kind: "replica draft", after: draft },
    [`draft/eu-west-1/${account}/${multiRegionId}`],
    [],
  ],
  [
    "a replica that is made",
    { kind: "replica draft", before: draft },
    [],
    [`draft/eu-west-1/${account}/${multiRegionId}`],
  ],
  ["no replica at all", { kind: "replica draft" }, [], []],
  ["no grant at all", { kind: "grant" }, [], []],
]

describe("what a change writes", () => {
  it.each(writes)("is, of %s", (_, change, put, remove) => {
    expect(written(change)).toEqual({ put: [...put].sort(), remove: [...remove].sort() })
  })

  it("is of a grant the record and what leads there, as far as it has a name and who retires it", () => {
    for (const [members, pointers] of [
      [{}, 3],
      [{ name: undefined }, 2],
      [{ retiringPrincipal: undefined }, 2],
      [{ name: undefined, retiringPrincipal: undefined }, 1],
    ] as const) {
      const grant = grantRecord(members as object)
      const { put, remove } = storageChange([{ kind: "grant", after: grant }], [])
      expect(remove).toEqual([])
      const [record, ...others] = put
      expect(record?.key).toContain(`grant/${account}/${keyId}/`)
      expect(others).toHaveLength(pointers)
      expect(others[0]?.key).toContain(grantId)
      for (const { value } of others) expect(textOf(value)).toBe(record?.key)
      const gone = storageChange([{ kind: "grant", before: grant }], [])
      expect(gone).toMatchObject({ put: [], remove: put.map((one) => one.key) })
    }
  })
})

describe("other regions", () => {
  const regions = [
    { region: "eu-west-1", since: 1 },
    { region: "ap-south-1", since: 1 },
  ] as never
  const primary = related({ multiRegion: multiRegion({ replicas: regions }) })
  const outbox = (where: string) => `outbox/${where}/${account}/${multiRegionId}`

  it.each<
    [string, KeyRecord | undefined, KeyRecord | undefined, readonly string[], readonly string[]]
  >([
    ["nothing of a new primary", undefined, related(), [relatedKey, relatedListed], []],
    [
      "what their replicas share",
      primary,
      { ...primary, rotation },
      [due(50, multiRegionId), relatedKey, outbox("ap-south-1"), outbox("eu-west-1")],
      [],
    ],
    [
      "nothing of what they do not share",
      primary,
      { ...primary, description: "new" },
      [relatedKey],
      [],
    ],
    [
      "that a replica is gone, which is remembered here",
      related({ multiRegion: replica, state: "PendingDeletion", deletionMs: 90, rotation }),
      undefined,
      [outbox("eu-west-1"), `gone/${account}/${multiRegionId}`],
      [due(90, multiRegionId), relatedKey, relatedListed, `usage/${account}/${multiRegionId}`],
    ],
    [
      "nothing of a primary that is gone",
      related({ state: "PendingDeletion", deletionMs: 90 }),
      undefined,
      [],
      [due(90, multiRegionId), relatedKey, relatedListed, `usage/${account}/${multiRegionId}`],
    ],
  ])("are told %s", (_, before, after, put, remove) => {
    expect(written({ kind: "key", before, after })).toEqual({
      put: [...put].sort(),
      remove: [...remove].sort(),
    })
  })

  it("are told with the change that is written under a new version", () => {
    const { put } = storageChange(
      [{ kind: "key", before: primary, after: { ...primary, rotation } }],
      [],
    )
    const record = put.find((one) => one.key === relatedKey)
    expect(JSON.parse(textOf(record?.value ?? new Uint8Array())).value.multiRegion.version).toBe(2)
  })
})

describe("what a change expects", () => {
  it("is what was read, and that what it makes is not there", () => {
    const changes: Change[] = [
      { kind: "key", after: keyRecord({ rotation }) },
      { kind: "alias", after: aliasRecord() },
    ]
    const read = [{ key: `alias/${account}/a`, revision: 7 }]
    const { expect: expected } = storageChange(changes, read)
    expect(expected).toEqual([...read, { key, revision: undefined }])
    const known = new Set([key])
    expect(storageChange(changes, read, known).expect).toEqual([
      ...read,
      { key: `alias/${account}/a`, revision: undefined },
    ])
  })

  it("says nothing of what may be there already", () => {
    const primary = related({
      multiRegion: multiRegion({ replicas: [{ region: "eu-west-1", since: 1 }] as never }),
    })
    for (const change of [
      { kind: "key", before: primary, after: { ...primary, rotation } },
      { kind: "key", before: related({ multiRegion: replica }) },
      { kind: "replica draft", after: draft },
    ] as Change[]) {
      const { expect: expected, put } = storageChange([change], [])
      expect(put.length).toBeGreaterThan(0)
      expect(expected.filter((one) => one.key !== relatedKey)).toEqual([])
    }
  })
})

describe("the agenda", () => {
  it("lists a key under each moment at which something is due, once", () => {
    const rotating = multiRegion({ rotating: { atMs: 30 } as never })
    const all = related({
      rotation,
      deletionMs: 90,
      multiRegion: rotating,
      materials: [material({ expiresMs: 90 }), material({ expiresMs: 20 })],
    })
    const times = [90, 50, 30, 20].map((ms) => due(ms, multiRegionId))
    expect([...agendaKeys(all)].sort()).toEqual([...times].sort())
  })

  it("may keep the rotation of a key that does not rotate now, but for a replica", () => {
    const disabled = keyRecord({ rotation, state: "Disabled" })
    expect(agendaKeys(disabled)).toEqual([])
    expect(formerAgendaKeys(disabled)).toEqual([due(50)])
    expect(formerAgendaKeys(keyRecord())).toEqual([])
    expect(formerAgendaKeys(related({ rotation, multiRegion: replica }))).toEqual([])
  })

  it("says of an entry when it is due, and which key", () => {
    expect(parseAgendaKey(due(50))).toEqual({ key: due(50), dueMs: 50, account, keyId })
    for (const wrong of [
      `x${due(50)}`,
      `${due(50)}\n`,
      `${due(50)}/more`,
      due(50).replace("due/0", "due/"),
      due(50).replace("due/0", "due/00"),
      due(50).replace(account, account.slice(1)),
      due(50).replace(account, `${account}1`),
      due(50).replace(keyId, ""),
      due(50).replace(keyId, keyId.toUpperCase()),
      due(50).replace("due/0", "due/x"),
    ]) {
      expect([wrong, parseAgendaKey(wrong)]).toEqual([wrong, undefined])
    }
  })
})
