import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { createEnvelope, type KeySource } from "@keywright/core/envelope"
import { type InteropCase, idOf, interopCases, lineOf } from "./cases.js"
import { type Language, languages } from "./languages.js"
import { notProved, print, sumOf, type Tally, told } from "./tally.js"

function envelopeOf({ suite, required }: InteropCase, keys: KeySource) {
  const isCommitting = suite.includes("COMMIT")
  return createEnvelope({
    keys,
    suite,
    requiredContext: required,
    commitmentPolicy: isCommitting
      ? "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"
      : "FORBID_ENCRYPT_ALLOW_DECRYPT",
  })
}

/** Opens what they made; answers what went wrong. */
async function failureOf(
  one: InteropCase,
  answer: string | undefined,
): Promise<string | undefined> {
  const [message = "", said] = answer?.split("\t") ?? []
  if (answer === undefined) return "was not answered"
  if (message === "!") return `they: ${Buffer.from(said ?? "", "base64").toString()}`
  try {
    const envelope = envelopeOf(one, one.reads)
    const bytes = Uint8Array.from(Buffer.from(message, "base64"))
    const opened = await envelope.decrypt(bytes, { expectContext: one.context })
    const isSame = Buffer.from(opened.plaintext).equals(one.plaintext)
    return isSame ? undefined : "we: the plaintext is another one"
  } catch (error) {
    const { cause } = error as Error
    return `we: ${error}${cause === undefined ? "" : ` (${cause})`}`
  }
}

/** Both ways with one language: what failed. */
async function prove(language: Language, folder: string, cases: readonly InteropCase[]) {
  const [questions, answers] = [join(folder, "cases.tsv"), join(folder, "answers.tsv")]
  const lines: string[] = []
  for (const one of cases) {
    const options = { context: one.context }
    const { message } = await envelopeOf(one, one.writes).encrypt(one.plaintext, options)
    lines.push(lineOf(one, message))
  }
  writeFileSync(questions, `${lines.join("\n")}\n`)
  const ran = await language.answer(folder, questions, answers)
  if (!ran.ok) return [ran.output]
  const answered = new Map(
    readFileSync(answers, "utf8")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)]),
  )
  const failures: string[] = []
  for (const one of cases) {
    const failure = await failureOf(one, answered.get(idOf(one)))
    if (failure !== undefined) failures.push(`${one.name}\n  ${failure}`)
  }
  return failures
}

/** Node before 24 decrypts no RSA with PKCS #1 v1.5: it would tell padding by its time. */
function casesHere(): readonly InteropCase[] {
  const [major = 0] = process.versions.node.split(".").map(Number)
  if (major >= 24) return interopCases()
  print("not proved: RSA with PKCS #1 v1.5, which takes Node 24")
  return interopCases().filter(({ name }) => !name.includes("pkcs1"))
}

/**
 * Messages of the envelope library and of the AWS Encryption SDK in other languages, opened both
 * ways: every suite, every raw key, required context.
 */
export async function proveMessages(temporary: string): Promise<Tally> {
  const cases = casesHere()
  const tallies: Tally[] = []
  for (const language of languages) {
    const folder = join(temporary, language.name)
    mkdirSync(folder)
    const installed = await language.install(folder)
    tallies.push(
      installed.ok
        ? told(language.name, cases.length, await prove(language, folder, cases))
        : notProved(language.name, cases.length, installed.output),
    )
  }
  return sumOf(tallies)
}
