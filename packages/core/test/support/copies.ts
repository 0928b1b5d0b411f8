/** Every array of bytes that something was copied into while `act` ran. */
async function arraysDuring(act: () => Promise<unknown>): Promise<ReadonlySet<Uint8Array>> {
  const { set, slice } = Uint8Array.prototype
  const seen = new Set<Uint8Array>()
  Uint8Array.prototype.set = function (this: Uint8Array, ...parameters: Parameters<typeof set>) {
    seen.add(this)
    return set.apply(this, parameters)
  }
  Uint8Array.prototype.slice = function (
    this: Uint8Array,
    ...parameters: Parameters<typeof slice>
  ) {
    const made = slice.apply(this, parameters)
    seen.add(made)
    return made
  } as typeof slice
  try {
    await act()
  } finally {
    Object.assign(Uint8Array.prototype, { set, slice })
  }
  return seen
}

/** The lengths of all arrays that still hold a secret when `act` is over, but for `answers`. */
export async function copiesLeft(
  act: () => Promise<{
    readonly secret: () => Uint8Array
    readonly answers: readonly Uint8Array[]
  }>,
): Promise<readonly number[]> {
  let ended: Awaited<ReturnType<typeof act>> | undefined
  const seen = await arraysDuring(async () => {
    ended = await act()
  })
  if (ended === undefined) throw new Error("nothing was done")
  const secret = ended.secret()
  const own = new Set([secret, ...ended.answers].map(({ buffer }) => buffer))
  return [...seen]
    .filter((bytes) => !own.has(bytes.buffer) && Buffer.from(bytes).includes(Buffer.from(secret)))
    .map((bytes) => bytes.length)
}
