import fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  createEnvelope,
  type KeySource,
  rawAesKeys,
  type SealedBytes,
  type SealedText,
} from "../../../src/envelope/index.js"
import { parseWholeHeader } from "../../../src/envelope/message/header.js"
import { countingSource } from "../support/counting-source.js"

const keysOf = (fill: number): KeySource =>
  rawAesKeys({ namespace: "tests", name: `key ${fill}`, key: new Uint8Array(32).fill(fill) })
const column = { table: "customers", column: "email" }
const envelopeOf = (fill: number) => createEnvelope({ keys: keysOf(fill) })
const email = envelopeOf(1).field({ context: column, perValue: ["id"] })
const id = { id: "7" }

describe("a column of text", () => {
  it("holds any text, bound to its row", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), async (value, row) => {
        const sealed = await email.seal(value, { id: row })
        expect(email.isSealed(sealed)).toBe(true)
        expect(await email.open(sealed, { id: row })).toBe(value)
      }),
      { numRuns: 50 },
    )
  })

  it("holds text of a version and Base64, which says nothing of value or context", async () => {
    const sealed = await email.seal("alice@example.com", id)
    expectTypeOf(sealed).toEqualTypeOf<SealedText>()
    expect(sealed).toMatch(/^kw1:[A-Za-z0-9+/]+={0,2}$/)
    const held = Buffer.from(sealed.slice(4), "base64").toString("latin1")
    for (const text of ["alice", "customers", "email"]) expect(held).not.toContain(text)
  })

  it("does not open what was moved to another row, column or table", async () => {
    const sealed = await email.seal("alice@example.com", id)
    const moved = [
      email.open(sealed, { id: "8" }),
      envelopeOf(1)
        .field({ context: { ...column, column: "phone" }, perValue: ["id"] })
        .open(sealed, id),
      envelopeOf(1)
        .field({ context: { ...column, table: "staff" }, perValue: ["id"] })
        .open(sealed, id),
      envelopeOf(1).field({ context: column }).open(sealed),
    ]
    for (const one of moved) await expect(one).rejects.toMatchObject({ name: "EnvelopeError" })
  })

  it("does not open what was changed anywhere", async () => {
    const sealed = await email.seal("a", id)
    const characters = [...sealed]
    for (const [at, character] of characters.entries()) {
      const changed = characters.with(at, character === "A" ? "B" : "A").join("")
      await expect(email.open(changed, id)).rejects.toMatchObject({ name: "EnvelopeError" })
    }
    for (let end = 0; end < sealed.length; end += 1) {
      await expect(email.open(sealed.slice(0, end), id)).rejects.toMatchObject({
        name: "EnvelopeError",
      })
    }
  })

  it("does not hold what is no text", async () => {
    for (const value of [undefined, null, 7, "\ud800", new Uint8Array(1)]) {
      await expect(email.seal(value as never, id)).rejects.toThrow(TypeError)
    }
  })
})

describe("what was not sealed", () => {
  const others = [
    "alice@example.com",
    "",
    "kw1:",
    "kw1:AAAA",
    "kw2:AgR4",
    undefined,
    null,
    7,
    {},
    new Uint8Array(500),
  ]

  it("is told from what was, and stopped before it is stored", async () => {
    for (const value of others) {
      expect(email.isSealed(value)).toBe(false)
      expect(() => email.requireSealed(value)).toThrow(TypeError)
      await expect(email.open(value, id)).rejects.toMatchObject({ reason: "malformed" })
    }
    const sealed = await email.seal("", id)
    expect(email.requireSealed(sealed)).toBe(sealed)
  })

  it("is never shown in the error", async () => {
    const secret = "alice@example.com"
    const error = await email.open(secret, id).catch((thrown: unknown) => thrown)
    expect(String(error)).not.toContain("alice")
  })
})

describe("a column of bytes", () => {
  const photo = envelopeOf(1).field({ context: column, value: "bytes", stored: "bytes" })

  it("holds any bytes as a message of the AWS Encryption SDK", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 20_000 }), async (value) => {
        const sealed = await photo.seal(value)
        expectTypeOf(sealed).toEqualTypeOf<SealedBytes>()
        expect(photo.isSealed(sealed)).toBe(true)
        expect(await photo.open(sealed)).toEqual(value)
      }),
      { numRuns: 30 },
    )
    const sealed = await photo.seal(new Uint8Array([1, 2, 3]))
    const requiredContext = Object.keys(column)
    const other = createEnvelope({ keys: keysOf(1), requiredContext })
    const { plaintext } = await other.decrypt(sealed, { expectContext: column })
    expect(plaintext).toEqual(Uint8Array.of(1, 2, 3))
  })

  it("takes text into bytes, and bytes into text", async () => {
    const textInBytes = envelopeOf(1).field({ context: column, stored: "bytes" })
    expect(await textInBytes.open(await textInBytes.seal("größe"))).toBe("größe")
    const bytesInText = envelopeOf(1).field({ context: column, value: "bytes" })
    expect(await bytesInText.open(await bytesInText.seal(Uint8Array.of(255)))).toEqual(
      Uint8Array.of(255),
    )
    const odd = await photo.seal(Uint8Array.of(255))
    await expect(textInBytes.open(odd)).rejects.toMatchObject({ reason: "malformed" })
  })
})

