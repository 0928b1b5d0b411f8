import type { Entropy } from "@keywright/core"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { type DrbgState, generate, instantiateDrbg } from "./hmac-drbg.js"

/** How far each stream has been drawn. */
export type StreamStates = ReadonlyMap<string, DrbgState>

/**
 * The streams of bytes that come from one seed. Each has a name and goes its own way: what is
 * drawn from one changes no other.
 */
export interface Streams {
  /** A source of the bytes of one stream. Two sources of one name share it. */
  stream(...name: readonly string[]): Entropy
  states(): StreamStates
  /** Goes back to where the streams were; those begun since begin anew. */
  restore(states: StreamStates): void
}

/** Texts of which none runs into another. */
const labelOf = (texts: readonly string[]): Uint8Array => utf8ToBytes(JSON.stringify(texts))

export function createStreams(seed: string, from: StreamStates = new Map()): Streams {
  let states = new Map(from)

  return Object.freeze<Streams>({
    stream: (...name) => {
      const label = JSON.stringify(name)
      return (target) => {
        const state = states.get(label) ?? instantiateDrbg(labelOf(["keywright 1", seed, ...name]))
        states.set(label, generate(state, target))
        return target
      }
    },
    states: () => new Map(states),
    restore: (kept) => {
      states = new Map(kept)
    },
  })
}
