import type { CreateKeyRequest } from "@aws-sdk/client-kms"
import { describe, expect, it, test } from "vitest"
import { rowOf, runRow } from "../support/row-work.js"

const CreationDate = new Date(Date.UTC(2026, 0, 2, 3, 4, 5))
const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
const otherId = "0987dcba-09fe-87dc-65ba-ab0987654321"
const arnOf = (name: string) => `arn:aws:kms:us-east-1:111122223333:${name}`

/** Answers the pages of a list one after the other, and remembers what it was asked. */
function pager(pages: readonly object[]) {
  const asked: unknown[] = []
  const list = async (input: unknown) => {
    asked.push(input)
    const isLast = asked.length === pages.length
    return { ...pages[asked.length - 1], ...(!isLast && { NextMarker: `m${asked.length}` }) }
  }
  return { asked, list }
}

describe("list-keys", () => {
  test("shows every key of every page, with every alias of every page", async () => {
    const keys = pager([{ Keys: [{ KeyId: id }] }, {}, { Keys: [{ KeyId: otherId }] }])
    const aliases = pager([
      {
        Aliases: [
          { AliasName: "alias/a", TargetKeyId: id },
          { AliasName: "alias/aws/s3" },
          { AliasName: "alias/b", TargetKeyId: id },
        ],
      },
      { Aliases: [{ AliasName: "alias/c", TargetKeyId: otherId }] },
    ])
    const metadata = {
      [id]: {
        KeyId: id,
        KeyState: "Enabled",
        KeySpec: "RSA_2048",
        KeyUsage: "SIGN_VERIFY",
        CreationDate,
        Description: "orders",
      },
      [otherId]: { KeyId: otherId },
    }
    const describeKey = async ({ KeyId }: { KeyId: typeof id }) => ({
      KeyMetadata: metadata[KeyId],
    })
    const client = { listKeys: keys.list, listAliases: aliases.list, describeKey }
    const { found, bars } = await runRow("list-keys", { client })
    const columns = "KeyId KeyState KeySpec KeyUsage CreationDate Aliases Description"
    expect(found).toEqual({
      value: [metadata[id], metadata[otherId]],
      table: [
        columns.split(" "),
        [
          id,
          "Enabled",
          "RSA_2048",
          "SIGN_VERIFY",
          "2026-01-02T03:04:05",
          "alias/a alias/b",
          "orders",
        ],
        [otherId, "", "", "", "", "alias/c", ""],
      ],
    })
    expect(keys.asked).toEqual([undefined, "m1", "m2"].map((Marker) => ({ Marker, Limit: 1000 })))
    expect(aliases.asked).toEqual([undefined, "m1"].map((Marker) => ({ Marker, Limit: 100 })))
    expect(bars).toEqual([
      ["keys", 1, 2],
      ["keys", 2, 2],
      ["keys", "end"],
    ])
  })

  test("shows a key without an alias", async () => {
    const client = {
      listKeys: pager([{ Keys: [{ KeyId: id }] }]).list,
      listAliases: pager([{ Aliases: [] }]).list,
      describeKey: async () => ({ KeyMetadata: { KeyId: id } }),
    }
    const { found } = await runRow("list-keys", { client })
    expect(found.table?.[1]).toEqual([id, "", "", "", "", "", ""])
  })
})

describe("list-aliases", () => {
  const Aliases = [
    { AliasName: "alias/a", TargetKeyId: id },
    { AliasName: "alias/aws/s3" },
    { AliasName: "alias/b", TargetKeyId: otherId },
  ]

  test("shows all that lead to a key, of every page", async () => {
    const pages = pager([{ Aliases: Aliases.slice(0, 2) }, { Aliases: Aliases.slice(2) }])
    const { found } = await runRow("list-aliases", { client: { listAliases: pages.list } })
    expect(found).toEqual({
      value: [Aliases[0], Aliases[2]],
      table: [
        ["AliasName", "TargetKeyId"],
        ["alias/a", id],
        ["alias/b", otherId],
      ],
    })
    expect(pages.asked).toStrictEqual([
      { Marker: undefined, Limit: 100 },
      { Marker: "m1", Limit: 100 },
    ])
  })

  test("shows those of one key", async () => {
    const pages = pager([{ Aliases: [Aliases[0]] }])
    await runRow("list-aliases", { args: [id], client: { listAliases: pages.list } })
    expect(pages.asked).toStrictEqual([{ KeyId: id, Marker: undefined, Limit: 100 }])
  })
})

describe("what names a key", () => {
  it.each([
    ["an id", id, id],
    ["the ARN of a key", arnOf(`key/${id}`), arnOf(`key/${id}`)],
    ["an alias", "alias/orders", otherId],
    ["the ARN of an alias", arnOf("alias/orders"), otherId],
    ["a key in which an alias is named", `my-alias/${id}`, `my-alias/${id}`],
    ["an ARN of a key whose path has an alias", arnOf("key/alias/a"), arnOf("key/alias/a")],
  ])("is %s; an alias is looked up", async (_, named, KeyId) => {
    const asked: unknown[] = []
    const client = {
      describeKey: async (input: { KeyId: string }) => {
        asked.push(input)
        return { KeyMetadata: { KeyId: input.KeyId === KeyId ? KeyId : otherId } }
      },
      enableKey: async (input: unknown) => void asked.push(input),
    }
    await runRow("enable-key", { args: [named], client })
    const looked = named === KeyId ? [] : [{ KeyId: named }]
    expect(asked).toEqual([...looked, { KeyId }, { KeyId }])
  })

  test("must be there", async () => {
    await expect(runRow("describe-key", {})).rejects.toMatchObject({
      name: "UsageError",
      message: "an argument is missing",
    })
  })
})

