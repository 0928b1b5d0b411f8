import { algorithmSuites, envelopeErrorReasons, envelopeLimits } from "@keywright/core/envelope"
import { code, table } from "./markdown.js"

type Suite = (typeof algorithmSuites)[number]

const intro = `# Envelopes

Printed from the tables of \`@keywright/core/envelope\` by \`npm run reference\`; do not edit.

## Suites

Every suite encrypts with AES-GCM: what was changed, cut, reordered or repeated does not open. They
differ in what else they promise.

- **Derived**: each message has a key of its own, so one data key may serve many messages. Without
  it, a data key serves one, and \`cachedKeys\` lets such messages pass.
- **Committing**: a message opens under one key and no other. Without it, somebody who knows two
  data keys can write a message that means two things; the default policy neither writes nor reads
  such messages.
- **Signed**: who may decrypt cannot write a message that others take for one of the writer's, where
  a KMS lets fewer encrypt than decrypt. It costs an ECDSA signature, and plaintext is held back
  until the end, or let out early. With raw keys, KMS RSA and fields it promises nothing more.`

const rowOf = ({ id, name, derivation, isCommitting, signature }: Suite): string[] => [
  code(`0x${id.toString(16).padStart(4, "0")}`),
  code(name),
  derivation === undefined ? "" : "yes",
  isCommitting ? "yes" : "",
  signature === undefined ? "" : signature.includes("384") ? "P-384" : "P-256",
]

const figure = (value: number): string => value.toLocaleString("en-US")

const reasons = Object.entries(envelopeErrorReasons) as [string, string][]

/** What the suites of envelopes promise, what bounds them, and why they refuse. */
export const envelopePage = (): string => `${intro}

${table(["id", "suite", "derived", "committing", "signed"], algorithmSuites.map(rowOf))}

## Limits

${table(
  ["limit", "of", "source"],
  envelopeLimits.map(({ value, of, source }) => [figure(value), of, source]),
)}

Beyond a limit an envelope refuses with the reason \`limit\`; a cache takes a new data key, or lets
go of the entry that was wanted longest ago. Those that are defaults, options change.

## Reasons

Every refusal is an \`EnvelopeError\` with one of these as its \`reason\`.

${table(
  ["reason", "means"],
  reasons.map(([name, means]) => [code(name), means]),
)}
`
