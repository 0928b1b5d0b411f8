import { deepStrictEqual } from "node:assert"

type Value = Readonly<Record<string, unknown>>
type Item = Readonly<Record<string, Value>>
interface Write {
  readonly TableName: string
  readonly Item: Item
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
}

/** `attribute_exists(a) AND b = :c`, with names that stand for themselves or for others. */
function holds(found: Item, write: Write): boolean {
  const nameOf = (name: string) => write.ExpressionAttributeNames?.[name] ?? name
  return (write.ConditionExpression ?? "").split(/ and /i).every((term) => {
    const [, fn, inner = ""] =
      /^(attribute_exists|attribute_not_exists)\(([^)]+)\)$/.exec(term) ?? []
    if (fn !== undefined)
      return (found[nameOf(inner)] !== undefined) === (fn === "attribute_exists")
    const [, left = "", right = ""] = /^(\S+) ?= ?(\S+)$/.exec(term) ?? []
    if (left === "") throw new Error(`the condition is not known: ${term}`)
    try {
      deepStrictEqual(found[nameOf(left)], write.ExpressionAttributeValues?.[right])
      return true
    } catch {
      return false
    }
  })
}

/**
 * A request handler for clients of the AWS SDK that answers GetItem and TransactWriteItems from
 * memory, as DynamoDB answers what stores of branch keys ask.
 */
export function dynamoDbHandler() {
  const items = new Map<string, Item>()
  const keyOf = (table: string, item: Item) =>
    JSON.stringify([table, item["branch-key-id"], item["type"]])
  const operations: Record<string, (input: never) => object> = {
    GetItem({ TableName, Key }: { TableName: string; Key: Item }) {
      const Item = items.get(keyOf(TableName, Key))
      return Item === undefined ? {} : { Item }
    },
    TransactWriteItems({ TransactItems }: { TransactItems: readonly { Put: Write }[] }) {
      const writes = TransactItems.map(({ Put }) => Put)
      if (!writes.every((one) => holds(items.get(keyOf(one.TableName, one.Item)) ?? {}, one))) {
        return {
          __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
          CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed" }],
        }
      }
      for (const { TableName, Item } of writes) items.set(keyOf(TableName, Item), Item)
      return {}
    },
  }
  const handle = async (request: {
    headers: Record<string, string>
    body: string | Uint8Array
  }) => {
    const name = request.headers["x-amz-target"]?.split(".")[1] ?? ""
    const answer = operations[name]
    if (answer === undefined) throw new Error(`the operation is not known: ${name}`)
    const body =
      typeof request.body === "string" ? request.body : new TextDecoder().decode(request.body)
    const reply = answer(JSON.parse(body) as never)
    const response = {
      statusCode: "__type" in reply ? 400 : 200,
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: new TextEncoder().encode(JSON.stringify(reply)),
    }
    return { response }
  }
  return {
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
    requestHandler: { handle, metadata: { handlerProtocol: "http/1.1" } },
  }
}
