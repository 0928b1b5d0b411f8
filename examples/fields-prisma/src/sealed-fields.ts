import type { Field, SealedText } from "@keywright/core/envelope"
import { Prisma } from "@prisma/client/extension"

/** A column that is bound to the id of its row. */
type SealedColumn = Field<string, SealedText, "id">

/** The columns of each model that are sealed, by the names that Prisma has for them. */
export type SealedModels = Readonly<Record<string, Readonly<Record<string, SealedColumn>>>>

type Values = Readonly<Record<string, unknown>>
const isValues = (value: unknown): value is Values => typeof value === "object" && value !== null

/** How the operations that are known here write: which members of their arguments are rows. */
const writes: Readonly<Record<string, readonly string[]>> = {
  create: ["data"],
  createMany: ["data"],
  createManyAndReturn: ["data"],
  update: ["data"],
  upsert: ["create", "update"],
  findUnique: [],
  findUniqueOrThrow: [],
  findFirst: [],
  findFirstOrThrow: [],
  findMany: [],
  delete: [],
  deleteMany: [],
  count: [],
}

/** The id of a row, which Prisma would otherwise make or find without us. */
function idIn(row: Values, where: unknown): string {
  const id = row["id"] ?? (isValues(where) ? where["id"] : undefined)
  if (typeof id === "string") return id
  throw new TypeError("a row with a sealed column needs its id: in `data`, or in `where`")
}

async function sealRow(
  columns: Readonly<Record<string, SealedColumn>>,
  row: Values,
  where: unknown,
) {
  const sealed: Record<string, unknown> = { ...row }
  for (const [name, column] of Object.entries(columns)) {
    const value = row[name]
    if (value === undefined || value === null) continue
    const text = isValues(value) && "set" in value ? value["set"] : value
    sealed[name] = await column.seal(text as string, { id: idIn(row, where) })
  }
  return sealed
}

async function openRow(columns: Readonly<Record<string, SealedColumn>>, row: unknown) {
  if (!isValues(row)) return row
  const opened: Record<string, unknown> = { ...row }
  for (const [name, column] of Object.entries(columns)) {
    const stored = row[name]
    if (stored === undefined || stored === null) continue
    opened[name] = await column.open(stored, { id: idIn(row, undefined) })
  }
  return opened
}

/** Whether a sealed column is compared with something, which never holds. */
const searches = (columns: object, where: unknown): boolean =>
  isValues(where) &&
  Object.entries(where).some(
    ([name, value]) =>
      Object.hasOwn(columns, name) ||
      (["AND", "OR", "NOT"].includes(name) &&
        (Array.isArray(value) ? value : [value]).some((one) => searches(columns, one))),
  )

async function sealArguments(
  columns: Readonly<Record<string, SealedColumn>>,
  operation: string,
  args: Values,
): Promise<Values> {
  const members = writes[operation]
  if (members === undefined)
    throw new TypeError(`${operation} is not for a model with sealed columns`)
  const { where } = args
  if (searches(columns, where)) throw new TypeError("a sealed column cannot be searched")
  const sealed: Record<string, unknown> = { ...args }
  for (const member of members) {
    const rows = args[member]
    if (Array.isArray(rows)) {
      sealed[member] = await Promise.all(rows.map((row) => sealRow(columns, row, undefined)))
    } else if (isValues(rows)) {
      sealed[member] = await sealRow(columns, rows, where)
    }
  }
  return sealed
}

/**
 * Seals these columns before Prisma writes them, and opens them after it has read them. What it
 * does not know it refuses: other operations, searching by a sealed column, a row without its id.
 * Rows that come along with those of another model stay sealed, and writes that are nested in
 * theirs pass by, so let the database check, too.
 */
export const sealedFields = (models: SealedModels) =>
  Prisma.defineExtension({
    name: "sealed-fields",
    query: {
      $allModels: {
        async $allOperations({ model, operation, args, query }) {
          const columns = models[model]
          if (columns === undefined) return query(args)
          const found: unknown = await query(
            (await sealArguments(columns, operation, (args ?? {}) as Values)) as typeof args,
          )
          if (!Array.isArray(found)) return openRow(columns, found)
          return Promise.all(found.map((row) => openRow(columns, row)))
        },
      },
    },
  })
