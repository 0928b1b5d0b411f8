import { runCommand } from "../../src/command/run-command.js"

/** How a command line has ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly told: string
  readonly asked: readonly string[]
}

/** Runs a command line, as somebody who gives these answers; as a script where there are none. */
export async function typed(
  args: readonly string[],
  answers: readonly string[] = [],
): Promise<Ended> {
  const [out, told, asked]: [string[], string[], string[]] = [[], [], []]
  const left = [...answers]
  const ask = async (question: string): Promise<string> => {
    asked.push(question)
    return left.shift() ?? ""
  }
  const code = await runCommand(args, {
    out: (text) => void out.push(text),
    tell: (text) => void told.push(text),
    isInteractive: answers.length > 0,
    isLive: true,
    ask,
    askSecret: ask,
  })
  return { code, out: out.join("\n"), told: told.join(""), asked }
}