describe("the size of a value", () => {
  const [text, bytes] = [
    envelopeOf(1).field({ context: column }),
    envelopeOf(1).field({ context: column, value: "bytes", stored: "bytes" }),
  ]
  const most = 8 * 1024 * 1024

  it("may be 8 MiB, and no more", async () => {
    expect((await bytes.seal(new Uint8Array(most))).length).toBeGreaterThan(most)
    const sealed = await text.seal("x".repeat(most / 4))
    expect((await text.open(sealed)).length).toBe(most / 4)
    const refused = { name: "EnvelopeError", reason: "limit" }
    await expect(bytes.seal(new Uint8Array(most + 1))).rejects.toMatchObject(refused)
    await expect(bytes.seal(new Uint8Array(most + 1))).rejects.toThrow(`${most} bytes`)
    await expect(text.seal("x".repeat(most + 1))).rejects.toMatchObject(refused)
  })

  it("is looked at before it is taken for one that was sealed", async () => {
    const sealed = await bytes.seal(new Uint8Array(1))
    const longest = new Uint8Array(2 * most)
    longest.set(sealed)
    expect(bytes.isSealed(longest)).toBe(true)
    const longer = new Uint8Array(2 * most + 1)
    longer.set(sealed)
    expect(bytes.isSealed(longer)).toBe(false)
    const textOf = (message: Uint8Array) => `kw1:${Buffer.from(message).toString("base64")}`
    expect(text.isSealed(textOf(sealed))).toBe(true)
    expect(text.isSealed(textOf(longer))).toBe(false)
  })
})

it("a value commits to its key, unsigned, whatever else the envelope writes", async () => {
  const older = createEnvelope({
    keys: keysOf(1),
    commitmentPolicy: "FORBID_ENCRYPT_ALLOW_DECRYPT",
    suite: "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384",
  })
  const field = older.field({ context: column, stored: "bytes" })
  const limits = { headerBytesMax: 9999, encryptedDataKeysMax: 1 }
  const { suite, storedContext } = parseWholeHeader(await field.seal("a"), limits)
  expect(suite.name).toBe("ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY")
  expect(storedContext).toEqual({})
  const uncommitted = await older.encrypt(new TextEncoder().encode("a"), { context: column })
  await expect(field.open(uncommitted.message)).rejects.toMatchObject({ reason: "commitment" })
})

describe("a column that cannot be", () => {
  const envelope = envelopeOf(1)

  it.each([{ value: "json" }, { stored: "blob" }])("is not made: %o", (form) => {
    expect(() => envelope.field({ context: column, ...form } as never)).toThrow(
      "`value` and `stored` must be text or bytes",
    )
  })

  it.each([0, 1.5, -1, Number.NaN])("is not gone through with %d values at once", (atOnce) => {
    const field = envelope.field({ context: column })
    expect(() => field.refreshAll([], { stored: (row) => row, atOnce })).toThrow(RangeError)
  })
})

describe("the context of a value", () => {
  it("is exactly what the column declared", async () => {
    const wrong = [undefined, {}, { id: "7", more: "" }, { ID: "7" }]
    for (const own of wrong) {
      await expect(email.seal("a", own as never)).rejects.toThrow("a value must have: id")
    }
    const plain = envelopeOf(1).field({ context: column })
    const more = plain.seal("a", ...([{ id: "7" }] as unknown as []))
    await expect(more).rejects.toThrow("a value must have: nothing")
  })

  it("is not that of the column, too", () => {
    const make = () => envelopeOf(1).field({ context: column, perValue: ["table"] })
    expect(make).toThrow(TypeError)
    expect(make).toThrow("both have table")
  })
})

