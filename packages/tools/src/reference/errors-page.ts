import { errorTable, type KmsErrorName } from "@keywright/core"
import { code, table } from "./markdown.js"

const names = Object.keys(errorTable).sort() as KmsErrorName[]

const intro = `# Errors

Printed from the error table of the engine by \`npm run reference\`; do not edit.

A refused call rejects with a \`KmsError\`: \`name\` and \`message\` are what AWS KMS would say,
\`fault\` says who is to blame, \`retryable\` whether the same call may succeed later, and
\`requestId\` is the one that the audit event carries. Through an AWS SDK client it arrives as the
exception of that client. Tell errors apart by \`name\`; \`isKmsError\` narrows an unknown value.

Two other kinds of error are not in this table. A \`TypeError\` says that the program calls a
function of this library in a way that makes no sense. An \`HsmError\` or a storage error is thrown
while an engine is opened, before there is a call to refuse.`

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
  ]
    .join("\n\n")
    .concat("\n")
