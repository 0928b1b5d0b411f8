import { connect, createServer, type Socket } from "node:net"

/** A wire to a server, which can be harmed at a moment of one's choice. */
export interface Wire {
  readonly port: number
  /** Passes on what is asked, and cuts the connection instead of handing on the next answer. */
  loseNextAnswerTo(text: string): void
  /** From now on nothing comes back, and nobody is told. */
  silence(): void
  /** All connections end, and new ones end at once. */
  cut(): void
  /** Answers come so much later. */
  slow(ms: number): void
  /** All is as it was at first; what was silent ends. */
  mend(): void
  /** All connections end, and new ones go elsewhere. */
  pointTo(port: number, address?: string): void
  close(): Promise<void>
}

/** Where a wire leads, and where it begins. */
export interface WireEnds {
  readonly target?: string | undefined
  readonly near?: string | undefined
}

export async function createWire(
  targetPort: number,
  { target = "127.0.0.1", near: nearAddress = "127.0.0.1" }: WireEnds = {},
): Promise<Wire> {
  const sockets = new Set<Socket>()
  let lostAfter: string | undefined
  let isSilent = false
  let isCut = false
  let slowMs = 0
  let [port, address] = [targetPort, target]
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(port, address)
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
      else if (slowMs > 0) setTimeout(() => near.write(bytes), slowMs)
      else if (!isSilent) near.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, nearAddress, resolve))
  const listening = server.address()
  if (listening === null || typeof listening === "string") throw new Error("there is no port")
  return {
    port: listening.port,
    loseNextAnswerTo: (text) => {
      lostAfter = text
    },
    silence: () => {
      isSilent = true
    },
    cut: () => {
      isCut = true
      endAll()
    },
    slow: (ms) => {
      slowMs = ms
    },
    mend: () => {
      if (isSilent) endAll()
      isSilent = false
      isCut = false
      slowMs = 0
    },
    pointTo: (otherPort, otherAddress = address) => {
      port = otherPort
      address = otherAddress
      endAll()
    },
    close: async () => {
      endAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
