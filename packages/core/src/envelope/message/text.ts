// Every JavaScript runtime has it; the language's own library of types does not.
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

// A byte-order mark is text here: without it, two different contexts would read the same.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text of strict UTF-8, every character of it; `undefined` when it is none. */
export function readText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
