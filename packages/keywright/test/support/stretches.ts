import process from "node:process"

/**
 * How much of some work its longest stretch without a turn of the event loop is, in processor
 * time: 1 where nothing else had its turn.
 */
export async function longestShare(act: () => Promise<unknown>): Promise<number> {
  const usedMs = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  const beganMs = usedMs()
  let stretchBeganMs = beganMs
  let longestMs = 0
  let isOver = false
  const look = (): void => {
    const nowMs = usedMs()
    longestMs = Math.max(longestMs, nowMs - stretchBeganMs)
    stretchBeganMs = nowMs
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  await act()
  isOver = true
  look()
  return longestMs / (usedMs() - beganMs)
}
