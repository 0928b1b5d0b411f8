import { EnvelopeError } from "../../envelope-error.js"
import { copyOf } from "../own-bytes.js"
import type { BranchKeyItem, BranchKeyTable } from "./branch-key-table.js"

/** A value as DynamoDB has it; of the kinds, an item here has these. */
type Attribute = { S: string } | { N: string } | { B: Uint8Array }
type Item = Record<string, Attribute>

/** What is read of an attribute that somebody else may have written. */
interface AnyAttribute {
  readonly S?: string | undefined
  readonly N?: string | undefined
  readonly B?: Uint8Array | undefined
}

/** What a table of branch keys uses of DynamoDB: a `DynamoDB` of the AWS SDK v3 has it as it is. */
export interface DynamoDbItems {
  getItem(request: {
    TableName: string
    Key: Item
    ConsistentRead: boolean
  }): Promise<{ readonly Item?: Readonly<Record<string, AnyAttribute>> | undefined }>
  transactWriteItems(request: {
    TransactItems: {
      Put: {
        TableName: string
        Item: Item
        ConditionExpression: string
        ExpressionAttributeNames: Record<string, string>
        ExpressionAttributeValues?: Item
      }
    }[]
  }): Promise<unknown>
}

/** Source: framework/branch-key-store.md: the one attribute that is a number. */
const numeric = "hierarchy-version"

function itemOf({ attributes, wrapped }: BranchKeyItem): Item {
  const entries = Object.entries(attributes).map(([name, value]): [string, Attribute] => [
    name,
    name === numeric ? { N: value } : { S: value },
  ])
  return { ...Object.fromEntries(entries), enc: { B: wrapped } }
}

const unreadable = (): EnvelopeError =>
  new EnvelopeError("keys", "an item of the table of branch keys cannot be read")

function readItem({ enc, ...others }: Readonly<Record<string, AnyAttribute>>): BranchKeyItem {
  if (!(enc?.B instanceof Uint8Array) || enc.B.length === 0) throw unreadable()
  const attributes = Object.entries(others).map(([name, { S, N }]) => {
    const value = name === numeric ? N : S
    if (value === undefined) throw unreadable()
    return [name, value]
  })
  return { attributes: Object.fromEntries(attributes), wrapped: copyOf(enc.B) }
}

/** Whether a condition did not hold; a transaction is cancelled for other reasons, too. */
function isUnexpected(error: unknown): boolean {
  const { CancellationReasons: reasons } = error as {
    readonly CancellationReasons?: readonly { readonly Code?: string | undefined }[] | undefined
  }
  return reasons?.some(({ Code }) => Code === "ConditionalCheckFailed") ?? false
}

/**
 * Branch keys in a table of DynamoDB, in the items of the AWS libraries: either reads what the
 * other wrote. The table has the partition key `branch-key-id` and the sort key `type`.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/branch-key-store.md.
 */
export function branchKeysInDynamoDb(client: DynamoDbItems, tableName: string): BranchKeyTable {
  const TableName = tableName
  const names = { ExpressionAttributeNames: { "#id": "branch-key-id" } }
  const isNew = { ConditionExpression: "attribute_not_exists(#id)", ...names }
  const isUnchanged = (wrapped: Uint8Array) => ({
    ConditionExpression: "attribute_exists(#id) AND #enc = :old",
    ExpressionAttributeNames: { "#id": "branch-key-id", "#enc": "enc" },
    ExpressionAttributeValues: { ":old": { B: wrapped } },
  })
  return Object.freeze<BranchKeyTable>({
    async get(branchKeyId, type) {
      const Key = { "branch-key-id": { S: branchKeyId }, type: { S: type } }
      const { Item } = await client.getItem({ TableName, Key, ConsistentRead: true })
      return Item && readItem(Item)
    },
    async write(items, replaces) {
      const TransactItems = items.map((item) => {
        const isReplacing =
          replaces !== undefined && item.attributes["type"] === replaces.attributes["type"]
        const condition = isReplacing ? isUnchanged(replaces.wrapped) : isNew
        return { Put: { TableName, Item: itemOf(item), ...condition } }
      })
      try {
        await client.transactWriteItems({ TransactItems })
        return true
      } catch (error) {
        if (isUnexpected(error)) return false
        throw error
      }
    },
  })
}
