import { type AnyRow, catalogue, type Subject } from "@keywright/core"
import { code, table } from "./markdown.js"
import { membersOf, type Schema } from "./schema-words.js"
import { checksTable } from "./steps.js"

const rows = Object.entries(catalogue)
  .map(([name, row]) => [name, row as AnyRow] as const)
  .sort(([a], [b]) => (a < b ? -1 : 1))

/** What is located and judged, in the words of the member that names it. */
const located = (subject: Subject): string => {
  const name = "member" in subject ? subject.member : subject.by
  return "whenGiven" in subject && subject.whenGiven !== undefined ? `[${name}]` : name
}

/** The columns that a key of the call is judged by, in their order. */
function judged(subject: Subject): string | undefined {
  if (!("admission" in subject)) return undefined
  const { use } = subject
  return [
    subject.by === "ciphertext" && "ciphertext",
    use?.relation && "relation",
    use?.origins && "origin",
    use?.usage && "usage",
    use?.kind && "kind",
    "state",
    use?.algorithm && "algorithm",
  ]
    .filter((word): word is string => typeof word === "string")
    .join(" → ")
}

const takes = (row: AnyRow, member: string): boolean =>
  membersOf(row.input() as unknown as Schema).some(([name]) => name === member)

const operations = (): string =>
  table(
    ["operation", "locates, in turn", "checks across members", "judges each key by", "dry run"],
    rows.map(([name, row]) => [
      name,
      row.subjects.map(located).join(", "),
      row.check === undefined ? "" : "yes",
      [...new Set(row.subjects.map(judged).filter((text) => text !== undefined))].join("; "),
      takes(row, "DryRun") ? "yes" : "",
    ]),
  )

/** `docs/reference/precedence.md`. */
export const precedencePage = (): string =>
  [
    "# Which error comes first",
    "Printed by `npm run reference`; do not edit. The second table is the catalogue of the engine.",
    "When several things are wrong with a call, the first step that finds one answers. The order " +
      "is that of AWS KMS where it was measured, and a promise here: the tests put two faults " +
      "into one call and see which one is told.",
    checksTable(),
    `A call whose reads another host has changed begins again with locate. What fails in a
port (${code("DependencyTimeoutException")}, ${code("KeyUnavailableException")},
${code("KMSInternalException")}) fails where it is asked.`,
    "## By operation",
    "Names in brackets are looked at when they are given. Keys are judged one after the other.",
    operations(),
  ]
    .join("\n\n")
    .concat("\n")
