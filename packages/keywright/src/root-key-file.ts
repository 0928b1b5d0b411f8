import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { link, open, readFile, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { isThere } from "./open-database.js"
import { requireOwnFile } from "./owned-file.js"

/** A root key is an AES-256 key. */
export const rootKeyBytes = 32

/** The file beside a database that holds its root key, 64 hexadecimal digits and a line end. */
const rootKeyPath = (databasePath: string): string => `${databasePath}.root-key`

const fileForm = /^[0-9a-f]{64}\n?$/

/** Makes what was written survive a loss of power: the file, and its name in the directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), "r")
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Writes a new root key, readable by its owner alone. The file appears whole or not at all; when
 * another process was quicker, its key stands.
 */
async function writeRootKey(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`
  const file = await open(draft, "wx", 0o600)
  try {
    await file.writeFile(`${randomBytes(rootKeyBytes).toString("hex")}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
  } catch (error) {
    if (!isTaken(error)) throw error
  } finally {
    await rm(draft)
  }
  await syncDirectory(path)
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EEXIST"

async function readRootKey(path: string): Promise<Uint8Array> {
  const text = await readFile(path, "latin1")
  if (!fileForm.test(text)) throw new Error(`\`${path}\` does not hold a root key`)
  const digits = text.trim().match(/../g) ?? []
  return Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16))
}

/**
 * Throws when there is a root key and no database file: the database is missing, and is not new.
 * One that is being made has its file before its root key.
 */
export function refuseLostDatabase(databasePath: string): void {
  const path = rootKeyPath(databasePath)
  if (!existsSync(path) || existsSync(databasePath)) return
  throw new Error(
    `\`${path}\` exists, but its database \`${databasePath}\` does not: put the database back, ` +
      "or remove the root key to begin anew",
  )
}

/**
 * The root key beside a database; a new one where the database is empty yet. A database without
 * its root key is an error: a new key could not open it.
 */
export async function keepRootKey(databasePath: string): Promise<Uint8Array> {
  const path = rootKeyPath(databasePath)
  requireOwnFile(path)
  if (!existsSync(path)) {
    if (isThere(databasePath)) {
      throw new Error(
        `\`${databasePath}\` exists, but its root key \`${path}\` does not: put the file back, ` +
          "or hand in the `rootKey` or `passphrase` that the database was made with",
      )
    }
    await writeRootKey(path)
  }
  return readRootKey(path)
}
