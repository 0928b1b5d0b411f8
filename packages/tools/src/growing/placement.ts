import { hashOf } from "./random.js"

/*
 * Which cell has an account, or a part of a large one. Everybody who knows how many cells there are
 * comes to the same answer, and a new cell takes its share from all others.
 *
 * Source: D. Thaler and C. Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996.
 */

/** The cell that gives the highest number for a thing. */
export function cellOf(thing: number, cells: number): number {
  let [best, highest] = [0, -1]
  for (let cell = 0; cell < cells; cell += 1) {
    const number = hashOf(thing, cell + 0x10000)
    if (number > highest) {
      highest = number
      best = cell
    }
  }
  return best
}

/** An account, with its share of all requests. */
export interface Account {
  readonly id: number
  readonly share: number
}

/**
 * Where accounts go: whole, or those with more than `partMax` of all requests in parts by key id.
 */
export function partsOfAccounts(accounts: readonly Account[], partMax: number): readonly Account[] {
  return accounts.flatMap(({ id, share }) => {
    const count = Math.ceil(share / partMax)
    return Array.from({ length: count }, (_, part) => ({
      id: part === 0 ? id : hashOf(id, part + 0x20000),
      share: share / count,
    }))
  })
}

/** The load of each cell, as a share of all requests. */
export function loadsOf(accounts: readonly Account[], cells: number): Float64Array {
  const loads = new Float64Array(cells)
  for (const { id, share } of accounts) {
    const cell = cellOf(id, cells)
    loads[cell] = (loads[cell] as number) + share
  }
  return loads
}

/** The share of all accounts that move when there is one cell more. */
export const movedShare = (accounts: readonly Account[], cells: number): number =>
  accounts.filter(({ id }) => cellOf(id, cells) !== cellOf(id, cells + 1)).length / accounts.length
