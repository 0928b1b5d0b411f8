import process from "node:process"
import type { Kms } from "@keywright/core"
import type { FromHost, HostOptions, ToHost } from "./messages.js"
import { openHost } from "./open-host.js"

/*
 * A program of its own: one host of a drill. It makes the calls that it is told, until it is
 * killed.
 */

const tell = (message: FromHost): void => void process.send?.(message)

async function answer(kms: Kms, id: number, operation: string, input: object): Promise<void> {
  try {
    const { reply } = await kms.call({ principal: kms.administrator }, operation, input)
    tell({ kind: "answer", id, output: { ...reply } })
  } catch (error) {
    const { name, message } = error as Error
    tell({ kind: "refusal", id, name, message })
  }
}

/** Nobody asks a host before it has said that it is open. */
async function serve(options: HostOptions): Promise<void> {
  let aheadMs = 0
  try {
    const kms = await openHost(options, () => Date.now() + aheadMs)
    process.on("message", (message: ToHost) => {
      if (message.kind === "clock") aheadMs = message.aheadMs
      if (message.kind === "call") void answer(kms, message.id, message.operation, message.input)
    })
    tell({ kind: "opened" })
  } catch (error) {
    tell({ kind: "not opened", error: String(error) })
  }
}

process.once("message", (message: ToHost) => {
  if (message.kind === "open") void serve(message.options)
})
// Whoever started it is gone: nobody would stop it any more.
process.once("disconnect", () => process.exit())
