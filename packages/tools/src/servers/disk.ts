import { execFileSync } from "node:child_process"
import { statfsSync } from "node:fs"

/** A disk of its own behind a folder, which can be full. */
export interface Disk {
  /** Nothing more can be written. */
  fill(): void
  /** There is room again. */
  free(): void
  remove(): void
}

/** What a full disk still has: less than any file wants. */
const leftBytes = 65_536

/** Mounts a disk in memory on a folder; `undefined` where this machine does not let one. */
export function createDisk(folder: string, mebibytes: number, owner: string): Disk | undefined {
  const size = (bytes: number): string => `size=${bytes}`
  const whole = mebibytes * 2 ** 20
  const mount = (...options: readonly string[]): void => {
    const args = ["-t", "tmpfs", "-o", options.join(","), "tmpfs", folder]
    execFileSync("mount", args, { stdio: "pipe" })
  }
  try {
    mount(size(whole), owner, "mode=0700")
  } catch {
    return undefined
  }
  return {
    fill: () => {
      const { bsize, blocks, bfree } = statfsSync(folder)
      mount("remount", size((blocks - bfree) * bsize + leftBytes))
    },
    free: () => mount("remount", size(whole)),
    remove: () => {
      execFileSync("umount", ["-l", folder], { stdio: "pipe" })
    },
  }
}