describe("when keys change", () => {
  const renewed = createEnvelope({ keys: keysOf(2) }).field({
    context: column,
    perValue: ["id"],
    previous: [keysOf(1)],
  })

  it("older values open, and are sealed anew when they are read", async () => {
    const old = await email.seal("alice", id)
    expect(await renewed.open(old, id)).toBe("alice")
    const { value, sealed, isRenewed } = await renewed.refresh(old, id)
    expect([value, isRenewed]).toEqual(["alice", true])
    await expect(email.open(sealed, id)).rejects.toMatchObject({ reason: "keys" })
    expect(await renewed.refresh(sealed, id)).toEqual({ value: "alice", sealed, isRenewed: false })
    await expect(
      envelopeOf(2)
        .field({ context: column, perValue: ["id"] })
        .open(old, id),
    ).rejects.toMatchObject({
      reason: "keys",
    })
  })

  it("a whole table is sealed anew: what is stale, each once, whatever else is there", async () => {
    interface Row {
      readonly id: string
      stored: unknown
    }
    const rows: Row[] = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const own = { id: `${i}` }
        const field = i % 3 === 0 ? renewed : email
        if (i % 10 === 7) return { ...own, stored: i < 50 ? undefined : null }
        return { ...own, stored: await field.seal(`value ${i}`, own) }
      }),
    )
    const broken = rows.filter((row) => ["1", "50"].includes(row.id))
    for (const row of broken) row.stored = "not sealed"
    const options = {
      stored: (row: Row) => row.stored,
      context: (row: Row) => ({ id: row.id }),
      atOnce: 7,
    }
    const isStale = ({ id: row, stored }: Row) => Number(row) % 3 !== 0 && (stored ?? null) !== null
    const expected = rows.filter(isStale).map((row) => row.id)
    const done: string[] = []
    const failed: string[] = []
    for await (const { row, sealed, error } of renewed.refreshAll(rows, options)) {
      done.push(row.id)
      if (sealed === undefined) failed.push(row.id)
      else row.stored = sealed
      if (sealed === undefined) expect(error).toMatchObject({ reason: "malformed" })
    }
    expect(done.toSorted()).toEqual(expected.toSorted())
    expect(failed.toSorted()).toEqual(["1", "50"])
    const again = []
    for await (const one of renewed.refreshAll(rows, options)) again.push(one.row.id)
    expect(again.toSorted()).toEqual(["1", "50"])
    const all = []
    for await (const one of renewed.refreshAll(rows, { ...options, which: "all" })) all.push(one)
    expect(all).toHaveLength(rows.filter(({ stored }) => (stored ?? null) !== null).length)
  })

  it("works on as many rows at once as it may", async () => {
    const { source, state } = countingSource()
    let atOnce = 0
    let most = 0
    const slow: KeySource = {
      wrap: source.wrap,
      async unwrap(request) {
        atOnce += 1
        most = Math.max(most, atOnce)
        const dataKey = await source.unwrap(request)
        atOnce -= 1
        return dataKey
      },
    }
    const field = createEnvelope({ keys: slow }).field({ context: column })
    const rows = await Promise.all(Array.from({ length: 40 }, () => field.seal("a")))
    for await (const _ of field.refreshAll(rows, { stored: (row) => row, atOnce: 5 })) expect.fail()
    expect(most).toBe(5)
    expect(state.unwrapCalls).toBe(40)
    most = 0
    for await (const _ of field.refreshAll(rows, { stored: (row) => row, atOnce: 1 })) expect.fail()
    expect(most).toBe(1)
  })

  it("older keys are asked about no value that is not genuine, and the newest say why", async () => {
    const { source, state } = countingSource()
    const field = createEnvelope({ keys: keysOf(2) }).field({
      context: column,
      stored: "bytes",
      previous: [source],
    })
    const sealed = await field.seal("a")
    const changed = sealed.with(-1, (sealed.at(-1) ?? 0) ^ 1)
    await expect(field.open(changed)).rejects.toMatchObject({ reason: "authentication" })
    expect(state.unwrapCalls).toBe(0)
    const causes = ["newest", "older"].map((text) => new Error(text))
    const [newest, older] = causes.map((cause) => ({
      ...keysOf(1),
      unwrap: () => Promise.reject(cause),
    }))
    if (newest === undefined || older === undefined) return expect.fail("there are two")
    const failing = createEnvelope({ keys: newest }).field({
      context: column,
      stored: "bytes",
      previous: [older],
    })
    await expect(failing.open(sealed)).rejects.toMatchObject({ reason: "keys", cause: causes[0] })
  })

  it("a KMS that is down is no reason to call a value stale", async () => {
    const { source, state } = countingSource()
    const field = createEnvelope({ keys: source }).field({ context: column, previous: [keysOf(1)] })
    const sealed = await field.seal("a")
    state.isDown = true
    await expect(field.refresh(sealed)).rejects.toMatchObject({ reason: "keys" })
  })
})
