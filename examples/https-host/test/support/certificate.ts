import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

export type Certificate = Awaited<ReturnType<typeof makeCertificate>>

/** A certificate of its own for this machine. */
export async function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), "https-host-"))
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
  const files = ["-keyout", keyFile, "-out", certFile]
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject])
  return {
    ...{ key: readFileSync(keyFile), cert: readFileSync(certFile), certFile },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
