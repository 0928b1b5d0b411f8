import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import process from "node:process"
import type { Kms } from "@keywright/core"
import { openKms, type RootKeyOptions } from "../open-kms.js"
import { requireOwnFile } from "../owned-file.js"
import { readRootKey, rootKeyPath } from "../root-key-file.js"
import type { Terminal } from "./terminal.js"

/** Which database, and what opens it. */
export interface DatabaseOptions {
  readonly database?: string | undefined
  readonly rootKeyFile?: string | undefined
  readonly passphrase?: boolean | undefined
  readonly passphraseFile?: string | undefined
  readonly region?: string | undefined
  readonly account?: string | undefined
}

export const databaseFlags: readonly (readonly [flags: string, about: string])[] = [
  ["-d, --database <file>", "the SQLite file (default: $KEYWRIGHT_DATABASE)"],
  ["--root-key-file <file>", "what make-root-key made (default: <database>.root-key)"],
  ["--passphrase", "asks for the passphrase that seals the database"],
  ["--passphrase-file <file>", "reads the passphrase from the first line of a file"],
  ["--region <region>", "the region of the engine (default: us-east-1)"],
  ["--account <id>", "the account that owns the engine (default: 111122223333)"],
]

/** The path of the database. Throws where none is named. */
export function databaseOf({ database = process.env["KEYWRIGHT_DATABASE"] }: DatabaseOptions) {
  if (database !== undefined && database !== "") return database
  throw new TypeError("name the database: --database keys.db, or KEYWRIGHT_DATABASE=keys.db")
}

async function passphraseIn(file: string): Promise<string> {
  requireOwnFile(file)
  const [line = ""] = (await readFile(file, "utf8")).split(/\r?\n/)
  return line
}

async function rootKeyIn(file: string): Promise<Uint8Array> {
  requireOwnFile(file)
  if (!existsSync(file)) throw new Error(`there is no root key file \`${file}\``)
  return readRootKey(file)
}

/** What opens a database: at most one way may be named. */
export async function rootKeyOf(
  options: DatabaseOptions,
  terminal: Terminal,
): Promise<RootKeyOptions> {
  const { rootKeyFile, passphrase, passphraseFile } = options
  const named = [rootKeyFile, passphrase, passphraseFile].filter((one) => one !== undefined)
  if (named.length > 1) {
    throw new TypeError("name one of --root-key-file, --passphrase and --passphrase-file")
  }
  if (rootKeyFile !== undefined) return { rootKey: await rootKeyIn(rootKeyFile) }
  if (passphraseFile !== undefined) return { passphrase: await passphraseIn(passphraseFile) }
  if (passphrase === true) return { passphrase: await terminal.askSecret("Passphrase: ") }
  return { generateRootKey: true }
}

/** Opens a database that is there. */
export async function openDatabaseOf(
  options: DatabaseOptions,
  terminal: Terminal,
  more: { readonly create?: "if-missing" | "never"; readonly former?: RootKeyOptions } = {},
): Promise<Kms> {
  const path = databaseOf(options)
  const { region, account } = options
  const given = await rootKeyOf(options, terminal)
  const { create = "never" } = more
  if (given.generateRootKey === true && create === "never" && !existsSync(rootKeyPath(path))) {
    throw new Error(
      `there is no \`${rootKeyPath(path)}\`: name the root key by --root-key-file, ` +
        "--passphrase or --passphrase-file",
    )
  }
  try {
    return await openKms({
      path,
      ...given,
      ...more,
      create,
      ...(region !== undefined && { region }),
      ...(account !== undefined && { account }),
    })
  } finally {
    // The seals have copies of their own.
    for (const { rootKey } of [given, more.former ?? {}]) rootKey?.fill(0)
  }
}