describe("what changes a key", () => {
  it.each([
    ["disable-key", "disableKey", {}],
    ["enable-key", "enableKey", {}],
    ["rotate-key", "rotateKeyOnDemand", {}],
    ["cancel-key-deletion", "cancelKeyDeletion", {}],
    ["schedule-key-deletion", "scheduleKeyDeletion", { PendingWindowInDays: undefined }],
  ])("%s does that, and shows the key as it is then", async (name, method, more) => {
    const steps: unknown[] = []
    const client = {
      [method]: async (input: unknown) => void steps.push(input),
      describeKey: async () => {
        steps.push("describeKey")
        return {
          KeyMetadata: {
            KeyId: id,
            CreationDate,
            Enabled: true,
            Aliases: ["a"],
            Description: undefined,
          },
        }
      },
    }
    const { found } = await runRow(name, { args: [id], client })
    expect(steps).toEqual([{ KeyId: id, ...more }, "describeKey"])
    expect(found.table).toEqual([
      ["KeyId", id],
      ["CreationDate", "2026-01-02T03:04:05"],
      ["Enabled", "true"],
      ["Aliases", '["a"]'],
    ])
    expect(found.value).toMatchObject({ KeyId: id, CreationDate })
  })

  it.each([
    ["7", 7],
    ["123456789", 123_456_789],
  ])("takes %s days", async (days, PendingWindowInDays) => {
    const asked: unknown[] = []
    const client = {
      scheduleKeyDeletion: async (input: unknown) => void asked.push(input),
      describeKey: async () => ({ KeyMetadata: { KeyId: id } }),
    }
    await runRow("schedule-key-deletion", { args: [id], given: { days }, client })
    expect(asked).toEqual([{ KeyId: id, PendingWindowInDays }])
  })

  it.each(["", "seven", "7.5", "-7", "+7", " 7", "7 ", "0x7", "1234567890"])(
    "takes no %j for a number of days",
    async (days) => {
      const asking = runRow("schedule-key-deletion", { args: [id], given: { days }, client: {} })
      await expect(asking).rejects.toMatchObject({
        name: "UsageError",
        message: "--days must be a whole number",
      })
    },
  )

  test("asks before a deletion, and names the key", () => {
    const work = { args: ["alias/orders"], given: {} } as never
    expect(rowOf("schedule-key-deletion").confirm?.(work)).toBe(
      "When the waiting period of alias/orders is over, nobody can ever decrypt what is " +
        "encrypted under it. Schedule its deletion?",
    )
  })
})

describe("create-key", () => {
  const create = async (given: Readonly<Record<string, string | boolean>>) => {
    const asked: [string, unknown][] = []
    const client = {
      createKey: async (input: CreateKeyRequest) => {
        asked.push(["createKey", input])
        return { KeyMetadata: { KeyId: id, Description: input.Description } }
      },
      createAlias: async (input: unknown) => void asked.push(["createAlias", input]),
    }
    const { found } = await runRow("create-key", { given, client })
    return { asked, found }
  }
  const absent = { KeySpec: undefined, KeyUsage: undefined, Description: undefined }

  it.each([
    ["nothing", {}, absent],
    ["a spec", { keySpec: "RSA_2048" }, { ...absent, KeySpec: "RSA_2048" }],
    ["a usage", { keyUsage: "SIGN_VERIFY" }, { ...absent, KeyUsage: "SIGN_VERIFY" }],
    ["a description", { description: "orders" }, { ...absent, Description: "orders" }],
    ["several regions", { multiRegion: true }, { ...absent, MultiRegion: true }],
    ["one region", { multiRegion: false }, absent],
    ["what is no text", { keySpec: true, keyUsage: false, description: true }, absent],
  ])("makes a key with %s", async (_, given, input) => {
    const { asked, found } = await create(given)
    expect(asked).toStrictEqual([["createKey", input]])
    expect(found.value).toMatchObject({ KeyId: id })
    expect(found.table?.[0]).toEqual(["KeyId", id])
  })

  test("says that the key is there when its alias is refused, and why", async () => {
    const client = {
      createKey: async () => ({ KeyMetadata: { KeyId: id } }),
      createAlias: async () => {
        throw Object.assign(new Error("taken"), { name: "AlreadyExistsException" })
      },
    }
    await expect(runRow("create-key", { given: { alias: "alias/a" }, client })).rejects.toThrow(
      `the key ${id} is made, and not its alias: AlreadyExistsException: taken`,
    )
  })

  test("gives it an alias", async () => {
    const { asked } = await create({ alias: "alias/orders" })
    expect(asked[1]).toEqual(["createAlias", { AliasName: "alias/orders", TargetKeyId: id }])
  })
})
