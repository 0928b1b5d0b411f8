import type { Terminal } from "./terminal.js"

/** Tells how far a long piece of work is. */
export interface Progress {
  /** `total` is as far as it is known; it may grow. */
  at(done: number, total: number): void
  end(): void
}

const width = 30

/** A bar that is written over; on what is no terminal, nothing. */
export function createProgress({ isLive, tell }: Terminal, what: string): Progress {
  let shown = ""
  return {
    at(done, total) {
      if (!isLive) return
      const share = total === 0 ? 1 : Math.min(1, done / total)
      const filled = Math.round(width * share)
      const bar = "█".repeat(filled) + "░".repeat(width - filled)
      const text = `\r${what} ${bar} ${done} of ${total}`
      if (text === shown) return
      shown = text
      tell(`${text}\u001b[K`)
    },
    end() {
      if (shown !== "") tell("\r\u001b[K")
    },
  }
}
