import { errorTable, type KmsErrorName, refusalSources, refusalTable } from "@keywright/core"
import { xksErrorNames, xksFailures } from "@keywright/core/testing"
import { code, table } from "./markdown.js"

const names = Object.keys(errorTable).sort() as KmsErrorName[]

const intro = `# Errors

Printed from the tables of the engine by \`npm run reference\`; do not edit.

A refused call rejects with a \`KmsError\`: \`name\` and \`message\` are what AWS KMS would say,
\`fault\` says who is to blame, \`retryable\` whether the same call may succeed later, and
\`requestId\` is the one that the audit event carries. Through an AWS SDK client it arrives as the
exception of that client. Tell errors apart by \`name\`; \`isKmsError\` narrows an unknown value.

Two other kinds of error are not in this table. A \`TypeError\` says that the program calls a
function of this library in a way that makes no sense. An \`HsmError\` or a storage error is thrown
while an engine is opened, before there is a call to refuse.`

const sentences = `## Sentences

Every sentence in which a call is refused, with where its words come from; what fills a blank stands
between braces. Not here are the words of other tables: the failures of a member of the input, why a
key policy is not valid, and why policies do not allow a call. A sentence stands once in the
sources, in \`vocabulary/refusals\` of the core.`

/** Those of one error by their sentences: modules have their members in no order of ours. */
const byErrorAndSentence = (a: readonly string[], b: readonly string[]): number =>
  a.join("\n") < b.join("\n") ? -1 : 1

/** A family of refusals under its words: `keyStores` is "key stores". */
const family = ([name, refusals]: [string, Readonly<Record<string, unknown>>]): string => {
  const title = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const rows = Object.values(refusals as Record<string, Printed>)
    .map(({ error, text, source }) => [code(error), text, source])
    .sort(byErrorAndSentence)
  return [`### About ${title}`, table(["error", "sentence", "source"], rows, 100)].join("\n\n")
}

const proxies = `### About the proxy of an external key store

What it fails at is told in the same words by every operation. A cryptographic operation answers
\`KMSInvalidStateException\`, ConnectCustomKeyStore a connection error code. Where the proxy names
an error of its specification, it is the one in front.`

/** What a proxy said, what is told of it, and by which errors. */
const proxyFailures = (): string =>
  table(
    ["of the proxy", "sentence", "CreateKey", "key stores", "connection"],
    Object.entries(xksFailures).map(([failure, { message, createKey, keyStore, connection }]) => {
      const names = Object.entries(xksErrorNames).filter(([, one]) => one === failure)
      const said = names.map(([name]) => code(name)).join(", ")
      return [said, message, code(createKey), code(keyStore), code(connection)]
    }),
    100,
  )

interface Printed {
  readonly error: KmsErrorName
  readonly text: string
  readonly source: keyof typeof refusalSources
}

/** `docs/reference/errors.md`. */
export const errorsPage = (): string =>
  [
    intro,
    table(
      ["name", "fault", "retryable", "meaning"],
      names.map((name) => {
        const { fault, retryable, meaning } = errorTable[name]
        return [code(name), fault, retryable ? "yes" : "", meaning]
      }),
      70,
    ),
    sentences,
    table(["source", "meaning"], Object.entries(refusalSources)),
    ...Object.entries(refusalTable).map(family),
    proxies,
    proxyFailures(),
  ]
    .join("\n\n")
    .concat("\n")
