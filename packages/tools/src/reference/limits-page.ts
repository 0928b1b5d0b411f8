import { awsRequestQuotas, limitTable } from "@keywright/core"
import { code, table } from "./markdown.js"

const figure = (value: number): string => value.toLocaleString("en-US")

const rows = Object.entries(limitTable) as [
  string,
  { value: number; of: string; source: "AWS" | "Keywright"; beyond?: string },
][]

const boundsOf = (source: "AWS" | "Keywright"): string =>
  table(
    ["bound", "of", "beyond it"],
    rows
      .filter(([, row]) => row.source === source)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { value, of, beyond }]) => [figure(value), of, beyond ? code(beyond) : ""]),
    80,
  )

const intro = `# Limits

Printed from the tables of the engine by \`npm run reference\`; do not edit.

## Of AWS

The bounds that AWS documents: what members may hold, and the quotas of an account or a key. A row
without an error is a default, or a measure that no call goes beyond.`

const adjustable = `Three of them AWS raises on request, and \`createKms({ quotas })\` sets:
\`keysPerAccount\`, \`grantsPerKey\` and \`keyStoresPerAccount\`. Keys that AWS manages count
towards none. How keys are counted is [a decision](../decisions/0018-counting-keys.md).`

const own = `## Of Keywright

Bounds that AWS does not document, or that are about how an engine works.`

const rates = `## Request rates

Off by default. \`createKms({ requestQuotas: awsRequestQuotas })\` bounds how many requests in a
second a host takes from each account, by these groups; any other rates can be handed in. Beyond
them a call is refused with \`ThrottlingException\`, which can be tried again. An operation that
uses no key material is a group of its own. One that does counts in the group of its keys: a
ReEncrypt between two kinds of keys in both, GenerateRandom with the symmetric ones, and a key in a
custom key store also in the quota of that store. Only the caller's account is charged, once for
each request; a request that does not parse counts in no group, and one that uses key material in
none before its keys are found.

A host counts for itself. With \`requestQuotasOf: "region"\` the hosts of a region count together:
each takes a sixteenth of a quota out of the storage at a time, so that there is no write for a
request, and what is refused is refused without asking the storage.
[What that bounds](../decisions/0051-request-rates-of-a-region.md).`

/** `docs/reference/limits.md`. */
export const limitsPage = (): string =>
  [
    intro,
    boundsOf("AWS"),
    adjustable,
    own,
    boundsOf("Keywright"),
    rates,
    table(
      ["group", "requests in a second"],
      Object.entries(awsRequestQuotas).map(([group, perSecond]) => [group, figure(perSecond)]),
    ),
  ]
    .join("\n\n")
    .concat("\n")
