import { deepStrictEqual } from "node:assert"
import type { DynamoDbItems } from "../../../src/envelope/keys/branch/dynamodb-table.js"

type Request = Parameters<DynamoDbItems["transactWriteItems"]>[0]
type Put = Request["TransactItems"][number]["Put"]
type Item = Put["Item"]

const isEqual = (a: unknown, b: unknown): boolean => {
  try {
    deepStrictEqual(a, b)
    return true
  } catch {
    return false
  }
}

/** Of DynamoDB, reading one item and writing several under the two conditions that we write. */
export function dynamoDbInMemory(): DynamoDbItems {
  const items = new Map<string, Item>()
  const keyOf = (table: string, item: Item) =>
    JSON.stringify([table, item["branch-key-id"], item["type"]])
  const conditions: Record<string, (found: Item | undefined, put: Put) => boolean> = {
    "attribute_not_exists(#id)": (found, { ExpressionAttributeNames: names }) =>
      found?.[names["#id"] ?? ""] === undefined,
    "attribute_exists(#id) AND #enc = :old": (found, put) =>
      found?.[put.ExpressionAttributeNames["#id"] ?? ""] !== undefined &&
      isEqual(
        found[put.ExpressionAttributeNames["#enc"] ?? ""],
        put.ExpressionAttributeValues?.[":old"],
      ),
  }
  return {
    getItem: async ({ TableName, Key }) => {
      const Item = items.get(keyOf(TableName, Key))
      return Item === undefined ? {} : { Item: structuredClone(Item) }
    },
    async transactWriteItems({ TransactItems }) {
      const puts = TransactItems.map(({ Put }) => Put)
      for (const put of puts) {
        const condition = conditions[put.ConditionExpression]
        if (condition === undefined) throw new Error(`unknown: ${put.ConditionExpression}`)
        if (condition(items.get(keyOf(put.TableName, put.Item)), put)) continue
        const CancellationReasons = [{ Code: "None" }, { Code: "ConditionalCheckFailed" }]
        throw Object.assign(new Error(), { CancellationReasons })
      }
      for (const put of puts) items.set(keyOf(put.TableName, put.Item), structuredClone(put.Item))
      return {}
    },
  }
}
