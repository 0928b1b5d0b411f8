import type { Kms, KmsClient } from "@keywright/core"
import { accessRows } from "../../src/command/access-rows.js"
import { careRows } from "../../src/command/care-rows.js"
import { keyRows } from "../../src/command/key-rows.js"
import type { CommandRow, OpenWork, Work } from "../../src/command/row.js"
import type { Found } from "../../src/command/show.js"

/** Methods of an engine or a client that are asked for, as far as a test has them. */
export type Asked = Readonly<Record<string, (...args: readonly never[]) => unknown>>

export interface RowRun {
  readonly args?: readonly string[]
  readonly given?: Work["given"]
  readonly client?: Asked
  readonly kms?: Asked
}

export function rowOf(name: string): CommandRow {
  const row = [...keyRows, ...accessRows, ...careRows].find((one) => one.name === name)
  if (row === undefined) throw new Error(`there is no row ${name}`)
  return row
}

/** What a command finds out, with an engine that answers so, and how far it was told to be. */
export async function runRow(name: string, { args = [], given = {}, client, kms }: RowRun) {
  const bars: (readonly [what: string, ...(number | "end")[]])[] = []
  const work: OpenWork = {
    args,
    given,
    client: client as unknown as KmsClient,
    kms: kms as unknown as Kms,
    terminal: {
      out: () => undefined,
      tell: () => undefined,
      isInteractive: false,
      isLive: false,
      ask: async () => "",
      askSecret: async () => "",
    },
    progress: (what) => ({
      at: (done, total) => void bars.push([what, done, total]),
      end: () => void bars.push([what, "end"]),
    }),
  }
  const found: Found = await rowOf(name).run(work)
  return { found, bars }
}
