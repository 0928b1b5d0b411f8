import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { afterAll, describe, expect, it } from "vitest"
import { createDisk } from "../src/servers/disk.js"
import { createEtcdCluster, hasEtcd } from "../src/servers/etcd-cluster.js"
import { createZones, loopback, within, type Zone } from "../src/servers/zones.js"

const zones = await createZones(2)
afterAll(zones.remove)
const hasSpaces = zones.kind === "network namespaces"
const only = hasSpaces ? it : it.skip
const why = hasSpaces ? "" : " (this machine lets nobody make network namespaces)"

/** A server in a zone that says hello, and its port. */
async function serverIn(zone: Zone): Promise<{ port: number; end(): void }> {
  const code =
    "const s = require('net').createServer((c) => c.end('hello'));" +
    `s.listen(0, '${zone.address}', () => console.log(s.address().port))`
  const child = spawn(...within(zone, process.execPath, ["-e", code]), { stdio: "pipe" })
  const port = await new Promise<number>((resolve) => {
    child.stdout.once("data", (text) => resolve(Number(text)))
  })
  return { port, end: () => void child.kill("SIGKILL") }
}

/** What a server says; nothing when it is not reached in time. */
const hear = (address: string, port: number, ms: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, address)
    const end = (text: string): void => {
      socket.destroy()
      resolve(text)
    }
    socket.once("data", (text) => end(String(text)))
    socket.once("error", () => end("nothing"))
    if (Number.isFinite(ms)) setTimeout(end, ms, "nothing")
  })

describe("zones", () => {
  only(`are reached by others, but for one that is cut off${why}`, async () => {
    const [first, second] = zones.zones as readonly [Zone, Zone]
    expect(first.address).not.toBe(second.address)
    const [one, other] = [await serverIn(first), await serverIn(second)]
    try {
      const forever = Number.POSITIVE_INFINITY
      expect(await hear(first.address, one.port, forever)).toBe("hello")
      zones.links[0]?.cut()
      expect(await hear(first.address, one.port, 300)).toBe("nothing")
      expect(await hear(second.address, other.port, forever)).toBe("hello")
      zones.links[0]?.mend()
      expect(await hear(first.address, one.port, forever)).toBe("hello")
      zones.links[1]?.narrow()
      expect(await hear(second.address, other.port, forever)).toBe("hello")
      zones.links[1]?.mend()
    } finally {
      one.end()
      other.end()
    }
  })

  it("on one machine's loopback address start programs as they are", () => {
    expect(within(loopback, "etcd", ["--version"])).toEqual(["etcd", ["--version"]])
  })
})

describe("a disk of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-disk-"))
  const { getuid = () => -1, getgid = () => -1 } = process
  const disk = createDisk(folder, 4, `uid=${getuid()},gid=${getgid()}`)
  const allowed = disk === undefined ? it.skip : it
  const unless = disk === undefined ? " (this machine lets nobody mount one)" : ""
  afterAll(() => {
    disk?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  allowed(`takes nothing while it is full, and more when there is room again${unless}`, () => {
    const write = () => writeFileSync(join(folder, "file"), new Uint8Array(2 ** 20))
    disk?.fill()
    expect(write).toThrow(/ENOSPC/)
    disk?.free()
    write()
  })
})

describe("a member of etcd", () => {
  const there = hasEtcd() ? it : it.skip
  const unless = hasEtcd() ? "" : " (there is no etcd)"

  there(`that cannot start is not waited for${unless}`, async () => {
    const { ports, kill, start, remove } = await createEtcdCluster(1)
    const other = createServer((socket) => socket.destroy())
    try {
      await kill(0)
      await once(other.listen(ports[0], "127.0.0.1"), "listening")
      await expect(start(0)).rejects.toThrow("etcd has ended with 1")
    } finally {
      other.close()
      remove()
    }
  })
})
