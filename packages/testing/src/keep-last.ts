/** Adds to a list that keeps its last items only: it drops the first of one that is full. */
export function keepLast<Item>(list: Item[], item: Item, itemsMax: number): void {
  if (list.length >= itemsMax) list.splice(0, list.length - itemsMax + 1)
  list.push(item)
}
