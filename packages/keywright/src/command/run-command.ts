import { isKmsError, type Kms } from "@keywright/core"
import { Command, CommanderError } from "commander"
import { accessRows } from "./access-rows.js"
import { careRows } from "./care-rows.js"
import { keyRows } from "./key-rows.js"
import { type DatabaseOptions, databaseFlags, openDatabaseOf } from "./open-database-of.js"
import { createProgress } from "./progress.js"
import { type CommandRow, type Given, UsageError, type Work } from "./row.js"
import { type Found, harmless, show } from "./show.js"
import type { Terminal } from "./terminal.js"

/** 0: done. 1: refused or failed. 2: not begun, because of how it was typed. 3: bad news. */
const exitCodes = { done: 0, failed: 1, usage: 2 } as const

const rows: readonly CommandRow[] = [...keyRows, ...accessRows, ...careRows]

async function confirmed(row: CommandRow, work: Work): Promise<void> {
  const question = row.confirm?.(work)
  if (question === undefined || work.given["yes"] === true) return
  if (!work.terminal.isInteractive) throw new UsageError(`${question} Say --yes`)
  const answer = await work.terminal.ask(`${question} [y/N] `)
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new UsageError("nothing was done")
}

async function runOpen(
  row: CommandRow & { readonly opens: true },
  work: Work,
  kms: Kms,
): Promise<Found> {
  const principal = work.given["as"]
  const client = kms.as(typeof principal === "string" ? principal : kms.administrator)
  return row.run({ ...work, kms, client })
}

async function run(row: CommandRow, work: Work): Promise<Found> {
  await confirmed(row, work)
  if (!row.opens) return row.run(work)
  const kms = await openDatabaseOf(work.given, work.terminal)
  try {
    return await runOpen(row, work, kms)
  } finally {
    await kms.close()
  }
}

/** What people read of an error: AWS's words, or ours, and no stack. */
function wordsOf(error: unknown): string {
  if (isKmsError(error)) return `${error.name}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

/** What Commander says of a command line, without the value of an option: it may be a secret. */
const withoutValue = (text: string): string =>
  harmless(text).replace(/^(error: unknown option '[^=]*)=[\s\S]*'$/m, "$1'")

/** Runs a command line, without the name of the program; returns the exit code. */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = exitCodes.done
  const program = new Command("keywright")
    .description("Keys in a SQLite file, with the semantics of AWS KMS")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.tell(withoutValue(text)),
    })
  for (const row of rows) {
    const command = program.command([row.name, ...(row.args ?? [])].join(" "))
    command.description(row.about).exitOverride()
    for (const [flags, about] of row.options ?? []) command.option(flags, about)
    for (const [flags, about] of databaseFlags) command.option(flags, about)
    if (row.opens) command.option("--as <principal>", "who asks (default: the administrator)")
    if (row.confirm !== undefined) command.option("-y, --yes", "asks nothing")
    command.option("--json", "for programs")
    command.action(async () => {
      const given = command.opts<Given & DatabaseOptions>()
      const args = command.args
      const progress = (what: string) => createProgress(terminal, what)
      const found = await run(row, { args, given, terminal, progress })
      terminal.out(show(found, given["json"] === true))
      exitCode = found.exitCode ?? exitCodes.done
    })
  }
  try {
    await program.parseAsync(argv, { from: "user" })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    terminal.tell(`keywright: ${harmless(wordsOf(error))}\n`)
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
  }
}
