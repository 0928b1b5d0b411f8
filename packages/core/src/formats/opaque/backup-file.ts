import { keyBytesMax, valueBytesMax } from "@keywright/storage"
import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes, equalBytes, hexOf, textOf, utf8 } from "../../vocabulary/bytes.js"
import { readUint32, writeUint32 } from "../fields.js"

/*
 * A backup as a file: "KWBACKUP" and the version of the format, then frames. A frame is one byte
 * for its kind, the length of its body in 32 bits, and the body. What comes later replaces what
 * came before under the same storage key. The last frame is sealed by the HSM and holds, besides
 * what it says of the backup, the SHA-256 of all bytes before it.
 *
 * The format is described in docs/guides/back-up-and-restore.md.
 */

/** One frame. `put` and `remove` are of a storage key; `end` is the sealed statement. */
export type BackupFrame =
  | { readonly kind: "put"; readonly place: string; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly place: string }
  | { readonly kind: "end"; readonly sealed: Uint8Array; readonly hash: string }

/** Bytes that are no backup, or no whole one. */
export class BackupError extends Error {
  override readonly name = "BackupError"
}

const prefix = concatBytes(utf8("KWBACKUP"), Uint8Array.of(1))
const headBytes = 5
const kinds = { put: 1, remove: 2, end: 3 } as const
/** A storage key after its length in 16 bits, and a value. */
const bodyBytesMax = 2 + keyBytesMax + valueBytesMax
const isPrintable = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e

function frame(kind: keyof typeof kinds, body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(headBytes + body.length)
  whole[0] = kinds[kind]
  writeUint32(whole, 1, body.length)
  whole.set(body, headBytes)
  return whole
}

const putBody = (place: string, bytes: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(place.length >> 8, place.length & 255), utf8(place), bytes)

/** Makes the bytes of a backup, one piece after another. */
export interface BackupWriter {
  begin(): Uint8Array
  put(place: string, bytes: Uint8Array): Uint8Array
  remove(place: string): Uint8Array
  /** The hash of all that was made until now, as 64 hexadecimal digits. */
  hash(): string
  end(sealed: Uint8Array): Uint8Array
}

export function createBackupWriter(): BackupWriter {
  const hash = sha256.create()
  const hashed = (bytes: Uint8Array): Uint8Array => {
    hash.update(bytes)
    return bytes
  }
  return {
    begin: () => hashed(prefix),
    put: (place, bytes) => hashed(frame("put", putBody(place, bytes))),
    remove: (place) => hashed(frame("remove", utf8(place))),
    hash: () => hexOf(hash.clone().digest()),
    end: (sealed) => frame("end", sealed),
  }
}

const cut = () => new BackupError("the backup was cut: its end is missing")
const damaged = () => new BackupError("the backup is damaged, or is none")

function placeOf(bytes: Uint8Array): string {
  const { length } = bytes
  if (length === 0 || length > keyBytesMax || !bytes.every(isPrintable)) throw damaged()
  return textOf(bytes)
}

function frameOf(kind: number | undefined, body: Uint8Array, hash: () => string): BackupFrame {
  if (kind === kinds.end) return { kind: "end", sealed: body, hash: hash() }
  if (kind === kinds.remove) return { kind: "remove", place: placeOf(body) }
  if (kind !== kinds.put || body.length < 2) throw damaged()
  const end = 2 + (((body[0] as number) << 8) | (body[1] as number))
  if (end > body.length) throw damaged()
  return { kind: "put", place: placeOf(body.subarray(2, end)), bytes: body.slice(end) }
}

/** Takes exact lengths out of a source that comes in pieces of any. */
function createTap(source: AsyncIterable<Uint8Array>) {
  const pieces = source[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  /** So many bytes; fewer when there are no more. */
  const take = async (count: number): Promise<Uint8Array> => {
    const parts = [rest]
    let length = rest.length
    while (length < count) {
      const { value, done } = await pieces.next()
      if (done === true) break
      if (!(value instanceof Uint8Array)) throw new TypeError("`source` must be of Uint8Arrays")
      parts.push(value)
      length += value.length
    }
    const all = parts.length === 1 ? rest : concatBytes(...parts)
    rest = all.subarray(count)
    return all.subarray(0, count)
  }
  return { take, stop: async () => void (await pieces.return?.()) }
}

/**
 * The frames of a backup, one after another. Throws {@link BackupError} for what is none and for
 * one that was cut; whether it was edited is for the HSM to say, by the last frame.
 */
export async function* readBackup(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupFrame, void> {
  const { take, stop } = createTap(source)
  const hash = sha256.create()
  try {
    const begin = await take(prefix.length)
    if (!equalBytes(begin, prefix)) throw damaged()
    hash.update(begin)
    for (;;) {
      const head = await take(headBytes)
      if (head.length < headBytes) throw cut()
      const length = readUint32(head, 1)
      if (length > bodyBytesMax) throw damaged()
      const body = await take(length)
      if (body.length < length) throw cut()
      const one = frameOf(head[0], body, () => hexOf(hash.clone().digest()))
      yield one
      if (one.kind === "end") break
      hash.update(head)
      hash.update(body)
    }
    if ((await take(1)).length > 0) throw damaged()
  } finally {
    await stop()
  }
}
