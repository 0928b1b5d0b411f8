import type { SealedText } from "@keywright/core/envelope"
import type { KyselyPlugin, RootOperationNode } from "kysely"

/** What a column needs of a field. */
interface SealedColumn {
  requireSealed(stored: unknown): SealedText
}

/** The columns of a table that hold sealed text only. */
export type SealedColumns = Readonly<Record<string, Readonly<Record<string, SealedColumn>>>>

interface Node {
  readonly kind: string
  readonly [member: string]: unknown
}
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "kind" in value

/** The name that a table, a column or a reference to one has. */
function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.kind === "IdentifierNode") return node["name"] as string
  return nameOf(node["identifier"] ?? node["column"] ?? node["table"])
}

const tableOf = (node: unknown): string | undefined =>
  isNode(node) && isNode(node["table"])
    ? nameOf(node["table"]["identifier"] ?? node["table"])
    : nameOf(node)

/** The values that a row sets: of a list of values, or of one that is only primitive. */
const valuesOf = (list: Node): readonly unknown[] =>
  (list["values"] as readonly unknown[]).map((value) => (isNode(value) ? value["value"] : value))

/** Every `column = value` of an INSERT or UPDATE; an expression is no value that was sealed. */
function* writes(node: Node): Generator<readonly [string | undefined, unknown]> {
  const columns = ((node["columns"] as readonly unknown[]) ?? []).map(nameOf)
  const rows = isNode(node["values"]) ? node["values"]["values"] : []
  for (const row of (rows ?? []) as readonly Node[]) {
    for (const [at, value] of valuesOf(row).entries()) yield [columns[at], value]
  }
  const conflict = isNode(node["onConflict"]) ? node["onConflict"]["updates"] : []
  const updates = [...((node["updates"] as Node[]) ?? []), ...((conflict as Node[]) ?? [])]
  for (const update of updates) {
    const value = update["value"]
    yield [nameOf(update["column"]), isNode(value) ? value["value"] : value]
  }
}

function checkWrites(node: RootOperationNode, sealed: SealedColumns): void {
  const root = node as unknown as Node
  const table = tableOf(root["into"] ?? root["table"])
  const columns = table === undefined ? undefined : sealed[table]
  if (columns === undefined) return
  for (const [column = "", value] of writes(root)) columns[column]?.requireSealed(value)
}

/**
 * Stops every INSERT and UPDATE through Kysely that would put into one of these columns what was
 * not sealed. SQL that is written by hand does not pass here: a CHECK in the table does it then.
 */
export const sealedColumns = (sealed: SealedColumns): KyselyPlugin => ({
  transformQuery({ node }) {
    if (node.kind === "InsertQueryNode" || node.kind === "UpdateQueryNode")
      checkWrites(node, sealed)
    return node
  },
  transformResult: async ({ result }) => result,
})
