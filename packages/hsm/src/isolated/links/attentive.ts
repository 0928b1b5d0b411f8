import { availableParallelism } from "node:os"
import type { Link, LinkEvents } from "./link.js"

/** Ours: longer than what most calls take, with the way there and back. */
const attentionMs = 0.25
/** Ours: so many waits are slept through, at most, after some that were awake in vain. */
const napsMax = 64
/** Whoever stays awake on the only processor keeps the other side from its work. */
const hasOthers = availableParallelism() > 1
/** The clock of the machine, also where a test puts another in its place. */
const now = performance.now.bind(performance)

/**
 * A link whose thread stays awake for a moment after it has said something in a lively exchange: to
 * be woken up takes longer than most answers. Its event loop goes on meanwhile.
 */
export const attentive =
  (openLink: (events: LinkEvents) => Link) =>
  (events: LinkEvents): Link => {
    let heardAt = Number.NEGATIVE_INFINITY
    let saidAt = heardAt
    let isAwaiting = false
    let isAwake = false
    /** So many of the next waits are slept through: twice as many after each that was in vain. */
    let naps = 0
    let napsAfterVain = 1

    function stayAwake(): void {
      isAwake = isAwaiting && now() - saidAt < attentionMs
      if (isAwake) setImmediate(stayAwake)
      else if (isAwaiting) {
        naps = napsAfterVain
        napsAfterVain = Math.min(2 * naps, napsMax)
      }
    }

    const link = openLink({
      bytes(chunk) {
        heardAt = now()
        isAwaiting = false
        if (isAwake) napsAfterVain = 1
        events.bytes(chunk)
      },
      over() {
        isAwaiting = false
        events.over()
      },
    })
    return {
      ...link,
      send(bytes) {
        link.send(bytes)
        saidAt = now()
        isAwaiting = true
        if (isAwake || !hasOthers || saidAt - heardAt >= attentionMs) return
        if (naps > 0) naps -= 1
        else {
          isAwake = true
          setImmediate(stayAwake)
        }
      },
    }
  }
