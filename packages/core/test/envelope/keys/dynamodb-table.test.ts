import { describe, expect, it } from "vitest"
import type { BranchKeyItem } from "../../../src/envelope/keys/branch/branch-key-table.js"
import { branchKeysInDynamoDb } from "../../../src/envelope/keys/branch/dynamodb-table.js"

const dataKey = new Uint8Array(32).fill(9)
const blob = Uint8Array.of(1, 2, 3)

describe("a table of DynamoDB is asked", () => {
  const attributes = { "branch-key-id": "id", type: "branch:ACTIVE", "hierarchy-version": "1" }
  const item: BranchKeyItem = { attributes, wrapped: blob }
  const Item = {
    "branch-key-id": { S: "id" },
    type: { S: "branch:ACTIVE" },
    "hierarchy-version": { N: "1" },
    enc: { B: blob },
  }
  const tableOf = (changes: object = {}) => {
    const asked: unknown[] = []
    const client = {
      getItem: async (request: object) => {
        asked.push(request)
        return { Item }
      },
      transactWriteItems: async (request: object) => void asked.push(request),
      ...changes,
    }
    return { table: branchKeysInDynamoDb(client as never, "Keys"), asked }
  }

  it("for an item as it is now", async () => {
    const { table, asked } = tableOf()
    expect(await table.get("id", "branch:ACTIVE")).toEqual(item)
    const Key = { "branch-key-id": { S: "id" }, type: { S: "branch:ACTIVE" } }
    expect(asked).toEqual([{ TableName: "Keys", Key, ConsistentRead: true }])
    expect(await tableOf({ getItem: async () => ({}) }).table.get("id", "x")).toBeUndefined()
  })

  it("to write all items that are new, and the one that is as it was", async () => {
    const { table, asked } = tableOf()
    const version = { attributes: { ...attributes, type: "branch:version:1" }, wrapped: blob }
    expect(await table.write([version, item], { ...item, wrapped: dataKey })).toBe(true)
    const TransactItems = [
      {
        Put: {
          TableName: "Keys",
          Item: { ...Item, type: { S: "branch:version:1" } },
          ConditionExpression: "attribute_not_exists(#id)",
          ExpressionAttributeNames: { "#id": "branch-key-id" },
        },
      },
      {
        Put: {
          TableName: "Keys",
          Item,
          ConditionExpression: "attribute_exists(#id) AND #enc = :old",
          ExpressionAttributeNames: { "#id": "branch-key-id", "#enc": "enc" },
          ExpressionAttributeValues: { ":old": { B: dataKey } },
        },
      },
    ]
    expect(asked).toEqual([{ TransactItems }])
  })

  it.each([
    [[{ Code: "None" }, { Code: "ConditionalCheckFailed" }], true],
    [[{ Code: "None" }, {}], false],
    [[], false],
    [undefined, false],
  ])("and says by %j whether a condition did not hold: %s", async (reasons, isTaken) => {
    const error = Object.assign(new Error(), { CancellationReasons: reasons })
    const { table } = tableOf({ transactWriteItems: () => Promise.reject(error) })
    const writing = table.write([item], undefined)
    if (isTaken) expect(await writing).toBe(false)
    else await expect(writing).rejects.toBe(error)
  })

  it.each([
    { enc: undefined },
    { enc: { B: new Uint8Array(0) } },
    { enc: { B: "AQID" } },
    { enc: { S: "AQID" } },
    { type: { N: "1" } },
    { "hierarchy-version": { S: "1" } },
    { other: { BOOL: true } },
  ])("and not believed with an item that has %j", async (members) => {
    const { table } = tableOf({ getItem: async () => ({ Item: { ...Item, ...members } }) })
    await expect(table.get("id", "branch:ACTIVE")).rejects.toMatchObject({
      name: "EnvelopeError",
      reason: "keys",
    })
  })
})
