// Every JavaScript runtime has it; the language's own library of types does not.
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

// A byte-order mark is text here: without it, two different contexts would read the same.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** A call of the decoder costs more than this many bytes. */
const shortBytesMax = 48

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i += 1) if ((bytes[i] as number) > 0x7f) return false
  return true
}

/** The text of strict UTF-8, every character of it; `undefined` when it is none. */
export function readText(bytes: Uint8Array): string | undefined {
  if (bytes.length <= shortBytesMax && isAscii(bytes)) {
    return Reflect.apply(String.fromCharCode, undefined, bytes)
  }
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
