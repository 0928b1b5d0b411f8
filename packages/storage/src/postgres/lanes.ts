import { newName } from "../system.js"

/** What one commit goes through: the store remembers the last commit of each lane by its number. */
export interface Lane {
  readonly name: string
  number: number
}

/** As many lanes as there are commits under way. */
export interface Lanes {
  enter(): Lane
  /** A lane whose last commit has an outcome; one without is never used again. */
  leave(lane: Lane): void
}

export function createLanes(): Lanes {
  const handle = newName()
  const free: Lane[] = []
  let made = 0
  return {
    enter: () => {
      let lane = free.pop()
      if (lane === undefined) {
        made += 1
        lane = { name: `${handle} ${made}`, number: 0 }
      }
      lane.number += 1
      return lane
    },
    leave: (lane) => {
      free.push(lane)
    },
  }
}
