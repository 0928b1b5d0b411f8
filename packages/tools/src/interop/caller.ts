import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** A call as the programs of other languages read it: blobs in Base64, times in ISO 8601. */
export interface Call {
  readonly service: "kms" | "sts"
  readonly operation: string
  readonly input: object
  /** Of a session; else those of the environment. */
  readonly credentials?: object
  /** Opened as a URL that was signed before, with these headers. */
  readonly presigned?: boolean
  readonly headers?: object
}

/** What a member of a reply may be, once it has become JSON. */
export interface Reply {
  readonly [name: string]: unknown
}

export interface Answer {
  readonly reply?: Reply
  /** The name of a refusal. */
  readonly refused?: string
  /** What went wrong over there. */
  readonly failed?: string
}

/** A program that makes the calls that it is told, one after the other. */
export interface Caller {
  ask(call: Call): Promise<Answer>
  close(): void
}

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const answerMs = 120_000

export function startCaller({ command, args, environment }: Program): Caller {
  const env = { ...process.env, ...environment }
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] })
  let said = ""
  const waiting: ((answer: Answer) => void)[] = []
  const giveUp = (failed: string): void => {
    for (const answer of waiting.splice(0)) answer({ failed })
  }
  child.on("error", (error) => giveUp(String(error)))
  child.on("close", (code) => giveUp(`the program ended (${code}): ${said}`))
  child.stdin.on("error", () => {})
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-10_000)
  })
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.shift()?.(JSON.parse(line) as Answer)
  })

  return {
    ask: (call) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => child.kill("SIGKILL"), answerMs)
        waiting.push((answer) => {
          clearTimeout(timer)
          resolve(answer)
        })
        if (child.exitCode !== null) giveUp(`the program has ended: ${said}`)
        else child.stdin.write(`${JSON.stringify(call)}\n`)
      }),
    close: () => {
      child.stdin.end()
    },
  }
}
