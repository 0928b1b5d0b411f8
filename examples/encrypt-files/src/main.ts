import { mkdir } from "node:fs/promises"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { createEnvelope, kmsKeys } from "@keywright/core/envelope"
import { opensslCipher } from "@keywright/hsm/openssl"
import { type Kms, openKms } from "keywright"
import { cryptFiles, type Direction } from "./crypt-files.js"
import { createProgressBar } from "./progress-bar.js"

/*
 * encrypt-files encrypt SOURCE TARGET [--keys FOLDER]
 * encrypt-files decrypt SOURCE TARGET [--keys FOLDER]
 */

const usage = "encrypt-files encrypt|decrypt SOURCE TARGET [--keys FOLDER]"
const alias = "alias/files"

/** The ARN of the key for files, which is made on the first encryption. */
async function keyFor(kms: Kms, direction: Direction): Promise<string> {
  const client = kms.as(kms.administrator)
  const found = await client.describeKey({ KeyId: alias }).catch((error: Error) => {
    if (error.name !== "NotFoundException" || direction === "decrypt") throw error
    return undefined
  })
  if (found !== undefined) return found.KeyMetadata.Arn
  const { KeyMetadata } = await client.createKey({ Description: "files" })
  await client.createAlias({ AliasName: alias, TargetKeyId: KeyMetadata.KeyId })
  return KeyMetadata.Arn
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keys: { type: "string", default: join(homedir(), ".encrypt-files") } },
  })
  const [direction, source, target, ...others] = positionals
  const isKnown = direction === "encrypt" || direction === "decrypt"
  if (!isKnown || source === undefined || target === undefined || others.length > 0) {
    throw new Error(usage)
  }
  const interrupted = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
  }
  await mkdir(values.keys, { recursive: true, mode: 0o700 })
  const kms = await openKms({ path: join(values.keys, "keys.db"), generateRootKey: true })
  try {
    const client = kms.as(kms.administrator)
    const keys = kmsKeys(client, { keyId: await keyFor(kms, direction) })
    const envelope = createEnvelope({ keys, cipher: opensslCipher(), frameBytes: 65_536 })
    const isSeen = process.stderr.isTTY === true
    const onProgress = createProgressBar((text) => void (isSeen && process.stderr.write(text)))
    const options = { envelope, onProgress, signal: interrupted.signal }
    await cryptFiles(direction, resolve(source), resolve(target), options)
    if (isSeen) process.stderr.write("\n")
  } finally {
    await kms.close()
  }
}

main().catch((error: Error) => {
  const { cause } = error
  const why = cause instanceof Error ? `: ${cause.message}` : ""
  process.stderr.write(`\n${error.message}${why}\n`)
  process.exitCode = 1
})
