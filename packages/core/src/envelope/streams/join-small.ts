import { concatBytes } from "../../vocabulary/bytes.js"

/** What passes a stream costs more than copying so many bytes. */
const smallBytesMax = 16_384

/** The same bytes, where small parts that follow each other are one. */
export function joinSmall(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = []
  let small: Uint8Array[] = []
  function flush(): void {
    const [only] = small
    if (only !== undefined) joined.push(small.length === 1 ? only : concatBytes(...small))
    small = []
  }
  for (const part of parts) {
    if (part.length <= smallBytesMax) {
      small.push(part)
      continue
    }
    flush()
    joined.push(part)
  }
  flush()
  return joined
}
