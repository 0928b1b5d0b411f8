import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createEnvelope, type KeySource } from "@keywright/core/envelope"
import { type InteropCase, idOf, interopCases, lineOf } from "./interop/cases.js"
import { type Language, languages } from "./interop/languages.js"

/*
 * Messages of the envelope library and of the AWS Encryption SDK in other languages, opened both
 * ways: every suite, every raw key, required context. The other libraries come from their
 * registries into a temporary folder. A machine that cannot install them is told what it did not
 * prove; in CI (CI=true) that is a failure.
 */

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

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

/** Both ways with one language: what was proved and what failed, each as a count. */
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
  if (!ran.ok) return [`${language.name}: ${ran.output}`]
  const answered = new Map(
    readFileSync(answers, "utf8")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)]),
  )
  const failures: string[] = []
  for (const one of cases) {
    const failure = await failureOf(one, answered.get(idOf(one)))
    if (failure !== undefined) failures.push(`${language.name}: ${one.name}\n  ${failure}`)
  }
  return failures
}

/** Node before 24 decrypts no RSA with PKCS #1 v1.5: it would tell padding by its time. */
const [major = 0] = process.versions.node.split(".").map(Number)
const cases = interopCases().filter(({ name }) => major >= 24 || !name.includes("pkcs1"))
if (major < 24) print("not proved: RSA with PKCS #1 v1.5, which takes Node 24")

const total = { passed: 0, failed: 0 }
const temporary = mkdtempSync(join(tmpdir(), "keywright-interop-"))
try {
  for (const language of languages) {
    const folder = join(temporary, language.name)
    mkdirSync(folder)
    const installed = await language.install(folder)
    if (!installed.ok) {
      print(`not proved: ${language.name}, which could not be installed\n${installed.output}`)
      if (process.env["CI"] === "true") total.failed += cases.length
      continue
    }
    const failures = await prove(language, folder, cases)
    for (const failure of failures) print(`FAIL  ${failure}`)
    total.failed += failures.length
    total.passed += cases.length - Math.min(cases.length, failures.length)
    print(`${failures.length === 0 ? "ok  " : "FAIL"}  ${language.name}: ${cases.length} cases`)
  }
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
print(`\ninterop: ${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
