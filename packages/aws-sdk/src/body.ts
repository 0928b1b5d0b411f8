import { ProtocolError } from "./protocol-errors.js"

// Every JavaScript runtime has these two; the language's own library of types does not.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean },
) => { decode(bytes: Uint8Array): string }

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

/** The longest request body that is read: 1 MiB. The largest valid one is far below. */
const bodyBytesMax = 2 ** 20

const tooLarge = () => new ProtocolError("RequestEntityTooLargeException")
const unreadable = () => new ProtocolError("SerializationException")

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

interface Reader {
  read(): Promise<{ readonly done?: boolean; readonly value?: unknown }>
  cancel(): Promise<unknown>
}

/** Reads a web stream where runtimes cannot iterate over one; stops it when nobody reads on. */
async function* chunksOf(reader: Reader): AsyncGenerator<unknown> {
  let isDone = false
  try {
    while (true) {
      const { done = false, value } = await reader.read()
      isDone = done
      if (isDone) return
      yield value
    }
  } finally {
    if (!isDone) await reader.cancel()
  }
}

/** A chunk, or a whole body, that is already here. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value === "string") return utf8(value)
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : undefined
}

async function collect(chunks: AsyncIterable<unknown>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    const part = bytesOf(chunk)
    if (part === undefined) throw unreadable()
    length += part.length
    if (length > bodyBytesMax) throw tooLarge()
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Streams as the platforms have them: async iterables and web streams. */
async function readStream(body: unknown): Promise<Uint8Array> {
  if (typeof body !== "object" || body === null) throw unreadable()
  if (Symbol.asyncIterator in body) return collect(body as AsyncIterable<unknown>)
  if ("getReader" in body && typeof body.getReader === "function") {
    return collect(chunksOf(body.getReader()))
  }
  throw unreadable()
}

/**
 * Reads the body of a request: text, bytes or a stream of either. Throws `ProtocolError` for one
 * that is too large or is nothing of the kind; the error of a stream that breaks is passed on.
 */
export async function readBody(body: unknown): Promise<string | Uint8Array> {
  if (body === undefined || body === null) return ""
  if (typeof body === "string") {
    const isLarge = body.length * 3 > bodyBytesMax && utf8(body).length > bodyBytesMax
    if (isLarge) throw tooLarge()
    return body
  }
  const bytes = bytesOf(body) ?? (await readStream(body))
  if (bytes.length > bodyBytesMax) throw tooLarge()
  return bytes
}

/** A body that has been read, as text; `undefined` for bytes that are not UTF-8. */
export function textOf(body: unknown): string | undefined {
  if (typeof body === "string") return body
  try {
    return body instanceof Uint8Array ? decoder.decode(body) : undefined
  } catch {
    return undefined
  }
}

/** Reads JSON in strict UTF-8. A member that is there twice counts as its last one. */
export function parseJson(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : decoder.decode(body))
  } catch {
    throw unreadable()
  }
}
