import type { Host } from "./host.js"

/** Works with a host that is open, or that is opened for whoever comes first. */
export type UseHost = <Result>(work: (host: Host) => Promise<Result>) => Promise<Result>

/** Opens a host when it is first used, and again when that has failed. */
export function whenUsed(open: () => Promise<Host>): UseHost {
  let host: Host | undefined
  let opening: Promise<Host> | undefined
  const opened = async (): Promise<Host> => {
    try {
      opening ??= open()
      host = await opening
      return host
    } finally {
      opening = undefined
    }
  }
  return (work) => (host === undefined ? opened().then(work) : work(host))
}
