import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { link, open, readFile, rm } from "node:fs/promises"
import { isThere } from "./open-database.js"
import { requireOwnFile } from "./owned-file.js"
import { syncDirectory } from "./synced-directory.js"

/** A root key is an AES-256 key. */
export const rootKeyBytes = 32

/** The file beside a database that holds its root key, 64 hexadecimal digits and a line end. */
export const rootKeyPath = (databasePath: string): string => `${databasePath}.root-key`

const lineEnd = 0x0a
const digits = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0))

/** The text of a key, as bytes: a string could not be wiped. Wipes the key. */
function textOf(key: Uint8Array): Uint8Array {
  const text = new Uint8Array(2 * key.length + 1).fill(lineEnd)
  for (const [i, byte] of key.entries()) {
    text[2 * i] = digits[byte >> 4] as number
    text[2 * i + 1] = digits[byte & 15] as number
  }
  key.fill(0)
  return text
}

/** The inverse; the line may lack its end. */
function keyOf(text: Uint8Array): Uint8Array | undefined {
  const rest = text.subarray(2 * rootKeyBytes)
  if (text.length < 2 * rootKeyBytes || rest.length > 1) return undefined
  if (rest.length === 1 && rest[0] !== lineEnd) return undefined
  const values = Array.from({ length: 2 * rootKeyBytes }, (_, i) => digits.indexOf(text[i] ?? 0))
  if (values.includes(-1)) return undefined
  const key = new Uint8Array(new ArrayBuffer(rootKeyBytes))
  for (let i = 0; i < rootKeyBytes; i += 1) {
    key[i] = ((values[2 * i] as number) << 4) | (values[2 * i + 1] as number)
  }
  values.fill(0)
  return key
}

/**
 * Writes a new root key, readable by its owner alone. The file appears whole or not at all. False
 * when something is there already: another process was quicker, and its key stands.
 */
export async function writeRootKey(path: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`
  const file = await open(draft, "wx", 0o600)
  try {
    const text = textOf(randomBytes(rootKeyBytes))
    await file.writeFile(text)
    text.fill(0)
    await file.sync()
  } finally {
    await file.close()
  }
  let isWritten = true
  try {
    await link(draft, path)
  } catch (error) {
    if (!isTaken(error)) throw error
    isWritten = false
  } finally {
    await rm(draft)
  }
  await syncDirectory(path)
  return isWritten
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EEXIST"

/** The root key in a file. Throws where it does not hold one. */
export async function readRootKey(path: string): Promise<Uint8Array> {
  const text = await readFile(path)
  try {
    const key = keyOf(text)
    if (key === undefined) throw new Error(`\`${path}\` does not hold a root key`)
    return key
  } finally {
    text.fill(0)
  }
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
  if (!existsSync(path) && isThere(databasePath)) {
    throw new Error(
      `\`${databasePath}\` exists, but its root key \`${path}\` does not: put the file back, ` +
        "or hand in the `rootKey` or `passphrase` that the database was made with",
    )
  }
  return keepNewRootKey(databasePath)
}

/** The same for a database that something else has opened until now. */
export async function keepNewRootKey(databasePath: string): Promise<Uint8Array> {
  const path = rootKeyPath(databasePath)
  requireOwnFile(path)
  if (!existsSync(path)) await writeRootKey(path)
  return readRootKey(path)
}
