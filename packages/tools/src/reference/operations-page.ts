import {
  type AnyRow,
  catalogue,
  type KeyState,
  type OperationName,
  type Subject,
} from "@keywright/core"
import { commonErrors, refusalByState } from "@keywright/core/testing"
import { anchor, code, codeList, table } from "./markdown.js"
import { wordsOf } from "./member-words.js"
import { errorsOf } from "./operation-errors.js"
import { readPurposes } from "./purposes.js"
import { isOptional, membersOf, type Schema, schemaWords } from "./schema-words.js"
import { stepList } from "./steps.js"

/** The operations that are built, in the order of their names. */
const built = Object.entries(catalogue)
  .map(([name, row]) => [name as OperationName, row as AnyRow] as const)
  .sort(([a], [b]) => (a < b ? -1 : 1))

const states: readonly KeyState[] = [
  "Creating",
  "Enabled",
  "Disabled",
  "PendingImport",
  "PendingDeletion",
  "PendingReplicaDeletion",
  "Unavailable",
  "Updating",
]

const link = (name: string): string => `[${name}](${anchor(name)})`

const effects = { read: "reads", use: "uses a key", write: "writes" } as const

const takes = (row: AnyRow, member: string): boolean =>
  membersOf(row.input() as unknown as Schema).some(([name]) => name === member)

export const actionsOf = (row: AnyRow): readonly string[] => [
  ...new Set(row.subjects.flatMap((subject) => ("action" in subject ? [subject.action] : []))),
]

const overview = (): string =>
  table(
    ["operation", "permissions", "effect", "dry run"],
    built.map(([name, row]) => [
      link(name),
      codeList(actionsOf(row)),
      effects[row.effect],
      takes(row, "DryRun") ? "yes" : "",
    ]),
  )

/** `pendingDeletion` is `pending deletion`. */
const verdictWords = (verdict: string): string =>
  verdict === "admit" ? "✓" : verdict.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** Which exception stands for which words. */
function refusedWith(): string {
  const words = new Map<string, Set<string>>()
  for (const [, row] of built) {
    for (const subject of row.subjects) {
      if (!("admission" in subject)) continue
      for (const state of states) {
        const { name } = refusalByState(subject.admission, state, "") ?? {}
        if (name === undefined) continue
        const verdict = code(verdictWords(subject.admission[state]))
        words.set(name, (words.get(name) ?? new Set()).add(verdict))
      }
    }
  }
  const sentences = [...words].map(
    ([name, verdicts]) => `${[...verdicts].join(", ")}: ${code(name)}`,
  )
  return `What refuses it, and with which exception: ${sentences.join("; ")}.`
}

/** Operations by key state; an operation on several keys has a line for each. */
const admissions = (): string =>
  table(
    ["operation", ...states],
    built.flatMap(([name, row]) => {
      const keys = row.subjects.flatMap((subject) => ("admission" in subject ? [subject] : []))
      return keys.map((subject) => [
        keys.length > 1 && "member" in subject
          ? `${link(name)}, ${code(subject.member)}`
          : link(name),
        ...states.map((state) => verdictWords(subject.admission[state])),
      ])
    }),
  )

/** How the input names what the call is about; a kind of subject without words does not compile. */
const subjectWords: {
  readonly [By in Subject["by"]]: (subject: Extract<Subject, { by: By }>) => string
} = {
  identifier: ({ member, accepts }) =>
    `The key that ${code(member)} names, by ${
      accepts === "key" ? "id or ARN" : "id, ARN, alias or alias ARN"
    }`,
  ciphertext: ({ member, blob }) => `The key of ${code(blob)}, which ${code(member)} may name too`,
  "alias target": ({ member }) => `The key behind the alias ${code(member)}`,
  grant: () => "The key of the grant that a token, or key and grant id, name",
  alias: ({ member }) => `The alias ${code(member)}`,
  account: () => "The account of the caller",
  "key store": ({ member }) => `The custom key store that ${code(member)} names`,
  "own key": ({ member }) => `The key of the own account that ${code(member)} names, if given`,
}

/** What is asked of a key besides its state. */
function useWords(subject: Subject): readonly string[] {
  const { usage, kind, origins, algorithm } = ("use" in subject ? subject.use : undefined) ?? {}
  const chosen = algorithm && "member" in algorithm ? algorithm : undefined
  const preset = chosen?.default === undefined ? "" : `, by default ${code(`${chosen.default}`)}`
  return [
    usage && `its key usage must be ${code(usage)}`,
    kind && `it must be a ${kind.only.replaceAll("-", " ")} key`,
    origins && `its origin must be ${origins.map(code).join(" or ")}`,
    chosen && `it must know the algorithm ${code(chosen.member)}${preset}`,
  ].filter((text) => text !== undefined)
}

