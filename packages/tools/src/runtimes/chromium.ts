import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { run } from "../run.js"
import { failure, type Report, type Runtime } from "./report.js"

const browser = "chromium"
const limitMs = 600_000

const page =
  '<!doctype html><meta charset="utf-8"><script type="module" src="/program.js"></script>'

/** Serves the page, and tells what it reports. */
const pageServer = (program: string, tell: (report: Report) => void): Server =>
  createServer((request, response) => {
    if (request.method === "POST") {
      const parts: Buffer[] = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        response.end()
        tell(JSON.parse(Buffer.concat(parts).toString()))
      })
      return
    }
    const isProgram = request.url === "/program.js"
    response.setHeader("content-type", isProgram ? "text/javascript" : "text/html")
    response.end(isProgram ? readFileSync(program) : page)
  })

/** Opens the page until it has reported, or until the time is over. */
async function reportOf(program: string, start: (url: string) => () => void): Promise<Report> {
  let tell: (report: Report) => void = () => undefined
  const reported = new Promise<Report>((resolve) => {
    tell = resolve
  })
  const server = pageServer(program, tell)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const stop = start(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const timer = setTimeout(() => tell(failure("the page never reported")), limitMs)
  const report = await reported
  clearTimeout(timer)
  stop()
  server.closeAllConnections()
  server.close()
  return report
}

/** The browser of the system; in CI, Debian's package is installed where it is missing. */
export const chromium: Runtime = {
  name: "Chromium",
  program: "page",
  async install() {
    if ((await run(browser, ["--version"])).ok) return
    const install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"
    const ran = process.env["CI"] === "true" ? await run("sh", ["-c", install]) : undefined
    if (ran?.ok !== true) throw new Error(ran?.output ?? `there is no ${browser} on this machine`)
  },
  run: (folder, program) =>
    reportOf(program, (url) => {
      const profile = `--user-data-dir=${join(folder, "profile")}`
      const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
      const child = spawn(browser, [...flags, profile, url], { stdio: "ignore" })
      return () => child.kill("SIGKILL")
    }),
}
