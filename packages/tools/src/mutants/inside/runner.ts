import { connect } from "node:net"
import process from "node:process"
import { createInterface } from "node:readline"
import { TestRunner } from "vitest"
import type { Reply, Request } from "../messages.js"
import { FileRunner } from "./file-runner.js"
import { measure } from "./measure.js"
import { tryMistake } from "./try-mistake.js"

/*
 * Runs where tests run, in a process that has loaded their modules, and tries one mistake after
 * another there: to turn a switch costs nothing, to load the modules costs most of a second.
 */

async function answer(runner: FileRunner, request: Request): Promise<Reply> {
  const found =
    request.kind === "measure"
      ? await measure(runner, request.file)
      : await tryMistake(runner, request)
  return { ...found, residentBytes: process.memoryUsage.rss() }
}

/** vitest makes it for a first file; then it does what the process that counts asks for. */
export default class ServingRunner extends TestRunner {
  override async onAfterRunFiles(): Promise<void> {
    super.onAfterRunFiles()
    const runner = new FileRunner(this)
    const socket = connect(process.env["MUTANTS_SOCKET"] ?? "")
    for await (const line of createInterface({ input: socket })) {
      socket.write(`${JSON.stringify(await answer(runner, JSON.parse(line)))}\n`)
    }
  }
}
