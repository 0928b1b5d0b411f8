import { type AnyRow, catalogue, type Subject } from "@keywright/core"
import { code, codeList, table } from "./markdown.js"
import { membersOf, type Schema } from "./schema-words.js"

/** The corridor, as far as a call can be refused there, in its order. */
const steps: readonly (readonly [step: string, refusals: readonly string[]])[] = [
  ["the operation is one", ["UnknownOperationException"]],
  ["every member of the input, all failures in one message", ["ValidationException"]],
  ["the rate of an operation that uses no key material", ["ThrottlingException"]],
  [
    "each key, alias or grant in turn: the form of its name, whether aliases are accepted, " +
      "whether it exists in the caller's account",
    ["InvalidArnException", "NotFoundException", "ValidationException", "NotAuthorizedException"],
  ],
  ["a ciphertext that names the key", ["InvalidCiphertextException"]],
  ["grant tokens", ["InvalidGrantTokenException"]],
  ["the attestation of a recipient", ["ValidationException"]],
  ["the rate of an operation that uses key material", ["ThrottlingException"]],
  [
    "each permission in turn; also a key of another account that does not exist",
    ["AccessDeniedException"],
  ],
  ["checks across members", ["ValidationException", "NotFoundException"]],
  ["for each key in turn: the ciphertext is of the key that was named", ["IncorrectKeyException"]],
  ["its relation: primary or replica", ["UnsupportedOperationException"]],
  ["its origin", ["UnsupportedOperationException"]],
  ["its usage, then its kind", ["InvalidKeyUsageException"]],
  ["its state", ["DisabledException", "KMSInvalidStateException", "UnsupportedOperationException"]],
  ["the algorithm", ["InvalidKeyUsageException"]],
  ["the connection state of a custom key store", ["CustomKeyStoreInvalidStateException"]],
  ["what the operation itself refuses: lengths, tokens, markers, policies, tags, quotas", []],
  ["ciphertexts, signatures and MACs that are not genuine", ["InvalidCiphertextException"]],
  ["a dry run", ["DryRunOperationException"]],
  ["a commit that others were quicker than, too often", ["KMSInternalException"]],
  ["an audit sink that fails", ["KMSInternalException"]],
]

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
    table(
      ["step", "what is looked at", "what it can answer"],
      steps.map(([what, refusals], i) => [String(i + 1), what, codeList(refusals)]),
      110,
    ),
    `A call whose reads another host has changed is decided again from step 4 on. What fails in a
port (${code("DependencyTimeoutException")}, ${code("KeyUnavailableException")},
${code("KMSInternalException")}) fails where it is asked.`,
    "## By operation",
    "Names in brackets are looked at when they are given. Keys are judged one after the other.",
    operations(),
  ]
    .join("\n\n")
    .concat("\n")
