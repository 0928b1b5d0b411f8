import process from "node:process"
import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"

/** The person, or the script, in front of a command. */
export interface Terminal {
  out(text: string): void
  /** What is no answer: progress, warnings, what went wrong. */
  tell(text: string): void
  /** Whether somebody is there who can be asked. */
  readonly isInteractive: boolean
  /** Whether what is told can be written over. */
  readonly isLive: boolean
  ask(question: string): Promise<string>
  /** The answer is not shown while it is typed. */
  askSecret(question: string): Promise<string>
}

const silence = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

/** What cannot be shown is a failure, unless whoever reads has seen enough. */
function endWithoutReader({ code, message }: NodeJS.ErrnoException): void {
  if (code === "EPIPE") return
  process.stderr.write(`keywright: the answer cannot be written: ${message}\n`)
  // By now the database is closed, and what was to be done is done.
  process.exit(1)
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  stdout.on("error", endWithoutReader)
  stderr.on("error", () => undefined)
  const askOn = async (question: string, output: NodeJS.WritableStream): Promise<string> => {
    const asking = createInterface({ input: stdin, output, terminal: true })
    try {
      return await asking.question(output === stderr ? question : "")
    } finally {
      asking.close()
    }
  }
  return {
    out: (text) => void stdout.write(`${text}\n`),
    tell: (text) => void stderr.write(text),
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    isLive: stderr.isTTY === true,
    ask: (question) => askOn(question, stderr),
    async askSecret(question) {
      stderr.write(question)
      const answer = await askOn("", silence())
      stderr.write("\n")
      return answer
    },
  }
}
