import type { BackupTarget } from "../../src/engine/care/backup.js"

/** A backup in memory. */
export interface MemoryBackup extends BackupTarget {
  readonly ended: () => "open" | "closed" | "aborted"
  readonly bytes: () => Uint8Array
}

export function memoryBackup(): MemoryBackup {
  const pieces: Uint8Array[] = []
  let ended: ReturnType<MemoryBackup["ended"]> = "open"
  return {
    write: async (bytes) => void pieces.push(bytes.slice()),
    close: async () => {
      ended = "closed"
    },
    abort: async () => {
      ended = "aborted"
    },
    ended: () => ended,
    bytes: () => Uint8Array.from(Buffer.concat(pieces)),
  }
}

/** Bytes in pieces of that length. */
export async function* inPieces(bytes: Uint8Array, length = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}
