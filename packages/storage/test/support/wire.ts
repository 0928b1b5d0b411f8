import { connect, createServer, type Socket } from "node:net"

/** A wire to a server, which a test can cut at a moment of its choice. */
export interface Wire {
  readonly port: number
  /** Passes on what is asked, and cuts the connection instead of handing on the next answer. */
  loseNextAnswerTo(text: string): void
  /** From now on nothing comes back, and nobody is told. */
  silence(): void
  close(): Promise<void>
}

export async function createWire(targetPort: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let lostAfter: string | undefined
  let isSilent = false
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1")
    let isLost = false
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("error", () => undefined)
      socket.on("close", () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on("data", (bytes) => {
      if (lostAfter !== undefined && bytes.includes(lostAfter)) {
        lostAfter = undefined
        isLost = true
      }
      far.write(bytes)
    })
    far.on("data", (bytes) => {
      if (isLost) near.destroy()
      else if (!isSilent) near.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("there is no port")
  return {
    port: address.port,
    loseNextAnswerTo: (text) => {
      lostAfter = text
    },
    silence: () => {
      isSilent = true
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
