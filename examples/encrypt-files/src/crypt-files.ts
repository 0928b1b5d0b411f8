import { createReadStream, createWriteStream, type Dirent } from "node:fs"
import { lstat, mkdir, readdir } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { pipeline } from "node:stream/promises"
import type { Envelope } from "@keywright/core/envelope"
import { writeWhole } from "./write-whole.js"

export type Direction = "encrypt" | "decrypt"

export interface CryptOptions {
  readonly envelope: Envelope
  /** Called whenever bytes were read: how many so far, and of how many. */
  readonly onProgress: (doneBytes: number, allBytes: number) => void
  /** Ends the work; nothing is left then. */
  readonly signal?: AbortSignal | undefined
}

const suffix = ".enc"

interface SourceFile {
  readonly path: string
  /**
   * Its place below the folder, with slashes on every system: what the file is bound to. A file by
   * itself may be called anything.
   */
  readonly name: string | undefined
  readonly bytes: number
}

const nameOf = (source: string, path: string): string | undefined =>
  path === source ? undefined : relative(source, path).split(sep).join("/")

async function* filesIn(source: string, folder: string): AsyncGenerator<SourceFile> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesIn(source, path)
    else yield await sourceFile(source, path)
  }
}

/** A link could lead out of the folder, and a device has no end. */
async function sourceFile(source: string, path: string): Promise<SourceFile> {
  const found = await lstat(path)
  if (!found.isFile()) throw new Error(`${path} is neither a file nor a folder`)
  return { path, name: nameOf(source, path), bytes: found.size }
}

/** The name that a file of a folder has afterwards, and the one that it is bound to. */
function namesOf(direction: Direction, name: string) {
  if (direction === "encrypt") return { target: `${name}${suffix}`, bound: name }
  if (!name.endsWith(suffix)) throw new Error(`${name} does not end with ${suffix}`)
  const plain = name.slice(0, -suffix.length)
  return { target: plain, bound: plain }
}

function stageOf(direction: Direction, envelope: Envelope, bound: string | undefined) {
  const context: Record<string, string> = bound === undefined ? {} : { file: bound }
  if (direction === "encrypt") {
    return (source: AsyncIterable<Uint8Array>) => envelope.encryptChunks(source, { context })
  }
  const options = {
    expectContext: context,
    // One file of a folder may be taken out and opened by itself.
    otherContext: bound === undefined ? "accepted" : "refused",
    // Plaintext may come before the signature is verified: until then it has no name.
    signedPlaintext: "early",
  } as const
  return (source: AsyncIterable<Uint8Array>) => envelope.decryptChunks(source, options)
}

/**
 * Encrypts or decrypts a file, or every file of a folder, into a new one. In a folder, each is
 * bound to its place there, so that files which were exchanged do not open. The target appears when
 * all of it is done, on the disk and verified; when anything fails, nothing appears and no part is
 * left.
 */
export async function cryptFiles(
  direction: Direction,
  source: string,
  target: string,
  { envelope, onProgress, signal }: CryptOptions,
): Promise<void> {
  const isFolder = (await lstat(source)).isDirectory()
  const files: SourceFile[] = []
  if (isFolder) for await (const file of filesIn(source, source)) files.push(file)
  else files.push(await sourceFile(source, source))
  const allBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let doneBytes = 0
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk
      doneBytes += chunk.length
      onProgress(doneBytes, allBytes)
    }
  }
  await writeWhole(target, async (made) => {
    if (isFolder) await mkdir(made, { mode: 0o700 })
    for (const file of files) {
      const names = file.name === undefined ? undefined : namesOf(direction, file.name)
      const path = names === undefined ? made : join(made, ...names.target.split("/"))
      if (isFolder) await mkdir(join(path, ".."), { recursive: true, mode: 0o700 })
      const sink = createWriteStream(path, { flags: "wx", mode: 0o600, flush: true })
      const stage = stageOf(direction, envelope, names?.bound)
      await pipeline(createReadStream(file.path), counted, stage, sink, { signal })
    }
  })
}
