/** What came is not what the other side must say. Whoever says it is not listened to any more. */
export class WireError extends Error {
  override readonly name = "WireError"
}

/** Bytes that are being written. */
export interface Writer {
  bytes: Uint8Array
  at: number
}

/** Values by the bytes that they were read from, for those that come again and again. */
export type Memory = ({ readonly bytes: Uint8Array; readonly value: object } | undefined)[]

/** Bytes that are being read, from `at` to `end`. */
export interface Reader {
  readonly bytes: Uint8Array
  at: number
  end: number
  /** Whether what is read is a view, which ends with these bytes, or a copy. */
  readonly views: boolean
  /** Of who reads calls without end. */
  readonly memory: Memory | undefined
}

/** Longer than most calls and their answers. What is shorter than 64 bytes V8 would move about. */
const writerBytes = 16_384
/** What was longer for once is let go of. */
const writerBytesKept = 2 ** 20

export const createWriter = (): Writer => ({ bytes: new Uint8Array(writerBytes), at: 0 })

/** The place for so many bytes more. A buffer that is left behind is wiped. */
export function advance(writer: Writer, length: number): number {
  const { at } = writer
  const end = at + length
  if (end > writer.bytes.length) {
    const larger = new Uint8Array(Math.max(end, writer.bytes.length * 2))
    larger.set(writer.bytes.subarray(0, at))
    writer.bytes.fill(0)
    writer.bytes = larger
  }
  writer.at = end
  return at
}

/** A copy in an array of its own: short ones V8 moves about, and leaves copies of them behind. */
function copyToStay(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

/** Takes what was written, and wipes it here. */
export function takeWritten(writer: Writer): Uint8Array {
  const written = copyToStay(writer.bytes.subarray(0, writer.at))
  rewind(writer, 0)
  if (writer.bytes.length > writerBytesKept) writer.bytes = new Uint8Array(writerBytes)
  return written
}

/** Wipes what was written from there on. */
export function rewind(writer: Writer, at: number): void {
  writer.bytes.fill(0, at, writer.at)
  writer.at = at
}

export function writeByte(to: Writer, value: number): void {
  const at = advance(to, 1)
  to.bytes[at] = value
}

export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function writeUint32(to: Writer, value: number): void {
  const at = advance(to, 4)
  putUint32(to.bytes, at, value)
}

export const uint32At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) * 2 ** 24 +
    (((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number))) >>>
  0

/** Goes past so many bytes, and tells where they begin. Throws when they are not there. */
export function pass(from: Reader, length: number): number {
  const { at } = from
  if (length > from.end - at) throw new WireError("a message ends before it is over")
  from.at = at + length
  return at
}

export const readByte = (from: Reader): number => from.bytes[pass(from, 1)] as number

export const readUint32 = (from: Reader): number => uint32At(from.bytes, pass(from, 4))

export function assertOver(from: Reader): void {
  if (from.at !== from.end) throw new WireError("a message goes on after its end")
}

/** The rest of a message, as bytes that stay until the caller wipes them. */
export function keepRest({ bytes, at, end, views }: Reader, memory: Memory): Reader {
  if (views) return { bytes, at, end, views, memory }
  const own = copyToStay(bytes.subarray(at, end))
  return { bytes: own, at: 0, end: own.length, views: true, memory }
}

/** The same bytes at a place where they stay, and nothing of them here. */
export function moveToStay(bytes: Uint8Array): Uint8Array {
  const copy = copyToStay(bytes)
  bytes.fill(0)
  return copy
}
