/** The tests whose sentences the page is made of. */
export const differencesTest = "packages/core/test/calls/differences.test.ts"

const intro = `# Where Keywright differs from AWS KMS

Printed by \`npm run reference\` from the names of the tests in
\`${differencesTest}\`; do not edit. Every sentence is a test that fails
when it is no longer true. What is not here is meant to be as AWS does it: tell us where it is not.`

const unknown = `## What nobody outside AWS knows

Where the documentation is silent, we chose: the texts of some refusals, the order of lists, the
layout of ciphertexts and tokens, what a key state answers that AWS documents two answers for. The
choices stand in [the decisions](decisions/README.md), in the
[order of errors](reference/precedence.md) and in the [limits](reference/limits.md).`

const literal = String.raw`"(?:[^"\\]|\\.)*"`

/** `describe("…")` and `it("…")` at the head of a line; a name may be put together of several. */
const title = new RegExp(
  String.raw`^ *(describe|it)\(\s*(LITERAL(?:\s*\+\s*LITERAL)*)`.replaceAll("LITERAL", literal),
  "gm",
)

const textOf = (literals: string): string =>
  [...literals.matchAll(new RegExp(literal, "g"))].map(([text]) => JSON.parse(text)).join("")

/** A sentence of a test's name, as a sentence. */
const sentence = (name: string): string => `- ${name.charAt(0).toUpperCase()}${name.slice(1)}.`

/** The headings and sentences of a test file. */
function differencesIn(source: string): readonly string[] {
  return [...source.matchAll(title)].map(([, kind, literals = ""]) => {
    const text = textOf(literals)
    return kind === "describe" ? `\n## ${text}\n` : sentence(text)
  })
}

/** `docs/differences-from-aws.md`. */
export const differencesPage = (source: string): string =>
  [intro, differencesIn(source).join("\n").trim(), unknown].join("\n\n").concat("\n")
