import { randomInt } from "node:crypto"
import { createServer } from "node:net"

/** Below those that a system gives to connections that go out (Linux: 32,768 to 60,999). */
const lowest = 15_000
const above = 32_000

const given = new Set<number>()

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

/**
 * A port that a server of a test can take, and take again after it was killed: no connection of
 * another process gets it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, above)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}
