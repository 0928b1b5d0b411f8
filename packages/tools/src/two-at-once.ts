/** Acts on all items, in their order, on two of them at a time. */
export async function twoAtOnce<T>(
  items: Iterable<T>,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]()
  async function work(): Promise<void> {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) await act(next.value)
  }
  await Promise.all([work(), work()])
}
