/** The few assertions of the suite, so that it needs no test framework. */

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Compares plain data and bytes by what they hold. */
export function assertSame(actual: unknown, expected: unknown, what: string): void {
  const [is, shouldBe] = [show(actual), show(expected)]
  if (is !== shouldBe) throw new Error(`${what}: expected ${cut(shouldBe)}, got ${cut(is)}`)
}

/** A wrong call rejects with a TypeError that names the parameter. */
export async function assertWrongCall(
  call: Promise<unknown>,
  parameter: string,
  what: string,
): Promise<void> {
  const error = await rejectionOf(call, what)
  assertSame(nameOf(error), "TypeError", `${what} rejects with`)
  const { message } = error as Error
  assert(message.includes(parameter), `${what}: \`${message}\` does not name \`${parameter}\``)
}

/** A call on a closed handle rejects with the StorageError that says so. */
export async function assertClosed(call: Promise<unknown>, what: string): Promise<void> {
  const error = await rejectionOf(call, what)
  assertSame(nameOf(error), "StorageError", `${what} rejects with`)
  assertSame((error as { code?: unknown }).code, "closed", `${what} rejects with code`)
}

async function rejectionOf(call: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  assert(outcome !== undefined, `${what} should have been rejected`)
  return outcome.error
}

const nameOf = (error: unknown): unknown => (error instanceof Error ? error.name : error)

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    return `bytes(${new Uint8Array(value.buffer, value.byteOffset, value.byteLength).join(" ")})`
  }
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${name}: ${show(member)}`).join(", ")}}`
}

const cut = (text: string): string =>
  text.length > 400 ? `${text.slice(0, 400)} … (${text.length} characters)` : text