function subjectLine(subject: Subject): string {
  const needs = "action" in subject ? `needs ${code(subject.action)}` : undefined
  const condition =
    "whenGiven" in subject && subject.by !== "own key"
      ? `when ${code(subject.whenGiven ?? "")} is given`
      : undefined
  const context =
    "encryptionContext" in subject && subject.encryptionContext !== undefined
      ? `its encryption context is ${code(subject.encryptionContext)}`
      : undefined
  const permission = [needs, condition].filter((text) => text !== undefined).join(" ")
  const parts = [permission, ...useWords(subject), context].filter(Boolean)
  const head = (subjectWords[subject.by] as (subject: Subject) => string)(subject)
  return parts.length === 0 ? `- ${head}.` : `- ${head}: ${parts.join("; ")}.`
}

/** The members of an input or a reply: which are needed, what they are, and their form. */
const memberTable = (owner: string, schema: Schema, title: string, always: string): string =>
  table(
    [title, "", "what", "form"],
    membersOf(schema).map(([name, member]) => [
      code(name),
      isOptional(member) ? "" : always,
      wordsOf(owner, name, title === "reply"),
      schemaWords(member),
    ]),
  )

/** Where AWS describes an operation. */
export const awsPageOf = (operation: string): string =>
  `https://docs.aws.amazon.com/kms/latest/APIReference/API_${operation}.html`

function replyTable(name: string, row: AnyRow): string {
  const schema = row.reply() as unknown as Schema
  if (membersOf(schema).length === 0) return "The reply is empty."
  return memberTable(`${name}Reply`, schema, "reply", "always")
}

const section = (name: OperationName, row: AnyRow, purpose: readonly string[]): string =>
  [
    `### ${name}`,
    ...purpose,
    `[AWS KMS API reference](${awsPageOf(name)})`,
    row.subjects.map(subjectLine).join("\n"),
    memberTable(`${name}Input`, row.input() as unknown as Schema, "input", "required"),
    replyTable(name, row),
    `Errors: ${codeList(errorsOf(name))}.`,
    row.audit.length === 0
      ? "The audit event shows no member of the input."
      : `The audit event shows ${codeList([...row.audit])}.`,
  ].join("\n\n")

/** `docs/reference/operations.md`. */
export function operationsPage(): string {
  const purposeOf = readPurposes()
  return [
    "# Operations",
    "Printed from the catalogue of the engine by `npm run reference`; do not edit.",
    `The ${built.length} operations of AWS KMS 2014-11-01. Every call is walked through the ` +
      `same steps: ${stepList()}; [how a call runs](../concepts/how-a-call-runs.md) tells what ` +
      "happens in each. A key is admitted by its usage, then by its state, then by the algorithm.",
    overview(),
    "## Admission by key state",
    "What happens to an authorized call on a key in each state. ✓ lets it go on. " +
      `${refusedWith()} Operations without a line are about no key, or about one that is only ` +
      "looked at in a list.",
    admissions(),
    "## Every operation",
    "Bounds are those of the AWS KMS model. A member that breaks one is refused with " +
      "`ValidationException`, before anything else is looked at. Any call may be refused by " +
      `${codeList(commonErrors)}; what else an operation answers stands beside it. A member of a ` +
      "reply that is always there is required in its type. Where the call names a `Recipient`, " +
      "the secret and `KeyMaterialId` are not there.",
    ...built.map(([name, row]) => section(name, row, purposeOf(name))),
  ]
    .join("\n\n")
    .concat("\n")
}

const groups = [
  ["use", "use keys"],
  ["write", "manage keys"],
  ["read", "look at keys"],
] as const

/** The operations as they stand in the README. */
export function operationsList(): string {
  const rows = groups.map(([effect, title]) => {
    const names = built.filter(([, row]) => row.effect === effect).map(([name]) => name)
    return [title, names.join(", ")]
  })
  const page = "[the reference](docs/reference/operations.md)"
  return [
    `All ${built.length} operations of AWS KMS, each described in ${page}:`,
    table(["to", "operations"], rows, 20),
  ].join("\n\n")
}
