/**
 * Works on that many items at once and yields what comes of them, as it comes, but for
 * `undefined`. `work` may not reject.
 */
export async function* workAtOnce<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result | undefined>,
): AsyncGenerator<Result, void, undefined> {
  const pending = new Map<number, Promise<readonly [number, Result | undefined]>>()
  let count = 0
  async function firstDone(): Promise<Result | undefined> {
    const [ticket, result] = await Promise.race(pending.values())
    pending.delete(ticket)
    return result
  }
  for await (const item of items) {
    const ticket = count
    count += 1
    pending.set(
      ticket,
      work(item).then((result) => [ticket, result]),
    )
    if (pending.size < atOnce) continue
    const result = await firstDone()
    if (result !== undefined) yield result
  }
  while (pending.size > 0) {
    const result = await firstDone()
    if (result !== undefined) yield result
  }
}
