/** Names requests that never reach an engine, which names all others. */
export function createRequestIds(): () => string {
  let count = 0
  return () => {
    count += 1
    return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`
  }
}
